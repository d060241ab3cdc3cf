//! What may happen to a server.

use postrider_proto::classic::{Request, Seq, ServerIndex};
use postrider_proto::{Number, Text};

/// Where the answer to a request goes. Its meaning is the driver's; it is used in
/// the turn of the request only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplyTo(pub u32);

/// Something that happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input<'a> {
    /// A client asks.
    Request {
        /// Where the answer goes.
        reply: ReplyTo,
        /// What it asks.
        request: Request<'a>,
    },
    /// A server forwards a message.
    Send {
        /// The server.
        server: ServerIndex,
        /// The message's number.
        seq: Seq,
        /// Its sender.
        from: Number,
        /// Its recipient.
        to: Number,
        /// Its text.
        text: Text<'a>,
    },
    /// A server has taken over what was forwarded to it.
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
    /// A server says that a client has left.
    Terminate {
        /// The server.
        server: ServerIndex,
        /// The client.
        client: Number,
    },
    /// A server shares (a part of) its list.
    List {
        /// The server.
        server: ServerIndex,
        /// The clients that it knows, and their servers.
        pairs: &'a [(Number, ServerIndex)],
    },
}
