//! What a link tells its caller.

use crate::close::{CloseReason, DownReason};
use crate::config::Role;
use crate::identity::PublicKey;
use crate::limits::{EVENTS_MAX, INBOX_BYTES_MAX};
use crate::slab::Key;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::ops::Range;

/// A peer of this endpoint, until it is removed. Of a stranger: until its link is down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PeerId(pub(crate) Key);

/// A session of a link, from its `Up` to its `Down`; none soon after has the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SessionId(pub(crate) Key);

/// An item that was handed up: to be named when the caller has it in custody. It means
/// nothing once its session has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ItemId {
    /// The session that it came in.
    pub session: SessionId,
    /// Which of that session's, from 0 up.
    pub number: u64,
}

/// Something that has happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// A key that is in no configuration has proved itself and is let in. The caller may
    /// want to keep it: the next time another key at this peer's address would be let in
    /// as well. `Up` follows.
    FirstUse {
        /// The peer.
        peer: PeerId,
        /// Its key.
        key: PublicKey,
        /// Where it is.
        address: SocketAddr,
    },
    /// A link is up: items may be sent. Nothing of an earlier session is remembered.
    Up {
        /// The peer.
        peer: PeerId,
        /// Its key.
        key: PublicKey,
        /// Where it is.
        address: SocketAddr,
        /// What it is.
        role: Role,
    },
    /// A link is down. All items without custody are forgotten here.
    Down {
        /// The peer; a stranger's id means nothing from here on.
        peer: PeerId,
        /// Why.
        reason: DownReason,
    },
    /// An item has come, for the first time in this session. It is the caller's to keep
    /// on disk, and to say so ([`crate::Endpoint::custody`]).
    Item {
        /// Who sent it.
        peer: PeerId,
        /// What to name it by.
        item: ItemId,
        /// Its bytes.
        bytes: &'a [u8],
    },
    /// The other end has an item in custody: it need not be kept here for its sake.
    Custody {
        /// Who has it.
        peer: PeerId,
        /// The tag under which it was sent.
        tag: u64,
    },
    /// There is room again where [`crate::SendError::Full`] was the answer.
    Room {
        /// Towards whom.
        peer: PeerId,
    },
    /// A peer speaks from another address.
    Moved {
        /// The peer.
        peer: PeerId,
        /// Where it is.
        address: SocketAddr,
    },
    /// A link was refused, by this end or the other.
    Refused {
        /// Who was at the other end, if it was configured.
        peer: Option<PeerId>,
        /// Where.
        address: SocketAddr,
        /// The key that it has proved to hold, if it got that far.
        key: Option<PublicKey>,
        /// Why.
        why: Refusal,
    },
    /// Two who hold the same key are there at once. One of them should not.
    Twins {
        /// The peer.
        peer: PeerId,
        /// Where the one is whose session was replaced.
        replaced: SocketAddr,
        /// Where the other is, whose session goes on.
        address: SocketAddr,
    },
}

/// Why a link was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    /// It has another key than the one that is configured, or was seen first, here.
    WrongKey,
    /// It is not configured, and strangers are not let in.
    Stranger,
    /// It holds this endpoint's own key: this endpoint, or a copy of it.
    OwnKey,
    /// It would be sealed where clear was agreed, or the reverse.
    OtherMode,
    /// There are as many peers or links as there may be.
    Full,
    /// The other end has refused, for this reason.
    ByPeer(CloseReason),
}

/// An event whose bytes are in the inbox.
#[derive(Clone, Debug)]
pub(crate) enum Stored {
    Item { peer: PeerId, item: ItemId, bytes: Range<usize> },
    Other(Event<'static>),
}

/// The events that have not been polled.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    events: VecDeque<Stored>,
    bytes: Vec<u8>,
}

impl Inbox {
    /// Whether another datagram may bring events.
    pub(crate) fn has_room(&self) -> bool {
        self.events.len() < EVENTS_MAX && self.bytes.len() < INBOX_BYTES_MAX
    }

    pub(crate) fn push(&mut self, event: Event<'static>) {
        self.events.push_back(Stored::Other(event));
    }

    pub(crate) fn push_item(&mut self, peer: PeerId, item: ItemId, bytes: &[u8]) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        self.events.push_back(Stored::Item { peer, item, bytes: start..self.bytes.len() });
    }

    pub(crate) fn pop(&mut self) -> Option<Event<'_>> {
        let Some(stored) = self.events.pop_front() else {
            self.bytes.clear();
            return None;
        };
        Some(match stored {
            Stored::Other(event) => event,
            Stored::Item { peer, item, bytes } => {
                Event::Item { peer, item, bytes: self.bytes.get(bytes).unwrap_or_default() }
            }
        })
    }
}
