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
pub(crate) struct Taken(BTreeMap<(Number, Number, Epoch), OfOne>);

/// Of one sender and epoch to one recipient.
#[derive(Debug, Default)]
struct OfOne {
    seen: Seen,
    /// All of it is said again from here on, and what the log says of it before is not
    /// needed any more.
    said_from: Place,
    /// What is missing up to this one is no longer waited for, in this run.
    passed: u64,
}

impl Taken {
    fn key(id: MessageId) -> (Number, Number, Epoch) {
        (id.to, id.from, id.epoch)
    }

    pub(crate) fn contains(&self, id: MessageId) -> bool {
        let taken = self.0.get(&Taken::key(id));
        taken.is_some_and(|taken| taken.seen.contains(u64::from(id.count.value())))
    }

    pub(crate) fn add_range(&mut self, first: MessageId, last: Count) {
        let taken = self.0.entry(Taken::key(first)).or_default();
        taken.seen.add(u64::from(first.count.value()), u64::from(last.value()));
    }

    /// It leaves without having been read, and may come back.
    pub(crate) fn remove(&mut self, id: MessageId) {
        if let Some(taken) = self.0.get_mut(&Taken::key(id)) {
            taken.seen.remove(u64::from(id.count.value()));
        }
    }

    /// Whether a message before this one, which has been taken, is missing and waited for.
    pub(crate) fn misses_before(&self, id: MessageId) -> bool {
        let count = u64::from(id.count.value());
        let Some(taken) = self.0.get(&Taken::key(id)) else { return count > 1 };
        !taken.seen.contains_all(taken.passed + 1, count)
    }

    /// What is missing before this one has been waited for long enough.
    pub(crate) fn pass(&mut self, id: MessageId) {
        if let Some(taken) = self.0.get_mut(&Taken::key(id)) {
            taken.passed = taken.passed.max(u64::from(id.count.value()));
        }
    }

    /// All ranges that were taken for a recipient: the first message and the last count.
    pub(crate) fn of(&self, to: Number) -> Vec<(MessageId, Count)> {
        let least = (to, Number::MIN, Epoch::MIN);
        let all = self.0.range(least..).take_while(|((of, ..), _)| *of == to);
        all.flat_map(|(key, taken)| ranges(*key, &taken.seen)).collect()
    }

    /// Another home is told of them.
    pub(crate) fn forget(&mut self, id: MessageId) {
        self.0.remove(&Taken::key(id));
    }

    /// The ranges taken of the sender and epoch of this message, if the record at this
    /// place is needed for them. They will be said again from `again` on.
    pub(crate) fn say_again(
        &mut self,
        id: MessageId,
        place: Place,
        again: Place,
    ) -> Vec<(MessageId, Count)> {
        let Some(taken) = self.0.get_mut(&Taken::key(id)) else { return Vec::new() };
        if place < taken.said_from {
            return Vec::new();
        }
        taken.said_from = again;
        ranges(Taken::key(id), &taken.seen)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

fn ranges((to, from, epoch): (Number, Number, Epoch), seen: &Seen) -> Vec<(MessageId, Count)> {
    let count = |number: u64| Count::from_value(u32::try_from(number).unwrap_or(u32::MAX));
    let range =
        |(first, last)| Some((MessageId { from, to, epoch, count: count(first)? }, count(last)?));
    seen.iter().filter_map(range).collect()
}
