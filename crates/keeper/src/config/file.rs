//! The file as it is written.

use std::fmt::Display;
use std::time::Duration;

use alloy::primitives::{Address, U256};
use ballast_types::{Price, WAD, decimal};
use serde::Deserialize;

use super::{
    BiddingConfig, BookConfig, Clock, Config, ConfigError, NativePrice, PoolConfig, SendConfig,
    Strategies, TakeConfig, WatchConfig, WebhookConfig, wad_of_bps,
};
use crate::strategy::{
    BackstopTerms, BookTerms, CollectTerms, ConvertTerms, FlagTerms, ForecloseTerms, MarkTerms,
    PokeTerms, RedeemTerms,
};

const GWEI: u128 = 1_000_000_000;
const DAY_SECS: u64 = 86_400;

/// A number as people write it: 1, 1.5 or "1.5".
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Number {
    Whole(u64),
    Text(String),
}

impl Number {
    /// Of 18 decimals.
    fn wad(&self, field: &str) -> Result<U256, ConfigError> {
        let text = match self {
            Self::Whole(whole) => whole.to_string(),
            Self::Text(text) => text.clone(),
        };
        decimal::parse(field, &text, 18)
            .map_err(|error| ConfigError::new(field, strip(field, &error.to_string())))
    }
}

/// The message without the field that it begins with.
fn strip(field: &str, message: &str) -> String {
    let rest = message.strip_prefix(field).unwrap_or(message);
    rest.trim_start_matches(':').trim().to_owned()
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    rpc: Vec<String>,
    quorum: Option<usize>,
    public: Vec<String>,
    private: Vec<String>,
    store: Option<String>,
    poll_ms: Option<u64>,
    patience_ms: Option<u64>,
    log_span: Option<u64>,
    clock: Option<String>,
    send: Send,
    book: Vec<Book>,
    take: Take,
    flag: Flag,
    poke: Poke,
    write_off: WriteOff,
    collect: Collect,
    redeem: Redeem,
    backstop: Backstop,
    mark: Mark,
    foreclose: Foreclose,
    convert: Convert,
    bidding: Option<Bidding>,
    alerts: Option<Alerts>,
    watch: Watch,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Send {
    max_fee_gwei: Option<u64>,
    priority_fee_gwei: Option<u64>,
    bump_percent: Option<u32>,
    bump_after_blocks: Option<u64>,
    spend_per_hour: Option<Number>,
    in_flight_max: Option<usize>,
    confirmations: Option<u64>,
    private_blocks: Option<u64>,
    valid_secs: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Book {
    synthetic: String,
    native_market: Option<u64>,
    native_price: Option<Number>,
    desk: Option<String>,
    reserved: Option<Number>,
    #[serde(default)]
    pool: Vec<Pool>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pool {
    market: u64,
    pairs: Vec<String>,
    fee_bps: Option<u16>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Take {
    enabled: Option<bool>,
    owners_max: Option<usize>,
    least_profit: Option<Number>,
    slippage_bps: Option<u16>,
    poke: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Flag {
    enabled: Option<bool>,
    least_debt: Option<Number>,
    per_block_max: Option<usize>,
    unflag: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Poke {
    enabled: Option<bool>,
    age_percent: Option<u8>,
    move_bps: Option<u16>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WriteOff {
    enabled: Option<bool>,
    least: Option<Number>,
    per_block_max: Option<usize>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Collect {
    enabled: Option<bool>,
    least: Option<Number>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Redeem {
    enabled: Option<bool>,
    least_profit: Option<Number>,
    slippage_bps: Option<u16>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Backstop {
    enabled: Option<bool>,
    take: Option<bool>,
    patience_secs: Option<u64>,
    cover: Option<bool>,
    sync: Option<bool>,
    owners_max: Option<usize>,
    least: Option<Number>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Mark {
    enabled: Option<bool>,
    least: Option<Number>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Foreclose {
    enabled: Option<bool>,
    loans_max: Option<usize>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Convert {
    enabled: Option<bool>,
    bid: Option<bool>,
    least_gain_bps: Option<u16>,
    slippage_bps: Option<u16>,
    burn: Option<bool>,
    liquidity: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Bidding {
    command: Vec<String>,
    timeout_ms: Option<u64>,
    fall_back: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Alerts {
    webhook: String,
    secret_file: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Watch {
    silence_secs: Option<u64>,
    stall_secs: Option<u64>,
    least_native: Option<Number>,
    check_blocks: Option<u64>,
}

/// `given` or `usual`, where it lies within `least` and `most`.
fn within<T: PartialOrd + Display>(
    field: &str,
    given: Option<T>,
    usual: T,
    (least, most): (T, T),
) -> Result<T, ConfigError> {
    let value = given.unwrap_or(usual);
    if value < least || value > most {
        let detail = format!("must be {least} to {most}, not {value}");
        return Err(ConfigError::new(field, detail));
    }
    Ok(value)
}

fn amount(field: &str, given: Option<&Number>, usual: u64) -> Result<U256, ConfigError> {
    match given {
        Some(number) => number.wad(field),
        None => Ok(U256::from(usual).saturating_mul(WAD)),
    }
}

fn address(field: &str, text: &str) -> Result<Address, ConfigError> {
    let found: Option<Address> = text.trim().parse().ok();
    found
        .filter(|address| !address.is_zero())
        .ok_or_else(|| ConfigError::new(field, format!("`{text}` is no address of a contract")))
}

fn urls(field: &str, list: Vec<String>) -> Result<Vec<String>, ConfigError> {
    const MOST: usize = 16;
    if list.len() > MOST {
        return Err(ConfigError::new(
            field,
            format!("at most {MOST}, not {}", list.len()),
        ));
    }
    let wrong = list
        .iter()
        .position(|url| !url.starts_with("http://") && !url.starts_with("https://"));
    match wrong {
        // An address may hold a key, so it is not repeated.
        Some(index) => Err(ConfigError::new(
            field,
            format!(
                "number {} does not begin with http:// or https://",
                index.saturating_add(1)
            ),
        )),
        None => Ok(list),
    }
}

pub(super) fn parse(text: &str) -> Result<Config, ConfigError> {
    let file: File = toml::from_str(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        let before = text.get(..start).unwrap_or_default();
        let line = before.matches('\n').count().saturating_add(1);
        let message = error
            .message()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        ConfigError::new(format!("line {line}"), message)
    })?;
    let strategies = strategies(&file)?;
    let books: Result<Vec<BookConfig>, ConfigError> = file.book.iter().map(book).collect();
    let clock = match file.clock.as_deref() {
        None | Some("system") => Clock::System,
        Some("chain") => Clock::Chain,
        Some(other) => {
            let detail = format!("must be \"system\" or \"chain\", not \"{other}\"");
            return Err(ConfigError::new("clock", detail));
        }
    };
    let poll = within("poll_ms", file.poll_ms, 500, (Config::POLL_MS_MIN, 60_000))?;
    let patience = within("patience_ms", file.patience_ms, 5_000, (50, 60_000))?;
    Ok(Config {
        log_span: within("log_span", file.log_span, 2_000, (1, 100_000))?,
        send: send(&file.send)?,
        watch: watch(&file.watch)?,
        bidding: file.bidding.as_ref().map(bidding).transpose()?,
        webhook: file.alerts.as_ref().map(webhook).transpose()?,
        quorum: within(
            "quorum",
            file.quorum,
            file.rpc.len().clamp(1, 2),
            (1, file.rpc.len().max(1)),
        )?,
        rpc: urls("rpc", file.rpc)?,
        public: urls("public", file.public)?,
        private: urls("private", file.private)?,
        store: file
            .store
            .unwrap_or_else(|| "sqlite:.state/keeper.sqlite".to_owned()),
        poll: Duration::from_millis(poll),
        patience: Duration::from_millis(patience),
        clock,
        books: books?,
        strategies,
        dry_run: false,
    })
}

fn send(send: &Send) -> Result<SendConfig, ConfigError> {
    let fee = within("send.max_fee_gwei", send.max_fee_gwei, 300, (1, 1_000_000))?;
    let priority = send
        .priority_fee_gwei
        .map(|gwei| within("send.priority_fee_gwei", Some(gwei), 0, (0, fee)))
        .transpose()?;
    let spend = send.spend_per_hour.as_ref();
    Ok(SendConfig {
        max_fee_wei: u128::from(fee).saturating_mul(GWEI),
        priority_fee_wei: priority.map(|gwei| u128::from(gwei).saturating_mul(GWEI)),
        bump_percent: within("send.bump_percent", send.bump_percent, 15, (13, 1_000))?,
        bump_after_blocks: within(
            "send.bump_after_blocks",
            send.bump_after_blocks,
            3,
            (1, 1_000),
        )?,
        spend_per_hour_wei: spend
            .map(|spend| spend.wad("send.spend_per_hour"))
            .transpose()?,
        in_flight_max: within("send.in_flight_max", send.in_flight_max, 16, (1, 64))?,
        confirmations: within("send.confirmations", send.confirmations, 2, (0, 1_000))?,
        private_blocks: within("send.private_blocks", send.private_blocks, 3, (1, 1_000))?,
        valid_secs: within("send.valid_secs", send.valid_secs, 600, (1, DAY_SECS))?,
    })
}

fn book(book: &Book) -> Result<BookConfig, ConfigError> {
    let native = match (book.native_market, &book.native_price) {
        (None, None) => NativePrice::Found,
        (Some(market), None) => NativePrice::Market(market),
        (None, Some(price)) => {
            let wad = price.wad("book.native_price")?;
            if wad.is_zero() {
                return Err(ConfigError::new("book.native_price", "must be more than 0"));
            }
            NativePrice::Fixed(Price::new(wad.saturating_mul(WAD)))
        }
        (Some(_), Some(_)) => {
            let detail = "native_market is given too; name one of them";
            return Err(ConfigError::new("book.native_price", detail));
        }
    };
    let desk = book.desk.as_deref().map(|desk| address("book.desk", desk));
    let pools: Result<Vec<PoolConfig>, ConfigError> = book.pool.iter().map(pool).collect();
    Ok(BookConfig {
        synthetic: book.synthetic.clone(),
        native,
        desk: desk.transpose()?,
        reserved: amount("book.reserved", book.reserved.as_ref(), 0)?,
        pools: pools?,
    })
}

fn pool(pool: &Pool) -> Result<PoolConfig, ConfigError> {
    within("book.pool.pairs", Some(pool.pairs.len()), 1, (1, 4))?;
    let pairs: Result<Vec<Address>, ConfigError> = pool
        .pairs
        .iter()
        .map(|pair| address("book.pool.pairs", pair))
        .collect();
    Ok(PoolConfig {
        market: within("book.pool.market", Some(pool.market), 0, (0, 31))?,
        pairs: pairs?,
        fee_bps: within("book.pool.fee_bps", pool.fee_bps, 30, (0, 9_999))?,
    })
}

/// `terms`, unless it is switched off.
fn unless_off<T>(enabled: Option<bool>, terms: T) -> Option<T> {
    enabled.unwrap_or(true).then_some(terms)
}

fn strategies(file: &File) -> Result<Strategies, ConfigError> {
    let (take, flag, poke) = (&file.take, &file.flag, &file.poke);
    let take_terms = TakeConfig {
        owners_max: within("take.owners_max", take.owners_max, 200, (1, 1_000))?,
        least_profit: amount("take.least_profit", take.least_profit.as_ref(), 0)?,
        slippage_bps: within("take.slippage_bps", take.slippage_bps, 2_000, (0, 10_000))?,
        poke: take.poke.unwrap_or(true),
    };
    let flag_terms = FlagTerms {
        least_debt: amount("flag.least_debt", flag.least_debt.as_ref(), 0)?,
        per_block_max: within("flag.per_block_max", flag.per_block_max, 16, (1, 1_000))?,
        unflag: flag.unflag.unwrap_or(true),
    };
    let bps = poke
        .move_bps
        .map(|bps| within("poke.move_bps", Some(bps), 0, (1, 5_000)));
    let poke_terms = PokeTerms {
        age_percent: within("poke.age_percent", poke.age_percent, 80, (1, 99))?,
        move_wad: bps.transpose()?.map(|bps| wad_of_bps(u64::from(bps))),
    };
    let write_off = BookTerms {
        least: amount("write_off.least", file.write_off.least.as_ref(), 1)?,
        per_block_max: within(
            "write_off.per_block_max",
            file.write_off.per_block_max,
            16,
            (1, 1_000),
        )?,
    };
    Ok(Strategies {
        take: unless_off(take.enabled, take_terms),
        flag: unless_off(flag.enabled, flag_terms),
        poke: unless_off(poke.enabled, poke_terms),
        book: unless_off(file.write_off.enabled, write_off),
        collect: unless_off(
            file.collect.enabled,
            CollectTerms {
                least: amount("collect.least", file.collect.least.as_ref(), 100)?,
            },
        ),
        redeem: redeem(&file.redeem)?,
        backstop: backstop(&file.backstop)?,
        mark: unless_off(
            file.mark.enabled,
            MarkTerms {
                least: amount("mark.least", file.mark.least.as_ref(), 1)?,
            },
        ),
        foreclose: unless_off(
            file.foreclose.enabled,
            ForecloseTerms {
                loans_max: within(
                    "foreclose.loans_max",
                    file.foreclose.loans_max,
                    20,
                    (1, 200),
                )?,
            },
        ),
        convert: convert(&file.convert)?,
    })
}

fn redeem(redeem: &Redeem) -> Result<Option<RedeemTerms>, ConfigError> {
    let terms = RedeemTerms {
        least_profit: amount("redeem.least_profit", redeem.least_profit.as_ref(), 1)?,
        reserved: U256::ZERO,
        slippage_bps: within("redeem.slippage_bps", redeem.slippage_bps, 50, (0, 10_000))?,
    };
    Ok(unless_off(redeem.enabled, terms))
}

fn backstop(backstop: &Backstop) -> Result<Option<BackstopTerms>, ConfigError> {
    let terms = BackstopTerms {
        take: backstop.take.unwrap_or(true),
        patience_secs: within(
            "backstop.patience_secs",
            backstop.patience_secs,
            60,
            (0, DAY_SECS),
        )?,
        cover: backstop.cover.unwrap_or(true),
        sync: backstop.sync.unwrap_or(true),
        owners_max: within("backstop.owners_max", backstop.owners_max, 50, (1, 500))?,
        least: amount("backstop.least", backstop.least.as_ref(), 1)?,
    };
    Ok(unless_off(backstop.enabled, terms))
}

fn convert(convert: &Convert) -> Result<Option<ConvertTerms>, ConfigError> {
    let terms = ConvertTerms {
        bid: convert.bid.unwrap_or(false),
        least_gain_bps: within(
            "convert.least_gain_bps",
            convert.least_gain_bps,
            100,
            (0, 10_000),
        )?,
        slippage_bps: within(
            "convert.slippage_bps",
            convert.slippage_bps,
            50,
            (0, 10_000),
        )?,
        burn: convert.burn.unwrap_or(true),
        liquidity: convert.liquidity.unwrap_or(true),
        to: Address::ZERO,
    };
    Ok(unless_off(convert.enabled, terms))
}

fn bidding(bidding: &Bidding) -> Result<BiddingConfig, ConfigError> {
    if bidding
        .command
        .first()
        .is_none_or(|program| program.trim().is_empty())
    {
        return Err(ConfigError::new("bidding.command", "must name a program"));
    }
    let timeout = within("bidding.timeout_ms", bidding.timeout_ms, 250, (1, 60_000))?;
    Ok(BiddingConfig {
        command: bidding.command.clone(),
        timeout: Duration::from_millis(timeout),
        fall_back: bidding.fall_back.unwrap_or(true),
    })
}

fn webhook(alerts: &Alerts) -> Result<WebhookConfig, ConfigError> {
    let url = urls("alerts.webhook", vec![alerts.webhook.clone()])?;
    Ok(WebhookConfig {
        url: url.into_iter().next().unwrap_or_default(),
        secret_file: alerts.secret_file.as_ref().map(Into::into),
    })
}

fn watch(watch: &Watch) -> Result<WatchConfig, ConfigError> {
    let silence = within("watch.silence_secs", watch.silence_secs, 30, (1, 3_600))?;
    let stall = within("watch.stall_secs", watch.stall_secs, 120, (0, DAY_SECS))?;
    let least = watch.least_native.as_ref();
    Ok(WatchConfig {
        silence: Duration::from_secs(silence),
        stall: (stall != 0).then(|| Duration::from_secs(stall)),
        least_native: match least {
            Some(least) => least.wad("watch.least_native")?,
            None => U256::from(50_000_000_000_000_000_u64),
        },
        check_blocks: within("watch.check_blocks", watch.check_blocks, 50, (1, 100_000))?,
    })
}

#[cfg(test)]
mod tests {
    use alloy::primitives::U256;
    use ballast_types::WAD;

    use super::super::{Clock, Config, NativePrice};

    #[test]
    fn an_empty_file_is_a_keeper_with_everything_on_but_bids() {
        let config = Config::parse("").expect("is in order");
        assert!(config.strategies.take.is_some() && config.strategies.foreclose.is_some());
        assert!(!config.strategies.convert.expect("on").bid);
        assert_eq!(config.clock, Clock::System);
        assert_eq!(config.send.bump_percent, 15);
        assert!(
            config
                .book("ANY", alloy::primitives::Address::ZERO)
                .is_some()
        );
    }

    #[test]
    fn what_is_written_is_taken_up() {
        let text = r#"
            rpc = ["http://127.0.0.1:1"]
            clock = "chain"
            poll_ms = 20
            [send]
            spend_per_hour = "0.5"
            [[book]]
            synthetic = "SYN"
            native_price = "2000.5"
            desk = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
            reserved = 7
            [[book.pool]]
            market = 1
            pairs = ["0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"]
            [flag]
            enabled = false
            [watch]
            stall_secs = 0
        "#;
        let config = Config::parse(text).expect("is in order");
        assert_eq!(config.clock, Clock::Chain);
        assert_eq!(config.send.spend_per_hour_wei, Some(WAD / U256::from(2)));
        assert_eq!(config.strategies.flag, None);
        assert_eq!(config.watch.stall, None);
        let book = config
            .book("SYN", alloy::primitives::Address::ZERO)
            .expect("named");
        assert!(matches!(book.native, NativePrice::Fixed(_)));
        assert_eq!(book.reserved, U256::from(7) * WAD);
        assert_eq!(book.pools.len(), 1);
        assert_eq!(config.book("OTHER", alloy::primitives::Address::ZERO), None);
    }

    #[test]
    fn what_is_not_in_order_is_named_with_its_limit() {
        let wrong = [
            ("poll_ms = 19", "poll_ms: must be 20 to 60000, not 19"),
            (
                "clock = \"sun\"",
                "clock: must be \"system\" or \"chain\", not \"sun\"",
            ),
            (
                "rpc = [\"ws://secret\"]",
                "rpc: number 1 does not begin with http:// or https://",
            ),
            (
                "[send]\nbump_percent = 12",
                "send.bump_percent: must be 13 to 1000, not 12",
            ),
            (
                "[take]\nowners_max = 1001",
                "take.owners_max: must be 1 to 1000, not 1001",
            ),
            (
                "[poke]\nage_percent = 100",
                "poke.age_percent: must be 1 to 99, not 100",
            ),
            (
                "[bidding]\ncommand = []",
                "bidding.command: must name a program",
            ),
            (
                "[[book]]\nsynthetic = \"S\"\ndesk = \"nobody\"",
                "book.desk: `nobody` is no address of a contract",
            ),
            (
                "[[book]]\nsynthetic = \"S\"\nnative_price = 1\nnative_market = 0",
                "book.native_price: native_market is given too; name one of them",
            ),
        ];
        for (text, message) in wrong {
            assert_eq!(Config::parse(text).expect_err(text).to_string(), message);
        }
        let unknown = Config::parse("\npol_ms = 3")
            .expect_err("unknown")
            .to_string();
        assert!(
            unknown.starts_with("line 2: unknown field `pol_ms`"),
            "{unknown}"
        );
        let money = Config::parse("[collect]\nleast = \"ten\"")
            .expect_err("no number")
            .to_string();
        assert!(money.starts_with("collect.least: "), "{money}");
    }
}
