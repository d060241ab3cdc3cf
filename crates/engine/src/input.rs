//! What may happen to a server.

use crate::native::TrunkId;
use postrider_proto::classic::{Request, Seq, ServerIndex};
use postrider_proto::native::{
    Ask, ClaimItem, Dispute, Have, Message, OwnerKey, SentRow, ServerKey, Trace,
};
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
    /// A trunk came up.
    TrunkUp {
        /// The trunk.
        trunk: TrunkId,
        /// The server at its other end.
        peer: ServerKey,
        /// What it costs to send over it, from 1 up.
        cost: u16,
    },
    /// A trunk went down.
    TrunkDown {
        /// The trunk.
        trunk: TrunkId,
    },
    /// The other side of a trunk hands over a message, whose signature has been verified
    /// where it has one.
    Message {
        /// The trunk.
        trunk: TrunkId,
        /// The item on the trunk, for [`crate::Output::Took`].
        item: u64,
        /// The message.
        message: Message<'a>,
    },
    /// It says something of the directory; its signatures have been verified.
    Row {
        /// The trunk.
        trunk: TrunkId,
        /// The item on the trunk.
        item: u64,
        /// The row.
        row: SentRow<'a>,
    },
    /// It says what it has of the directory.
    Have {
        /// The trunk.
        trunk: TrunkId,
        /// The item on the trunk.
        item: u64,
        /// A part of what it has.
        have: Have<'a>,
    },
    /// A client's device wants to be attached under a number, and has proved that the
    /// number's owner wants that. Its link has a number of its own, like a trunk.
    Attach {
        /// The device's link.
        session: TrunkId,
        /// The item on the link.
        item: u64,
        /// The number.
        number: Number,
        /// Its owner's key.
        key: OwnerKey,
    },
    /// The same, but the proof is wrong.
    Forgery {
        /// The device's link.
        session: TrunkId,
        /// The item on the link.
        item: u64,
        /// The number.
        number: Number,
    },
    /// It wants its number to be at home here, or to be given up; the signatures have been
    /// verified, for this server as the home.
    Claim {
        /// The device's link.
        session: TrunkId,
        /// The item on the link.
        item: u64,
        /// The row that is to be published.
        claim: ClaimItem<'a>,
    },
    /// It wants to know something; another server, where a message is.
    Ask {
        /// The link.
        session: TrunkId,
        /// The item on the link.
        item: u64,
        /// What.
        ask: Ask,
    },
    /// A server says where a message is.
    Trace {
        /// The trunk to it.
        trunk: TrunkId,
        /// The item on the trunk.
        item: u64,
        /// Where.
        trace: Trace,
    },
    /// A server knows that a number was bound to another key, too.
    Dispute {
        /// The trunk to it.
        trunk: TrunkId,
        /// The item on the trunk.
        item: u64,
        /// What it knows.
        dispute: Dispute,
    },
    /// The operator has given out a code for a new number.
    Invite {
        /// The code.
        code: crate::Code,
    },
    /// It has on disk what was handed to it.
    Custody {
        /// The trunk.
        trunk: TrunkId,
        /// The tag of [`crate::Output::Hand`].
        tag: u64,
    },
}
