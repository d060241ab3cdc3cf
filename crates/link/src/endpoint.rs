//! An endpoint: all links of one socket.
//!
//! ```text
//!   datagram ─► handle ──┬─► a handshake   (endpoint/dialling.rs, endpoint/answering.rs)
//!                        └─► a session     (endpoint/incoming.rs)
//!   deadline ─► handle_due, then poll_transmit and poll_event until both are empty
//!                                          (endpoint/drive.rs)
//! ```

mod answering;
mod dialling;
mod drive;
mod incoming;
mod sessions;

pub use drive::Deadline;

use crate::Time;
use crate::config::{Config, LinkConfig, PeerConfig, PeerError, Role, SendError};
use crate::cookie::Cookies;
use crate::event::{Event, Inbox, ItemId, PeerId};
use crate::handshake::{Answering, Dialling};
use crate::identity::{Identity, PublicKey};
use crate::limits::{ANSWERS_PER_SECOND, ITEM_BYTES_MAX, PEERS_MAX};
use crate::outbox::{Precedence, Room};
use crate::pacing::Budget;
use crate::session::Session;
use crate::slab::{Key, Slab};
use crate::status::{Counters, Status};
use crate::timers::Timers;
use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng, SeedableRng};
use sessions::Ghost;
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use zeroize::Zeroizing;

/// What a receiver index stands for.
enum Link {
    Dialling(Box<Dialling>),
    Answering(Box<Answering>),
    Session(Box<Session>),
    /// A session that another of the same peer has replaced.
    Ghost(Box<Ghost>),
    /// Between two of these, within one call.
    Nothing,
}

/// What is known of a peer.
struct Peer {
    key: Option<PublicKey>,
    address: Option<SocketAddr>,
    link: LinkConfig,
    role: Role,
    is_stranger: bool,
    /// Its key is not from the configuration, and was not reported yet.
    is_news: bool,
    /// The session that is up.
    session: Option<Key>,
    /// The handshake that this end has begun.
    attempt: Option<Key>,
    failures: u32,
}

impl Peer {
    /// One that is not configured, and is forgotten when its link is down.
    fn stranger(key: PublicKey, link: LinkConfig, role: Role) -> Peer {
        Peer {
            key: Some(key),
            address: None,
            link,
            role,
            is_stranger: true,
            is_news: false,
            session: None,
            attempt: None,
            failures: 0,
        }
    }
}

/// All links of one socket.
///
/// One thread owns it. After any call that changes something, poll
/// [`Endpoint::poll_transmit`] and [`Endpoint::poll_event`] until both are empty, then wait
/// for a datagram or for [`Endpoint::deadline`]. Calls too many are harmless. A time that
/// is before an earlier one counts as that one.
pub struct Endpoint {
    identity: Identity,
    config: Config,
    rng: ChaCha20Rng,
    now: Time,
    peers: Slab<Peer>,
    by_key: BTreeMap<PublicKey, PeerId>,
    /// The configured peers that have an address.
    by_address: BTreeMap<SocketAddr, PeerId>,
    links: Slab<Link>,
    /// When each link has something to do.
    timers: Timers,
    /// When each peer is to be dialled.
    redials: Timers,
    /// The places of sessions that may have something to send, and whether one is there.
    ready: VecDeque<u32>,
    is_ready: Vec<bool>,
    /// Handshakes of others, oldest first.
    answering: VecDeque<Key>,
    answers: Budget,
    cookies: Cookies,
    outgoing: VecDeque<(SocketAddr, Vec<u8>)>,
    inbox: Inbox,
    counters: Counters,
}

impl Endpoint {
    /// An endpoint with no peers.
    ///
    /// All its random numbers come from the seed: the same seed, the same calls, the same
    /// datagrams. So a seed is drawn from the operating system, and never used twice: two
    /// runs under one seed would use the same ephemeral keys.
    pub fn new(now: Time, config: Config, identity: Identity, seed: &[u8; 32]) -> Endpoint {
        let mut rng = ChaCha20Rng::from_seed(*seed);
        let cookies = Cookies::new(now, [draw(&mut rng), draw(&mut rng)]);
        Endpoint {
            identity,
            config,
            rng,
            now,
            peers: Slab::default(),
            by_key: BTreeMap::new(),
            by_address: BTreeMap::new(),
            links: Slab::default(),
            timers: Timers::default(),
            redials: Timers::default(),
            ready: VecDeque::new(),
            is_ready: Vec::new(),
            answering: VecDeque::new(),
            answers: Budget::new(now, ANSWERS_PER_SECOND as u32, ANSWERS_PER_SECOND as u16),
            cookies,
            outgoing: VecDeque::new(),
            inbox: Inbox::default(),
            counters: Counters::default(),
        }
    }

    /// The key by which others know this endpoint.
    pub fn public_key(&self) -> PublicKey {
        self.identity.public()
    }

    /// Adds a peer; one with an address is dialled at once.
    pub fn add_peer(&mut self, now: Time, config: PeerConfig) -> Result<PeerId, PeerError> {
        self.advance(now);
        if config.key.is_none() && config.address.is_none() {
            return Err(PeerError::Nobody);
        }
        if config.key == Some(self.public_key()) {
            return Err(PeerError::OwnKey);
        }
        if let Some(known) = config.key.and_then(|key| self.by_key.get(&key).copied()) {
            self.make_way(known)?;
        }
        let peer = Peer {
            key: config.key,
            address: config.address,
            link: config.link.bounded(),
            role: Role::Server,
            is_stranger: false,
            is_news: config.key.is_none(),
            session: None,
            attempt: None,
            failures: 0,
        };
        let id = self.insert_peer(peer).ok_or(PeerError::Full)?;
        self.redial_at(id, now);
        Ok(id)
    }

    /// Removes a peer; its link is closed, without an event.
    pub fn remove_peer(&mut self, now: Time, peer: PeerId) {
        self.advance(now);
        self.close(now, peer);
        let Some(known) = self.peers.remove(peer.0) else { return };
        known.key.map(|key| self.by_key.remove(&key));
        self.free_address(known.address, peer);
    }

    /// An address that is another peer's stays that one's.
    fn free_address(&mut self, address: Option<SocketAddr>, peer: PeerId) {
        if let Some(address) = address.filter(|at| self.by_address.get(at) == Some(&peer)) {
            self.by_address.remove(&address);
        }
    }

    /// Dials a peer at another address, at once, whatever its back-off.
    pub fn dial(&mut self, now: Time, peer: PeerId, address: SocketAddr) {
        self.advance(now);
        self.forget_attempt(peer);
        let Some(known) = self.peers.get_mut(peer.0) else { return };
        known.failures = 0;
        let old = known.address.replace(address);
        self.free_address(old, peer);
        self.by_address.entry(address).or_insert(peer);
        self.redial_at(peer, now);
    }

    /// Closes the link with a peer in an orderly way, without an event. A configured peer
    /// that has an address is not dialled again before [`Endpoint::dial`].
    pub fn close(&mut self, now: Time, peer: PeerId) {
        self.advance(now);
        self.close_session(peer);
        self.forget_attempt(peer);
        self.redials.set(peer.0.place(), None);
    }

    /// Gives an item of 1 to 1,024 bytes to send. The tag comes back with
    /// [`Event::Custody`]; until then the item is kept here, unless the link goes down.
    pub fn send(
        &mut self,
        now: Time,
        peer: PeerId,
        precedence: Precedence,
        tag: u64,
        bytes: &[u8],
    ) -> Result<(), SendError> {
        self.advance(now);
        if bytes.is_empty() || bytes.len() > ITEM_BYTES_MAX {
            return Err(SendError::Length(bytes.len()));
        }
        let (key, session) = self.session_mut(peer).ok_or(SendError::NotUp)?;
        let is_taken = session.send(precedence, tag, bytes);
        self.touch(key);
        if is_taken { Ok(()) } else { Err(SendError::Full) }
    }

    /// The caller has an item on disk: its sender may forget it. One of a session that has
    /// ended is ignored.
    pub fn custody(&mut self, now: Time, item: ItemId) {
        self.advance(now);
        if let Some(Link::Session(session)) = self.links.get_mut(item.session.0)
            && session.keep(self.now, item.number)
        {
            self.touch(item.session.0);
        }
    }

    /// How much more a link takes; nothing if it is not up.
    pub fn room(&self, peer: PeerId) -> Room {
        self.session(peer).map(Session::room).unwrap_or_default()
    }

    /// The link with a peer as it is; none if it is not up.
    pub fn status(&self, now: Time, peer: PeerId) -> Option<Status> {
        let session = self.session(peer)?;
        let known = session.status(now.max(self.now));
        Some(Status {
            key: self.peers.get(peer.0)?.key?,
            address: session.address(),
            mode: session.mode(),
            mtu: session.mtu(),
            up_for: known.up_for,
            rtt: known.rtt,
            least_rtt: known.least_rtt,
            rate: known.rate,
            loss: known.loss,
            in_flight_bytes: known.in_flight_bytes,
            waiting: known.waiting,
            awaited: known.awaited,
            traffic: known.traffic,
        })
    }

    /// The peers, and whether each is up.
    pub fn peers(&self) -> impl Iterator<Item = (PeerId, Option<PublicKey>, bool)> {
        let shown = |(key, peer): (Key, &Peer)| (PeerId(key), peer.key, peer.session.is_some());
        self.peers.iter().map(shown)
    }

    /// What has happened in this run.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// The next thing that has happened; none until something else does. The bytes of an
    /// item are there until the next call.
    pub fn poll_event(&mut self) -> Option<Event<'_>> {
        self.inbox.pop()
    }

    fn advance(&mut self, now: Time) {
        self.now = self.now.max(now);
    }

    fn session(&self, peer: PeerId) -> Option<&Session> {
        match self.links.get(self.peers.get(peer.0)?.session?)? {
            Link::Session(session) => Some(session),
            _ => None,
        }
    }

    fn session_mut(&mut self, peer: PeerId) -> Option<(Key, &mut Session)> {
        let key = self.peers.get(peer.0)?.session?;
        match self.links.get_mut(key)? {
            Link::Session(session) => Some((key, session)),
            _ => None,
        }
    }

    fn insert_peer(&mut self, peer: Peer) -> Option<PeerId> {
        if self.peers.len() >= PEERS_MAX {
            return None;
        }
        let (key, address) = (peer.key, peer.address);
        let id = PeerId(self.peers.insert(peer)?);
        key.map(|key| self.by_key.insert(key, id));
        address.map(|address| self.by_address.insert(address, id));
        Some(id)
    }

    /// A place for a link; none at the limit.
    fn new_link(&mut self) -> Option<Key> {
        let has_room = self.links.len() < self.config.links_max;
        has_room.then(|| self.links.insert(Link::Nothing)).flatten()
    }

    /// Takes a link out of its place, which stays its own until something is put there.
    fn take_out(&mut self, key: Key) -> Option<Link> {
        self.links.get_mut(key).map(|link| std::mem::replace(link, Link::Nothing))
    }

    fn remove_link(&mut self, key: Key) {
        self.links.remove(key);
        self.timers.set(key.place(), None);
    }
}

/// A secret of 32 bytes.
fn draw(rng: &mut ChaCha20Rng) -> Zeroizing<[u8; 32]> {
    let mut secret = Zeroizing::new([0; 32]);
    rng.fill_bytes(&mut *secret);
    secret
}
