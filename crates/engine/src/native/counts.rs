//! How messages are counted where they begin, and where they end.

use super::seen::Seen;
use crate::Place;
use postrider_proto::Number;
use postrider_proto::native::{Count, Epoch, MessageId};
use std::collections::BTreeMap;

/// The last count that each sender at home here has used for each recipient.
#[derive(Debug, Default)]
pub(crate) struct Counts(BTreeMap<(Number, Number), (Count, Place)>);

impl Counts {
    /// The count of the next message. After four billion it stays the same, and the
    /// recipient's home takes what follows for repeats.
    pub(crate) fn next(&self, from: Number, to: Number) -> Count {
        let last = self.last(from, to);
        last.map_or(Count::FIRST, |last| last.next().unwrap_or(last))
    }

    pub(crate) fn set(&mut self, from: Number, to: Number, count: Count, place: Place) {
        self.0.insert((from, to), (count, place));
    }

    pub(crate) fn last(&self, from: Number, to: Number) -> Option<Count> {
        self.0.get(&(from, to)).map(|(count, _)| *count)
    }

    /// The last count, if the record at this place says so.
    pub(crate) fn written_at(&self, from: Number, to: Number, place: Place) -> Option<Count> {
        let (count, written) = self.0.get(&(from, to))?;
        (*written == place).then_some(*count)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

/// Which messages have been taken into the mailboxes here, for each sender and epoch.
#[derive(Debug, Default)]
pub(crate) struct Taken(BTreeMap<(Number, Number, Epoch), (Seen, Place)>);

impl Taken {
    fn key(id: MessageId) -> (Number, Number, Epoch) {
        (id.to, id.from, id.epoch)
    }

    pub(crate) fn contains(&self, id: MessageId) -> bool {
        let taken = self.0.get(&Taken::key(id));
        taken.is_some_and(|(seen, _)| seen.contains(u64::from(id.count.value())))
    }

    pub(crate) fn add_range(&mut self, first: MessageId, last: Count, place: Place) {
        let (seen, written) = self.0.entry(Taken::key(first)).or_default();
        seen.add(u64::from(first.count.value()), u64::from(last.value()));
        *written = place;
    }

    /// It leaves without having been read, and may come back.
    pub(crate) fn remove(&mut self, id: MessageId) {
        if let Some((seen, _)) = self.0.get_mut(&Taken::key(id)) {
            seen.remove(u64::from(id.count.value()));
        }
    }

    /// Whether a message before this one is missing.
    pub(crate) fn misses_before(&self, id: MessageId) -> bool {
        let up_to = self.0.get(&Taken::key(id)).map_or(0, |(seen, _)| seen.up_to());
        up_to < u64::from(id.count.value())
    }

    /// The ranges taken of the sender and epoch of this message, if the record at this
    /// place is the last that added to them.
    pub(crate) fn written_at(&self, id: MessageId, place: Place) -> Vec<(MessageId, Count)> {
        let taken = self.0.get(&Taken::key(id)).filter(|(_, written)| *written == place);
        let ranges = taken.into_iter().flat_map(|(seen, _)| seen.iter());
        let count = |number: u64| Count::from_value(u32::try_from(number).unwrap_or(u32::MAX));
        let range = |(first, last)| Some((MessageId { count: count(first)?, ..id }, count(last)?));
        ranges.filter_map(range).collect()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}
