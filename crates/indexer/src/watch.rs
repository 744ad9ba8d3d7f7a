//! Which contracts are read, and as what.

use std::collections::BTreeMap;

use alloy::primitives::{Address, Log, LogData};
use alloy::rpc::types::Filter;
use alloy::sol_types::SolEvent;
use ballast_bindings::launchpad::Launchpad;
use ballast_store::RawLog;

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
}

/// The launchpad and the parts of every token it launched.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    roles: BTreeMap<Address, (Role, u64)>,
}

impl Watch {
    pub fn new(launchpad: Address) -> Self {
        Self {
            roles: BTreeMap::from([(launchpad, (Role::Launchpad, 0))]),
        }
    }

    /// Adds the parts of the token that `log` launched, if it is a launch.
    pub fn learn(&mut self, log: &RawLog) {
        if self.role(log) != Some(Role::Launchpad) {
            return;
        }
        let Some(made) = event::<Launchpad::TokenLaunched>(log) else {
            return;
        };
        let parts = [
            (made.token, Role::Token),
            (made.reserve, Role::Reserve),
            (made.converter, Role::Converter),
            (made.pool, Role::Pool),
            (made.lock, Role::Lock),
        ];
        for (address, role) in parts {
            if !address.is_zero() {
                self.roles.entry(address).or_insert((role, log.block));
            }
        }
    }

    /// What emitted `log`; none where it is no concern of ours, or was not yet.
    pub fn role(&self, log: &RawLog) -> Option<Role> {
        let (role, since) = self.roles.get(&log.address)?;
        (log.block >= *since).then_some(*role)
    }

    /// Filters that together find every log of ours.
    pub fn filters(&self) -> Vec<Filter> {
        let addresses: Vec<Address> = self.roles.keys().copied().collect();
        addresses
            .chunks(ADDRESSES_MAX)
            .map(|some| Filter::new().address(some.to_vec()))
            .collect()
    }
}

/// The event that `log` is, where it is that one.
pub(crate) fn event<E: SolEvent>(log: &RawLog) -> Option<E> {
    let data = LogData::new_unchecked(log.topics.clone(), log.data.clone());
    let log = Log {
        address: log.address,
        data,
    };
    E::decode_log(&log).ok().map(|log| log.data)
}
