//! Every strategy against the contracts, on a chain with the whole system.

use alloy::primitives::U256;
use ballast_bindings::backstop::Backstop;
use ballast_bindings::book::VaultBook;
use ballast_bindings::converter::Converter;
use ballast_bindings::peg::PegModule;
use ballast_bindings::prices::IPrices;
use ballast_bindings::reserve::Reserve;
use ballast_chain::Sender;
use ballast_model::vaults::PriceState;

use crate::book::whole;
use crate::party::key;
use crate::system::{Synthetic, System, Token};

const SAFE: u8 = PriceState::Safe as u8;
const STEPPED: u8 = PriceState::Stepped as u8;
/// Nothing but what a test switches on again.
const QUIET: &str = "[convert]\nenabled = false\n[foreclose]\nenabled = false";

/// A stored price is rounded to a float.
fn near(price: U256, synthetics: u64) {
    let wanted = whole(synthetics) * whole(1);
    assert!(
        price.abs_diff(wanted) < whole(1) * whole(1) / U256::from(1_000),
        "{price}"
    );
}

fn price_subject(made: &Synthetic, asset: alloy::primitives::Address) -> String {
    format!("price:{}:{asset}", made.prices())
}

async fn vault_of(system: &System, made: &Synthetic, owner: &Sender) -> VaultBook::vaultOfReturn {
    let owner = owner.address();
    let market = U256::ZERO;
    let call = VaultBook::vaultOfCall { market, owner };
    system.read(made.book(), &call).await
}

/// Lets the feeds fall to `answer` and a keeper bring the price there, a step in each window.
async fn fall(
    system: &System,
    made: &Synthetic,
    keeper: &mut ballast_keeper::Keeper,
    answer: &str,
) {
    system.answer(&made.native_feeds, [answer; 3]).await;
    for _ in 0..12 {
        keeper.pass().await.expect("passes");
        system.advance(601).await;
    }
    system.turns(keeper, 3).await;
    let price = system.price(made, system.wrapped).await;
    assert_eq!(price.state, SAFE, "the price has arrived");
}

#[tokio::test]
async fn a_first_price_is_asked_for_also_that_of_the_custody_token() {
    let mut system = System::new().await;
    let made = system.synthetic().await;
    let mut keeper = system.keeper(QUIET).await;
    system.turns(&mut keeper, 1).await;
    for asset in [system.wrapped, made.custody] {
        let price = system.price(&made, asset).await;
        assert_eq!(price.state, SAFE, "{asset}");
    }
    system.turns(&mut keeper, 3).await;
    assert_eq!(system.done("poke").await, 2, "and only once");
    system.nothing_was_wasted(&keeper).await;
}

#[tokio::test]
async fn s05_a_price_is_refreshed_where_it_ages_or_sources_move_and_not_where_they_disagree() {
    let mut system = System::new().await;
    let made = system.funded().await;
    let mut keeper = system.keeper(QUIET).await;
    system.turns(&mut keeper, 2).await;
    assert_eq!(system.done("poke").await, 0, "it is young and right");
    // Nobody agrees: the price grows old, and is left alone.
    system
        .answer(&made.native_feeds, ["2000", "3000", "4000"])
        .await;
    system.turns(&mut keeper, 2).await;
    system.advance(10_000).await;
    system.turns(&mut keeper, 2).await;
    let subject = price_subject(&made, system.wrapped);
    let decision = system.decision(&subject).await.expect("a decision");
    assert_eq!(decision.action, "skip");
    assert!(
        decision.reason.contains("1 of its sources agree"),
        "{decision:?}"
    );
    let price = system.price(&made, system.wrapped).await;
    assert_ne!(price.state, SAFE);
    // They agree again, a little off.
    system.answer(&made.native_feeds, ["2040"; 3]).await;
    system.turns(&mut keeper, 2).await;
    let price = system.price(&made, system.wrapped).await;
    assert_eq!(price.state, SAFE);
    near(price.mid, 2_040);
    let before = system.done("poke").await;
    system.advance(2_900).await;
    system.turns(&mut keeper, 2).await;
    let aged = system.price(&made, system.wrapped).await;
    assert!(aged.updatedAt > price.updatedAt, "refreshed in time");
    assert!(system.done("poke").await > before);
    system.nothing_was_wasted(&keeper).await;
}

#[tokio::test]
async fn a_price_that_a_window_holds_back_costs_a_few_refreshes_and_goes_on_with_the_next() {
    let mut system = System::new().await;
    let made = system.funded().await;
    let mut keeper = system.keeper(QUIET).await;
    system.turns(&mut keeper, 1).await;
    system.advance(700).await;
    system.answer(&made.native_feeds, ["1500"; 3]).await;
    system.turns(&mut keeper, 2).await;
    let price = system.price(&made, system.wrapped).await;
    assert_eq!(price.state, STEPPED);
    near(price.mid, 1_800);
    let before = system.done("poke").await;
    for _ in 0..20 {
        system.turns(&mut keeper, 1).await;
    }
    assert_eq!(system.done("poke").await, before, "nothing would move");
    system.advance(601).await;
    system.turns(&mut keeper, 2).await;
    let price = system.price(&made, system.wrapped).await;
    near(price.mid, 1_620);
    system.nothing_was_wasted(&keeper).await;
}

#[tokio::test]
async fn a_loss_is_booked_and_paid_by_interest_then_by_the_backstop_as_far_as_its_cash_goes() {
    let mut system = System::new().await;
    let made = system.funded().await;
    system.fill_backstop(&made, 3_000).await;
    let mut keeper = system
        .keeper(&format!("{QUIET}\n[backstop]\ntake = false"))
        .await;
    system.turns(&mut keeper, 2).await;
    let owner = system.owner(10).await;
    system.open_vault(&owner, made.book(), (10, 15_000)).await;
    fall(&system, &made, &mut keeper, "1000").await;
    assert!(system.done("book").await >= 1);
    let vault = vault_of(&system, &made, &owner).await;
    assert!(vault.debt < whole(10_100), "the loss left the vault");
    assert!(system.done("backstop").await >= 1);
    let accounts = system
        .read(made.backstop(), &Backstop::accountsCall {})
        .await;
    assert_eq!(accounts.cash, U256::ZERO, "it paid with all it had");
    let totals = system.read(made.book(), &VaultBook::totalsCall {}).await;
    let paid_by_interest = whole(15_000) - vault.debt - whole(3_000) - totals.deficit;
    assert!(paid_by_interest < whole(1_000), "{paid_by_interest}");
    assert!(totals.deficit > whole(1_000), "what nobody pays stands");
    // Interest goes on paying, and nothing is sent in vain for what it pays in a second.
    let before = system.sends().await.len();
    system.turns(&mut keeper, 10).await;
    assert_eq!(system.sends().await.len(), before);
    system.nothing_was_wasted(&keeper).await;
}

#[tokio::test]
async fn a_backstop_that_can_pays_all_that_interest_and_surplus_leave_and_keeps_the_rest() {
    let mut system = System::new().await;
    let made = system.funded().await;
    system.fill_backstop(&made, 9_000).await;
    let mut keeper = system
        .keeper(&format!("{QUIET}\n[backstop]\ntake = false"))
        .await;
    let owner = system.owner(10).await;
    // Prices have grown old while the backstop was filled.
    system.turns(&mut keeper, 2).await;
    system.open_vault(&owner, made.book(), (10, 15_000)).await;
    fall(&system, &made, &mut keeper, "1000").await;
    system.turns(&mut keeper, 3).await;
    let totals = system.read(made.book(), &VaultBook::totalsCall {}).await;
    assert!(totals.deficit < whole(1), "{}", totals.deficit);
    let accounts = system
        .read(made.backstop(), &Backstop::accountsCall {})
        .await;
    assert!(accounts.cash > whole(3_500), "{}", accounts.cash);
    system.nothing_was_wasted(&keeper).await;
}

#[tokio::test]
async fn the_backstop_buys_what_nobody_takes_once_its_clock_has_run_for_the_patience() {
    let mut system = System::new().await;
    let made = system.funded().await;
    system.fill_backstop(&made, 50_000).await;
    let mut keeper = system.keeper(QUIET).await;
    system.turns(&mut keeper, 2).await;
    let owner = system.owner(10).await;
    system.open_vault(&owner, made.book(), (10, 15_800)).await;
    system.answer(&made.native_feeds, ["1850"; 3]).await;
    system.turns(&mut keeper, 2).await;
    let vault = vault_of(&system, &made, &owner).await;
    assert_ne!(vault.flaggedAt, U256::ZERO, "its clock runs");
    let held = |system: &System| {
        let market = U256::ZERO;
        let call = Backstop::lotOfCall { market };
        let (endpoint, backstop) = (system.endpoint.clone(), made.backstop());
        async move {
            let backstop = Backstop::new(backstop, endpoint.provider());
            let lot = backstop.lotOf(call.market).call().await;
            lot.expect("reads").held
        }
    };
    assert_eq!(held(&system).await, U256::ZERO, "not yet");
    system.advance(60).await;
    system.turns(&mut keeper, 2).await;
    assert!(held(&system).await > U256::ZERO, "it bought");
    let after = vault_of(&system, &made, &owner).await;
    assert!(after.debt < vault.debt);
    assert_eq!(after.flaggedAt, U256::ZERO, "and the vault is healthy");
    system.nothing_was_wasted(&keeper).await;
}

#[tokio::test]
async fn surplus_that_arrived_at_the_backstop_is_let_in() {
    let mut system = System::new().await;
    let made = system.funded().await;
    system.fill_backstop(&made, 1_000).await;
    let mut keeper = system
        .keeper(&format!("{QUIET}\n[collect]\nleast = \"10\""))
        .await;
    system.turns(&mut keeper, 4).await;
    assert_eq!(system.done("collect").await, 1, "the interest of two days");
    let accounts = system
        .read(made.backstop(), &Backstop::accountsCall {})
        .await;
    assert!(accounts.dripping + accounts.cash > whole(1_010));
    system.nothing_was_wasted(&keeper).await;
}

#[tokio::test]
async fn a_loss_of_custody_is_marked_down_at_a_safe_price_and_back_when_it_recovers() {
    let mut system = System::new().await;
    let made = system.funded().await;
    system.allow(&system.bank, made.custody, made.peg()).await;
    let call = PegModule::enterCall {
        units: whole(100_000),
        minMinted: U256::ZERO,
        to: system.bank.address(),
    };
    system.must(made.peg(), &call).await;
    let off = format!("{QUIET}\n[collect]\nenabled = false\n[backstop]\nenabled = false");
    let mut keeper = system.keeper(&off).await;
    system.turns(&mut keeper, 2).await;
    assert_eq!(system.done("mark").await, 0, "it is worth its face");
    let ledger = async |system: &System| {
        let totals = system.read(made.book(), &VaultBook::totalsCall {}).await;
        totals.pegLedger
    };
    let before = ledger(&system).await;
    system.answer(&made.custody_feeds, ["0.95"; 3]).await;
    system.turns(&mut keeper, 3).await;
    let marked = ledger(&system).await;
    assert!(marked < before - whole(3_000), "{marked} of {before}");
    let call = VaultBook::pegDeficitCall {};
    let deficit = system.read(made.book(), &call).await;
    assert_eq!(deficit, before - marked);
    system.advance(700).await;
    system.answer(&made.custody_feeds, ["1"; 3]).await;
    system.turns(&mut keeper, 3).await;
    assert!(ledger(&system).await > marked, "it came back");
    system.nothing_was_wasted(&keeper).await;
}

#[tokio::test]
async fn interest_that_may_not_be_minted_is_not_collected_over_and_over() {
    let mut system = System::new().await;
    let made = system.funded().await;
    system.allow(&system.bank, made.custody, made.peg()).await;
    let call = PegModule::enterCall {
        units: whole(100_000),
        minMinted: U256::ZERO,
        to: system.bank.address(),
    };
    system.must(made.peg(), &call).await;
    // The low price is under what the ledger needs, the high one is not: nothing is marked, and nothing may be minted.
    system.answer(&made.custody_feeds, ["0.996"; 3]).await;
    system.advance(400_000).await;
    let asset = made.custody;
    system
        .must(made.prices(), &IPrices::pokeCall { asset })
        .await;
    let mut keeper = system
        .keeper(&format!("{QUIET}\n[collect]\nleast = \"1\""))
        .await;
    system.turns(&mut keeper, 3).await;
    let equity = system.read(made.book(), &VaultBook::equityCall {}).await;
    assert!(equity.is_negative(), "{equity}");
    let before = system.sends().await.len();
    system.turns(&mut keeper, 5).await;
    assert_eq!(system.sends().await.len(), before);
    assert_eq!(system.done("collect").await, 0);
    system.nothing_was_wasted(&keeper).await;
}

/// A token of which the bank bought some and borrows against.
async fn borrowed(system: &System) -> Token {
    let token = system.token().await;
    let call = Reserve::borrowCall {
        collateral: whole(10_000),
        principal: vec![whole(1) / U256::from(2)],
        to: system.bank.address(),
        unwrap: false,
    };
    system.allow(&system.bank, token.token, token.reserve).await;
    system.must(token.reserve, &call).await;
    token
}

async fn locked(system: &System, token: &Token) -> U256 {
    system.read(token.reserve, &Reserve::lockedCall {}).await
}

#[tokio::test]
async fn a_loan_is_closed_once_its_grace_has_ended() {
    let system = System::new().await;
    let token = borrowed(&system).await;
    let mut keeper = system.keeper("").await;
    system.turns(&mut keeper, 2).await;
    system.advance(7_200 + 3_500).await;
    system.turns(&mut keeper, 2).await;
    assert_eq!(locked(&system, &token).await, whole(10_000), "in its grace");
    system.advance(100).await;
    system.turns(&mut keeper, 2).await;
    assert_eq!(locked(&system, &token).await, U256::ZERO);
    system.turns(&mut keeper, 6).await;
    assert_eq!(system.done("foreclose").await, 1, "and once");
    system.nothing_was_wasted(&keeper).await;
}

#[tokio::test]
async fn no_loan_is_closed_while_its_reserve_is_paused_and_its_grace_moves_with_it() {
    let system = System::new().await;
    let token = borrowed(&system).await;
    let mut keeper = system.keeper("").await;
    system.turns(&mut keeper, 1).await;
    system.advance(7_200 + 3_000).await;
    let secs = U256::from(100_000);
    system
        .must(token.reserve, &Reserve::pauseCall { secs })
        .await;
    system.advance(50_000).await;
    system.turns(&mut keeper, 6).await;
    assert_eq!(locked(&system, &token).await, whole(10_000));
    system.must(token.reserve, &Reserve::unpauseCall {}).await;
    system.turns(&mut keeper, 3).await;
    assert_eq!(
        locked(&system, &token).await,
        whole(10_000),
        "still in its grace"
    );
    system.advance(700).await;
    system.turns(&mut keeper, 2).await;
    assert_eq!(locked(&system, &token).await, U256::ZERO);
    system.nothing_was_wasted(&keeper).await;
}

#[tokio::test]
async fn a_loan_opened_while_the_keeper_was_far_behind_is_closed_too() {
    let system = System::new().await;
    let token = system.token().await;
    let mut keeper = system.keeper("").await;
    system.turns(&mut keeper, 2).await;
    let call = Reserve::borrowCall {
        collateral: whole(10_000),
        principal: vec![whole(1) / U256::from(2)],
        to: system.bank.address(),
        unwrap: false,
    };
    system.allow(&system.bank, token.token, token.reserve).await;
    system.must(token.reserve, &call).await;
    // More blocks than are read one by one.
    for _ in 0..80 {
        system.mine().await;
    }
    system.turns(&mut keeper, 2).await;
    system.advance(7_200 + 3_700).await;
    system.turns(&mut keeper, 3).await;
    assert_eq!(locked(&system, &token).await, U256::ZERO);
}

const BIDS: &str = "[convert]\nbid = true\nleast_gain_bps = 0\nliquidity = false";

/// Blocks of ten seconds until the keeper holds tokens.
async fn until_it_buys(
    system: &System,
    token: &Token,
    keeper: &mut ballast_keeper::Keeper,
) -> U256 {
    for _ in 0..200 {
        keeper.pass().await.expect("passes");
        let held = system.balance(token.token, key().address()).await;
        if held > U256::ZERO {
            return held;
        }
        system.advance(2).await;
    }
    panic!("it never bought: {:?}", keeper.status().figures());
}

/// Lets the multiple fall from 64 to a little above where the pool stands.
async fn until_nearly(system: &System, token: &Token) {
    system.buy(token, 80).await;
    system.advance(640).await;
}

#[tokio::test]
async fn fee_tokens_are_bid_for_once_the_pool_pays_more_after_an_approval_of_just_that() {
    let system = System::new().await;
    let token = system.token().await;
    until_nearly(&system, &token).await;
    system.give(key().address(), 50).await;
    let mut keeper = system.keeper(BIDS).await;
    let held = until_it_buys(&system, &token, &mut keeper).await;
    assert_eq!(held, whole(1_000), "a whole lot");
    let paid = whole(50) - system.balance(system.wrapped, key().address()).await;
    let sends = system.sends().await;
    let labels: Vec<&str> = sends.iter().map(|send| send.label.as_str()).collect();
    assert_eq!(labels.len(), 2, "{labels:?}");
    let approval = sends.iter().find(|send| send.label.starts_with("approval"));
    let bid = sends.iter().find(|send| send.label.starts_with("bid"));
    let (approval, bid) = (approval.expect("one"), bid.expect("one"));
    assert!(approval.nonce < bid.nonce);
    // What it bought sells for more than it paid.
    let (spender, owner) = (token.converter, key().address());
    let call = ballast_bindings::peers::Erc20::allowanceCall { owner, spender };
    let left = system.read(system.wrapped, &call).await;
    assert!(left < paid / U256::from(50), "{left} of {paid} is left");
    system.nothing_was_wasted(&keeper).await;
}

#[tokio::test]
async fn liquidity_is_added_next_to_the_price_of_a_lot_that_was_just_sold() {
    let system = System::new().await;
    let token = system.token().await;
    until_nearly(&system, &token).await;
    system.give(key().address(), 50).await;
    let settings = BIDS.replace("liquidity = false", "liquidity = true");
    let mut keeper = system.keeper(&settings).await;
    until_it_buys(&system, &token, &mut keeper).await;
    system.turns(&mut keeper, 4).await;
    let aside = Converter::forLiquidityCall {};
    let sends = system.sends().await;
    let added = sends.iter().find(|send| send.label == "add liquidity");
    let aside = system.read(token.converter, &aside).await;
    let added = added.unwrap_or_else(|| panic!("it was added: {aside:?} {sends:?}"));
    assert_eq!(added.state, "mined");
    system.nothing_was_wasted(&keeper).await;
}

#[tokio::test]
async fn what_nobody_buys_is_burned_at_the_floor() {
    let system = System::new().await;
    let token = system.token().await;
    system.buy(&token, 80).await;
    let mut keeper = system.keeper("").await;
    let for_sale = Converter::forSaleCall {};
    let before = system.read(token.converter, &for_sale).await;
    assert!(before > whole(1_000));
    system.turns(&mut keeper, 2).await;
    assert_eq!(system.done("convert").await, 0, "not above the floor");
    system.advance(600 * 8).await;
    system.turns(&mut keeper, 3).await;
    let after = system.read(token.converter, &for_sale).await;
    assert!(after <= before - whole(1_000), "{after} of {before}");
    system.nothing_was_wasted(&keeper).await;
}
