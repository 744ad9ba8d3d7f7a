//! A file that is out of bounds is refused by field and limit; one that is within them says what is meant.

use alloy::primitives::{Address, U256};
use ballast_types::WAD;

use super::{Surroundings, VaultFile};
use crate::launch_file::KnownAsset;

const EVERY: &str = include_str!("../../../../examples/every-synthetic-option.toml");
const SIMPLE: &str = include_str!("../../../../examples/synthetic.toml");
const GOLD: &str = "0x68749665FF8D2d112Fa859AA293F07A622782F38";
const CASH: &str = "0x1aBaEA1f7C830bD89Acc67eC4af516284b1bC33c";

fn around() -> Surroundings {
    let asset = |address: Address, symbol: &str, decimals| KnownAsset {
        address,
        symbol: symbol.to_owned(),
        decimals,
    };
    Surroundings {
        sender: Address::repeat_byte(1),
        wrapped_native: Address::repeat_byte(2),
        local: true,
        assets: vec![
            (asset(Address::repeat_byte(2), "WETH", 18), None),
            (asset(GOLD.parse().expect("gold"), "GOLD", 8), Some(1)),
            (asset(CASH.parse().expect("cash"), "CASH", 6), None),
        ],
    }
}

fn refused_in(around: &Surroundings, text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from}");
    let changed = text.replacen(from, to, 1);
    let file = match VaultFile::parse(&changed) {
        Ok(file) => file,
        Err(error) => return error.to_string(),
    };
    match file
        .assets(around.wrapped_native)
        .and_then(|_| file.plan(around))
    {
        Ok(_) => panic!("`{to}` was taken"),
        Err(error) => error.to_string(),
    }
}

fn refused(text: &str, from: &str, to: &str) -> String {
    refused_in(&around(), text, from, to)
}

#[test]
fn the_file_with_every_option_is_within_bounds() {
    let file = VaultFile::parse(EVERY).expect("parses");
    let plan = file.plan(&around()).expect("plans");
    assert_eq!((plan.markets.len(), plan.assets.len()), (2, 3));
    assert_eq!(plan.delay_secs, 3 * 86_400);
    assert_eq!(plan.markets[0].ceiling, U256::from(5_000_000) * WAD);
    assert_eq!(plan.markets[1].terms.ramp_secs.get(), 900);
    // 3.5 % a year, a second.
    assert_eq!(plan.markets[0].rate, U256::from(1_109_842_719_u64));
    // A price of 100 of a token with 8 decimals, for a base unit, times 1e36.
    let least = plan.assets[1].sources[0].least;
    assert_eq!(least, U256::from(100) * U256::from(10).pow(U256::from(46)));
    let rates = plan.rates.expect("rates");
    assert_eq!(rates.rateMin, U256::ZERO);
    assert!(rates.rateBase < rates.rateMax);
}

#[test]
fn without_overrides_a_market_is_its_preset() {
    let plan = VaultFile::parse(SIMPLE)
        .and_then(|file| file.plan(&around()))
        .expect("plans");
    let terms = plan.markets[0].terms;
    let bps = |value: u64| U256::from(value) * U256::from(100_000_000_000_000_u64);
    assert_eq!(terms.liq_ltv.get(), bps(8_333));
    assert_eq!(terms.borrow_ltv.get(), bps(8_000));
    assert_eq!(terms.ramp_secs.get(), 30);
    assert_eq!(plan.assets[0].terms.minSources, U256::from(2));
    assert_eq!(plan.owner, around().sender);
    assert_eq!(plan.guardian, plan.owner);
}

#[test]
fn fields_out_of_bounds_are_named_with_their_limit() {
    let cases = [
        ("name = \"Ballast Euro\"", "name = \" \""),
        ("symbol = \"EURB\"", "symbol = \"EUR/B\""),
        ("symbol = \"EURB\"", "ticker = \"EURB\""),
        ("delay = \"3 days\"", "delay = \"1 day\""),
        ("preset = \"high-efficiency\"", "preset = \"yolo\""),
        ("ceiling = \"5000000\"", "ceiling = \"0.5\""),
        ("ceiling = \"5000000\"", "ceiling = \"68719476736\""),
        ("rate = \"3.5 %\"", "rate = \"101 %\""),
        ("liquidation_ltv = \"80 %\"", "liquidation_ltv = \"84 %\""),
        ("borrow_ltv = \"75 %\"", "borrow_ltv = \"80 %\""),
        ("max_discount = \"6 %\"", "max_discount = \"10.01 %\""),
        ("ramp = \"1 min\"", "ramp = \"9 s\""),
        ("min_debt = \"250\"", "min_debt = \"0.99\""),
        ("mint_window = \"12 h\"", "mint_window = \"59 min\""),
        ("fee_min = \"0.5 %\"", "fee_min = \"0.4 %\""),
        ("fee_slope = \"2 %\"", "fee_slope = \"9.51 %\""),
        ("live = 2", "live = 3"),
        ("deviation = \"0.5 %\"", "deviation = \"0.6 %\""),
        ("max_step = \"8 %\"", "max_step = \"10.01 %\""),
        ("max_age = \"30 min\"", "max_age = \"59 s\""),
        ("grace = \"30 min\"", "grace = \"25 h\""),
        ("heartbeat = \"1 day\"", "heartbeat = \"13 days\""),
        ("least = \"10\"", "least = \"100000\""),
        ("least = \"10\"", "least = \"0\""),
        ("dev = \"1850.25\"", "chainlink = \"0x12\""),
        ("gas = 150000", "gas = 19999"),
        ("feed_least = 1 ", "feed_least = 100000000000000 "),
        ("fee_in = \"0.5 %\"", "fee_in = \"0.49 %\""),
        ("fee_out = \"0.1 %\"", "fee_out = \"5.01 %\""),
        ("base = \"2 %\"", "base = \"41 %\""),
        ("cooldown = \"2 days\"", "cooldown = \"23 h\""),
    ];
    let lines: Vec<String> = cases
        .iter()
        .map(|(from, to)| format!("{to}\n    {}", refused(EVERY, from, to)))
        .collect();
    insta::assert_snapshot!("out_of_bounds", lines.join("\n"));
}

#[test]
fn a_price_needs_independent_sources() {
    let twice = "chainlink = \"0x5f4eC3Df9cbd43714FE2740f5E3616155c5b8419\"";
    let source = "dev = \"2000\"";
    let text = SIMPLE.replacen(source, twice, 1);
    let line = refused(&text, source, twice);
    assert!(line.contains("named twice"), "{line}");
    let both = format!("{source}\n{twice}");
    assert!(refused(SIMPLE, source, &both).contains("name one of chainlink, dev and contract"));
    let last = SIMPLE.rfind("[[market.price.source]]").expect("a source");
    let end = SIMPLE.find("[backstop]").expect("backstop");
    let two = format!("{}{}", &SIMPLE[..last], &SIMPLE[end..]);
    let line = refused(&two, "symbol = \"BUSD\"", "symbol = \"TWO\"");
    assert!(
        line.contains("there are 2, high-efficiency takes 3 to 8"),
        "{line}"
    );
    let secure = refused(SIMPLE, "high-efficiency", "high-security");
    assert!(
        secure.contains("there are 3, high-security takes 4 to 8"),
        "{secure}"
    );
}

#[test]
fn a_source_of_another_kind_may_stand_alone_where_the_preset_allows() {
    let start = SIMPLE.find("[[market.price.source]]").expect("a source");
    let end = SIMPLE.find("[backstop]").expect("backstop");
    let source = format!(
        "[[market.price.source]]\ncontract = \"{GOLD}\"\nheartbeat = \"1 day\"\nleast = \"10\"\nmost = \"100000\"\n\
         observing = true\n\n"
    );
    let text = format!("{}{source}{}", &SIMPLE[..start], &SIMPLE[end..]);
    let plan = VaultFile::parse(&text).and_then(|file| file.plan(&around()));
    let asset = &plan.expect("plans").assets[0];
    assert_eq!(asset.terms.minSources, U256::from(1));
    assert!(asset.sources[0].observing && !asset.sources[0].lockable);
    let line = refused(&text, "high-efficiency", "high-security");
    assert!(
        line.contains("there are 1, high-security takes 4 to 8"),
        "{line}"
    );
}

#[test]
fn feeds_are_made_up_on_the_local_chain_only() {
    let real = Surroundings {
        local: false,
        ..around()
    };
    let line = refused_in(&real, SIMPLE, "symbol = \"BUSD\"", "symbol = \"USDB\"");
    assert!(line.contains("local chain only"), "{line}");
}

#[test]
fn a_secure_market_takes_a_single_asset_of_the_right_decimals() {
    let mut basket = around();
    basket.assets[1].1 = Some(2);
    let same = ("symbol = \"EURB\"", "symbol = \"EURC\"");
    let line = refused_in(&basket, EVERY, same.0, same.1);
    assert!(line.contains("stands for 2 assets"), "{line}");
    let mut odd = around();
    odd.assets[1].0.decimals = 5;
    let line = refused_in(&odd, EVERY, same.0, same.1);
    assert!(line.contains("5 decimals, 6 to 18 are allowed"), "{line}");
}

#[test]
fn a_collateral_is_priced_once_and_for_the_preset_of_its_markets() {
    let again = |preset: &str| {
        format!(
            "[[market]]\ncollateral = \"native\"\npreset = \"{preset}\"\nceiling = 1\nmint_limit = 1\nrate = \"1 %\"\n\n\
             [backstop]"
        )
    };
    let fits = SIMPLE.replace("[backstop]", &again("high-efficiency"));
    let plan = VaultFile::parse(&fits).and_then(|file| file.plan(&around()));
    assert_eq!(plan.expect("plans").assets.len(), 1);
    let line = refused(SIMPLE, "[backstop]", &again("high-security"));
    assert!(
        line.contains("priced for high-efficiency, not for high-security"),
        "{line}"
    );
}
