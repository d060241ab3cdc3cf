//! What a server tells the outside. Outputs leave after the turn's commit.

use crate::{Place, ReplyTo};
use postrider_proto::Number;
use postrider_proto::classic::{Seq, ServerIndex};
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
}

/// The outputs of one turn, in order. Kept by the driver and used again, so that
/// a turn allocates nothing once it has grown.
#[derive(Debug, Default)]
pub struct Outbox {
    /// What to tell.
    pub outputs: Vec<Output>,
    /// The pairs of the lists among them.
    pub pairs: Vec<(Number, ServerIndex)>,
}

impl Outbox {
    /// Forgets the outputs of the turn before.
    pub fn clear(&mut self) {
        self.outputs.clear();
        self.pairs.clear();
    }
}
