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
mod door;
mod incoming;
mod known;
mod neighbours;
mod outgoing;
mod peers;
mod verify;

pub use begin::KEY_FILE;
pub(crate) use begin::{Begun, Who};
pub(crate) use door::Door;
use known::KnownPeers;
pub use neighbours::Neighbour;
use neighbours::Neighbours;
pub use peers::{LinkState, PeerReport, TrunksReport};

use crate::batch::Batch;
use crate::keys::Identity;
use crate::passing::{ForTrunks, ForTurns, FromTrunk, ToTrunk};
use crate::settings::{PeerSettings, TrunkSettings};
use crate::socket::Transmitter;
use postrider_engine::TrunkId;
use postrider_link::{Config, Endpoint, PeerConfig, PeerId, PublicKey, SessionId, Time};
use postrider_proto::native::ServerKey;
use std::collections::BTreeMap;
use std::net::{SocketAddr, UdpSocket};
use std::sync::mpsc;
use std::time::{Duration, Instant};
use verify::Verifier;

/// How soon the turns are tried again that had no room.
const TRY_AGAIN: Duration = Duration::from_millis(1);

/// What is around them.
pub(crate) struct Ends {
    pub(crate) socket: UdpSocket,
    pub(crate) started: Instant,
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
    /// Devices that did not say whose they are.
    pub(crate) unattached: u64,
}

/// All that there is of trunks. One thread at a time has it (`door.rs`).
pub(crate) struct Trunks {
    ends: Ends,
    endpoint: Endpoint,
    identity: Identity,
    known: KnownPeers,
    peers: BTreeMap<PeerId, peers::Peer>,
    devices: BTreeMap<PeerId, clients::Device>,
    strangers: clients::Strangers,
    neighbours: Neighbours,
    up: BTreeMap<TrunkId, Trunk>,
    next: u32,
    /// When their thread wakes by itself, unless something comes.
    wakes_at: Option<Time>,
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
            strangers: clients::Strangers::default(),
            neighbours: Neighbours::default(),
            up: BTreeMap::new(),
            next: 1,
            wakes_at: None,
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

    /// What is due, and what has come of it: up to the turns and down to the socket.
    fn go_on(&mut self, transmitter: &mut Transmitter) {
        let now = self.now();
        self.dial_found(now);
        self.endpoint.handle_due(now);
        self.hand_to_turns();
        self.cut_strangers(now);
        self.transmit(transmitter);
    }

    fn close_all(&mut self, transmitter: &mut Transmitter) {
        let peers = self.peers.keys().chain(self.devices.keys());
        let peers: Vec<PeerId> = peers.copied().collect();
        for peer in peers {
            self.endpoint.close(self.now(), peer);
        }
        self.transmit(transmitter);
    }

    fn now(&self) -> Time {
        Time::from_micros(self.ends.started.elapsed().as_micros() as u64)
    }

    /// When something is to be done, whatever comes.
    fn due_at(&self) -> Option<Time> {
        let link = self.endpoint.deadline().map(|deadline| deadline.at);
        let again = (!self.for_turns.is_empty()).then(|| self.now() + TRY_AGAIN);
        let strangers = self.strangers.deadline();
        [link, self.neighbours.deadline(), strangers, again].into_iter().flatten().min()
    }

    /// How long the thread may wait, if it does not look for something until then anyway.
    fn sleep(&mut self, look_until: Option<Time>) -> Option<Duration> {
        self.wakes_at = self.due_at().into_iter().chain(look_until).min();
        self.wakes_at.map(|at| at.since(self.now()))
    }

    /// Whether something is due before the thread wakes, which is told so if it is.
    fn is_due_sooner(&mut self) -> bool {
        let Some(due) = self.due_at() else { return false };
        let is_sooner = self.wakes_at.is_none_or(|at| due < at);
        if is_sooner {
            self.wakes_at = Some(due);
        }
        is_sooner
    }

    fn take(&mut self, what: ForTrunks) {
        match what {
            ForTrunks::Datagrams(batch) => self.take_datagrams(batch),
            ForTrunks::Turn(batch) => self.take_turn(batch),
            ForTrunks::Ask(question) => question(self),
            ForTrunks::Sighted(sighting) => self.hear_sighting(sighting),
            ForTrunks::Look | ForTrunks::Stop => {}
        }
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
