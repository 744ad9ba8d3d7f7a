//! Answers that were made for the present state of the store, kept until it changes or a second has passed.

use std::collections::HashMap;
use std::sync::Mutex;

use bytes::Bytes;

use crate::app::lock;

/// Most bytes kept.
const BYTES_MAX: usize = 16 * 1024 * 1024;
/// Larger answers are not kept.
const ANSWER_BYTES_MAX: usize = 512 * 1024;

/// One state of the store, shown in one second.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Moment {
    pub state: String,
    pub second: u64,
}

/// Answers by path and query.
#[derive(Debug, Default)]
pub(crate) struct Cache(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    moment: Moment,
    bytes: usize,
    answers: HashMap<String, Bytes>,
}

impl Cache {
    /// The answer to `target` at `moment`.
    pub fn get(&self, moment: &Moment, target: &str) -> Option<Bytes> {
        let kept = lock(&self.0);
        let current = kept.moment == *moment;
        current.then(|| kept.answers.get(target).cloned()).flatten()
    }

    /// Keeps the answer to `target` at `moment`, and forgets those of other moments.
    pub fn put(&self, moment: Moment, target: &str, answer: &Bytes) {
        let mut kept = lock(&self.0);
        if kept.moment != moment {
            *kept = Kept {
                moment,
                ..Kept::default()
            };
        }
        let size = answer.len().saturating_add(target.len());
        let sum = kept.bytes.saturating_add(size);
        if answer.len() <= ANSWER_BYTES_MAX && sum <= BYTES_MAX {
            kept.bytes = sum;
            kept.answers.insert(target.to_owned(), answer.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Cache, Moment};
    use bytes::Bytes;

    #[test]
    fn an_answer_lives_as_long_as_its_moment() {
        let cache = Cache::default();
        let moment = |state: &str, second| Moment {
            state: state.to_owned(),
            second,
        };
        cache.put(moment("a", 1), "/x", &Bytes::from_static(b"1"));
        assert_eq!(cache.get(&moment("a", 1), "/x").as_deref(), Some(&b"1"[..]));
        assert_eq!(cache.get(&moment("a", 1), "/y"), None);
        assert_eq!(cache.get(&moment("a", 2), "/x"), None);
        assert_eq!(cache.get(&moment("b", 1), "/x"), None);
        cache.put(moment("b", 1), "/y", &Bytes::from_static(b"2"));
        assert_eq!(cache.get(&moment("a", 1), "/x"), None);
    }
}
