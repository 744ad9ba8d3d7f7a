//! Which contracts are read, and as what.

use std::collections::{BTreeMap, HashMap};

use alloy::primitives::Address;
use alloy::rpc::types::Filter;
use alloy::sol_types::SolEvent;
use ballast_bindings::launchpad::Launchpad;
use ballast_store::{RawLog, Token, Watched};

/// Addresses in one request.
const ADDRESSES_MAX: usize = 500;

/// What a contract is to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Launchpad,
    Token,
    Reserve,
    Converter,
    Pool,
    Lock,
    Book,
    Prices,
    Reports,
    Peg,
    Rates,
    Backstop,
    Governor,
}

impl Role {
    /// The parts of a synthetic, which the manifest names.
    const OF_SYNTHETICS: [Self; 7] = [
        Self::Book,
        Self::Prices,
        Self::Reports,
        Self::Peg,
        Self::Rates,
        Self::Backstop,
        Self::Governor,
    ];

    /// How the store names it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Launchpad => "launchpad",
            Self::Token => "token",
            Self::Reserve => "reserve",
            Self::Converter => "converter",
            Self::Pool => "pool",
            Self::Lock => "lock",
            Self::Book => "book",
            Self::Prices => "prices",
            Self::Reports => "reports",
            Self::Peg => "peg",
            Self::Rates => "rates",
            Self::Backstop => "backstop",
            Self::Governor => "governor",
        }
    }

    fn named(name: &str) -> Option<Self> {
        let mut roles = Self::OF_SYNTHETICS.into_iter();
        roles.find(|role| role.name() == name)
    }
}

/// A contract that is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub role: Role,
    /// The token or the synthetic that it is part of; the launchpad itself is part of none.
    pub token: Address,
    /// Height from which it is watched.
    since: u64,
}

/// The launchpad, the parts of every token it launched, and the parts of synthetics.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    launchpad: Address,
    parts: HashMap<Address, Part>,
    launches: BTreeMap<Address, Token>,
}

impl Watch {
    /// The launchpad and the parts of synthetics; launches are learnt.
    pub fn new(launchpad: Address, watched: &[Watched]) -> Self {
        let itself = Part {
            role: Role::Launchpad,
            token: Address::ZERO,
            since: 0,
        };
        let mut parts = HashMap::from([(launchpad, itself)]);
        for one in watched {
            if let Some(role) = Role::named(&one.role) {
                parts.entry(one.contract).or_insert(Part {
                    role,
                    token: one.synthetic,
                    since: one.since,
                });
            }
        }
        Self {
            launchpad,
            parts,
            launches: BTreeMap::new(),
        }
    }

    /// The launchpad.
    pub fn launchpad(&self) -> Address {
        self.launchpad
    }

    /// Adds the parts of the token that `log` launched, if it is a launch; says whether it was a new one.
    pub fn learn(&mut self, log: &RawLog) -> bool {
        if self.part(log).map(|part| part.role) != Some(Role::Launchpad) {
            return false;
        }
        let Some(made) = launched(log) else {
            return false;
        };
        let parts = [
            (Some(made.token), Role::Token),
            (Some(made.reserve), Role::Reserve),
            (made.converter, Role::Converter),
            (made.pool, Role::Pool),
            (made.liquidity_lock, Role::Lock),
        ];
        for (address, role) in parts {
            let Some(address) = address else { continue };
            self.parts.entry(address).or_insert(Part {
                role,
                token: made.token,
                since: log.block,
            });
        }
        self.launches.insert(made.token, made).is_none()
    }

    /// What emitted `log`; none where it is no concern of ours, or was not yet.
    pub fn part(&self, log: &RawLog) -> Option<Part> {
        let part = self.parts.get(&log.address)?;
        (log.block >= part.since).then_some(*part)
    }

    /// What `address` is, whenever it is watched from.
    pub fn role_of(&self, address: Address) -> Option<Role> {
        self.parts.get(&address).map(|part| part.role)
    }

    /// The token that `address` is a part of.
    pub fn token_of(&self, address: Address) -> Option<Address> {
        self.parts.get(&address).map(|part| part.token)
    }

    /// Every token launched so far.
    pub fn launches(&self) -> impl Iterator<Item = &Token> {
        self.launches.values()
    }

    /// Filters that find every launch.
    pub fn launchpad_filters(&self) -> Vec<Filter> {
        vec![Filter::new().address(self.launchpad)]
    }

    /// Filters that together find every log of ours.
    pub fn filters(&self) -> Vec<Filter> {
        let mut addresses: Vec<Address> = self.parts.keys().copied().collect();
        addresses.sort_unstable();
        addresses
            .chunks(ADDRESSES_MAX)
            .map(|some| Filter::new().address(some.to_vec()))
            .collect()
    }
}

/// The token that `log` launched, where it is a launch.
pub(crate) fn launched(log: &RawLog) -> Option<Token> {
    let made = event::<Launchpad::TokenLaunched>(log)?;
    let some = |address: Address| (!address.is_zero()).then_some(address);
    Some(Token {
        token: made.token,
        reserve: made.reserve,
        owner: made.owner,
        converter: some(made.converter),
        pool: some(made.pool),
        liquidity_lock: some(made.lock),
        assets: made.assets,
        seeds: made.seeds,
        block: log.block,
        time: log.time,
    })
}

/// The event that `log` is, where it is that one.
pub(crate) fn event<E: SolEvent>(log: &RawLog) -> Option<E> {
    if !E::ANONYMOUS && log.topics.first() != Some(&E::SIGNATURE_HASH) {
        return None;
    }
    E::decode_raw_log(log.topics.iter().copied(), &log.data).ok()
}
