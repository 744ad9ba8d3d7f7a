//! What goes wrong and when: kills at random moments, and every fault of venues and endpoints in turn. From a seed.

use std::collections::BTreeMap;

use super::faulty_rpc::{FaultyRpc, Only};
use ballast_oracle::stand_in::{Fault as VenueFault, StandIn};

use crate::market::Chance;

use super::faulty_rpc::Fault as EndpointFault;

/// Moments that a fault lasts, and moments of peace after it.
const FAULT_MOMENTS: u64 = 2;
/// How often an endpoint answers wrongly at most while its fault lasts.
const WRONG_ANSWERS: u32 = 10_000;

/// Every way in which an endpoint misbehaves, with a name for reports.
const ENDPOINT_FAULTS: [(EndpointFault, &str); 17] = [
    (EndpointFault::DropLog, "drops a log"),
    (EndpointFault::ForgetLogs, "forgets logs"),
    (EndpointFault::OtherBlock, "logs of another block"),
    (EndpointFault::OtherParent, "another parent"),
    (EndpointFault::OtherState, "another state"),
    (EndpointFault::Revert, "reverts"),
    (EndpointFault::Lie, "lies"),
    (EndpointFault::Behind(2), "is behind"),
    (EndpointFault::ForgetReceipts, "forgets receipts"),
    (EndpointFault::Refuse, "refuses"),
    (EndpointFault::Stall, "stalls"),
    (EndpointFault::RateLimit, "limits the rate"),
    (EndpointFault::Cut, "cuts answers"),
    (EndpointFault::Disconnect, "disconnects"),
    (EndpointFault::Half, "returns half"),
    (EndpointFault::RefuseSends, "refuses sends"),
    (EndpointFault::LoseAnswers, "loses answers of sends"),
];

/// A fault that is to be, of one venue or one endpoint.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Planned {
    Venue(usize, VenueFault),
    Endpoint(usize, EndpointFault, &'static str),
}

/// The plan of everything that goes wrong.
#[derive(Debug)]
pub struct Chaos {
    /// The moments of each service's kills, falling.
    kills: Vec<Vec<u64>>,
    faults: Vec<Planned>,
    next: usize,
    moment: u64,
    chance: Chance,
    /// Faults injected, by name.
    pub injected: BTreeMap<String, u64>,
}

impl Chaos {
    /// `kills` of each of `services` within `moments`; faults where they are wanted, of as many venues and endpoints.
    pub fn new(
        (kills, services): (u64, usize),
        moments: u64,
        (faults, venues, endpoints): (bool, usize, usize),
        seed: u64,
    ) -> Self {
        let mut chance = Chance::fork(seed, 5);
        let kills = (0..services)
            .map(|_| {
                let span = usize::try_from(moments.max(1)).unwrap_or(usize::MAX);
                let mut at: Vec<u64> = (0..kills).map(|_| chance.below(span) as u64).collect();
                at.sort_unstable_by(|one, other| other.cmp(one));
                at
            })
            .collect();
        let mut all = Vec::new();
        if faults {
            for fault in VenueFault::ALL {
                all.extend((0..venues).map(|venue| Planned::Venue(venue, fault)));
            }
            for (fault, name) in ENDPOINT_FAULTS {
                all.extend((0..endpoints).map(|at| Planned::Endpoint(at, fault, name)));
            }
            // In no order, so that a short run sees some of each kind.
            for last in (1..all.len()).rev() {
                all.swap(last, chance.below(last + 1));
            }
        }
        Self {
            kills,
            faults: all,
            next: 0,
            moment: 0,
            chance,
            injected: BTreeMap::new(),
        }
    }

    /// Lets a moment pass. Ends the fault that has lasted long enough, or begins the next; whether one ended.
    pub fn pass(&mut self, venues: &[StandIn], endpoints: &[FaultyRpc]) -> bool {
        self.moment += 1;
        if self.faults.is_empty() || !self.moment.is_multiple_of(FAULT_MOMENTS) {
            return false;
        }
        if self.moment.is_multiple_of(2 * FAULT_MOMENTS) {
            self.heal(venues, endpoints);
            return true;
        }
        let planned = self.faults[self.next % self.faults.len()];
        self.next += 1;
        let name = match planned {
            Planned::Venue(at, fault) => {
                if let Some(venue) = venues.get(at) {
                    venue.fault(Some(fault));
                }
                format!("venue: {}", fault.name())
            }
            Planned::Endpoint(at, fault, name) => {
                if let Some(endpoint) = endpoints.get(at) {
                    endpoint.inject(fault, Only::usual(), WRONG_ANSWERS);
                }
                format!("endpoint: {name}")
            }
        };
        *self.injected.entry(name).or_default() += 1;
        false
    }

    /// Whether service `index` is to be killed now; with the milliseconds to wait before and the moments to stay down.
    pub fn kill_due(&mut self, index: usize) -> Option<(u64, u64)> {
        let due = self.kills.get_mut(index)?;
        if due.last().is_none_or(|at| *at >= self.moment) {
            return None;
        }
        due.pop();
        let wait = self.chance.next() % 60;
        // Mostly started again at once, as a supervisor would.
        let down = if self.chance.happens(0.8) { 0 } else { 2 };
        Some((wait, down))
    }

    /// Kills that are still to come.
    #[cfg(test)]
    fn kills_left(&self) -> u64 {
        self.kills.iter().map(|one| one.len() as u64).sum()
    }

    /// Ends every fault.
    pub fn heal(&self, venues: &[StandIn], endpoints: &[FaultyRpc]) {
        venues.iter().for_each(|venue| venue.fault(None));
        endpoints.iter().for_each(FaultyRpc::heal);
    }
}

#[cfg(test)]
mod tests {
    use super::{Chaos, ENDPOINT_FAULTS, Planned, VenueFault};

    #[test]
    fn each_fault_of_each_venue_and_endpoint_comes_once_before_any_comes_again() {
        let chaos = Chaos::new((0, 0), 100, (true, 3, 3), 1);
        assert_eq!(
            chaos.faults.len(),
            3 * (VenueFault::ALL.len() + ENDPOINT_FAULTS.len())
        );
        for (index, one) in chaos.faults.iter().enumerate() {
            assert!(!chaos.faults[..index].contains(one), "{one:?} comes twice");
        }
        let venues = chaos.faults.iter();
        let venues = venues.filter(|one| matches!(one, Planned::Venue(..)));
        assert_eq!(venues.count(), 3 * VenueFault::ALL.len());
    }

    #[test]
    fn every_service_is_killed_as_often_as_asked_within_the_path_and_from_the_seed() {
        let run = |seed| {
            let mut chaos = Chaos::new((50, 5), 200, (false, 0, 0), seed);
            let mut seen = Vec::new();
            for moment in 0..200 {
                assert!(!chaos.pass(&[], &[]));
                for service in 0..5 {
                    while chaos.kill_due(service).is_some() {
                        seen.push((moment, service));
                    }
                }
            }
            assert_eq!(chaos.kills_left(), 0);
            seen
        };
        let seen = run(3);
        for service in 0..5 {
            assert_eq!(seen.iter().filter(|(_, at)| *at == service).count(), 50);
        }
        assert_eq!(seen, run(3));
        assert_ne!(seen, run(4));
    }
}
