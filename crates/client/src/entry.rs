//! What people see: texts, what became of them, conversations and contacts.

use crate::Stamp;
use postrider_proto::Number;
use postrider_proto::native::{Lifetime, OwnerKey, Precedence, Reason, ServerId};
use std::time::Duration;

/// Which text of a profile: the greater is the newer here, whenever it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId(pub i64);

/// A text of the history, whole again if it travelled in parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Which.
    pub id: EntryId,
    /// With whom: its recipient, or its sender.
    pub with: Number,
    /// When it was written, or came, by this device's clock.
    pub at: Stamp,
    /// What it says, as it was written. Programs show [`crate::shown`] of it. Of a text that
    /// is not to be opened (yet), nothing.
    pub text: String,
    /// How urgent it is.
    pub precedence: Precedence,
    /// Whether it travels sealed; of one that is still to be sent, whether it is to if it can.
    pub is_sealed: bool,
    /// Parts that have not come; 0 of one that is whole.
    pub parts_missing: u8,
    /// Which way it went, and what is known of it.
    pub way: Way,
}

impl Entry {
    /// Whether all parts of it have come, and what is known of its sender has been asked for.
    pub fn is_whole(&self) -> bool {
        let is_pending = matches!(self.way, Way::Received { trust: Trust::Pending, .. });
        !is_pending && self.parts_missing == 0
    }
}

/// Which way a text went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// From here.
    Sent(State),
    /// To here.
    Received {
        /// What is known of who wrote it.
        trust: Trust,
        /// Whether it was marked as read here.
        is_read: bool,
    },
}

/// What is known of a text that was sent: only ever what somebody has said, never a guess. Of
/// one in parts it is that of the part that is least far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// On this device's disk, and at no server that has said so.
    Waiting,
    /// A server has it on disk, and answers for it.
    Accepted {
        /// Which.
        server: ServerName,
        /// When it said so.
        at: Stamp,
    },
    /// Where it is on its way, as far as a server knew that was asked.
    Traced {
        /// The server that says so.
        by: ServerName,
        /// There.
        whereabouts: Whereabouts,
        /// Since when that is so.
        since: Stamp,
    },
    /// A device of its recipient has it.
    Delivered {
        /// Whether its recipient's key has signed that. If not, a server says so.
        proven: bool,
        /// When that became known here.
        at: Stamp,
    },
    /// Its recipient has seen it.
    Read {
        /// Whether its recipient's key has signed that. If not, a server says so.
        proven: bool,
        /// When that became known here.
        at: Stamp,
    },
    /// A server of a classic line has it, and nothing more will be told.
    PassedOn {
        /// Which server has passed it on.
        server: ServerName,
        /// When that became known here.
        at: Stamp,
    },
    /// It got older than its lifetime.
    Expired {
        /// Where; none on this device.
        server: Option<ServerName>,
        /// When that became known here.
        at: Stamp,
    },
    /// It could not go on.
    Refused {
        /// Why.
        reason: Reason,
        /// Where.
        server: ServerName,
        /// When that became known here.
        at: Stamp,
    },
}

/// Where a text is on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whereabouts {
    /// In its recipient's mailbox, at the server that says so.
    InMailbox,
    /// At the server that says so, until its link to this one is up.
    WaitsFor(ServerName),
    /// It is being handed to this one.
    HandedTo(ServerName),
    /// At the server that says so: there is no way to this one, its recipient's home.
    NoWay(ServerName),
    /// At the server that says so, until its recipient turns up.
    Unclaimed,
    /// This one has taken it over.
    HandedOn(ServerName),
}

/// A server, by what is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerName {
    /// The first eight bytes of its key.
    pub id: ServerId,
    /// What it calls itself, if that was learnt. Others may call themselves the same.
    pub label: Option<String>,
}

impl std::fmt::Display for ServerName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.label {
            Some(label) => f.write_str(label),
            None => self.id.fmt(f),
        }
    }
}

/// What is known of who wrote a text that came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trust {
    /// The key that is known of its sender has signed it.
    Verified,
    /// Its sender's key is being asked for.
    Pending,
    /// The key that is known of its sender has signed it, and it is sealed for a key that this
    /// device does not have, or not any more: [`crate::Profile::open_closed`] opens it.
    Closed,
    /// Nobody has signed it, and its sender's number has no key: a classic user's.
    Unsigned,
    /// A key has signed it that its sender has replaced since: it was written before, or by
    /// whoever has a device that its sender has lost.
    Former,
    /// A key has signed it that its sender's number is said to have now, and that is another
    /// one than was known: a new device without the old words, or somebody else. It counts as
    /// verified after [`crate::Profile::accept_key`].
    KeyChanged,
    /// It has not the signature that it should have, or is sealed and does not open. Whoever
    /// wrote it, nothing shows that it was its sender.
    Unproven,
}

/// A text to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// To whom.
    pub to: Number,
    /// What: 1 to 2,560 characters (code points). More than 160 travel as parts.
    pub text: String,
    /// How urgent it is. Default: routine.
    pub precedence: Precedence,
    /// How long it may be on its way. Default: seven days.
    pub lifetime: Lifetime,
    /// Whether it is sealed where it can be: its recipient has a key, and the link to the
    /// server is not clear. Default: yes.
    pub seal: bool,
}

impl Draft {
    /// A text with the defaults.
    pub fn new(to: Number, text: impl Into<String>) -> Draft {
        Draft {
            to,
            text: text.into(),
            precedence: Precedence::Routine,
            lifetime: Lifetime::at_least(Duration::from_secs(7 * 86_400)),
            seal: true,
        }
    }
}

/// All texts with one number, in short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversation {
    /// With whom.
    pub with: Number,
    /// What is known of that number.
    pub contact: Contact,
    /// The newest text.
    pub last: Entry,
    /// Texts that came and were not marked as read.
    pub unread: u32,
}

/// What is known of a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// The number.
    pub number: Number,
    /// What its owner is called here; none until somebody says so.
    pub name: Option<String>,
    /// The key that it had when it was first met, or that was accepted since.
    pub key: Option<OwnerKey>,
    /// Another key that it is said to have now, for which the first one that is known has not
    /// signed, and about which somebody has to decide. Texts to it wait until then.
    pub new_key: Option<OwnerKey>,
    /// The first key that the number was bound to, where the one that is known is a later one.
    pub first_key: Option<OwnerKey>,
    /// When it was learnt here that its owner has changed the key, by the word of the first one;
    /// none if that was never so.
    pub changed: Option<Stamp>,
    /// Whether its texts are wanted.
    pub standing: Standing,
}

/// Whether somebody's texts are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Nobody has decided. A number that is written to is accepted by that.
    #[default]
    New,
    /// They are.
    Accepted,
    /// They are kept and not told of.
    Blocked,
}
