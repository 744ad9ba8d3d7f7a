//! Every figure equals the contract's own at the same block, to the last unit.

use alloy::eips::BlockId;
use alloy::primitives::{Address, B256, U256};
use ballast_bindings::converter::Converter;
use ballast_bindings::peers::Pair;
use ballast_bindings::reserve::Reserve;
use ballast_bindings::token::AccrualToken;
use serde_json::Value;

use crate::serving::{Running, options, serve};
use crate::world::{self, World};

fn word(value: &Value) -> U256 {
    value
        .as_str()
        .and_then(|text| text.parse().ok())
        .expect("a word")
}

fn all(value: &Value) -> Vec<U256> {
    value.as_array().expect("words").iter().map(word).collect()
}

fn address(value: &Value) -> Address {
    value
        .as_str()
        .and_then(|text| text.parse().ok())
        .expect("an address")
}

fn number(value: &Value) -> U256 {
    U256::from(value.as_u64().expect("a number"))
}

fn block_of(answer: &Value) -> BlockId {
    let hash: B256 = answer["as_of"]["hash"]
        .as_str()
        .expect("a hash")
        .parse()
        .expect("a hash");
    BlockId::hash_canonical(hash)
}

async fn token_is_exact(world: &World, server: &Running, token: Address) -> usize {
    let path = format!("/v1/tokens/{token}");
    let answer = server.get(&path).await;
    let id = block_of(&answer);
    let shown = &answer["token"];
    let provider = world.endpoint.provider();
    let reserve = Reserve::new(address(&shown["reserve"]), provider);
    let contract = AccrualToken::new(token, provider);
    let supply = contract.totalSupply().block(id).call().await.expect("call");
    assert_eq!(word(&shown["supply"]), supply);
    let backing = reserve.backing().block(id).call().await.expect("call");
    assert_eq!(word(&shown["claims"]), backing.claimsNow);
    let assets = shown["reserves"].as_array().expect("reserves");
    assert_eq!(assets.len(), backing.totals.len());
    for (index, (asset, total)) in assets.iter().zip(&backing.totals).enumerate() {
        let place = U256::from(index);
        let view = reserve.assetAt(place).block(id).call().await.expect("call");
        assert_eq!(word(&asset["cash"]), view.cash);
        assert_eq!(word(&asset["lent"]), view.lent);
        assert_eq!(word(&asset["streaming"]), view.streaming);
        assert_eq!(word(&asset["total"]), *total);
        let scale = U256::from(10).pow(U256::from(
            36 - asset["asset"]["decimals"].as_u64().expect("decimals"),
        ));
        assert_eq!(word(&asset["floor_wad"]), total * scale / backing.claimsNow);
        let coverage = reserve
            .freeHolderCoverage(place)
            .block(id)
            .call()
            .await
            .expect("call");
        let stored = asset["coverage_wad"]
            .as_str()
            .map_or(U256::MAX, |text| text.parse().expect("word"));
        assert_eq!(stored, coverage);
    }
    let locked = reserve.locked().block(id).call().await.expect("call");
    assert_eq!(word(&shown["locked"]), locked);
    let count = reserve.loanCount().block(id).call().await.expect("call");
    assert_eq!(number(&shown["loan_count"]), count);
    let paused = reserve.pausedUntil().block(id).call().await.expect("call");
    assert_eq!(number(&shown["paused_until"]), paused);
    let fees = contract.fees().block(id).call().await.expect("call");
    assert_eq!(number(&shown["fees"]["buy_bps"]), fees.buyBps);
    assert_eq!(number(&shown["fees"]["sell_bps"]), fees.sellBps);
    assert_eq!(
        address(&shown["owner"]),
        contract.owner().block(id).call().await.expect("call")
    );
    assert_eq!(
        address(&shown["guardian"]),
        contract.guardian().block(id).call().await.expect("call")
    );
    let pool = Pair::new(address(&shown["pool"]), provider);
    let held = pool.getReserves().block(id).call().await.expect("call");
    let first = pool.token0().block(id).call().await.expect("call");
    let (tokens, paid) = if first == token {
        (held.reserve0, held.reserve1)
    } else {
        (held.reserve1, held.reserve0)
    };
    let one = U256::from(10).pow(U256::from(18));
    assert_eq!(
        word(&shown["market_wad"]),
        U256::from(paid) * one / U256::from(tokens)
    );
    assets.len() * 6 + 12
}

async fn quotes_are_exact(world: &World, server: &Running, token: Address) -> usize {
    let shown = server.get(&format!("/v1/tokens/{token}")).await;
    let reserve = Reserve::new(
        address(&shown["token"]["reserve"]),
        world.endpoint.provider(),
    );
    let mut made = 0;
    let claims = word(&shown["token"]["claims"]);
    for amount in [
        U256::from(1),
        U256::from(12_345_678_901_234_567_u64),
        claims / U256::from(7),
        claims,
    ] {
        let path = format!("/v1/tokens/{token}/quote/redeem?tokens={amount}");
        let quote = server.get(&path).await;
        let id = block_of(&quote);
        let paid = reserve
            .previewRedeem(amount)
            .block(id)
            .call()
            .await
            .expect("call");
        assert_eq!(all(&quote["paid"]), paid, "{amount}");
        let gross = reserve
            .backingOf(amount)
            .block(id)
            .call()
            .await
            .expect("call");
        for ((paid, fee), gross) in paid.iter().zip(all(&quote["fees"])).zip(gross) {
            assert_eq!(*paid + fee, gross);
        }
        let path = format!("/v1/tokens/{token}/quote/borrow?collateral={amount}");
        let quote = server.get(&path).await;
        let most = reserve
            .maxBorrow(amount)
            .block(block_of(&quote))
            .call()
            .await
            .expect("call");
        assert_eq!(all(&quote["most"]), most, "{amount}");
        made += 2 * paid.len() + most.len();
    }
    made
}

async fn auction_is_exact(world: &World, server: &Running, token: Address) -> usize {
    let answer = server.get(&format!("/v1/tokens/{token}/auction")).await;
    let id = block_of(&answer);
    let auction = &answer["auction"];
    let contract = answer["sources"]["lot"]["contract"].clone();
    let converter = Converter::new(address(&contract), world.endpoint.provider());
    let multiple = converter.multiple().block(id).call().await.expect("call");
    assert_eq!(word(&auction["multiple_wad"]), multiple);
    let for_sale = converter.forSale().block(id).call().await.expect("call");
    assert_eq!(word(&auction["for_sale"]), for_sale);
    let set_aside = converter
        .forLiquidity()
        .block(id)
        .call()
        .await
        .expect("call");
    assert_eq!(word(&auction["liquidity_tokens"]), set_aside.tokens);
    assert_eq!(word(&auction["liquidity_assets"]), set_aside.assets);
    assert_eq!(
        word(&auction["lot"]),
        converter.lot().block(id).call().await.expect("call")
    );
    let mut made = 5;
    if multiple > U256::from(10).pow(U256::from(18)) && for_sale > U256::from(1_000) {
        let tokens = for_sale.min(word(&auction["lot"])) / U256::from(3);
        let quote = server
            .get(&format!("/v1/tokens/{token}/quote/bid?tokens={tokens}"))
            .await;
        let amounts = converter
            .quote(tokens)
            .block(block_of(&quote))
            .call()
            .await
            .expect("call");
        assert_eq!(all(&quote["amounts"]), amounts);
        made += amounts.len();
    }
    made
}

async fn loans_are_exact(world: &World, server: &Running, token: Address) -> usize {
    let mut made = 0;
    for loan in server
        .walk(&format!("/v1/tokens/{token}/loans?status=open"), 3)
        .await
    {
        let reserve = Reserve::new(address(&loan["reserve"]), world.endpoint.provider());
        let path = format!(
            "/v1/tokens/{token}/loans/{}",
            loan["loan"].as_str().expect("id")
        );
        let one = server.get(&path).await;
        assert_eq!(one["loan"], loan);
        let view = reserve
            .loan(word(&loan["loan"]))
            .block(block_of(&one))
            .call()
            .await
            .expect("call");
        assert_eq!(address(&loan["borrower"]), view.borrower);
        assert_eq!(word(&loan["collateral"]), view.collateral);
        assert_eq!(all(&loan["principal"]), view.principal);
        assert_eq!(number(&loan["deadline"]), view.deadline);
        assert_eq!(number(&loan["grace_end"]), view.graceEnd);
        made += 5;
    }
    made
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_figure_is_the_contracts_own_at_the_same_block() {
    let world = World::new().await;
    world.launch(2).await;
    let kept = world::kept();
    let server = serve(&kept.store, &world.manifest, options()).await;
    let mut made = 0;
    for round in 0..3 {
        world.everything(1, round * 7 + 1).await;
        world.happen(3, 40 + round).await;
        // The stream vests while nothing happens.
        world.mine(round * 500 + 1).await;
        world.index(&kept.store, world::options()).await;
        let tokens = server.walk("/v1/tokens", 1).await;
        assert_eq!(tokens.len(), 2);
        for token in &tokens {
            let token = address(&token["token"]);
            made += token_is_exact(&world, &server, token).await;
            made += quotes_are_exact(&world, &server, token).await;
            made += auction_is_exact(&world, &server, token).await;
            made += loans_are_exact(&world, &server, token).await;
        }
    }
    eprintln!("{made} figures equal the contracts' own");
    assert!(made > 150, "{made}");
}
