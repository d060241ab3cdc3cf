//! Messages that wait: in the mailboxes of own clients, and to be forwarded.
//!
//! Which of the two a message is follows from where its recipient is by now, so
//! nothing is moved when a client moves. Texts stay on disk.

mod mailbox;
mod message;
#[cfg(test)]
mod tests;

pub use message::Kind;
pub(crate) use message::{Message, ServerSet, Source, Stamp};

use crate::Place;
use mailbox::Mailbox;
use postrider_proto::Number;
use postrider_proto::classic::Seq;
use postrider_proto::native::{Epoch, MessageId, Precedence};
use std::collections::BTreeMap;

/// A message's recipient, and where it was first kept.
pub(crate) type Key = (Number, Place);

/// All messages that wait.
#[derive(Debug, Default)]
pub(crate) struct Mail {
    /// By recipient; none is empty.
    boxes: BTreeMap<Number, Mailbox>,
    len: usize,
    /// The bytes of the records that hold them.
    record_bytes: u64,
}

/// About what a record holds beside the text.
const RECORD_BYTES: u64 = 30;

fn record_bytes(message: &Message) -> u64 {
    RECORD_BYTES + u64::from(message.text_bytes)
}

impl Mail {
    pub(crate) fn insert(&mut self, to: Number, kept: Place, message: Message) {
        self.len += 1;
        self.record_bytes += record_bytes(&message);
        self.boxes.entry(to).or_default().insert(kept, message);
    }

    pub(crate) fn remove(&mut self, to: Number, kept: Place) -> Option<Message> {
        let mailbox = self.boxes.get_mut(&to)?;
        let message = mailbox.remove(kept)?;
        if mailbox.len() == 0 {
            self.boxes.remove(&to);
        }
        self.len -= 1;
        self.record_bytes -= record_bytes(&message);
        Some(message)
    }

    pub(crate) fn get(&self, to: Number, kept: Place) -> Option<&Message> {
        self.boxes.get(&to)?.get(kept)
    }

    pub(crate) fn get_mut(&mut self, to: Number, kept: Place) -> Option<&mut Message> {
        self.boxes.get_mut(&to)?.get_mut(kept)
    }

    /// The messages for a recipient, oldest first.
    pub(crate) fn all_for(&self, to: Number) -> impl Iterator<Item = (Place, &Message)> {
        self.boxes.get(&to).into_iter().flat_map(|mailbox| mailbox.from(Place(0)))
    }

    /// The one of them that came last.
    pub(crate) fn newest(&self, to: Number) -> Option<(Place, &Message)> {
        self.boxes.get(&to)?.newest()
    }

    /// Those of them that have a stamp, and their precedence.
    pub(crate) fn stamped(&self, to: Number) -> Vec<(Place, Precedence)> {
        let stamped =
            |(kept, message): (Place, &Message)| Some((kept, message.stamp?.precedence()));
        self.all_for(to).filter_map(stamped).collect()
    }

    /// All for whom something waits.
    pub(crate) fn recipients(&self) -> impl Iterator<Item = Number> + '_ {
        self.boxes.keys().copied()
    }

    /// Of the messages of a sender and epoch to a recipient, the one counted first.
    pub(crate) fn first_counted(
        &self,
        to: Number,
        from: Number,
        epoch: Epoch,
    ) -> Option<(Place, &Message)> {
        self.boxes.get(&to)?.first_counted(from, epoch)
    }

    /// The messages for a recipient from a place on, oldest first.
    pub(crate) fn from(&self, to: Number, place: Place) -> impl Iterator<Item = (Place, &Message)> {
        self.boxes.get(&to).into_iter().flat_map(move |mailbox| mailbox.from(place))
    }

    /// Where the message with this identity is kept, if it waits.
    pub(crate) fn find(&self, id: MessageId) -> Option<Place> {
        self.boxes.get(&id.to)?.find(id.from, id.epoch, id.count)
    }

    /// All of them, in the order of their counts.
    pub(crate) fn in_order_of(
        &self,
        to: Number,
        from: Number,
        epoch: Epoch,
    ) -> impl Iterator<Item = (Place, &Message)> {
        let mailbox = self.boxes.get(&to).into_iter();
        mailbox.flat_map(move |mailbox| mailbox.in_order_of(from, epoch))
    }

    /// Looks at so many messages from a place on, round and round; returns those that
    /// the question is true of, and where to go on.
    pub(crate) fn look(
        &self,
        from: Option<Key>,
        share: usize,
        is_one: impl Fn(&Message) -> bool,
    ) -> (Vec<Key>, Option<Key>) {
        let (first, place) = from.unwrap_or((Number::MIN, Place(0)));
        let mut rest = self.boxes.range(first..).flat_map(|(to, mailbox)| {
            let place = if *to == first { place } else { Place(0) };
            mailbox.from(place).map(|(kept, message)| ((*to, kept), message))
        });
        let found = rest.by_ref().take(share).filter(|(_, message)| is_one(message));
        let found = found.map(|(key, _)| key).collect();
        (found, rest.next().map(|(key, _)| key))
    }

    /// The messages from one number to another, oldest first.
    pub(crate) fn of_pair(&self, to: Number, from: Number) -> impl Iterator<Item = Place> {
        self.boxes.get(&to).into_iter().flat_map(move |mailbox| mailbox.of_sender(from))
    }

    /// For each sender to this recipient, its oldest message.
    pub(crate) fn heads(&self, to: Number) -> Vec<Place> {
        let mut heads = BTreeMap::new();
        for (kept, message) in self.all_for(to) {
            heads.entry(message.from).or_insert(kept);
        }
        heads.into_values().collect()
    }

    pub(crate) fn count_for(&self, to: Number) -> usize {
        self.boxes.get(&to).map_or(0, Mailbox::len)
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn record_bytes(&self) -> u64 {
        self.record_bytes
    }

    /// A `get` hands it out.
    pub(crate) fn hand_out(&mut self, to: Number, kept: Place) {
        if let Some(mailbox) = self.boxes.get_mut(&to) {
            mailbox.handed_out = Some(kept);
        }
    }

    /// Whether the last `get` handed it out.
    pub(crate) fn is_handed_out(&self, to: Number, kept: Place) -> bool {
        self.boxes.get(&to).is_some_and(|mailbox| mailbox.handed_out == Some(kept))
    }

    /// The message that the last `get` handed out, if an `ack` names it.
    pub(crate) fn handed_out(&self, to: Number, from: Number, seq: Seq) -> Option<Place> {
        let mailbox = self.boxes.get(&to)?;
        let kept = mailbox.handed_out?;
        let message = mailbox.get(kept)?;
        (message.from == from && message.seq == seq).then_some(kept)
    }
}
