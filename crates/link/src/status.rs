//! What an operator may want to know of a link.

use crate::identity::PublicKey;
use crate::outbox::Room;
use crate::packet::Mode;
use std::net::SocketAddr;
use std::time::Duration;

/// What has gone over a link since it is up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Datagrams sent.
    pub packets_out: u64,
    /// Bytes of them.
    pub bytes_out: u64,
    /// Datagrams taken.
    pub packets_in: u64,
    /// Bytes of them.
    pub bytes_in: u64,
    /// Packets that counted as lost, of those that asked for a report.
    pub packets_lost: u64,
    /// Items, or parts of items, that were sent again.
    pub sent_again: u64,
    /// Items of which the other end has taken custody.
    pub items_out: u64,
    /// Items handed up.
    pub items_in: u64,
}

/// A link as it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Status {
    /// The peer's key.
    pub key: PublicKey,
    /// Where it is.
    pub address: SocketAddr,
    /// Sealed or clear.
    pub mode: Mode,
    /// Bytes of a datagram at most.
    pub mtu: u16,
    /// How long it has been up.
    pub up_for: Duration,
    /// The round trip, smoothed.
    pub rtt: Duration,
    /// The least round trip of late.
    pub least_rtt: Option<Duration>,
    /// Bytes a second at which it may send.
    pub rate: f64,
    /// The share of packets that is lost by the path's nature.
    pub loss: f64,
    /// Bytes of packets of which nothing was heard.
    pub in_flight_bytes: u64,
    /// Items that wait until the other end has them in custody.
    pub waiting: Room,
    /// Items of the other end that this end has not taken into custody.
    pub awaited: u64,
    /// What has gone over it.
    pub traffic: Traffic,
}

/// What has happened at an endpoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Datagrams taken, of every kind.
    pub taken: u64,
    /// Datagrams that are nothing that this version says.
    pub malformed: u64,
    /// Data for a session that is not.
    pub unknown: u64,
    /// Data that does not open.
    pub not_authentic: u64,
    /// Data that was taken before, or is too old to know.
    pub replayed: u64,
    /// Data for which there was no room.
    pub busy: u64,
    /// Handshakes that were begun here.
    pub dialled: u64,
    /// Handshakes of others that were answered.
    pub answered: u64,
    /// Sessions that came up.
    pub up: u64,
    /// Cookies that were demanded.
    pub cookies: u64,
    /// Handshake datagrams that do not fit the handshake that they name.
    pub bad_handshakes: u64,
    /// Handshakes dropped at a limit.
    pub overload: u64,
    /// Keys that were not the one expected.
    pub wrong_keys: u64,
    /// Strangers refused.
    pub strangers: u64,
    /// Links to this endpoint's own key.
    pub own_key: u64,
    /// Refused for sealed or clear.
    pub other_mode: u64,
    /// Links that the other end refused.
    pub refused_by_peer: u64,
    /// Times that a replaced session turned out to be alive.
    pub twins: u64,
    /// Times that a peer moved.
    pub moved: u64,
    /// Sessions ended because the other end broke the rules.
    pub rules_broken: u64,
}
