//! One session with one peer: packets in, packets out, and what is due between.
//!
//! ```text
//!   send ─► outbox ─► flight ─► packets      (session/transmit.rs)
//!   packets ─► intake ─► items, and reports ─► flight, outbox, congestion
//!                                            (session/receive.rs)
//!   what is due                              (session/due.rs)
//! ```

mod due;
mod receive;
mod transmit;

pub use due::Why;
pub(crate) use receive::{Dropped, Taken};

use crate::Time;
use crate::congestion::Congestion;
use crate::event::PeerId;
use crate::flight::{Chunk, Flight};
use crate::intake::Intake;
use crate::keys::{Opener, Sealer};
use crate::noise::SessionKeys;
use crate::outbox::{Outbox, Precedence, Room};
use crate::pacing::{Budget, Pacer};
use crate::packet::Mode;
use crate::rtt::Rtt;
use crate::slab::Key;
use crate::status::Traffic;
use std::net::SocketAddr;
use std::time::Duration;

/// What a handshake has agreed.
pub(crate) struct Agreed {
    pub(crate) peer: PeerId,
    /// The receiver index of this end.
    pub(crate) key: Key,
    /// That of the other.
    pub(crate) remote: u32,
    pub(crate) is_initiator: bool,
    pub(crate) mode: Mode,
    pub(crate) mtu: u16,
    pub(crate) budget: Option<u32>,
    pub(crate) queue: Room,
    pub(crate) address: SocketAddr,
    pub(crate) keys: SessionKeys,
    pub(crate) rtt: Option<Duration>,
}

/// The finish of a handshake, until the other end shows that it has come.
pub(crate) struct Unconfirmed {
    pub(crate) finish: Vec<u8>,
    pub(crate) began: Time,
    pub(crate) resend_at: Time,
    pub(crate) wait: Duration,
}

/// A session, from the end of its handshake.
pub(crate) struct Session {
    pub(crate) peer: PeerId,
    key: Key,
    remote: u32,
    is_initiator: bool,
    mode: Mode,
    mtu: u16,
    address: SocketAddr,
    sealer: Sealer,
    opener: Opener,
    flight: Flight,
    outbox: Outbox,
    intake: Intake,
    rtt: Rtt,
    congestion: Congestion,
    pacer: Pacer,
    budget: Option<Budget>,
    unconfirmed: Option<Unconfirmed>,
    since: Time,
    heard_at: Time,
    /// When a packet last left that asked for a report.
    asked_at: Time,
    /// Since when reports have been waited for in vain.
    unanswered_since: Option<Time>,
    probes: u32,
    probe_at: Option<Time>,
    /// A probe may leave whatever the rate says.
    may_probe: bool,
    lost_at: Option<Time>,
    wants_ping: bool,
    custody_asks: u32,
    custody_ask_at: Option<Time>,
    arrived_bytes: u64,
    traffic: Traffic,
    chunks: Vec<Chunk>,
}

impl Session {
    pub(crate) fn new(now: Time, agreed: Agreed, unconfirmed: Option<Unconfirmed>) -> Session {
        let Agreed { peer, key, remote, is_initiator, mode, mtu, address, rtt, .. } = agreed;
        let (ours, theirs) = match is_initiator {
            true => (agreed.keys.initiator, agreed.keys.responder),
            false => (agreed.keys.responder, agreed.keys.initiator),
        };
        Session {
            peer,
            key,
            remote,
            is_initiator,
            mode,
            mtu,
            address,
            sealer: Sealer::new(&ours),
            opener: Opener::new(&theirs),
            flight: Flight::default(),
            outbox: Outbox::new(mtu, agreed.queue),
            intake: Intake::new(now),
            rtt: Rtt::new(rtt),
            congestion: Congestion::new(now, mtu, rtt),
            pacer: Pacer::new(now),
            budget: agreed.budget.map(|rate| Budget::new(now, rate, mtu)),
            unconfirmed,
            since: now,
            heard_at: now,
            asked_at: now,
            unanswered_since: None,
            probes: 0,
            probe_at: None,
            may_probe: false,
            lost_at: None,
            // The end that dialled learns from it that its finish has come.
            wants_ping: !is_initiator,
            custody_asks: 0,
            custody_ask_at: None,
            arrived_bytes: 0,
            traffic: Traffic::default(),
            chunks: Vec::new(),
        }
    }

    /// The same without what waits to be sent.
    pub(crate) fn without_queue(mut self) -> Session {
        self.outbox = Outbox::new(self.mtu, Room::default());
        self
    }

    pub(crate) fn up_at(&self) -> Time {
        self.since
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn mode(&self) -> Mode {
        self.mode
    }

    pub(crate) fn mtu(&self) -> u16 {
        self.mtu
    }

    pub(crate) fn is_confirmed(&self) -> bool {
        self.unconfirmed.is_none()
    }

    /// The other end has shown that it has the keys.
    pub(crate) fn confirm(&mut self, now: Time) {
        self.unconfirmed = None;
        self.since = now;
    }

    /// Gives memory back that a busier time has left.
    fn shrink(&mut self) {
        self.outbox.shrink();
        self.flight.shrink();
    }

    /// Takes an item to send; false, and nothing is kept, if there is no room.
    pub(crate) fn send(&mut self, precedence: Precedence, tag: u64, bytes: &[u8]) -> bool {
        self.outbox.push(precedence, tag, bytes)
    }

    pub(crate) fn room(&self) -> Room {
        self.outbox.room()
    }

    /// The caller has an item in custody.
    pub(crate) fn keep(&mut self, now: Time, number: u64) -> bool {
        self.intake.keep(now, number, self.rtt.smoothed())
    }

    /// Everything of [`crate::Status`] that the session knows.
    pub(crate) fn status(&self, now: Time) -> SessionStatus {
        SessionStatus {
            up_for: now.since(self.since),
            rtt: self.rtt.smoothed(),
            least_rtt: self.congestion.least_rtt(),
            rate: self.congestion.rate(),
            loss: self.congestion.loss(),
            in_flight_bytes: self.flight.flying_bytes(),
            waiting: self.outbox.used(),
            awaited: self.intake.awaited(),
            traffic: self.traffic,
        }
    }
}

/// See [`crate::Status`].
pub(crate) struct SessionStatus {
    pub(crate) up_for: Duration,
    pub(crate) rtt: Duration,
    pub(crate) least_rtt: Option<Duration>,
    pub(crate) rate: f64,
    pub(crate) loss: f64,
    pub(crate) in_flight_bytes: u64,
    pub(crate) waiting: Room,
    pub(crate) awaited: u64,
    pub(crate) traffic: Traffic,
}
