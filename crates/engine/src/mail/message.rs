//! What is known of a message while it waits.

use crate::Place;
use crate::native::Station;
use postrider_proto::Number;
use postrider_proto::classic::{Seq, ServerIndex};
use postrider_proto::native::{
    Age, Body, Count, Epoch, Lifetime, MessageId, Outcome, Precedence, Receipt, ServerId,
};

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
    /// When it was taken over, in [`crate::Time::wrapping_millis`]; of what came over a
    /// trunk, the neighbour in the upper half.
    pub(crate) taken_millis: u32,
    pub(crate) seq: Seq,
    /// The server that it came from, 0 for a client; see [`Message::source`].
    pub(crate) origin: u8,
    /// The size of what it says, in the log.
    pub(crate) text_bytes: u16,
    /// What native trunks need of it; none on a server that never had any.
    pub(crate) stamp: Option<Stamp>,
}

/// Where a message came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// From an own client.
    Client,
    /// From another server of the classic line.
    Line(ServerIndex),
    /// Over the trunk to a neighbour.
    Trunk(Station),
    /// This server says it itself, of what came from that neighbour.
    Said(Station),
    /// It was rewritten before the last restart, which does not say so.
    Forgotten,
}

/// [`Message::origin`] of what came over a trunk.
const OVER_TRUNK: u8 = u8::MAX;
/// The same of what this server says itself.
const SAID: u8 = OVER_TRUNK - 1;
/// The same of what is not known any more.
const FORGOTTEN: u8 = OVER_TRUNK - 2;

impl Message {
    /// The same message, taken from that neighbour.
    pub(crate) fn over_trunk(self, from: Station) -> Message {
        Message { origin: OVER_TRUNK, ..self.of_neighbour(from) }
    }

    /// The same message, which this server says itself, of what came from that neighbour.
    pub(crate) fn said_of(self, from: Station) -> Message {
        Message { origin: SAID, ..self.of_neighbour(from) }
    }

    fn of_neighbour(self, from: Station) -> Message {
        let taken_millis = u32::from(from.value()) << 16 | self.taken_millis & 0xffff;
        Message { taken_millis, ..self }
    }

    /// The same message, of which it is not known where it came from.
    pub(crate) fn of_unknown_source(self) -> Message {
        Message { origin: FORGOTTEN, ..self }
    }

    pub(crate) fn source(&self) -> Source {
        let neighbour = Station((self.taken_millis >> 16) as u16);
        match self.origin {
            0 => Source::Client,
            OVER_TRUNK => Source::Trunk(neighbour),
            SAID => Source::Said(neighbour),
            origin => ServerIndex::from_value(origin).map_or(Source::Forgotten, Source::Line),
        }
    }

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

    /// Whether it has a place among the counts of its sender.
    pub(crate) fn is_counted(&self) -> bool {
        self.kind() != Kind::History
    }

    pub(crate) fn is_text(&self) -> bool {
        self.kind() == Kind::Text
    }

    /// Orders the messages of one sender to one recipient.
    pub(super) fn rank(&self) -> u64 {
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
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let lowest = u8::try_from(rest.trailing_zeros()).ok().filter(|_| rest != 0)?;
            rest &= rest - 1;
            ServerIndex::from_value(lowest + 1)
        })
    }
}
