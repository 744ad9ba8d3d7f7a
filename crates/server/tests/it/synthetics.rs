//! Every figure of synthetics equals the contracts' own at the same block, to the last unit; lists are whole; services are
//! told of.

use std::collections::BTreeSet;

use alloy::eips::BlockId;
use alloy::primitives::{Address, B256, Bytes, U256};
use ballast_bindings::aggregator::PriceAggregator;
use ballast_bindings::backstop::Backstop;
use ballast_bindings::book::VaultBook;
use ballast_bindings::peg::PegModule;
use ballast_chain::{Step, devnet};
use ballast_store::{Attempt, Decision, Heartbeat, SendRecord, Write};
use serde_json::Value;

use crate::book::{Book, OWNERS, play};
use crate::live::Ear;
use crate::serving::{Running, options, serve, serve_asking};
use crate::world::{self, World};

alloy::sol!(
    #[allow(missing_docs)]
    #[sol(rpc)]
    VaultLens,
    "../../contracts/artifacts/VaultLens.json"
);

fn word(value: &Value) -> U256 {
    let text = value.as_str();
    text.and_then(|text| text.parse().ok())
        .unwrap_or_else(|| panic!("{value} is no word"))
}

fn address(value: &Value) -> Address {
    let text = value.as_str();
    text.and_then(|text| text.parse().ok()).expect("an address")
}

fn number(value: &Value) -> u64 {
    value
        .as_u64()
        .unwrap_or_else(|| panic!("{value} is no number"))
}

fn block_of(answer: &Value) -> BlockId {
    let hash = answer["as_of"]["hash"].as_str().expect("a hash");
    BlockId::hash_canonical(hash.parse::<B256>().expect("a hash"))
}

/// A price as contracts have it, as the interface shows it.
fn shown(scaled: U256, decimals: u64, up: bool) -> U256 {
    let product = scaled * U256::from(10).pow(U256::from(decimals));
    let scale = U256::from(10).pow(U256::from(36));
    if up {
        product.div_ceil(scale)
    } else {
        product / scale
    }
}

/// The contracts at one block.
struct At<'w> {
    world: &'w World,
    book: &'w Book,
    lens: Address,
    block: BlockId,
}

macro_rules! call {
    ($at:expr, $call:expr) => {
        $call.block($at.block).call().await.expect("a view")
    };
}

impl At<'_> {
    fn address(&self) -> Address {
        self.book.record.book.address
    }

    fn vault_book(&self) -> VaultBook::VaultBookInstance<&alloy::providers::RootProvider> {
        VaultBook::new(self.address(), self.world.endpoint.provider())
    }

    async fn synthetic_is_exact(&self, shown: &Value) {
        let book = self.vault_book();
        assert_eq!(word(&shown["supply"]), call!(self, book.totalSupply()));
        let totals = call!(self, book.totals());
        assert_eq!(word(&shown["debt"]), totals.debt);
        assert_eq!(word(&shown["deficit"]), totals.deficit);
        assert_eq!(word(&shown["peg_ledger"]), totals.pegLedger);
        let equity = call!(self, book.equity()).to_string();
        assert_eq!(shown["equity"].as_str(), Some(equity.as_str()));
        let share = call!(self, book.haircut());
        let wad = U256::from(world::ONE);
        let haircut = share.backing * wad / share.supply;
        assert_eq!(word(&shown["haircut_wad"]), haircut);
        let own = call!(self, book.balanceOf(self.address()));
        assert_eq!(word(&shown["surplus"]), own);
        let until = call!(self, book.stoppedUntil());
        assert_eq!(U256::from(number(&shown["stopped_until"])), until);
    }

    async fn parts_are_exact(&self, synthetic: &Value) {
        let provider = self.world.endpoint.provider();
        let module = self.book.record.peg_module.expect("a peg").address;
        let peg = PegModule::new(module, provider);
        let part = &synthetic["peg"];
        assert_eq!(word(&part["custody"]), call!(self, peg.custody()));
        assert_eq!(word(&part["cap"]), call!(self, peg.cap()));
        let backing = call!(self, peg.backing(word(&part["ledger"])));
        assert_eq!(word(&part["backing"]), backing);
        let address = self.book.record.backstop.expect("a backstop").address;
        let backstop = Backstop::new(address, provider);
        let part = &synthetic["backstop"];
        let accounts = call!(self, backstop.accounts());
        let sum = word(&part["cash_and_dripping"]);
        assert_eq!(sum, accounts.cash + accounts.dripping);
        let off = word(&part["dripping"]).abs_diff(accounts.dripping);
        assert!(off < U256::from(100), "{off}");
        assert_eq!(word(&part["entering"]), accounts.entering);
        assert_eq!(word(&part["owed"]), accounts.owed);
        assert_eq!(word(&part["shares"]), call!(self, backstop.totalSupply()));
        let epoch = call!(self, backstop.epoch());
        assert_eq!(U256::from(number(&part["epoch"])), epoch);
        let off = word(&part["assets"]).abs_diff(call!(self, backstop.totalAssets()));
        assert!(off < U256::from(100), "{off}");
        for lot in part["lots"].as_array().expect("lots") {
            let market = U256::from(number(&lot["market"]));
            let asked = backstop.askOf(market).block(self.block).call().await;
            let decimals = number(&lot["collateral"]["decimals"]);
            let asked = asked.ok().map(|ask| shown(ask, decimals, true));
            let ours = lot["ask"].as_str().map(|ask| ask.parse().expect("a word"));
            assert_eq!(ours, asked);
        }
    }

    async fn market_is_exact(&self, market: &Value) {
        let book = self.vault_book();
        let id = U256::from(number(&market["id"]));
        let seen = call!(self, book.marketOf(id));
        for (field, theirs) in [
            ("collateral_total", seen.collateral),
            ("norm", seen.norm),
            ("index_wad", seen.index),
            ("rate_wad", seen.rate),
            ("debt", seen.debt),
            ("deficit", seen.deficit),
            ("ceiling", seen.ceiling),
            ("mint_limit", seen.mintLimit),
            ("mintable", seen.mintable),
        ] {
            assert_eq!(word(&market[field]), theirs, "{field}");
        }
        let terms = call!(self, book.termsOf(id));
        let shown_terms = &market["terms"];
        assert_eq!(address(&market["collateral"]["address"]), terms.collateral);
        assert_eq!(word(&shown_terms["liq_ltv_wad"]), terms.liqLtv);
        assert_eq!(word(&shown_terms["borrow_ltv_wad"]), terms.borrowLtv);
        assert_eq!(word(&shown_terms["min_debt"]), terms.minDebt);
        assert_eq!(word(&shown_terms["fee_slope_wad"]), terms.feeSlope);
        let prices = PriceAggregator::new(terms.prices, self.world.endpoint.provider());
        let price = call!(self, prices.price(terms.collateral));
        let (ours, scaled) = (&market["price"], &market["price"]["scaled"]);
        assert_eq!(word(&scaled["low"]), price.low);
        assert_eq!(word(&scaled["mid"]), price.mid);
        assert_eq!(word(&scaled["high"]), price.high);
        let decimals = number(&market["collateral"]["decimals"]);
        assert_eq!(word(&ours["low"]), shown(price.low, decimals, false));
        assert_eq!(word(&ours["high"]), shown(price.high, decimals, true));
        let states = ["safe", "stepped", "grace", "late"];
        assert_eq!(ours["state"], states[usize::from(price.state)]);
        assert_eq!(U256::from(number(&ours["updated_at"])), price.updatedAt);
    }

    /// A vault as shown equals what the lens sees; whether it is unhealthy.
    async fn vault_is_exact(&self, vault: &Value, decimals: u64) -> bool {
        let lens = VaultLens::new(self.lens, self.world.endpoint.provider());
        let (market, owner) = (
            U256::from(number(&vault["market"])),
            address(&vault["owner"]),
        );
        let seen = call!(self, lens.vault(self.address(), market, owner));
        assert_eq!(word(&vault["collateral"]), seen.collateral);
        assert_eq!(word(&vault["debt"]), seen.debt);
        assert_eq!(word(&vault["value"]), seen.value);
        assert_eq!(word(&vault["debt_most"]), seen.borrowable);
        assert_eq!(vault["healthy"].as_bool(), Some(!seen.unhealthy));
        if !seen.debt.is_zero() && !seen.collateral.is_zero() {
            let price = shown(seen.liquidationPrice, decimals, true);
            assert_eq!(word(&vault["liquidation_price"]), price);
            let fee = call!(self, lens.redemption(self.address(), market, owner)).fee;
            let ours = vault["redemption_fee_wad"].as_str();
            let ours = ours.map_or(U256::ZERO, |fee| fee.parse().expect("a word"));
            assert_eq!(ours, fee);
        }
        seen.unhealthy
    }

    async fn auction_is_exact(&self, auction: &Value) {
        let lens = VaultLens::new(self.lens, self.world.endpoint.provider());
        let market = U256::from(number(&auction["market"]));
        let owner = address(&auction["owner"]);
        let seen = call!(self, lens.vault(self.address(), market, owner));
        assert!(seen.unhealthy, "{auction}");
        assert_eq!(word(&auction["debt"]), seen.debt);
        assert_eq!(word(&auction["value"]), seen.value);
        let ours = auction["elapsed_secs"].as_u64();
        let elapsed = seen.clockRuns.then(|| seen.elapsed.to());
        assert_eq!(ours, elapsed);
        assert_eq!(word(&auction["discount_wad"]), seen.discount);
        assert_eq!(auction["waits"].as_bool(), Some(seen.state == 2));
        let full = call!(self, lens.take(self.address(), market, owner, U256::MAX));
        assert_eq!(word(&auction["full_pays"]), full.paid);
        assert_eq!(word(&auction["full_gives"]), full.collateral);
        assert_eq!(word(&auction["full_deficit"]), full.deficit);
    }

    /// What the first redemption of a quote would do is what the book would.
    async fn redemption_is_exact(&self, quote: &Value) -> bool {
        let Some(step) = quote["steps"].get(0) else {
            return false;
        };
        let market = U256::from(number(&step["market"]));
        let owner = address(&step["owner"]);
        let book = self.vault_book();
        let amount = word(&quote["amount"]);
        let redeem = book.redeem(market, owner, amount, U256::ZERO);
        let seen = call!(self, redeem.from(Book::owner(0)));
        assert_eq!(word(&step["burned"]), seen.burned, "{step}");
        assert_eq!(word(&step["collateral"]), seen.collateral, "{step}");
        true
    }
}

/// What was held against the chain.
#[derive(Debug, Default)]
struct Counts {
    vaults: usize,
    auctions: usize,
    redemptions: usize,
    shared: usize,
}

async fn everything_is_exact(
    (world, book, lens): (&World, &Book, Address),
    server: &Running,
    counts: &mut Counts,
) {
    let base = format!("/v1/synthetics/{}", book.record.book.address);
    let answer = server.get(&base).await;
    let at = At {
        world,
        book,
        lens,
        block: block_of(&answer),
    };
    let shown = &answer["synthetic"];
    at.synthetic_is_exact(shown).await;
    at.parts_are_exact(shown).await;
    let listed = server.get("/v1/synthetics").await;
    at.synthetic_is_exact(&listed["data"][0]).await;
    let mut unhealthy = BTreeSet::new();
    for market in shown["markets"].as_array().expect("markets") {
        at.market_is_exact(market).await;
        let id = number(&market["id"]);
        let decimals = number(&market["collateral"]["decimals"]);
        let path = format!("{base}/markets/{id}/vaults");
        let vaults = server.walk(&path, 2).await;
        assert_eq!(vaults.len() as u64, number(&market["vaults"]));
        for order in ["largest", "owner"] {
            let others = server.walk(&format!("{path}?order={order}"), 3).await;
            assert_eq!(others.len(), vaults.len(), "{order}");
        }
        let mut sick = 0;
        for vault in &vaults {
            if at.vault_is_exact(vault, decimals).await {
                sick += 1;
                unhealthy.insert((id, address(&vault["owner"])));
            }
            counts.vaults += 1;
        }
        assert_eq!(number(&market["auctions"]), sick);
        ladder_is_whole(server, &path, &vaults, market).await;
    }
    let auctions = server.walk(&format!("{base}/auctions"), 2).await;
    for auction in &auctions {
        at.auction_is_exact(auction).await;
        counts.auctions += 1;
    }
    let found: BTreeSet<_> = auctions
        .iter()
        .map(|one| (number(&one["market"]), address(&one["owner"])))
        .collect();
    assert_eq!(found, unhealthy);
    for amount in [1_000, 50_000] {
        let amount = U256::from(amount) * U256::from(world::ONE);
        let quote = server
            .get(&format!("{base}/redemption?amount={amount}"))
            .await;
        counts.redemptions += usize::from(at.redemption_is_exact(&quote).await);
        let shares = word(&quote["haircut_wad"]) < U256::from(world::ONE);
        counts.shared += usize::from(shares);
        let sum = word(&quote["burned"]) + word(&quote["left"]);
        assert_eq!(sum, amount);
    }
}

/// The steps of a ladder hold all debt, and each vault is in the one where its price lies.
async fn ladder_is_whole(server: &Running, path: &str, vaults: &[Value], market: &Value) {
    let path = path.replace("/vaults", "/ladder");
    let ladder = server.get(&format!("{path}?levels=500")).await;
    let steps = ladder["data"].as_array().expect("steps");
    let count: u64 = steps.iter().map(|step| number(&step["vaults"])).sum();
    let with_debt = vaults
        .iter()
        .filter(|vault| !vault["liquidation_price"].is_null());
    assert_eq!(count, with_debt.clone().count() as u64);
    let debt = steps.iter().map(|step| word(&step["debt"]));
    let debt = debt.fold(word(&ladder["bare_debt"]), |sum, debt| sum + debt);
    let off = word(&market["debt"]).abs_diff(debt);
    assert!(off <= U256::from(steps.len() + 1), "{off}");
    for vault in with_debt {
        let price = word(&vault["liquidation_price"]);
        let holds =
            |step: &&Value| word(&step["price_low"]) <= price && price <= word(&step["price"]);
        // Rounded up, a price may be a unit above its step.
        let near = |step: &&Value| word(&step["price"]).abs_diff(price) <= U256::from(2);
        assert!(
            steps.iter().any(|step| holds(&step) || near(&step)),
            "{vault} {ladder}"
        );
    }
    let few = server.get(&format!("{path}?levels=1")).await;
    let steps = few["data"].as_array().expect("steps");
    assert!(steps.len() <= 1);
    let all: u64 = steps.iter().map(|step| number(&step["vaults"])).sum();
    assert_eq!(all, count);
}

async fn harbour() -> (World, Book) {
    let mut world = World::new().await;
    let book = Book::launch(&mut world).await;
    (world, book)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_figure_of_a_synthetic_is_the_contracts_own_at_the_same_block() {
    let (world, book) = harbour().await;
    let lens: serde_json::Value = serde_json::from_str(include_str!(
        "../../../../contracts/artifacts/VaultLens.json"
    ))
    .expect("JSON");
    let code = lens["bytecode"]
        .as_str()
        .or_else(|| lens["bytecode"]["object"].as_str());
    let code: Bytes = code.expect("bytecode").parse().expect("hex");
    let created = world.sender().send(&Step::create("lens", code)).await;
    let lens = created.expect("creates").created.expect("an address");
    let kept = world::kept();
    let server = serve(&kept.store, &world.manifest, options()).await;
    let mut counts = Counts::default();
    for round in 0..3 {
        for stage in 0..8 {
            match stage {
                0 => book.crisis_begins(&world).await,
                1 => book.crisis_deepens(&world).await,
                2 => book.crisis_ends(&world).await,
                _ => play(&world, &book, 50 * round + stage, 5).await,
            }
            world.index(&kept.store, world::options()).await;
            everything_is_exact((&world, &book, lens), &server, &mut counts).await;
        }
        // Nothing happens, but clocks, interest, streams and prices go on.
        devnet::advance(&world.endpoint, 500 + 5_000 * round)
            .await
            .expect("time passes");
        world.index(&kept.store, world::options()).await;
        everything_is_exact((&world, &book, lens), &server, &mut counts).await;
    }
    eprintln!("{counts:?} equal the contracts' own");
    let Counts {
        vaults,
        auctions,
        redemptions,
        shared,
    } = counts;
    assert!(
        vaults > 100 && auctions > 20 && redemptions > 10 && shared > 0,
        "{counts:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sources_say_what_they_say_at_the_block_or_what_was_last_heard() {
    let (world, book) = harbour().await;
    book.report(&world, 1_001).await;
    play(&world, &book, 77, 25).await;
    book.disagree(&world).await;
    let kept = world::kept();
    world.index(&kept.store, world::options()).await;
    let path = format!("/v1/synthetics/{}/prices", book.record.book.address);
    let deaf = serve(&kept.store, &world.manifest, options()).await;
    let asking = serve_asking(&kept.store, &world, options()).await;
    let answer = asking.get(&path).await;
    let prices = PriceAggregator::new(book.record.prices.address, world.endpoint.provider());
    for asset in answer["data"].as_array().expect("prices") {
        assert_eq!(asset["surveyed"], true);
        let decimals = number(&asset["asset"]["decimals"]);
        let of = prices.survey(address(&asset["asset"]["address"]));
        let readings = of.block(block_of(&answer)).call().await.expect("a survey");
        let sources = asset["sources"].as_array().expect("sources");
        assert_eq!(sources.len(), readings.len());
        for (source, reading) in sources.iter().zip(readings) {
            assert_eq!(address(&source["address"]), reading.source);
            if !reading.mid.is_zero() {
                assert_eq!(word(&source["mid"]), shown(reading.mid, decimals, false));
                assert_eq!(word(&source["high"]), shown(reading.high, decimals, true));
            }
            let counts = source["fault"] == "none";
            assert_eq!(counts, reading.fault == 0, "{source}");
        }
    }
    let kinds: BTreeSet<&str> = answer["data"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|asset| asset["sources"].as_array().expect("sources"))
        .filter_map(|source| source["kind"].as_str())
        .collect();
    assert_eq!(kinds, BTreeSet::from(["chainlink", "reports"]));
    let heard = deaf.get(&path).await;
    let reported = heard["data"].as_array().into_iter().flatten();
    let mut reported = reported.flat_map(|asset| asset["sources"].as_array().expect("sources"));
    let report = reported
        .find(|source| source["kind"] == "reports")
        .expect("a quorum");
    assert_eq!(
        report["report"]["signers"].as_array().map(Vec::len),
        Some(3)
    );
    let faults = heard["data"].as_array().into_iter().flatten();
    let out = faults.flat_map(|asset| asset["sources"].as_array().expect("sources"));
    let out: Vec<&Value> = out.filter(|source| source["fault"] == "outlier").collect();
    assert!(!out.is_empty(), "{heard}");
    assert!(out.iter().all(|source| number(&source["heard_at"]) > 0));
    assert!(
        heard["data"]
            .as_array()
            .expect("prices")
            .iter()
            .all(|one| one["surveyed"] == false)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_and_exports_of_synthetics_are_whole_and_narrowed() {
    let (world, book) = harbour().await;
    for seed in 0..2 {
        book.report(&world, 1_000).await;
        book.crisis(&world).await;
        play(&world, &book, seed, 40).await;
        book.step_rate(&world, seed, 990).await;
    }
    let kept = world::kept();
    world.index(&kept.store, world::options()).await;
    let server = serve(&kept.store, &world.manifest, options()).await;
    let synthetic = book.record.book.address;
    let base = format!("/v1/synthetics/{synthetic}");
    for (route, table) in [
        ("takes", "takes"),
        ("redemptions", "redemptions"),
        ("losses", "losses"),
        ("peg/moves", "peg_moves"),
        ("backstop/moves", "backstop_moves"),
        ("backstop/requests", "backstop_requests"),
        ("events", "events"),
        ("holders", "holders"),
    ] {
        let rows = server.walk(&format!("{base}/{route}"), 3).await;
        let path = format!("/v1/export/{table}.json?token={synthetic}");
        let exported = server.get(&path).await;
        let exported = exported.as_array().expect("rows");
        let exported = exported
            .iter()
            .filter(|row| row["amount"] != "0" || table != "holders");
        assert_eq!(rows.len(), exported.count(), "{route}");
        assert!(!rows.is_empty(), "{route} is empty");
    }
    for table in [
        "synthetics",
        "vault_markets",
        "vaults",
        "vault_changes",
        "asset_prices",
        "price_sources",
        "price_points",
        "asset_price_hours",
        "asset_price_days",
        "price_faults",
        "reports",
        "peg_modules",
        "backstops",
        "backstop_lots",
        "governors",
        "governor_calls",
        "rate_steps",
    ] {
        let json = server
            .get(&format!("/v1/export/{table}.json?token={synthetic}"))
            .await;
        let csv = server
            .response(&format!("/v1/export/{table}.csv"), &[])
            .await;
        let lines = csv.text().await.expect("text").lines().count();
        let rows = json.as_array().expect("rows").len();
        assert!(rows > 0, "{table} is empty");
        assert_eq!(lines, rows + 1, "{table}");
    }
    lists_are_narrowed(&server, &base).await;
    accounts_and_series_are_whole(&world, &server, &base).await;
}

/// Lists take only what they are asked for, and go on where a page ended.
async fn lists_are_narrowed(server: &Running, base: &str) {
    let taken = server.walk(&format!("{base}/takes?market=0"), 50).await;
    assert!(taken.iter().all(|take| take["market"] == 0));
    let owner = taken[0]["owner"].as_str().expect("an owner");
    let of_owner = server
        .walk(&format!("{base}/takes?owner={owner}"), 50)
        .await;
    assert!(!of_owner.is_empty() && of_owner.iter().all(|take| take["owner"] == owner));
    let vault = format!("{base}/markets/0/vaults/{owner}");
    let first = server.get(&format!("{vault}?limit=2")).await;
    let next = first["next"].as_str().expect("more");
    let second = server.get(&format!("{vault}?limit=2&cursor={next}")).await;
    assert_ne!(first["changes"], second["changes"]);
}

async fn accounts_and_series_are_whole(world: &World, server: &Running, base: &str) {
    for index in 0..OWNERS {
        let path = format!("/v1/accounts/{}/vaults", Book::owner(index));
        let vaults = server.walk(&path, 1).await;
        let all = server.walk(&path, 50).await;
        assert_eq!(vaults, all);
        server
            .get(&format!("/v1/accounts/{}", Book::owner(index)))
            .await;
    }
    let native = world.manifest.contracts.wrapped_native.address;
    for interval in ["event", "hour", "day"] {
        let path = format!("{base}/prices/{native}/series?interval={interval}");
        let series = server.get(&path).await;
        let points = series["points"].as_array().expect("points");
        assert!(!points.is_empty() && points.is_sorted_by_key(|point| number(&point["time"])));
        assert!(!series["faults"].as_array().expect("faults").is_empty());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_listens_to_a_topic_of_a_synthetic_hears_its_events_and_no_others() {
    let (world, book) = harbour().await;
    let kept = world::kept();
    world.index(&kept.store, world::options()).await;
    let server = serve(&kept.store, &world.manifest, options()).await;
    let synthetic = book.record.book.address;
    let path = format!("/v1/live?token={synthetic}&topics=auctions,prices&kinds=Adjusted");
    let mut ear = Ear::of(server.address, &path, None).await;
    ear.hear().await.expect("the head");
    book.crisis_begins(&world).await;
    world.index(&kept.store, world::options()).await;
    book.crisis_deepens(&world).await;
    world.index(&kept.store, world::options()).await;
    world.everything(1, 3).await;
    world.index(&kept.store, world::options()).await;
    let tip = world.endpoint.tip().await.expect("tip").number;
    let heard = ear.hear_until(tip).await;
    let mut names = BTreeSet::new();
    for told in heard.iter().filter(|told| told.event == "log") {
        let event: Value = serde_json::from_str(&told.data).expect("json");
        assert_eq!(address(&event["token"]), synthetic, "{event}");
        names.insert(event["event"].as_str().expect("a name").to_owned());
    }
    for name in ["Adjusted", "Taken", "Flagged", "Priced"] {
        assert!(names.contains(name), "{name} is missing of {names:?}");
    }
    assert!(
        !names.contains("Transfer") && !names.contains("Approval"),
        "{names:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_questions_about_synthetics_are_refused_by_name() {
    let (world, book) = harbour().await;
    let kept = world::kept();
    world.index(&kept.store, world::options()).await;
    let server = serve(&kept.store, &world.manifest, options()).await;
    let base = format!("/v1/synthetics/{}", book.record.book.address);
    for (path, status, field) in [
        ("/v1/synthetics/0x12".to_owned(), 400, "synthetic"),
        (
            format!("/v1/synthetics/{}", Address::ZERO),
            404,
            "synthetic",
        ),
        (format!("{base}/markets/x/ladder"), 400, "market"),
        (format!("{base}/markets/7/ladder"), 404, "market"),
        (format!("{base}/markets/0/ladder?levels=0"), 400, "levels"),
        (format!("{base}/markets/0/vaults?order=luck"), 400, "order"),
        (format!("{base}/markets/0/vaults?cursor=1"), 400, "cursor"),
        (format!("{base}/markets/0/vaults/0x1"), 400, "owner"),
        (format!("{base}/auctions?market=100"), 400, "market"),
        (format!("{base}/auctions?market=9"), 404, "market"),
        (format!("{base}/redemption"), 400, "amount"),
        (format!("{base}/redemption?amount=0"), 400, "amount"),
        (
            format!("{base}/redemption?amount={}", U256::MAX),
            400,
            "amount",
        ),
        (
            format!("{base}/prices/{}/series", Address::ZERO),
            404,
            "asset",
        ),
        (format!("{base}/takes?from=5&to=1"), 400, "from"),
        (format!("{base}/events?kind=Nothing"), 400, "kind"),
        ("/v1/live?topics=weather".to_owned(), 400, "topics"),
        ("/v1/sends?state=lost".to_owned(), 400, "state"),
        ("/v1/sends?cursor=1.0x12.zz".to_owned(), 400, "cursor"),
        ("/v1/decisions?keeper=".to_owned(), 400, "keeper"),
        (
            format!("/v1/decisions?subject={}", "a".repeat(201)),
            400,
            "subject",
        ),
    ] {
        let (given, problem) = server.ask(&path).await;
        assert_eq!(given, status, "{path}: {problem}");
        assert_eq!(problem["field"], field, "{path}: {problem}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keepers_and_oracle_nodes_are_told_of_and_hide_no_silent_indexer() {
    let world = World::new().await;
    let kept = world::kept();
    world.index(&kept.store, world::options()).await;
    let store = kept.store.as_ref();
    let beat = |service: &str| Heartbeat {
        service: service.to_owned(),
        beat_at: 4_000_000_000,
        block: 7,
        tip: 8,
        stopped: None,
    };
    let send = |number: u64| SendRecord {
        address: Address::repeat_byte(3),
        id: format!("take:{number}"),
        service: "keeper:test".to_owned(),
        label: "take".to_owned(),
        state: if number < 3 { "wanted" } else { "mined" }.to_owned(),
        nonce: (number >= 3).then_some(number),
        placed: 1_000 + number / 2,
        ..SendRecord::default()
    };
    let attempt = Attempt {
        hash: B256::repeat_byte(9),
        address: Address::repeat_byte(3),
        send: "take:4".to_owned(),
        route: "private".to_owned(),
        ..Attempt::default()
    };
    let decision = |number: u64| Decision {
        keeper: "keeper:test".to_owned(),
        subject: format!("book:0:{number}"),
        action: "wait".to_owned(),
        time: 50 + number / 3,
        ..Decision::default()
    };
    let mut writes = vec![
        Write::put(&beat("keeper:test")),
        Write::put(&beat("oracle:one")),
        Write::put(&attempt),
    ];
    writes.extend((0..7).map(|number| Write::put(&send(number))));
    writes.extend((0..7).map(|number| Write::put(&decision(number))));
    store.write(writes).await.expect("writes");
    let server = serve(&kept.store, &world.manifest, options()).await;
    let services = server.get("/v1/keepers").await;
    assert_eq!(services["data"][0]["service"], "keeper:test");
    assert_eq!(services["data"][0]["sends"]["mined"], 4);
    assert_eq!(services["data"][1]["kind"], "oracle");
    assert_eq!(
        services["as_of"]["indexed_age_secs"],
        Value::Null,
        "no indexer beat"
    );
    assert_eq!(server.walk("/v1/sends", 2).await.len(), 7);
    assert_eq!(server.walk("/v1/sends?state=wanted", 2).await.len(), 3);
    assert_eq!(
        server.walk("/v1/sends?service=keeper:none", 2).await.len(),
        0
    );
    let sends = server.get("/v1/sends").await;
    assert_eq!(
        sends["data"][2]["attempts"][0]["route"], "private",
        "{sends}"
    );
    assert_eq!(server.walk("/v1/decisions", 2).await.len(), 7);
    let path = "/v1/decisions?subject=book:0:5&keeper=keeper:test";
    assert_eq!(server.walk(path, 2).await.len(), 1);
}
