//! What was taken over from one server lately, to recognise its repeats.

use crate::deadlines::durations::EQUAL;
use crate::limits::RECENTS_MAX;
use crate::{Place, Time};
use std::collections::VecDeque;

#[derive(Clone, Copy, Debug)]
struct Recent {
    fingerprint: u64,
    kept: Place,
    taken: Time,
}

/// The last messages taken over from one server, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Recents(VecDeque<Recent>);

impl Recents {
    pub(crate) fn push(&mut self, fingerprint: u64, kept: Place, taken: Time) {
        if self.0.len() == RECENTS_MAX {
            self.0.pop_front();
        }
        self.0.push_back(Recent { fingerprint, kept, taken });
    }

    /// Where those were first kept that equal this one, the last first.
    pub(crate) fn equal(&self, fingerprint: u64, now: Time) -> impl Iterator<Item = Place> {
        let young = move |recent: &&Recent| now.since(recent.taken) <= EQUAL;
        let last_first = self.0.iter().rev().take_while(young);
        last_first.filter(move |recent| recent.fingerprint == fingerprint).map(|recent| recent.kept)
    }

    /// A message that has been handed on may come back.
    pub(crate) fn handed_on(&mut self, kept: Place) {
        self.0.retain(|recent| recent.kept != kept);
    }

    /// Drops what was taken before this place; says whether there was any.
    pub(crate) fn age(&mut self, before: Place) -> bool {
        let count = self.0.len();
        self.0.retain(|recent| recent.kept >= before);
        self.0.len() < count
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}
