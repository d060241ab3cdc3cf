//! What a server tells the outside. Outputs leave after the turn's commit.

use crate::native::TrunkId;
use crate::{Place, ReplyTo};
use postrider_proto::Number;
use postrider_proto::classic::{Seq, ServerIndex};
use postrider_proto::native::{
    Age, Answer, Ask, Dispute, Hops, Lifetime, LinePlace, MessageId, Precedence, ServerId,
    ServerKey, Trace, Unknown, Version,
};
use std::ops::Range;

/// Something to tell the outside. A text is named by the place of its write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// To a client: the handshake or terminate is done.
    Done {
        /// Where to.
        reply: ReplyTo,
        /// The client.
        client: Number,
    },
    /// To a client: its text is on disk.
    Accepted {
        /// Where to.
        reply: ReplyTo,
        /// The message's number.
        seq: Seq,
        /// The client.
        client: Number,
        /// The recipient.
        to: Number,
    },
    /// To a client: the oldest message that waits.
    HandOut {
        /// Where to.
        reply: ReplyTo,
        /// The message's number.
        seq: Seq,
        /// Its sender.
        from: Number,
        /// The client.
        client: Number,
        /// Where its text is.
        text: Place,
    },
    /// To a client: nothing waits.
    Nothing {
        /// Where to.
        reply: ReplyTo,
        /// The client.
        client: Number,
    },
    /// To a server: keep this message.
    Forward {
        /// The server.
        server: ServerIndex,
        /// The message's number.
        seq: Seq,
        /// Its sender.
        from: Number,
        /// Its recipient.
        to: Number,
        /// Where its text is.
        text: Place,
    },
    /// To a server: its message is on disk here.
    Ack {
        /// The server.
        server: ServerIndex,
        /// The message's number.
        seq: Seq,
        /// Its sender.
        from: Number,
        /// Its recipient.
        to: Number,
    },
    /// To a server: the client has left.
    Terminate {
        /// The server.
        server: ServerIndex,
        /// The client.
        client: Number,
    },
    /// To a server: (a part of) the own list.
    List {
        /// The server.
        server: ServerIndex,
        /// Which of [`Outbox::pairs`].
        pairs: Range<usize>,
    },
    /// To a trunk: what it handed over is on disk here.
    Took {
        /// The trunk.
        trunk: TrunkId,
        /// The item on the trunk.
        item: u64,
    },
    /// To a trunk: hand this over, until the other side has it on disk.
    Hand {
        /// The trunk.
        trunk: TrunkId,
        /// What to call it in [`crate::Input::Custody`]; 0 needs none.
        tag: u64,
        /// What to hand over.
        what: Handed,
    },
    /// A trunk that gets nowhere: end it, and let it come up anew.
    Cut {
        /// The trunk, which the engine counts as down.
        trunk: TrunkId,
    },
}

/// What a trunk is to hand over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handed {
    /// A message, with its header as it is now.
    Message {
        /// Its identity.
        id: MessageId,
        /// How old it is.
        age: Age,
        /// How old it may become.
        lifetime: Lifetime,
        /// How many more servers may hand it on.
        hops: Hops,
        /// What goes first.
        precedence: Precedence,
        /// Where the rest of it is.
        text: Place,
    },
    /// A row of the directory.
    Row {
        /// The number of the origin's row before it that the other side has.
        after: u64,
        /// Its number.
        sequence: u64,
        /// Where it is, or what it says.
        row: RowAt,
    },
    /// To a client: what became of its attach or claim.
    Answer(Answer),
    /// To a client, or the server that asked for it: where its message is.
    Trace(Trace),
    /// To a server: where is the message that it has taken over?
    Ask(Ask),
    /// To a client: nothing is known of what it asked.
    Unknown(Unknown),
    /// To a client, or a server on the way to its home: another key had a number, too.
    Dispute(Dispute),
    /// What this server has of the directory, in as many items as it takes.
    Have {
        /// Which of [`Outbox::seen`].
        seen: Range<usize>,
    },
}

/// A row: another server's, as it is in the log, or an own one, which is to be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowAt {
    /// Where its record is.
    Log(Place),
    /// An own client that is bound to a key: what its owner has signed is written here.
    Bound(Place),
    /// An own client.
    Number {
        /// Its number.
        number: Number,
        /// The version of the row about it.
        version: Version,
        /// Whether it has left.
        released: bool,
        /// Whether it is, or was, at another server of the line.
        line: bool,
    },
    /// An own end of a link.
    Link {
        /// The server at the other end.
        peer: ServerKey,
        /// What it costs; 0 where there is none any more.
        cost: u16,
    },
    /// This server itself.
    Server {
        /// Where it stands in a line of classic servers.
        place: Option<LinePlace>,
    },
}

/// The outputs of one turn, in order. Kept by the driver and used again, so that
/// a turn allocates nothing once it has grown.
#[derive(Debug, Default)]
pub struct Outbox {
    /// What to tell.
    pub outputs: Vec<Output>,
    /// The pairs of the lists among them.
    pub pairs: Vec<(Number, ServerIndex)>,
    /// Which rows have been seen, of those who say so among them: the origin's short
    /// identity and its last row, in the order of the identities.
    pub seen: Vec<(ServerId, u64)>,
}

impl Outbox {
    /// Forgets the outputs of the turn before.
    pub fn clear(&mut self) {
        self.outputs.clear();
        self.pairs.clear();
        self.seen.clear();
    }
}
