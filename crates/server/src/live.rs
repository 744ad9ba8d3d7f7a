//! What just happened, told to everybody who listens, in the order of the chain and without gaps.
//!
//! One task follows the store and puts each message into a bounded ring. Who falls behind the ring, or comes back with
//! the identifier of the last message seen, reads what is missing from the store instead, at his own pace.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use alloy::primitives::{Address, B256};
use ballast_store::{Block, RawLog, Token, Watched};
use serde::Serialize;
use tokio::sync::broadcast;
use utoipa::ToSchema;

use crate::app::{App, lock};
use crate::decode::{EventView, Role, contracts, decode};

/// Blocks whose hashes are remembered, to tell whether a place is still on the chain.
const BLOCKS_KEPT: usize = 65_536;
/// Blocks that were taken back and are remembered.
const ORPHANS_KEPT: usize = 4_096;

/// A place in the chain's order: after one log, or after a whole block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub block: u64,
    /// Position in the block; [`Place::END`] for after the whole block.
    pub index: u64,
    /// The first four bytes of the block's hash; zero where it is not known.
    pub mark: u32,
}

impl Place {
    /// After the whole block. As large as a store's integers.
    pub const END: u64 = i64::MAX.unsigned_abs();

    /// After the block of `hash`.
    pub fn after(block: u64, hash: B256) -> Self {
        Self {
            block,
            index: Self::END,
            mark: mark(hash),
        }
    }

    /// How a message names it.
    pub fn id(&self) -> String {
        let mark = self.mark;
        match self.index {
            Self::END => format!("{}:end:{mark:08x}", self.block),
            index => format!("{}:{index}:{mark:08x}", self.block),
        }
    }

    /// The place that [`Place::id`] names.
    pub fn parse(id: &str) -> Option<Self> {
        let mut parts = id.split(':');
        let block = parts
            .next()?
            .parse()
            .ok()
            .filter(|block| *block < Self::END)?;
        let index = match parts.next()? {
            "end" => Self::END,
            index => index.parse().ok().filter(|index| *index < Self::END)?,
        };
        let mark = parts.next().filter(|mark| mark.len() == 8)?;
        let mark = u32::from_str_radix(mark, 16).ok()?;
        parts
            .next()
            .is_none()
            .then_some(Self { block, index, mark })
    }

    fn order(&self) -> (u64, u64) {
        (self.block, self.index)
    }

    /// Whether it comes after `other` on one chain.
    pub fn is_after(&self, other: &Self) -> bool {
        self.order() > other.order()
    }
}

fn mark(hash: B256) -> u32 {
    let [a, b, c, d, ..] = hash.0;
    u32::from_be_bytes([a, b, c, d])
}

/// What a message says.
#[derive(Clone, Debug)]
pub(crate) enum Told {
    /// An event, with what filters look at.
    Log {
        token: Option<Address>,
        name: String,
    },
    /// A new newest block.
    Head,
    /// Everything after this block was taken back.
    Rollback { to: u64 },
    /// What was told before is worth nothing; look again.
    Reset,
}

/// One message, written out once for everybody.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub place: Place,
    pub told: Told,
    pub data: String,
}

/// Everything after `block` was taken back by the chain.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct RollbackView {
    /// The newest block that stayed.
    pub block: u64,
}

impl Message {
    pub fn log(view: &EventView, mark: u32) -> Self {
        Self {
            place: Place {
                block: view.block,
                index: view.log_index,
                mark,
            },
            told: Told::Log {
                token: view.token.map(|token| token.0),
                name: view.event.clone(),
            },
            data: written(view),
        }
    }

    pub fn rollback(place: Place) -> Self {
        Self {
            place,
            told: Told::Rollback { to: place.block },
            data: written(&RollbackView { block: place.block }),
        }
    }

    pub fn reset(place: Place) -> Self {
        Self {
            place,
            told: Told::Reset,
            data: written(&RollbackView { block: place.block }),
        }
    }
}

/// A value as JSON; these have no way to fail.
pub(crate) fn written(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// Contracts with their role and their token or synthetic.
pub(crate) type Directory = HashMap<Address, (Role, Address)>;

/// The directory of `tokens` and of the parts of synthetics.
pub(crate) fn directory(tokens: &[Token], watched: &[Watched]) -> Directory {
    let entries = tokens.iter().flat_map(|token| {
        contracts(token)
            .into_iter()
            .map(|(address, role)| (address, (role, token.token)))
    });
    let parts = watched.iter().filter_map(|one| {
        let role = Role::named(&one.role)?;
        Some((one.contract, (role, one.synthetic)))
    });
    entries.chain(parts).collect()
}

/// Where a place stands now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// On the chain.
    Canonical,
    /// Taken back, down to this place.
    RolledBack(Place),
    /// Too long ago to say.
    Unknown,
}

#[derive(Debug, Default)]
struct Chain {
    position: Option<Place>,
    head: Option<Arc<Message>>,
    /// Blocks of the chain, oldest first.
    blocks: VecDeque<(u64, u32)>,
    /// Blocks taken back, with the block down to which.
    orphans: VecDeque<(u64, u32, u64)>,
    directory: Arc<Directory>,
}

impl Chain {
    fn mark_of(&self, block: u64) -> Option<u32> {
        let index = self
            .blocks
            .binary_search_by_key(&block, |(number, _)| *number);
        self.blocks.get(index.ok()?).map(|(_, mark)| *mark)
    }

    fn keep(&mut self, block: u64, mark: u32) {
        self.blocks.push_back((block, mark));
        while self.blocks.len() > BLOCKS_KEPT {
            self.blocks.pop_front();
        }
    }

    fn take_back(&mut self, to: u64) {
        while let Some((block, mark)) = self.blocks.pop_back() {
            if block <= to {
                self.blocks.push_back((block, mark));
                break;
            }
            self.orphans.push_back((block, mark, to));
        }
        for (_, _, down_to) in &mut self.orphans {
            *down_to = (*down_to).min(to);
        }
        while self.orphans.len() > ORPHANS_KEPT {
            self.orphans.pop_front();
        }
    }

    fn standing(&self, place: &Place) -> Standing {
        if self.mark_of(place.block) == Some(place.mark) {
            return Standing::Canonical;
        }
        let mut orphans = self.orphans.iter();
        let orphan = orphans.find(|(block, mark, _)| (*block, *mark) == (place.block, place.mark));
        match orphan {
            Some((_, _, to)) => Standing::RolledBack(Place {
                block: *to,
                index: Place::END,
                mark: self.mark_of(*to).unwrap_or(0),
            }),
            None => Standing::Unknown,
        }
    }
}

/// Where messages come together and go out.
#[derive(Debug)]
pub(crate) struct Hub {
    sender: broadcast::Sender<Arc<Message>>,
    chain: Mutex<Chain>,
}

/// A new listener: what comes from now on, and where that begins.
pub(crate) struct Joined {
    pub messages: broadcast::Receiver<Arc<Message>>,
    pub position: Option<Place>,
    pub head: Option<Arc<Message>>,
}

impl Hub {
    pub fn new(messages_max: usize) -> Self {
        Self {
            sender: broadcast::Sender::new(messages_max.max(1)),
            chain: Mutex::default(),
        }
    }

    /// Joins between two messages.
    pub fn join(&self) -> Joined {
        let chain = lock(&self.chain);
        Joined {
            messages: self.sender.subscribe(),
            position: chain.position,
            head: chain.head.clone(),
        }
    }

    /// Where `place` stands.
    pub fn standing(&self, place: &Place) -> Standing {
        lock(&self.chain).standing(place)
    }

    /// The mark of a block, zero where it is not known.
    pub fn mark_of(&self, block: u64) -> u32 {
        lock(&self.chain).mark_of(block).unwrap_or(0)
    }

    /// Up to where everything was told.
    pub fn position(&self) -> Option<Place> {
        lock(&self.chain).position
    }

    /// The directory of contracts.
    pub fn directory(&self) -> Arc<Directory> {
        Arc::clone(&lock(&self.chain).directory)
    }

    pub(crate) fn set_directory(&self, directory: Directory) {
        lock(&self.chain).directory = Arc::new(directory);
    }

    /// Starts at a block, telling nothing.
    pub(crate) fn start(&self, kept: &[Block], head: Message) {
        let mut chain = lock(&self.chain);
        chain.blocks.clear();
        for block in kept {
            chain.keep(block.number, mark(block.hash));
        }
        chain.position = Some(head.place);
        chain.head = Some(Arc::new(head));
    }

    /// Notes blocks whose logs are told next.
    pub(crate) fn extend(&self, blocks: &[Block]) {
        let mut chain = lock(&self.chain);
        for block in blocks {
            if chain
                .blocks
                .back()
                .is_none_or(|(last, _)| *last < block.number)
            {
                chain.keep(block.number, mark(block.hash));
            }
        }
    }

    /// Blocks of the chain as told, newest first.
    pub(crate) fn newest_first(&self) -> Vec<(u64, u32)> {
        lock(&self.chain).blocks.iter().rev().copied().collect()
    }

    /// Tells messages in order and moves the position to the last of them.
    pub(crate) fn tell(&self, messages: Vec<Message>) {
        let mut chain = lock(&self.chain);
        for message in messages {
            if let Told::Rollback { to } = message.told {
                chain.take_back(to);
            }
            let message = Arc::new(message);
            chain.position = Some(message.place);
            if matches!(message.told, Told::Head) {
                chain.head = Some(Arc::clone(&message));
            }
            // Nobody listening is no failure.
            let _ = self.sender.send(message);
        }
    }
}

/// The message of a log.
pub(crate) fn message(app: &App, directory: &Directory, log: &RawLog) -> Option<Message> {
    let launchpad = app.manifest.contracts.launchpad.address;
    let (role, token) = match directory.get(&log.address) {
        Some((role, token)) => (*role, Some(*token)),
        None if log.address == launchpad => (Role::Launchpad, None),
        None => return None,
    };
    let mark = app.hub.mark_of(log.block);
    Some(Message::log(&decode(log, role, token), mark))
}

/// Whether a block that was told has this mark.
pub(crate) fn has_mark(block: &Block, told: u32) -> bool {
    mark(block.hash) == told
}

#[cfg(test)]
mod tests {
    use super::{Chain, Place, Standing};

    fn place(block: u64, mark: u32) -> Place {
        Place {
            block,
            index: Place::END,
            mark,
        }
    }

    #[test]
    fn an_identifier_names_one_place_or_is_refused() {
        let places = [
            place(7, 0xabc),
            Place {
                index: 3,
                ..place(0, 1)
            },
        ];
        for one in places {
            assert_eq!(Place::parse(&one.id()), Some(one));
        }
        for bad in [
            "",
            "1",
            "1:2",
            "1:2:3",
            "1:2:zzzzzzzz",
            "-1:2:00000000",
            "1:2:00000000:4",
            "1:é:00000000",
        ] {
            assert_eq!(Place::parse(bad), None, "{bad}");
        }
        assert_eq!(Place::parse(&format!("{}:1:00000000", u64::MAX)), None);
    }

    #[test]
    fn a_place_that_was_taken_back_is_told_down_to_where() {
        let mut chain = Chain::default();
        for block in 1..=10 {
            chain.keep(block, 100);
        }
        assert_eq!(chain.standing(&place(10, 100)), Standing::Canonical);
        chain.take_back(7);
        chain.keep(8, 200);
        chain.keep(9, 200);
        assert_eq!(
            chain.standing(&place(10, 100)),
            Standing::RolledBack(place(7, 100))
        );
        assert_eq!(chain.standing(&place(9, 200)), Standing::Canonical);
        // A deeper one later moves the earlier ones down too.
        chain.take_back(5);
        chain.keep(6, 300);
        assert_eq!(
            chain.standing(&place(10, 100)),
            Standing::RolledBack(place(5, 100))
        );
        assert_eq!(
            chain.standing(&place(9, 200)),
            Standing::RolledBack(place(5, 100))
        );
        assert_eq!(chain.standing(&place(6, 300)), Standing::Canonical);
        assert_eq!(chain.standing(&place(5, 999)), Standing::Unknown);
        assert_eq!(chain.standing(&place(0, 0)), Standing::Unknown);
    }
}
