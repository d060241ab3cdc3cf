//! The trunks' thread: links with other servers and with native clients, at the same socket
//! as everything else.
//!
//! ```text
//!   native datagrams ─► Endpoint ─► items ─► verify ─► the turns
//!       ◄─ sendmmsg ◄─ Endpoint ◄─ custody, items ◄─ sign ◄─ the turns
//! ```
//!
//! It owns the secret key and does all of the cryptography. It never waits for the
//! turns: while they are busy, items stay in the endpoint, which then takes no more.

mod begin;
mod clients;
mod incoming;
mod known;
mod neighbours;
mod outgoing;
mod peers;
mod verify;

pub use begin::KEY_FILE;
pub(crate) use begin::{Begun, Who};
use known::KnownPeers;
pub use neighbours::Neighbour;
use neighbours::Neighbours;
pub use peers::{LinkState, PeerReport, TrunksReport};

use crate::batch::Batch;
use crate::keys::Identity;
use crate::passing::{ForTrunks, ForTurns, FromTrunk, ToTrunk, look_for};
use crate::settings::{PeerSettings, TrunkSettings};
use crate::socket::Transmitter;
use postrider_engine::TrunkId;
use postrider_link::{Config, Endpoint, PeerConfig, PeerId, PublicKey, SessionId, Time};
use postrider_proto::native::ServerKey;
use std::collections::BTreeMap;
use std::net::{SocketAddr, UdpSocket};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};
use verify::Verifier;

/// How soon the turns are tried again that had no room.
const TRY_AGAIN: Duration = Duration::from_millis(1);

/// How long the next is looked for after something has come: about what a flush takes,
/// after which the turns have something to say of it.
const LOOK_AGAIN: Duration = Duration::from_micros(200);

/// Batches of any kind that are taken before what they brought forth leaves.
const TAKEN_AT_ONCE: usize = 64;

/// What the thread's neighbours are.
pub(crate) struct Ends {
    pub(crate) socket: UdpSocket,
    pub(crate) started: Instant,
    /// From the reader and the turns.
    pub(crate) inbox: mpsc::Receiver<ForTrunks>,
    /// Emptied batches of datagrams, going back to the reader.
    pub(crate) emptied: mpsc::SyncSender<Batch<SocketAddr>>,
    /// Emptied batches of turns, going back to them.
    pub(crate) emptied_turns: mpsc::SyncSender<Batch<ToTrunk>>,
    /// Towards the turns.
    pub(crate) turns: mpsc::SyncSender<ForTurns>,
    /// Emptied ones, coming back.
    pub(crate) empty: mpsc::Receiver<Batch<FromTrunk>>,
}

/// A trunk that is up.
struct Trunk {
    peer: PeerId,
    /// Known from the first item on.
    session: Option<SessionId>,
}

/// What has happened on the trunks of this run, beside what the endpoint counts.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Refusals {
    pub(crate) malformed: u64,
    pub(crate) signature: u64,
}

/// The thread's memory.
pub(crate) struct Trunks {
    ends: Ends,
    endpoint: Endpoint,
    identity: Identity,
    known: KnownPeers,
    peers: BTreeMap<PeerId, peers::Peer>,
    devices: BTreeMap<PeerId, clients::Device>,
    neighbours: Neighbours,
    up: BTreeMap<TrunkId, Trunk>,
    next: u32,
    /// Something has come in the last round.
    has_heard: bool,
    verifier: Verifier,
    refusals: Refusals,
    /// What the turns had no room for.
    for_turns: Batch<FromTrunk>,
    outgoing: Batch<SocketAddr>,
    packet: Vec<u8>,
    item: Vec<u8>,
}

impl Trunks {
    /// With the configured peers, which are dialled as soon as it runs. The blocks of those
    /// whose keys are written down count.
    pub(crate) fn new(
        ends: Ends,
        identity: Identity,
        seed: &[u8; 32],
        known: KnownPeers,
        settings: &TrunkSettings,
    ) -> Trunks {
        let now = Time::ZERO;
        let config = Config {
            strangers: settings.strangers.clone(),
            stranger_link: settings.stranger_link,
            clients: settings.clients,
            ..Config::default()
        };
        let mut trunks = Trunks {
            endpoint: Endpoint::new(now, config, identity.for_links(), seed),
            ends,
            identity,
            known,
            peers: BTreeMap::new(),
            devices: BTreeMap::new(),
            neighbours: Neighbours::default(),
            up: BTreeMap::new(),
            next: 1,
            has_heard: false,
            verifier: Verifier::default(),
            refusals: Refusals::default(),
            for_turns: Batch::default(),
            outgoing: Batch::default(),
            packet: Vec::new(),
            item: Vec::new(),
        };
        for peer in &settings.peers {
            trunks.add_peer(now, peer);
        }
        if settings.discover {
            trunks.look_for_peers(now, settings);
        }
        trunks
    }

    /// A peer whose key is not configured has the one that was seen first at its address.
    fn add_peer(&mut self, now: Time, peer: &PeerSettings) {
        let seen = || self.known.at(peer.address?);
        let key = peer.key.or_else(seen);
        let public = key.and_then(|key| PublicKey::from_bytes(key.0).ok());
        let config = PeerConfig { key: public, address: peer.address, link: peer.link };
        match self.endpoint.add_peer(now, config) {
            Ok(id) => {
                self.peers.insert(id, peers::Peer::configured(key, peer.address, peer.cost));
            }
            Err(error) => tracing::error!(peer = %peer, %error, "no trunk to this peer"),
        }
    }

    /// Runs until the reader has stopped.
    pub(crate) fn run(mut self) {
        let mut transmitter = Transmitter::new();
        while self.take_what_has_come() {
            let now = self.now();
            self.dial_found(now);
            self.endpoint.handle_due(now);
            self.hand_to_turns();
            self.transmit(&mut transmitter);
        }
        let peers = self.peers.keys().chain(self.devices.keys());
        let peers: Vec<PeerId> = peers.copied().collect();
        for peer in peers {
            self.endpoint.close(self.now(), peer);
        }
        self.transmit(&mut transmitter);
    }

    fn now(&self) -> Time {
        Time::from_micros(self.ends.started.elapsed().as_micros() as u64)
    }

    /// Waits for something or for the deadline, and takes what is there; false once there
    /// will be no more.
    fn take_what_has_come(&mut self) -> bool {
        let first = match self.wait_for_first() {
            Err(RecvTimeoutError::Disconnected) => return false,
            Err(RecvTimeoutError::Timeout) => return true,
            Ok(first) => first,
        };
        self.has_heard = true;
        let mut goes_on = self.take(first);
        for _ in 1..TAKEN_AT_ONCE {
            let Ok(next) = self.ends.inbox.try_recv() else { break };
            goes_on &= self.take(next);
        }
        goes_on
    }

    fn wait_for_first(&mut self) -> Result<ForTrunks, RecvTimeoutError> {
        let due = self.endpoint.deadline().map(|deadline| deadline.at);
        let due = due.into_iter().chain(self.neighbours.deadline()).min();
        let due = due.map(|due| due.since(self.now()));
        let again = (!self.for_turns.is_empty()).then_some(TRY_AGAIN);
        let wait = due.into_iter().chain(again).min();
        match wait {
            _ if std::mem::take(&mut self.has_heard) => {
                let wait = wait.map_or(LOOK_AGAIN, |wait| wait.min(LOOK_AGAIN));
                look_for(&self.ends.inbox, wait).ok_or(RecvTimeoutError::Timeout)
            }
            Some(wait) => self.ends.inbox.recv_timeout(wait),
            None => self.ends.inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
        }
    }

    fn take(&mut self, what: ForTrunks) -> bool {
        match what {
            ForTrunks::Datagrams(batch) => self.take_datagrams(batch),
            ForTrunks::Turn(batch) => self.take_turn(batch),
            ForTrunks::Ask(question) => question(self),
            ForTrunks::Sighted(sighting) => self.hear_sighting(sighting),
            ForTrunks::Stop => return false,
        }
        true
    }

    fn trunk_of(&self, peer: PeerId) -> Option<TrunkId> {
        let device = || self.devices.get(&peer).map(|device| device.trunk);
        self.peers.get(&peer).and_then(|peer| peer.trunk).or_else(device)
    }
}

/// A link's key as the rest of the server knows it.
fn server_key(key: PublicKey) -> ServerKey {
    ServerKey(*key.as_bytes())
}
