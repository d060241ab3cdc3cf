//! The counts that shares and reserves are measured by.

use crate::mail::{Kind, Message, Source};
use crate::native::Station;
use postrider_proto::classic::Line;
use postrider_proto::native::Hops;

/// How many there are of each number of hops left.
#[derive(Debug)]
struct Classes(Box<[u32; 256]>);

impl Default for Classes {
    fn default() -> Classes {
        Classes(Box::new([0; 256]))
    }
}

/// Of some messages, how many there are of each source, and of each number of hops left.
/// Two kilobytes, and four bytes for each neighbour.
#[derive(Debug, Default)]
pub(super) struct Tally {
    all: u32,
    sources: Vec<u32>,
    texts: Classes,
    /// Receipts and histories.
    notes: Classes,
}

/// Own clients first, then the servers of the classic line, then two for each station: what
/// came from it, and what this server says of that.
fn place_of(source: Source) -> Option<usize> {
    let of_station = |station: Station| Line::SERVERS_MAX + 1 + 2 * station.index();
    match source {
        Source::Client => Some(0),
        Source::Line(server) => Some(usize::from(server.value())),
        Source::Trunk(station) => Some(of_station(station)),
        Source::Said(station) => Some(of_station(station) + 1),
        Source::Forgotten => None,
    }
}

impl Tally {
    /// One more, or one less.
    pub(super) fn count(&mut self, message: &Message, more: i32) {
        let step = |count: &mut u32| *count = count.saturating_add_signed(more);
        step(&mut self.all);
        if let Some(place) = place_of(message.source()) {
            if self.sources.len() <= place {
                self.sources.resize(place + 1, 0);
            }
            step(&mut self.sources[place]);
        }
        if let Some(stamp) = &message.stamp {
            let Classes(classes) = match stamp.kind() {
                Kind::Text => &mut self.texts,
                Kind::Receipt | Kind::History => &mut self.notes,
            };
            step(&mut classes[usize::from(stamp.hops)]);
        }
    }

    /// Those of the other as well.
    pub(super) fn take_in(&mut self, other: &Tally) {
        self.combine(other, u32::saturating_add);
    }

    /// Without those of the other.
    pub(super) fn give_up(&mut self, other: &Tally) {
        self.combine(other, u32::saturating_sub);
    }

    fn combine(&mut self, other: &Tally, with: impl Fn(u32, u32) -> u32) {
        self.all = with(self.all, other.all);
        self.sources.resize(self.sources.len().max(other.sources.len()), 0);
        let (texts, notes) = (self.texts.0.iter_mut(), self.notes.0.iter_mut());
        let own = self.sources.iter_mut().zip(&other.sources);
        let classes = texts.zip(other.texts.0.iter()).chain(notes.zip(other.notes.0.iter()));
        own.chain(classes).for_each(|(own, other)| *own = with(*own, *other));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all == 0
    }

    /// How many came from there.
    pub(super) fn of(&self, source: Source) -> usize {
        let count = place_of(source).and_then(|place| self.sources.get(place));
        count.map_or(0, |count| *count as usize)
    }

    /// How many of a kind have so many hops left.
    pub(super) fn with(&self, kind: Kind, hops: Hops) -> usize {
        let Classes(classes) = match kind {
            Kind::Text => &self.texts,
            Kind::Receipt | Kind::History => &self.notes,
        };
        classes[usize::from(hops.0)] as usize
    }
}
