//! Messages that wait to be handed to a trunk, by the station they are for.

use super::{Station, TrunkId};
use crate::Place;
use postrider_proto::Number;
use postrider_proto::native::Precedence;
use std::cmp::Reverse;
use std::collections::BTreeMap;

type Waiting = BTreeMap<(Reverse<Precedence>, Place), Number>;

/// What waits for each station, the most urgent first and then the oldest, and what has
/// been handed to a trunk.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    waiting: BTreeMap<Station, Waiting>,
    handed: BTreeMap<Place, TrunkId>,
}

impl Queue {
    /// Adds a message, unless it is with a trunk.
    pub(crate) fn add(&mut self, to: Station, precedence: Precedence, kept: Place, for_: Number) {
        if !self.handed.contains_key(&kept) {
            let waiting = self.waiting.entry(to).or_default();
            waiting.insert((Reverse(precedence), kept), for_);
        }
    }

    pub(crate) fn remove(&mut self, to: Station, precedence: Precedence, kept: Place) {
        if let Some(waiting) = self.waiting.get_mut(&to) {
            waiting.remove(&(Reverse(precedence), kept));
            if waiting.is_empty() {
                self.waiting.remove(&to);
            }
        }
    }

    /// The stations for which something waits.
    pub(crate) fn stations(&self) -> Vec<Station> {
        self.waiting.keys().copied().collect()
    }

    /// The precedence of what goes first to a station.
    pub(crate) fn first(&self, to: Station) -> Option<Precedence> {
        let waiting = self.waiting.get(&to)?;
        waiting.first_key_value().map(|((Reverse(precedence), _), _)| *precedence)
    }

    /// Takes what goes first to a station, for a trunk.
    pub(crate) fn hand(&mut self, to: Station, trunk: TrunkId) -> Option<(Place, Number)> {
        let waiting = self.waiting.get_mut(&to)?;
        let ((_, kept), number) = waiting.pop_first()?;
        if waiting.is_empty() {
            self.waiting.remove(&to);
        }
        self.handed.insert(kept, trunk);
        Some((kept, number))
    }

    /// Takes this one out of those that wait for a station, for a trunk; false if it does
    /// not wait.
    pub(crate) fn hand_this(
        &mut self,
        to: Station,
        precedence: Precedence,
        kept: Place,
        trunk: TrunkId,
    ) -> bool {
        let waits = |waiting: &Waiting| waiting.contains_key(&(Reverse(precedence), kept));
        let is_waiting = self.waiting.get(&to).is_some_and(waits);
        if is_waiting {
            self.remove(to, precedence, kept);
            self.handed.insert(kept, trunk);
        }
        is_waiting
    }

    /// The trunk has it no more.
    pub(crate) fn took_back(&mut self, kept: Place) {
        self.handed.remove(&kept);
    }

    /// How many wait for a station, and the oldest of each precedence.
    pub(crate) fn of(&self, to: Station) -> (usize, Vec<(Place, Number)>) {
        let Some(waiting) = self.waiting.get(&to) else { return (0, Vec::new()) };
        let oldest = Precedence::ALL.into_iter().filter_map(|precedence| {
            let of_one = (Reverse(precedence), Place(0))..=(Reverse(precedence), Place(u64::MAX));
            waiting.range(of_one).next().map(|((_, kept), number)| (*kept, *number))
        });
        (waiting.len(), oldest.collect())
    }

    /// Whether a trunk has it.
    pub(crate) fn is_handed(&self, kept: Place) -> bool {
        self.handed.contains_key(&kept)
    }

    /// The trunk that has it.
    pub(crate) fn handed_to(&self, kept: Place) -> Option<TrunkId> {
        self.handed.get(&kept).copied()
    }

    pub(crate) fn len(&self) -> usize {
        self.waiting.values().map(BTreeMap::len).sum()
    }
}
