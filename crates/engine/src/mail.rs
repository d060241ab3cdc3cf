//! Messages that wait: in the mailboxes of own clients, and to be forwarded.
//!
//! Which of the two a message is follows from where its recipient is by now, so
//! nothing is moved when a client moves. Texts stay on disk.

use crate::Place;
use postrider_proto::Number;
use postrider_proto::classic::{Seq, ServerIndex};
use std::collections::{BTreeMap, BTreeSet};

/// A message that waits. 40 bytes; its text is at [`Message::at`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Message {
    pub(crate) from: Number,
    /// Where its newest record is; where it was first kept is its key.
    pub(crate) at: Place,
    /// The fingerprint of its five fields.
    pub(crate) fingerprint: u64,
    /// The servers that it was ever sent to.
    pub(crate) sent_to: ServerSet,
    /// When it was taken over, in [`crate::Time::wrapping_millis`].
    pub(crate) taken_millis: u32,
    pub(crate) seq: Seq,
    /// The server that it came from, 0 for a client.
    pub(crate) origin: u8,
    /// The size of its text, which is at most 226.
    pub(crate) text_bytes: u8,
}

/// A set of servers, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ServerSet(pub(crate) u64);

impl ServerSet {
    fn bit(server: ServerIndex) -> u64 {
        1 << (server.value() - 1)
    }

    pub(crate) fn contains(self, server: ServerIndex) -> bool {
        self.0 & ServerSet::bit(server) != 0
    }

    pub(crate) fn insert(&mut self, server: ServerIndex) {
        self.0 |= ServerSet::bit(server);
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = ServerIndex> {
        (1..=64).filter_map(ServerIndex::from_value).filter(move |server| self.contains(*server))
    }
}

/// All messages that wait.
#[derive(Debug, Default)]
pub(crate) struct Mail {
    /// By recipient, oldest first.
    waiting: BTreeMap<(Number, Place), Message>,
    /// The same by recipient, sender and age: (to, from, kept).
    pairs: BTreeSet<(Number, Number, Place)>,
    /// How many wait for each recipient.
    counts: BTreeMap<Number, u32>,
    /// What the last `get` of a client handed out.
    handed: BTreeMap<Number, Place>,
    /// The bytes of the records that hold them.
    record_bytes: u64,
}

/// What a record holds beside the text, at the most.
const RECORD_BYTES: u64 = 30;

impl Mail {
    pub(crate) fn insert(&mut self, to: Number, kept: Place, message: Message) {
        self.pairs.insert((to, message.from, kept));
        self.record_bytes += RECORD_BYTES + u64::from(message.text_bytes);
        let before = self.waiting.insert((to, kept), message);
        debug_assert!(before.is_none(), "a place holds one message");
        *self.counts.entry(to).or_default() += 1;
    }

    pub(crate) fn remove(&mut self, to: Number, kept: Place) -> Option<Message> {
        let message = self.waiting.remove(&(to, kept))?;
        self.pairs.remove(&(to, message.from, kept));
        self.record_bytes -= RECORD_BYTES + u64::from(message.text_bytes);
        if self.handed.get(&to) == Some(&kept) {
            self.handed.remove(&to);
        }
        if let Some(count) = self.counts.get_mut(&to) {
            *count -= 1;
            if *count == 0 {
                self.counts.remove(&to);
            }
        }
        Some(message)
    }

    pub(crate) fn get(&self, to: Number, kept: Place) -> Option<&Message> {
        self.waiting.get(&(to, kept))
    }

    pub(crate) fn get_mut(&mut self, to: Number, kept: Place) -> Option<&mut Message> {
        self.waiting.get_mut(&(to, kept))
    }

    /// The oldest message for a recipient.
    pub(crate) fn oldest(&self, to: Number) -> Option<(Place, &Message)> {
        let mut all = self.waiting.range((to, Place(0))..=(to, Place(u64::MAX)));
        all.next().map(|((_, kept), message)| (*kept, message))
    }

    /// The messages from one number to another, oldest first.
    pub(crate) fn of_pair(&self, to: Number, from: Number) -> impl Iterator<Item = Place> {
        self.pairs
            .range((to, from, Place(0))..=(to, from, Place(u64::MAX)))
            .map(|(_, _, kept)| *kept)
    }

    /// For each sender to this recipient, its oldest message.
    pub(crate) fn heads(&self, to: Number) -> Vec<Place> {
        let mut heads = Vec::new();
        let mut next = self.pairs.range((to, Number::MIN, Place(0))..).next();
        while let Some(&(recipient, from, kept)) = next {
            if recipient != to {
                break;
            }
            heads.push(kept);
            next = self.pairs.range((to, from, Place(u64::MAX))..).next();
        }
        heads
    }

    pub(crate) fn count_for(&self, to: Number) -> usize {
        self.counts.get(&to).map_or(0, |count| *count as usize)
    }

    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(crate) fn record_bytes(&self) -> u64 {
        self.record_bytes
    }

    pub(crate) fn hand_out(&mut self, to: Number, kept: Place) {
        self.handed.insert(to, kept);
    }

    /// The message that the last `get` handed out, if an `ack` names it.
    pub(crate) fn handed_out(&self, to: Number, from: Number, seq: Seq) -> Option<Place> {
        let kept = *self.handed.get(&to)?;
        let message = self.get(to, kept)?;
        (message.from == from && message.seq == seq).then_some(kept)
    }
}
