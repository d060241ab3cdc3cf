//! The directory of native numbers, links and servers: rows that each server numbers
//! for itself, and which of them are the latest about what they say.

use super::bound::{Bound, Claimed, Judged, PackedBound};
use super::known::{Known, Listed, PackedKnown};
use super::seen::Seen;
use super::table::{Packed, Table};
use super::{Graph, Station};
use crate::Place;
use postrider_proto::Number;
use postrider_proto::native::{Blocks, LinePlace, NumberRow, Version};
use std::collections::BTreeMap;

/// What a row is about. A later one about the same supersedes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum About {
    /// A number's home.
    Number(Number),
    /// The origin's end of a link to a station.
    Link(Station),
    /// The origin itself.
    Server,
}

/// What a row says, as far as the engine needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    /// A number is, or was, at home at the row's origin.
    Number {
        /// The number.
        number: Number,
        /// Which of the rows about it.
        version: Version,
        /// Whether it has been given up.
        released: bool,
        /// To what it is bound; none of a classic number, and of own rows.
        bound: Option<Bound>,
        /// Whether it is, or was, at another server of the origin's line of classic servers.
        line: bool,
    },
    /// The origin's end of a link.
    Link {
        /// The other end.
        peer: Station,
        /// What it costs; 0 where there is none any more.
        cost: u16,
    },
    /// What the origin says of itself.
    Server {
        /// The numbers that only it gives out.
        blocks: Blocks,
        /// Where it stands in a line of classic servers.
        place: Option<LinePlace>,
    },
}

/// The rows of one origin; of each kind those that no later one supersedes.
#[derive(Debug, Default)]
struct Origin {
    seen: Seen,
    /// Which are about numbers. Where each is written stands at its number.
    numbers: Table<Listed>,
    /// Of the others, what each is about and where it is written.
    others: BTreeMap<u64, (About, Place)>,
}

/// All rows.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    numbers: Table<PackedKnown>,
    bound: Table<PackedBound>,
    /// Which row of a station is the latest about its link, or about itself.
    latest: BTreeMap<(Station, About), u64>,
    origins: BTreeMap<Station, Origin>,
    pub(crate) graph: Graph,
}

impl Says {
    fn about(self) -> About {
        match self {
            Says::Number { number, .. } => About::Number(number),
            Says::Link { peer, .. } => About::Link(peer),
            Says::Server { .. } => About::Server,
        }
    }

    /// What a number's row says.
    pub(crate) fn of_number(row: &NumberRow<'_>) -> Says {
        let NumberRow { number, version, released, line, owner } = *row;
        let bound = owner.as_ref().map(Bound::of);
        Says::Number { number, version, released, line, bound }
    }
}

impl Rows {
    pub(crate) fn number(&self, number: Number) -> Option<Known> {
        self.numbers.get(number.value()).map(PackedKnown::unpack)
    }

    /// To what a number is bound, if it is.
    pub(crate) fn bound(&self, number: Number) -> Option<Bound> {
        self.bound.get(number.value()).map(PackedBound::unpack)
    }

    /// The numbers from this one up that have not been given up.
    pub(crate) fn from(&self, first: Number) -> impl Iterator<Item = Number> {
        let known = self.numbers.from(first.value()).filter(|known| !known.is_released());
        known.map(PackedKnown::number)
    }

    /// What is known of a number that has not been given up.
    pub(crate) fn live_number(&self, number: Number) -> Option<Known> {
        self.number(number).filter(|known| !known.released)
    }

    pub(crate) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// How many rows count.
    pub(crate) fn live(&self) -> usize {
        self.numbers.len() + self.latest.len()
    }

    pub(crate) fn seen(&self, origin: Station) -> Option<&Seen> {
        self.origins.get(&origin).map(|origin| &origin.seen)
    }

    pub(crate) fn has_seen(&self, origin: Station, sequence: u64) -> bool {
        self.seen(origin).is_some_and(|seen| seen.contains(sequence))
    }

    pub(crate) fn has_seen_all(&self, origin: Station, after: u64, sequence: u64) -> bool {
        self.seen(origin).is_some_and(|seen| seen.contains_all(after + 1, sequence))
    }

    /// The last row of an origin that is known, 0 if none is.
    pub(crate) fn last_of(&self, origin: Station) -> u64 {
        let last = |seen: &Seen| seen.iter().last().map_or(0, |(_, last)| last);
        self.seen(origin).map_or(0, last)
    }

    /// The next row of an origin after this one that still counts. Before those that
    /// have not arrived, since whoever gets it is told that nothing is between.
    pub(crate) fn next_live(&self, origin: Station, after: u64) -> Option<(u64, About, Place)> {
        let Origin { seen, numbers, others } = self.origins.get(&origin)?;
        let next = after.checked_add(1)?;
        let number = numbers.from(next).next();
        let sequence_of_number = number.map_or(u64::MAX, Packed::key);
        let other = others.range(next..sequence_of_number).next();
        let (sequence, about, place) = match other {
            Some((sequence, (about, place))) => (*sequence, *about, *place),
            None => {
                let number = number?.number();
                (sequence_of_number, About::Number(number), self.number(number)?.place)
            }
        };
        (sequence <= seen.up_to()).then_some((sequence, about, place))
    }

    pub(crate) fn is_live(&self, origin: Station, sequence: u64) -> bool {
        self.written(origin, sequence).is_some()
    }

    /// Which row of a station is the latest about this, of its links or itself.
    pub(super) fn latest(&self, station: Station, about: About) -> Option<u64> {
        self.latest.get(&(station, about)).copied()
    }

    /// What a row that counts is about, and where it is written.
    pub(super) fn written(&self, origin: Station, sequence: u64) -> Option<(About, Place)> {
        let origin = self.origins.get(&origin)?;
        match origin.numbers.get(sequence).map(Listed::number) {
            Some(number) => Some((About::Number(number), self.number(number)?.place)),
            None => origin.others.get(&sequence).copied(),
        }
    }

    /// Whether such a row, of a link or of its origin, would be the latest of its kind.
    fn is_latest(&self, origin: Station, sequence: u64, says: Says) -> bool {
        let latest = self.latest.get(&(origin, says.about()));
        latest.is_none_or(|latest| *latest < sequence)
    }

    /// What a row says beside what is known. `is_greater` tells of the keys of two servers.
    pub(crate) fn judge(
        &self,
        origin: Station,
        sequence: u64,
        says: Says,
        is_greater: impl Fn(Station, Station) -> bool,
    ) -> Judged {
        let Says::Number { number, version, bound, .. } = says else {
            let is_latest = self.is_latest(origin, sequence, says);
            return if is_latest { Judged::News } else { Judged::Old };
        };
        let Some(known) = self.number(number) else { return Judged::News };
        let known = Claimed::known(known, self.bound(number));
        Claimed { origin, sequence, version, bound }.judge(&known, is_greater)
    }

    /// Everything of an origin after `after`, up to this row, has been seen.
    pub(crate) fn see(&mut self, origin: Station, after: u64, sequence: u64) {
        self.origins.entry(origin).or_default().seen.add(after + 1, sequence);
    }

    /// Takes over a row that is news.
    pub(crate) fn set(&mut self, origin: Station, sequence: u64, says: Says, place: Place) {
        match says {
            Says::Number { number, version, released, line, bound } => {
                let known = Known { station: origin, released, line, version, sequence, place };
                self.set_number(number, known);
                match bound {
                    Some(bound) => self.bound.set(PackedBound::new(number, bound)),
                    None => drop(self.bound.remove(number.value())),
                }
            }
            Says::Link { peer, cost } => {
                self.graph.set(origin, peer, cost);
                self.set_other(origin, About::Link(peer), sequence, place);
            }
            Says::Server { .. } => self.set_other(origin, About::Server, sequence, place),
        }
    }

    fn set_number(&mut self, number: Number, known: Known) {
        if let Some(before) = self.number(number) {
            self.origins.entry(before.station).or_default().numbers.remove(before.sequence);
        }
        let rows = &mut self.origins.entry(known.station).or_default().numbers;
        rows.set(Listed::new(known.sequence, number));
        self.numbers.set(PackedKnown::new(number, known));
    }

    fn set_other(&mut self, origin: Station, about: About, sequence: u64, place: Place) {
        let others = &mut self.origins.entry(origin).or_default().others;
        if let Some(before) = self.latest.insert((origin, about), sequence) {
            others.remove(&before);
        }
        others.insert(sequence, (about, place));
    }

    /// The row was written again, elsewhere.
    pub(crate) fn carried(&mut self, origin: Station, sequence: u64, place: Place) {
        match self.written(origin, sequence) {
            Some((About::Number(number), _)) => {
                if let Some(known) = self.number(number) {
                    self.numbers.set(PackedKnown::new(number, Known { place, ..known }));
                }
            }
            Some((about, _)) => {
                let others = &mut self.origins.entry(origin).or_default().others;
                others.insert(sequence, (about, place));
            }
            None => {}
        }
    }

    /// Whether the row is live, and written here.
    pub(crate) fn is_written_at(&self, origin: Station, sequence: u64, place: Place) -> bool {
        self.written(origin, sequence).is_some_and(|(_, written)| written == place)
    }
}
