//! What is said to a server: a state machine over a link, without sockets and without a clock.
//!
//! ```text
//!   calling ──up──► attaching ──answer──► attached ──► messages, rows, traces
//!      ▲              │   ▲ claim            │
//!      │              │   │                  │ down
//!      │              ├───┴ sign: the first key's word for a later one, by the caller
//!      │ next server  ▼                      │
//!      └───────────── refused ◄──────────────┘
//! ```
//!
//! After any call that changes something, poll [`Session::poll_transmit`] and
//! [`Session::poll_event`] until both are empty, then wait for a datagram or the deadline. The
//! same calls at the same times, from the same seed, give the same datagrams. Nothing is taken
//! into custody that the caller has not said to be on disk.

mod attach;
mod calls;
mod elsewhere;
mod intake;

use crate::Keys;
use crate::durations::{ASK_AGAIN_AFTER, TRY_FIRST_AFTER};
use intake::Intake;
use postrider_link::{
    Config, DownReason, Endpoint, ItemId, LinkConfig, Mode, PeerId, Precedence, PublicKey, Role,
    Time,
};
use postrider_proto::native::{Ask, Dispute, Item, Refusal, ServerKey, Trace, Version};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// The tag of what the session itself sends. The caller's are all less.
const OWN: u64 = u64::MAX;

/// A server that a session may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Where it is.
    pub address: SocketAddr,
    /// Its key; without one the first that is shown there is taken.
    pub key: Option<PublicKey>,
    /// Whether the link is to be sealed or clear.
    pub mode: Mode,
    /// Bytes of a datagram at most.
    pub mtu: u16,
}

/// What a session tells its caller. `place` is which of its servers, from 0 up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionEvent {
    /// A server is called.
    Calling {
        /// Which.
        place: usize,
    },
    /// The number is attached: [`Session::submit`] takes messages. Nothing of what was
    /// submitted before, and has no custody, is remembered.
    Attached {
        /// Where.
        server: ServerKey,
        /// Whether the link is sealed or clear.
        mode: Mode,
    },
    /// The link is down.
    Detached {
        /// Why.
        why: DownReason,
    },
    /// The server has refused an attach or a claim.
    Refused {
        /// Which server.
        server: ServerKey,
        /// Why.
        why: Refusal,
    },
    /// The number's first key is to sign for this one, from a version on. Once that is on disk,
    /// [`Session::signed`] goes on.
    Sign {
        /// The version.
        since: Version,
    },
    /// The number has been given up.
    Released,
    /// A server without a known key has shown this one.
    FirstUse {
        /// Which.
        place: usize,
        /// Its key.
        key: PublicKey,
    },
    /// A server has shown another key than its own.
    WrongKey {
        /// Which.
        place: usize,
        /// The key that was shown.
        found: Option<PublicKey>,
    },
    /// A message has come; in the order in which the server has handed them. It is the caller's
    /// to keep on disk, and then to say so ([`Session::custody`]).
    Message {
        /// What to name it by.
        item: ItemId,
        /// The message, as [`postrider_proto::native::Message::parse`] reads it.
        bytes: Vec<u8>,
    },
    /// Another key had the number, too, says its home. To be kept, and then taken into custody
    /// like a message.
    Disputed {
        /// What to name it by.
        item: ItemId,
        /// What it says.
        dispute: Dispute,
    },
    /// The server has a message on disk.
    Custody {
        /// The tag under which it was submitted.
        tag: u64,
    },
    /// The answer to an ask: a row, which nobody has verified yet, as an item.
    Row {
        /// As [`Item::parse`] reads it.
        item: Vec<u8>,
    },
    /// The answer to an ask: nothing is known.
    Unknown(Ask),
    /// The answer to an ask for a message.
    Traced(Trace),
}

/// Where a session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// It has no servers.
    Idle,
    Calling,
    /// The link is up, and the server owes an answer. So many claims were said.
    Attaching {
        claims: u8,
    },
    /// The first key is to sign, which the caller does.
    Signing {
        claims: u8,
    },
    /// A claim was said, of which the server owes an answer.
    Claiming {
        claims: u8,
    },
    Attached,
    /// Another device has brought the number to another server.
    Elsewhere,
    /// The server does not let the number in, and is asked again later.
    Refused,
    Released,
}

/// A session with one server of a list, and with the next where that is not there.
pub struct Session {
    keys: Arc<Keys>,
    endpoint: Endpoint,
    places: Vec<Place>,
    /// The place that is called, or attached to.
    at: usize,
    peer: Option<PeerId>,
    server: Option<ServerKey>,
    phase: Phase,
    /// When what the phase waits for is over.
    over_at: Option<Time>,
    /// How often all places were called in vain.
    rounds: u32,
    /// The first place, which is called while another one is attached to.
    first: Option<PeerId>,
    first_at: Option<Time>,
    first_wait: Duration,
    /// How long the number is left where another device has brought it, the next time.
    elsewhere_wait: Duration,
    /// The number was followed to where it is, and is left there while that server is up.
    has_followed: bool,
    /// What the last answer said; 0 for none.
    version: u32,
    code: String,
    is_to_release: bool,
    intake: Intake,
    events: VecDeque<SessionEvent>,
}

impl Session {
    /// A session of these keys that calls the first of these servers. A seed is never used
    /// twice.
    pub fn new(now: Time, keys: Arc<Keys>, places: Vec<Place>, seed: &[u8; 32]) -> Session {
        let config = Config { role: Role::Client, links_max: 8, ..Config::default() };
        let endpoint = Endpoint::new(now, config, keys.device(), seed);
        let mut session = Session {
            keys,
            endpoint,
            places,
            at: 0,
            peer: None,
            server: None,
            phase: Phase::Idle,
            over_at: None,
            rounds: 0,
            first: None,
            first_at: None,
            first_wait: TRY_FIRST_AFTER,
            elsewhere_wait: ASK_AGAIN_AFTER,
            has_followed: false,
            version: 0,
            code: String::new(),
            is_to_release: false,
            intake: Intake::default(),
            events: VecDeque::new(),
        };
        session.call(now);
        session
    }

    /// Takes a datagram, which is opened in place. Whatever its bytes, it does no harm.
    pub fn handle(&mut self, now: Time, from: SocketAddr, datagram: &mut [u8]) {
        self.endpoint.handle(now, from, datagram);
        self.take_events(now);
    }

    /// Does what is due by now.
    pub fn handle_due(&mut self, now: Time) {
        self.endpoint.handle_due(now);
        self.take_events(now);
        self.handle_over(now);
        self.take_events(now);
    }

    /// When [`Session::handle_due`] is wanted, at the latest.
    pub fn deadline(&self) -> Option<Time> {
        let link = self.endpoint.deadline().map(|deadline| deadline.at);
        [link, self.over_at, self.first_at].into_iter().flatten().min()
    }

    /// Writes the next datagram that may leave now into `out`, and says where it goes.
    pub fn poll_transmit(&mut self, now: Time, out: &mut Vec<u8>) -> Option<SocketAddr> {
        self.endpoint.poll_transmit(now, out)
    }

    /// The next thing that has happened.
    pub fn poll_event(&mut self) -> Option<SessionEvent> {
        self.events.pop_front()
    }

    /// Whether nothing has happened but that the server has messages on disk.
    pub(crate) fn has_only_custody(&self) -> bool {
        self.events.iter().all(|event| matches!(event, SessionEvent::Custody { .. }))
    }

    /// Whether the number is attached.
    pub fn is_attached(&self) -> bool {
        self.phase == Phase::Attached
    }

    /// Hands a signed message over. [`SessionEvent::Custody`] will come with the tag, unless the
    /// number is detached before. False, and nothing was kept, if it is not attached, or the
    /// link has no room. The tag is not [`u64::MAX`].
    pub fn submit(&mut self, now: Time, precedence: Precedence, tag: u64, bytes: &[u8]) -> bool {
        let Some(peer) = self.peer.filter(|_| self.is_attached()) else { return false };
        self.endpoint.send(now, peer, precedence, tag, bytes).is_ok()
    }

    /// A message, or a dispute, is on disk. One of a session that has ended is ignored.
    pub fn custody(&mut self, now: Time, item: ItemId) {
        self.endpoint.custody(now, item);
    }

    /// Asks the server something; false if the number is not attached. An answer comes unless it
    /// is detached before.
    pub fn ask(&mut self, now: Time, ask: Ask) -> bool {
        let mut bytes = Vec::new();
        Item::Ask(ask).print(&mut bytes);
        self.submit(now, Precedence::Immediate, OWN, &bytes)
    }

    /// Says goodbye, if it is up, and calls nobody any more.
    pub fn close(&mut self, now: Time) {
        for peer in [self.peer.take(), self.first.take()].into_iter().flatten() {
            self.endpoint.remove_peer(now, peer);
        }
        self.enter(Phase::Idle, None);
        self.first_at = None;
    }

    fn enter(&mut self, phase: Phase, over_at: Option<Time>) {
        (self.phase, self.over_at) = (phase, over_at);
    }

    fn tell(&mut self, event: SessionEvent) {
        self.events.push_back(event);
    }

    fn add_peer(&mut self, now: Time, place: usize) -> Option<PeerId> {
        let Place { address, key, mode, mtu } = *self.places.get(place)?;
        let link = LinkConfig { mode, mtu, ..LinkConfig::default() };
        let config = postrider_link::PeerConfig { key, address: Some(address), link };
        self.endpoint.add_peer(now, config).ok()
    }
}

#[cfg(test)]
mod tests;
