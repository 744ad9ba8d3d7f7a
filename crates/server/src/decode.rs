//! Raw logs as named events with named values.

use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use alloy::dyn_abi::{DynSolValue, EventExt};
use alloy::json_abi::Event;
use alloy::primitives::{Address, B256, LogData};
use ballast_bindings::Artifact;
use ballast_store::{RawLog, Token};
use serde::Serialize;
use utoipa::ToSchema;

use crate::wire::{Addr, Hash};

/// What a contract is to a token or a synthetic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Launches tokens.
    Launchpad,
    /// The token.
    Token,
    /// Its reserve.
    Reserve,
    /// Its converter.
    Converter,
    /// Its first pool.
    Pool,
    /// What locks that pool's liquidity.
    Lock,
    /// A synthetic, which is the book of its vaults.
    Book,
    /// Its prices.
    Prices,
    /// A quorum that reports some of them.
    Reports,
    /// Its exchange with a custody token.
    Peg,
    /// What moves its stability rates.
    Rates,
    /// What pays its losses before the holders do.
    Backstop,
    /// Who may change what about it.
    Governor,
}

impl Role {
    /// The part of a synthetic that the store names so.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "book" => Self::Book,
            "prices" => Self::Prices,
            "reports" => Self::Reports,
            "peg" => Self::Peg,
            "rates" => Self::Rates,
            "backstop" => Self::Backstop,
            "governor" => Self::Governor,
            _ => return None,
        })
    }
}

/// The events of pools, which are no contracts of ours.
const POOL_EVENTS: [&str; 6] = [
    "event Sync(uint112 reserve0, uint112 reserve1)",
    "event Swap(address indexed sender, uint256 amount0In, uint256 amount1In, uint256 amount0Out, uint256 amount1Out, address indexed to)",
    "event Mint(address indexed sender, uint256 amount0, uint256 amount1)",
    "event Burn(address indexed sender, uint256 amount0, uint256 amount1, address indexed to)",
    "event Transfer(address indexed from, address indexed to, uint256 value)",
    "event Approval(address indexed owner, address indexed spender, uint256 value)",
];

/// One value of an event: an integer in decimal, an address, a truth or bytes as text, or several in brackets; or a list
/// of such.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Argument {
    /// One value.
    One(String),
    /// Several.
    Many(Vec<String>),
}

/// One event of the chain.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EventView {
    /// Height.
    pub block: u64,
    /// Position in the block.
    pub log_index: u64,
    /// Unix seconds of the block.
    pub time: u64,
    /// The transaction.
    pub transaction: Hash,
    /// The token or synthetic it concerns; null for one of the launchpad's own.
    pub token: Option<Addr>,
    /// Who emitted it.
    pub contract: Addr,
    /// What that contract is.
    pub role: Role,
    /// The event's name; `unknown` for one that no contract of ours declares.
    pub event: String,
    /// Its values by name.
    pub args: BTreeMap<String, Argument>,
}

type Events = HashMap<(Role, B256), Event>;

fn known() -> &'static Events {
    static KNOWN: OnceLock<Events> = OnceLock::new();
    KNOWN.get_or_init(|| {
        let ours = [
            (Role::Launchpad, Artifact::Launchpad),
            (Role::Token, Artifact::AccrualToken),
            (Role::Reserve, Artifact::Reserve),
            (Role::Converter, Artifact::Converter),
            (Role::Lock, Artifact::LiquidityLock),
            (Role::Book, Artifact::VaultBook),
            (Role::Prices, Artifact::PriceAggregator),
            (Role::Reports, Artifact::ReportQuorum),
            (Role::Peg, Artifact::PegModule),
            (Role::Rates, Artifact::RateController),
            (Role::Backstop, Artifact::Backstop),
            (Role::Governor, Artifact::VaultGovernor),
        ];
        let mut known = Events::new();
        for (role, artifact) in ours {
            for event in artifact.abi().events() {
                known.insert((role, event.selector()), event.clone());
            }
        }
        for event in POOL_EVENTS
            .iter()
            .filter_map(|text| Event::parse(text).ok())
        {
            known.insert((Role::Pool, event.selector()), event);
        }
        known
    })
}

/// Every event's name, sorted.
pub(crate) fn event_names() -> Vec<&'static str> {
    let mut names: Vec<&str> = known().values().map(|event| event.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The names of the events of a topic of live events; none where there is no such topic.
pub(crate) fn topic(name: &str) -> Option<&'static [&'static str]> {
    Some(match name {
        "vaults" => &[
            "Adjusted",
            "Booked",
            "Flagged",
            "Redeemed",
            "Taken",
            "Unflagged",
        ],
        "auctions" => &[
            "Booked",
            "Bought",
            "Covered",
            "Flagged",
            "Sold",
            "Taken",
            "Unflagged",
        ],
        "prices" => &["BecameUnsafe", "Priced", "Reported", "SourceLeftOut"],
        _ => return None,
    })
}

/// The roles that emit an event named `name`.
pub(crate) fn roles_of(name: &str) -> Vec<Role> {
    let emits = known().iter().filter(|(_, event)| event.name == name);
    let mut roles: Vec<Role> = emits.map(|((role, _), _)| *role).collect();
    roles.sort_unstable();
    roles
}

/// The name of the event that `log` is, from a contract of `role`.
pub(crate) fn name_of(role: Role, log: &RawLog) -> Option<&'static str> {
    let selector = log.topics.first()?;
    known()
        .get(&(role, *selector))
        .map(|event| event.name.as_str())
}

/// A token's contracts with what they are.
pub(crate) fn contracts(token: &Token) -> Vec<(Address, Role)> {
    let all = [
        (Some(token.token), Role::Token),
        (Some(token.reserve), Role::Reserve),
        (token.converter, Role::Converter),
        (token.pool, Role::Pool),
        (token.liquidity_lock, Role::Lock),
    ];
    all.into_iter()
        .filter_map(|(address, role)| Some((address?, role)))
        .filter(|(address, _)| !address.is_zero())
        .collect()
}

fn text(value: &DynSolValue) -> String {
    match value {
        DynSolValue::Address(address) => address.to_checksum(None),
        DynSolValue::Uint(number, _) => number.to_string(),
        DynSolValue::Int(number, _) => number.to_string(),
        DynSolValue::Bool(truth) => truth.to_string(),
        DynSolValue::String(text) => text.clone(),
        DynSolValue::FixedBytes(word, size) => {
            alloy::hex::encode_prefixed(word.get(..*size).unwrap_or_default())
        }
        DynSolValue::Bytes(bytes) => alloy::hex::encode_prefixed(bytes),
        DynSolValue::Tuple(parts) => {
            let parts: Vec<String> = parts.iter().map(text).collect();
            format!("({})", parts.join(", "))
        }
        other => format!("{other:?}"),
    }
}

fn argument(value: &DynSolValue) -> Argument {
    match value {
        DynSolValue::Array(items) | DynSolValue::FixedArray(items) => {
            Argument::Many(items.iter().map(text).collect())
        }
        other => Argument::One(text(other)),
    }
}

/// The event that `log` is.
pub(crate) fn decode(log: &RawLog, role: Role, token: Option<Address>) -> EventView {
    let selector = log.topics.first().copied().unwrap_or_default();
    let event = known().get(&(role, selector));
    let decoded = event.and_then(|event| {
        let data = LogData::new(log.topics.clone(), log.data.clone())?;
        Some((event, event.decode_log(&data).ok()?))
    });
    let (name, args) = match decoded {
        Some((event, decoded)) => {
            let (mut indexed, mut body) = (decoded.indexed.iter(), decoded.body.iter());
            let named = event.inputs.iter().filter_map(|input| {
                let value = if input.indexed {
                    indexed.next()
                } else {
                    body.next()
                }?;
                Some((input.name.clone(), argument(value)))
            });
            (event.name.clone(), named.collect())
        }
        None => ("unknown".to_owned(), BTreeMap::new()),
    };
    EventView {
        block: log.block,
        log_index: log.log_index,
        time: log.time,
        transaction: log.transaction_hash.into(),
        token: token.map(Addr),
        contract: log.address.into(),
        role,
        event: name,
        args,
    }
}

#[cfg(test)]
mod tests {
    use super::{Argument, Role, decode, event_names, known, roles_of, topic};
    use alloy::primitives::{Address, Bytes, U256};
    use alloy::sol_types::SolEvent;
    use ballast_bindings::reserve::Reserve;
    use ballast_store::RawLog;

    #[test]
    fn every_event_of_every_contract_is_known() {
        assert_eq!(roles_of("Foreclosed"), [Role::Reserve]);
        let with_holders = [Role::Token, Role::Pool, Role::Book, Role::Backstop];
        assert_eq!(roles_of("Transfer"), with_holders);
        assert_eq!(roles_of("Taken"), [Role::Book]);
        assert_eq!(roles_of("Priced"), [Role::Prices]);
        assert!(roles_of("Nothing").is_empty());
        for name in [
            "TokenLaunched",
            "Filled",
            "Swap",
            "LockExtended",
            "FeesProposed",
        ] {
            assert!(event_names().contains(&name), "{name}");
        }
        for name in ["vaults", "auctions", "prices"] {
            let names = topic(name).expect("a topic");
            assert!(
                names.iter().all(|one| event_names().contains(one)),
                "{name}"
            );
        }
        let pool = known().keys().filter(|(role, _)| *role == Role::Pool);
        assert_eq!(pool.count(), 6);
    }

    #[test]
    fn values_have_the_names_of_the_contract() {
        let event = Reserve::Borrowed {
            loanId: U256::from(7),
            borrower: Address::repeat_byte(0xab),
            collateral: U256::MAX,
            deadline: U256::from(9),
            principal: vec![U256::from(1), U256::ZERO],
            fees: vec![],
        };
        let data = event.encode_log_data();
        let mut log = RawLog {
            block: 3,
            log_index: 4,
            address: Address::repeat_byte(1),
            topics: data.topics().to_vec(),
            data: data.data.clone(),
            transaction_hash: Default::default(),
            block_hash: Default::default(),
            time: 5,
        };
        let view = decode(&log, Role::Reserve, None);
        assert_eq!(view.event, "Borrowed");
        let one = |text: &str| Some(Argument::One(text.to_owned()));
        assert_eq!(view.args.get("loanId").cloned(), one("7"));
        assert_eq!(
            view.args.get("collateral").cloned(),
            one(&U256::MAX.to_string())
        );
        let borrower = Address::repeat_byte(0xab).to_checksum(None);
        assert_eq!(view.args.get("borrower").cloned(), one(&borrower));
        let many = Argument::Many(vec!["1".to_owned(), "0".to_owned()]);
        assert_eq!(view.args.get("principal").cloned(), Some(many));
        log.data = Bytes::new();
        assert_eq!(decode(&log, Role::Reserve, None).event, "unknown");
    }
}
