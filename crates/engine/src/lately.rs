//! What was forwarded to one server lately, to hold equal messages apart.

use crate::deadlines::durations::EQUAL;
use crate::limits::LATELY_MAX;
use crate::{Place, Time};
use std::collections::{BTreeMap, VecDeque};

/// The fingerprints of what was forwarded to one server and waits no more.
#[derive(Debug, Default)]
pub(crate) struct Lately {
    /// The last of each: after a replay all have the same time, so the place tells them
    /// apart. The other place is where it was first kept.
    by_fingerprint: BTreeMap<u64, (Time, Place, Place)>,
    by_age: VecDeque<(Time, Place, u64)>,
}

impl Lately {
    /// Remembers what was forwarded and first `kept` there, `place` being where the log
    /// was when it left.
    pub(crate) fn push(&mut self, fingerprint: u64, kept: Place, place: Place, now: Time) {
        if self.by_age.len() == LATELY_MAX {
            self.pop();
        }
        self.by_fingerprint.insert(fingerprint, (now, place, kept));
        self.by_age.push_back((now, place, fingerprint));
    }

    /// Until when a message must be held back, if it equals one forwarded lately or
    /// if there are too many to tell.
    pub(crate) fn held_until(&mut self, fingerprint: u64, now: Time) -> Option<Time> {
        while self.by_age.front().is_some_and(|(at, ..)| now.since(*at) > EQUAL) {
            self.pop();
        }
        let equal = self.by_fingerprint.get(&fingerprint).map(|(at, ..)| *at);
        let full =
            self.by_age.front().map(|(at, ..)| *at).filter(|_| self.by_age.len() == LATELY_MAX);
        equal.or(full).map(|at| at + EQUAL + std::time::Duration::from_micros(1))
    }

    /// Whether the last message of this fingerprint is the one that was first kept there.
    pub(crate) fn is_last(&self, fingerprint: u64, kept: Place) -> bool {
        self.by_fingerprint.get(&fingerprint).is_some_and(|(.., last)| *last == kept)
    }

    /// Drops what was forwarded before this place; says whether there was any.
    pub(crate) fn age(&mut self, before: Place) -> bool {
        let count = self.by_age.len();
        while self.by_age.front().is_some_and(|(_, place, _)| *place < before) {
            self.pop();
        }
        self.by_age.len() < count
    }

    fn pop(&mut self) {
        if let Some((at, place, fingerprint)) = self.by_age.pop_front()
            && let Some((last, left, _)) = self.by_fingerprint.get(&fingerprint)
            && (*last, *left) == (at, place)
        {
            self.by_fingerprint.remove(&fingerprint);
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.by_age.len()
    }
}
