//! The peers of this server, as an operator may see them.

use super::{Neighbour, Trunks, server_key};
use postrider_engine::TrunkId;
use postrider_link::{Mode, PeerId, Refusal, Status};
use postrider_proto::native::ServerKey;
use std::net::SocketAddr;

/// How the link with a peer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkState {
    /// It has not come up, or has gone down.
    Down,
    /// It is up.
    Up,
    /// This end or the other refused it; with the key that was shown, if one was.
    Refused(Refusal, Option<ServerKey>),
}

/// What is known of a peer.
#[derive(Debug)]
pub(super) struct Peer {
    pub(super) key: Option<ServerKey>,
    pub(super) address: Option<SocketAddr>,
    pub(super) cost: u16,
    pub(super) is_configured: bool,
    /// Whether its address is what the local network says, for want of another.
    pub(super) is_looked_for: bool,
    pub(super) state: LinkState,
    /// Of a link that is up.
    pub(super) trunk: Option<TrunkId>,
    refused_items: u64,
}

impl Peer {
    pub(super) fn configured(
        key: Option<ServerKey>,
        address: Option<SocketAddr>,
        cost: u16,
    ) -> Peer {
        Peer {
            key,
            address,
            cost,
            is_configured: true,
            is_looked_for: false,
            state: LinkState::Down,
            trunk: None,
            refused_items: 0,
        }
    }

    /// One that may come, and is looked for on the local network.
    pub(super) fn allowed(key: ServerKey) -> Peer {
        let configured = Peer::configured(Some(key), None, 1);
        Peer { is_configured: false, is_looked_for: true, ..configured }
    }

    /// Whether it is remembered while its link is down.
    pub(super) fn is_lasting(&self) -> bool {
        self.is_configured || self.is_looked_for
    }

    /// Whether operators are shown it: not if it may come, and was never seen.
    fn is_shown(&self) -> bool {
        self.is_configured || self.address.is_some()
    }

    pub(super) fn stranger() -> Peer {
        Peer { is_configured: false, ..Peer::configured(None, None, 1) }
    }

    /// One item more was refused; returns how many were before.
    pub(super) fn refuse_item(&mut self) -> u64 {
        self.refused_items += 1;
        self.refused_items - 1
    }
}

/// A peer at one moment.
#[derive(Clone, Debug)]
pub struct PeerReport {
    /// Its key, where it is known.
    pub key: Option<ServerKey>,
    /// Where it is, or is dialled.
    pub address: Option<SocketAddr>,
    /// What it costs to send there.
    pub cost: u16,
    /// Whether the settings name it.
    pub is_configured: bool,
    /// How the link is.
    pub state: LinkState,
    /// Of a link that is up: how it goes.
    pub link: Option<Status>,
    /// Items of it that were not right.
    pub refused_items: u64,
}

impl PeerReport {
    /// Whether nobody on the way can read what it is sent; none while it is down.
    pub fn is_sealed(&self) -> Option<bool> {
        self.link.map(|link| link.mode == Mode::Sealed)
    }
}

/// All that the trunks' thread has to tell.
#[derive(Clone, Debug, Default)]
pub struct TrunksReport {
    /// The peers, those of the settings first.
    pub peers: Vec<PeerReport>,
    /// What the links have counted.
    pub counters: postrider_link::Counters,
    /// Items that broke a rule of the protocol.
    pub malformed: u64,
    /// Items whose signature was not right.
    pub signature: u64,
    /// Devices that were let in, did not say whose they are, and were cut off.
    pub unattached: u64,
    /// Clients' devices whose links are up.
    pub devices: usize,
    /// Who else is on the local network, and is not trusted.
    pub neighbours: Vec<Neighbour>,
}

impl Trunks {
    pub(crate) fn report(&self) -> TrunksReport {
        let shown = self.peers.iter().filter(|(_, peer)| peer.is_shown());
        let mut peers: Vec<PeerReport> =
            shown.map(|(id, peer)| self.report_of(*id, peer)).collect();
        peers.sort_by_key(|peer| (!peer.is_configured, peer.address));
        TrunksReport {
            peers,
            counters: self.endpoint.counters(),
            malformed: self.refusals.malformed,
            signature: self.refusals.signature,
            unattached: self.refusals.unattached,
            devices: self.devices.len(),
            neighbours: self.neighbours.others(),
        }
    }

    fn report_of(&self, id: PeerId, peer: &Peer) -> PeerReport {
        let link = self.endpoint.status(self.now(), id);
        PeerReport {
            key: link.map(|link| server_key(link.key)).or(peer.key),
            address: link.map(|link| link.address).or(peer.address),
            cost: peer.cost,
            is_configured: peer.is_configured,
            state: peer.state,
            link,
            refused_items: peer.refused_items,
        }
    }
}
