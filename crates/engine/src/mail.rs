//! Messages that wait: in the mailboxes of own clients, and to be forwarded.
//!
//! Which of the two a message is follows from where its recipient is by now, so
//! nothing is moved when a client moves. Texts stay on disk.

use crate::Place;
use postrider_proto::Number;
use postrider_proto::classic::{Seq, ServerIndex};
use postrider_proto::native::{
    Age, Body, Count, Epoch, Lifetime, MessageId, Outcome, Precedence, Receipt, ServerId,
};
use std::collections::{BTreeMap, BTreeSet};

/// A message that waits. 56 bytes; its text is at [`Message::at`].
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
    /// The size of what it says, in the log.
    pub(crate) text_bytes: u16,
    /// What native trunks need of it; none on a server that never had any.
    pub(crate) stamp: Option<Stamp>,
}

impl Message {
    /// A receipt is kept in the fields that only texts for classic servers need.
    pub(crate) fn with_receipt(self, receipt: &Receipt) -> Message {
        let about = u64::from(receipt.epoch.value()) << 40 | u64::from(receipt.count.value()) << 8;
        Message {
            fingerprint: about | u64::from(receipt.outcome.code()),
            sent_to: ServerSet(u64::from_be_bytes(receipt.server.0)),
            taken_millis: receipt.age.code().into(),
            ..self
        }
    }

    /// Its identity among native messages.
    pub(crate) fn id(&self, to: Number) -> Option<MessageId> {
        let stamp = self.stamp?;
        Some(MessageId { from: self.from, to, epoch: stamp.epoch(), count: stamp.count })
    }

    /// The classic servers that it was ever sent to.
    pub(crate) fn servers(&self) -> impl Iterator<Item = ServerIndex> + use<> {
        let none = self.stamp.is_some_and(|stamp| !stamp.is_text());
        let sent_to = if none { ServerSet::default() } else { self.sent_to };
        sent_to.iter()
    }

    /// The first of the messages that a history tells of is kept likewise.
    pub(crate) fn with_history(self, first: Count) -> Message {
        Message { fingerprint: first.value().into(), ..self }
    }

    /// The first of the messages that it tells of, if it is a history.
    pub(crate) fn history(&self) -> Option<Count> {
        self.stamp.filter(|stamp| stamp.kind() == Kind::History)?;
        Count::from_value(u32::try_from(self.fingerprint).ok()?)
    }

    /// What it says, if it is a receipt.
    pub(crate) fn receipt(&self) -> Option<Receipt> {
        let about = self.fingerprint;
        self.stamp.filter(|stamp| stamp.kind() == Kind::Receipt)?;
        Some(Receipt {
            epoch: Epoch::from_value((about >> 40) as u32)?,
            count: Count::from_value((about >> 8) as u32)?,
            outcome: Outcome::from_code(about as u8).ok()?,
            server: ServerId(self.sent_to.0.to_be_bytes()),
            age: Age::from_code(self.taken_millis as u16),
        })
    }
}

/// A message's header, as far as it is not in [`Message`]. 16 bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stamp {
    pub(crate) count: Count,
    /// The epoch, 24 bits; the precedence, 2; the kind, 2.
    packed: u32,
    /// How long this server had run when it was taken, in seconds.
    pub(crate) since_s: u32,
    /// How old it was then.
    pub(crate) age_code: u16,
    pub(crate) lifetime_code: u8,
    /// How many more servers may hand it on, after this one.
    pub(crate) hops: u8,
}

const PRECEDENCE_SHIFT: u32 = 24;
const KIND_SHIFT: u32 = 26;

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// What a person wrote.
    Text,
    /// What became of a text.
    Receipt,
    /// What the home before has taken.
    History,
}

impl Kind {
    pub(crate) fn of(body: &Body<'_>) -> Kind {
        match body {
            Body::Text { .. } => Kind::Text,
            Body::Receipt(_) => Kind::Receipt,
            Body::History { .. } => Kind::History,
        }
    }
}

impl Stamp {
    #[expect(clippy::too_many_arguments, reason = "the fields of a header")]
    pub(crate) fn new(
        epoch: Epoch,
        count: Count,
        precedence: Precedence,
        kind: Kind,
        lifetime: Lifetime,
        hops: u8,
        age: Age,
        since_s: u32,
    ) -> Stamp {
        let kind = (kind as u32) << KIND_SHIFT;
        let packed = epoch.value() | u32::from(precedence.code()) << PRECEDENCE_SHIFT | kind;
        let (age_code, lifetime_code) = (age.code(), lifetime.code());
        Stamp { count, packed, since_s, age_code, lifetime_code, hops }
    }

    pub(crate) fn epoch(&self) -> Epoch {
        Epoch::from_value(self.packed & Epoch::MAX.value()).unwrap_or(Epoch::MAX)
    }

    pub(crate) fn precedence(&self) -> Precedence {
        Precedence::ALL[(self.packed >> PRECEDENCE_SHIFT & 3) as usize]
    }

    pub(crate) fn kind(&self) -> Kind {
        match self.packed >> KIND_SHIFT {
            0 => Kind::Text,
            1 => Kind::Receipt,
            _ => Kind::History,
        }
    }

    pub(crate) fn is_text(&self) -> bool {
        self.kind() == Kind::Text
    }

    /// Orders the messages of one sender to one recipient.
    fn rank(&self) -> u64 {
        u64::from(self.epoch().value()) << 32 | u64::from(self.count.value())
    }
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

/// A message's recipient, and where it was first kept.
pub(crate) type Key = (Number, Place);

/// All messages that wait.
#[derive(Debug, Default)]
pub(crate) struct Mail {
    /// By recipient, oldest first.
    waiting: BTreeMap<Key, Message>,
    /// The same by recipient, sender and age: (to, from, kept).
    pairs: BTreeSet<(Number, Number, Place)>,
    /// The texts with a stamp by recipient, sender, epoch and count.
    counted: BTreeMap<(Number, Number, u64), Place>,
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
        if let Some(stamp) = message.stamp.filter(Stamp::is_text) {
            self.counted.entry((to, message.from, stamp.rank())).or_insert(kept);
        }
        let before = self.waiting.insert((to, kept), message);
        debug_assert!(before.is_none(), "a place holds one message");
        *self.counts.entry(to).or_default() += 1;
    }

    pub(crate) fn remove(&mut self, to: Number, kept: Place) -> Option<Message> {
        let message = self.waiting.remove(&(to, kept))?;
        self.pairs.remove(&(to, message.from, kept));
        self.record_bytes -= RECORD_BYTES + u64::from(message.text_bytes);
        if let Some(stamp) = &message.stamp {
            let rank = (to, message.from, stamp.rank());
            if self.counted.get(&rank) == Some(&kept) {
                self.counted.remove(&rank);
            }
        }
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

    /// The messages for a recipient, oldest first.
    pub(crate) fn all_for(&self, to: Number) -> impl Iterator<Item = (Place, &Message)> {
        let all = self.waiting.range((to, Place(0))..=(to, Place(u64::MAX)));
        all.map(|((_, kept), message)| (*kept, message))
    }

    /// The one of them that came last.
    pub(crate) fn newest(&self, to: Number) -> Option<(Place, &Message)> {
        let mut all = self.waiting.range((to, Place(0))..=(to, Place(u64::MAX)));
        all.next_back().map(|((_, kept), message)| (*kept, message))
    }

    /// Those of them that have a stamp, and their precedence.
    pub(crate) fn stamped(&self, to: Number) -> Vec<(Place, Precedence)> {
        let stamped =
            |(kept, message): (Place, &Message)| Some((kept, message.stamp?.precedence()));
        self.all_for(to).filter_map(stamped).collect()
    }

    /// Of the messages of a sender and epoch to a recipient, the one counted first.
    pub(crate) fn first_counted(
        &self,
        to: Number,
        from: Number,
        epoch: Epoch,
    ) -> Option<(Place, &Message)> {
        let rank = u64::from(epoch.value()) << 32;
        let mut all = self.counted.range((to, from, rank)..=(to, from, rank | 0xffff_ffff));
        let (_, kept) = all.next()?;
        Some((*kept, self.get(to, *kept)?))
    }

    /// Looks at so many messages from a place on, round and round; returns those that
    /// the question is true of, and where to go on.
    pub(crate) fn look(
        &self,
        from: Option<Key>,
        share: usize,
        is_one: impl Fn(&Message) -> bool,
    ) -> (Vec<Key>, Option<Key>) {
        let start = from.unwrap_or((Number::MIN, Place(0)));
        let mut rest = self.waiting.range(start..);
        let found = rest.by_ref().take(share).filter(|(_, message)| is_one(message));
        let found = found.map(|(key, _)| *key).collect();
        (found, rest.next().map(|(key, _)| *key))
    }

    /// Whether the last `get` handed it out.
    pub(crate) fn is_handed_out(&self, to: Number, kept: Place) -> bool {
        self.handed.get(&to) == Some(&kept)
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
