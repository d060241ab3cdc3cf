//! The directory of native numbers, links and servers: rows that each server numbers
//! for itself, and which of them are the latest about what they say.

use super::seen::Seen;
use super::{Graph, Station};
use crate::Place;
use postrider_proto::Number;
use postrider_proto::native::{LinePlace, NumberRow, Version};
use std::collections::BTreeMap;

/// Where a number is at home, by the latest row about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) station: Station,
    pub(crate) released: bool,
    /// Whether it is at another server of the station's line of classic servers.
    pub(crate) line: bool,
    pub(crate) version: Version,
    /// Which row of that station says so.
    sequence: u64,
}

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
        /// Where it stands in a line of classic servers.
        place: Option<LinePlace>,
    },
}

/// The rows of one origin.
#[derive(Debug, Default)]
struct Origin {
    seen: Seen,
    /// Those that no later one supersedes, and where they are written.
    live: BTreeMap<u64, (About, Place)>,
}

/// All rows.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    numbers: BTreeMap<Number, Known>,
    /// Which row of a station is the latest about its link, or about itself.
    latest: BTreeMap<(Station, About), u64>,
    origins: BTreeMap<Station, Origin>,
    pub(crate) graph: Graph,
}

impl Says {
    pub(super) fn of_number(row: &NumberRow<'_>) -> Says {
        let NumberRow { number, version, released, line, .. } = *row;
        Says::Number { number, version, released, line }
    }

    fn about(self) -> About {
        match self {
            Says::Number { number, .. } => About::Number(number),
            Says::Link { peer, .. } => About::Link(peer),
            Says::Server { .. } => About::Server,
        }
    }
}

impl Rows {
    pub(crate) fn number(&self, number: Number) -> Option<Known> {
        self.numbers.get(&number).copied()
    }

    /// The numbers from this one up that have not been given up.
    pub(crate) fn from(&self, first: Number) -> impl Iterator<Item = Number> {
        let known = self.numbers.range(first..).filter(|(_, known)| !known.released);
        known.map(|(number, _)| *number)
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
        let Origin { seen, live } = self.origins.get(&origin)?;
        let (sequence, (about, place)) = live.range(after + 1..).next()?;
        (*sequence <= seen.up_to()).then_some((*sequence, *about, *place))
    }

    pub(crate) fn is_live(&self, origin: Station, sequence: u64) -> bool {
        self.origins.get(&origin).is_some_and(|origin| origin.live.contains_key(&sequence))
    }

    /// Whether such a row would be the latest about what it says. Of two rows about a
    /// number with one version, the one whose origin's key is the greater wins, on every
    /// server alike; `is_greater` tells of two stations.
    pub(crate) fn is_news(
        &self,
        origin: Station,
        sequence: u64,
        says: Says,
        is_greater: impl Fn(Station, Station) -> bool,
    ) -> bool {
        let Says::Number { number, version, .. } = says else {
            let latest = self.latest.get(&(origin, says.about()));
            return latest.is_none_or(|latest| *latest < sequence);
        };
        self.number(number).is_none_or(|known| {
            let order = version.cmp(&known.version);
            order.is_gt()
                || order.is_eq() && known.station == origin && sequence > known.sequence
                || order.is_eq() && known.station != origin && is_greater(origin, known.station)
        })
    }

    /// Everything of an origin after `after`, up to this row, has been seen.
    pub(crate) fn see(&mut self, origin: Station, after: u64, sequence: u64) {
        self.origins.entry(origin).or_default().seen.add(after + 1, sequence);
    }

    /// Takes over a row that is news.
    pub(crate) fn set(&mut self, origin: Station, sequence: u64, says: Says, place: Place) {
        if let Some((station, before)) = self.superseded(origin, says) {
            self.origins.entry(station).or_default().live.remove(&before);
        }
        match says {
            Says::Number { number, version, released, line } => {
                let known = Known { station: origin, released, line, version, sequence };
                self.numbers.insert(number, known);
            }
            Says::Link { peer, cost } => {
                self.graph.set(origin, peer, cost);
                self.latest.insert((origin, About::Link(peer)), sequence);
            }
            Says::Server { .. } => {
                self.latest.insert((origin, About::Server), sequence);
            }
        }
        let live = &mut self.origins.entry(origin).or_default().live;
        live.insert(sequence, (says.about(), place));
    }

    fn superseded(&self, origin: Station, says: Says) -> Option<(Station, u64)> {
        match says {
            Says::Number { number, .. } => {
                self.number(number).map(|known| (known.station, known.sequence))
            }
            _ => self.latest.get(&(origin, says.about())).map(|before| (origin, *before)),
        }
    }

    /// The row was written again, elsewhere.
    pub(crate) fn carried(&mut self, origin: Station, sequence: u64, place: Place) {
        let origin = self.origins.entry(origin).or_default();
        if let Some((_, written)) = origin.live.get_mut(&sequence) {
            *written = place;
        }
    }

    /// Whether the row is live, and written here.
    pub(crate) fn is_written_at(&self, origin: Station, sequence: u64, place: Place) -> bool {
        let live = self.origins.get(&origin).and_then(|origin| origin.live.get(&sequence));
        live.is_some_and(|(_, written)| *written == place)
    }
}
