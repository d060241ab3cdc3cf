//! What an endpoint is told when it starts, and of each peer.

use crate::identity::PublicKey;
use crate::limits::{LINKS_MAX, MTU_DEFAULT, MTU_MAX, MTU_MIN, QUEUE_BYTES_MAX, QUEUE_ITEMS_MAX};
use crate::outbox::Room;
use crate::packet::Mode;
use std::collections::BTreeSet;
use std::net::SocketAddr;

/// Settings of an endpoint.
#[derive(Clone, Debug)]
pub struct Config {
    /// Who else than the configured peers may come.
    pub strangers: Strangers,
    /// What links with them are like.
    pub stranger_link: LinkConfig,
    /// What this end is.
    pub role: Role,
    /// Whether clients may come, whatever their keys, and what links with them are like:
    /// each in the mode that it asks for. None of a client.
    pub clients: Option<LinkConfig>,
    /// Sessions and handshakes at once, at most [`LINKS_MAX`], the default. Some 5 kB each,
    /// beside what waits in their queues.
    pub links_max: usize,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            strangers: Strangers::Refuse,
            stranger_link: LinkConfig::default(),
            role: Role::Server,
            clients: None,
            links_max: LINKS_MAX,
        }
    }
}

/// What an end of a link is. It says so in the handshake.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// A server: of the links between two, this is a trunk's end.
    #[default]
    Server = 0,
    /// A client, which dials and is never dialled.
    Client = 1,
}

/// Who may come that is no configured peer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Strangers {
    /// Nobody.
    #[default]
    Refuse,
    /// Whoever holds one of these keys.
    Allow(BTreeSet<PublicKey>),
    /// Anybody; each is reported ([`crate::Event::FirstUse`]).
    Accept,
}

/// What a link is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkConfig {
    /// Sealed or clear. Both ends have to say the same.
    pub mode: Mode,
    /// Bytes of a datagram at most, from [`MTU_MIN`] to [`MTU_MAX`]; default
    /// [`MTU_DEFAULT`]. The smaller of both ends counts.
    pub mtu: u16,
    /// Bytes of datagrams a second that this end may send; none for as many as the path
    /// carries. Reports and signs of life do not wait for it, and are counted.
    pub budget: Option<u32>,
    /// What may wait at this end. Default and bounds [`QUEUE_ITEMS_MAX`] items and
    /// [`QUEUE_BYTES_MAX`] bytes.
    pub queue: Room,
}

impl Default for LinkConfig {
    fn default() -> LinkConfig {
        LinkConfig {
            mode: Mode::Sealed,
            mtu: MTU_DEFAULT,
            budget: None,
            queue: Room { items: QUEUE_ITEMS_MAX, bytes: QUEUE_BYTES_MAX },
        }
    }
}

impl LinkConfig {
    /// The same within the bounds.
    pub(crate) fn bounded(self) -> LinkConfig {
        let items = self.queue.items.min(QUEUE_ITEMS_MAX);
        let bytes = self.queue.bytes.min(QUEUE_BYTES_MAX);
        LinkConfig { mtu: self.mtu.clamp(MTU_MIN, MTU_MAX), queue: Room { items, bytes }, ..self }
    }
}

/// A peer that is known beforehand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerConfig {
    /// Its key. None for the one that answers first at its address, which is then kept
    /// while the endpoint lives, and reported ([`crate::Event::FirstUse`]).
    pub key: Option<PublicKey>,
    /// Where it is dialled; none if it is only waited for.
    pub address: Option<SocketAddr>,
    /// What the link is like.
    pub link: LinkConfig,
}

/// Why a peer was not added. Nothing was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PeerError {
    /// It has neither key nor address.
    #[error("a peer needs a key, an address, or both")]
    Nobody,
    /// Another peer has its key.
    #[error("another peer has the same key")]
    KnownKey,
    /// Its key is the endpoint's own.
    #[error("the key is this server's own")]
    OwnKey,
    /// There are as many peers as there may be.
    #[error("there are as many peers as there may be")]
    Full,
}

/// Why an item was not taken. Nothing was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// There is no room; [`crate::Event::Room`] will tell when there is.
    #[error("the link's queue is full")]
    Full,
    /// The link is not up.
    #[error("the link is not up")]
    NotUp,
    /// It is empty, or over [`crate::limits::ITEM_BYTES_MAX`].
    #[error("an item has 1 to 1,024 bytes, this has {0}")]
    Length(usize),
}
