//! Servers seen on the local network: where peers may be, and who else is there.
//!
//! What is seen there anybody may have said. So it is only a hint where to dial a peer
//! whose key is known, and the handshake shows whether it was true.

use super::Trunks;
use super::peers::Peer;
use crate::limits::{ADDRESSES_FOUND_MAX, NEIGHBOURS_MAX};
use crate::passing::{Found, Sighting};
use crate::settings::TrunkSettings;
use postrider_link::{LinkConfig, PeerConfig, PeerId, PublicKey, Strangers, Time};
use postrider_proto::native::{ServerId, ServerKey};
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;

/// A peer that was seen is not dialled more often, whatever is said of it. Where it has
/// several addresses the next one is tried after this, and each time after twice as long.
const DIAL_EVERY: Duration = Duration::from_secs(5);

/// The wait is doubled so often at most: to five minutes.
const DOUBLED_MAX: u32 = 6;

/// A server that was seen on the local network and is nobody's peer. Nothing of it is proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Neighbour {
    /// The key that it is said to have.
    pub key: ServerKey,
    /// What it is said to be called.
    pub name: Option<String>,
    /// Where it is said to be.
    pub address: SocketAddr,
}

/// Where a peer was seen.
#[derive(Debug, Default)]
struct Hints {
    /// The latest first.
    addresses: VecDeque<SocketAddr>,
    /// Which of them is tried next.
    next: usize,
    tries: u32,
    dial_at: Option<Time>,
    dialled: Option<(Time, SocketAddr)>,
}

/// All that was seen.
#[derive(Debug, Default)]
pub(super) struct Neighbours {
    hints: BTreeMap<PeerId, Hints>,
    /// In the order in which they were seen.
    others: VecDeque<Neighbour>,
}

impl Hints {
    /// It was seen at these addresses: those that are new are tried first.
    fn add(&mut self, now: Time, addresses: &[SocketAddr]) {
        let new: Vec<_> = addresses.iter().filter(|one| !self.addresses.contains(one)).collect();
        if new.is_empty() {
            return;
        }
        new.into_iter().rev().for_each(|address| self.addresses.push_front(*address));
        self.addresses.truncate(ADDRESSES_FOUND_MAX);
        (self.next, self.tries) = (0, 0);
        self.dial_at = Some(self.not_before(now));
    }

    fn not_before(&self, now: Time) -> Time {
        self.dialled.map_or(now, |(at, _)| now.max(at + DIAL_EVERY))
    }

    /// The address to dial now, if it is time.
    fn due(&mut self, now: Time) -> Option<SocketAddr> {
        self.dial_at.take_if(|at| *at <= now)?;
        let address = *self.addresses.get(self.next)?;
        self.next = (self.next + 1) % self.addresses.len();
        self.dialled = Some((now, address));
        let wait = DIAL_EVERY * (1 << self.tries.min(DOUBLED_MAX));
        self.tries += 1;
        // One address alone is dialled again by the link, later and later.
        self.dial_at = (self.addresses.len() > 1).then(|| now + wait);
        Some(address)
    }

    /// The link went down, perhaps since the peer has moved.
    fn lost(&mut self, now: Time) {
        let latest = self.addresses.front().copied();
        if latest.is_some() && latest != self.dialled.map(|(_, address)| address) {
            self.next = 0;
            self.dial_at = Some(self.not_before(now));
        }
    }
}

impl Neighbours {
    /// When a peer is to be dialled.
    pub(super) fn deadline(&self) -> Option<Time> {
        self.hints.values().filter_map(|hints| hints.dial_at).min()
    }

    pub(super) fn lost(&mut self, now: Time, peer: PeerId) {
        if let Some(hints) = self.hints.get_mut(&peer) {
            hints.lost(now);
        }
    }

    /// Those that are nobody's peers.
    pub(super) fn others(&self) -> Vec<Neighbour> {
        self.others.iter().cloned().collect()
    }

    fn show(&mut self, found: Found) {
        let Found { key, name, addresses } = found;
        let Some(address) = addresses.first().copied() else { return };
        let neighbour = Neighbour { key, name, address };
        if let Some(known) = self.others.iter_mut().find(|known| known.key == key) {
            *known = neighbour;
            return;
        }
        if self.others.len() >= NEIGHBOURS_MAX {
            self.others.pop_front();
        }
        tracing::info!(%key, %address, "a server is on the local network, and is not trusted");
        self.others.push_back(neighbour);
    }
}

impl Trunks {
    /// From now on, peers without an address are dialled where they are seen, and so are
    /// those that may come.
    pub(super) fn look_for_peers(&mut self, now: Time, settings: &TrunkSettings) {
        for peer in self.peers.values_mut() {
            peer.is_looked_for = peer.key.is_some() && peer.address.is_none();
        }
        if let Strangers::Allow(keys) = &settings.strangers {
            keys.iter().for_each(|key| self.look_for(now, *key, settings.stranger_link));
        }
    }

    /// One that is a peer already, or is this server itself, is none more.
    fn look_for(&mut self, now: Time, key: PublicKey, link: LinkConfig) {
        let config = PeerConfig { key: Some(key), address: None, link };
        if let Ok(id) = self.endpoint.add_peer(now, config) {
            self.peers.insert(id, Peer::allowed(super::server_key(key)));
        }
    }

    pub(super) fn hear_sighting(&mut self, sighting: Sighting) {
        match sighting {
            Sighting::Here(found) if found.key == self.identity.key() => {}
            Sighting::Here(found) => self.hear_found(found),
            Sighting::Gone(id) => self.hear_gone(id),
        }
    }

    /// A peer whose address is configured has no other.
    fn hear_found(&mut self, found: Found) {
        let now = self.now();
        match self.peers.iter().find(|(_, peer)| peer.key == Some(found.key)) {
            Some((id, peer)) if peer.is_looked_for => {
                self.neighbours.hints.entry(*id).or_default().add(now, &found.addresses);
            }
            Some(_) => {}
            None => self.neighbours.show(found),
        }
    }

    /// It is not shown any more. Anybody may say that a peer is gone: its addresses are kept.
    fn hear_gone(&mut self, id: ServerId) {
        self.neighbours.others.retain(|neighbour| neighbour.key.id() != id);
    }

    /// Dials the peers that were seen, each where it was seen last.
    pub(super) fn dial_found(&mut self, now: Time) {
        for (id, hints) in &mut self.neighbours.hints {
            let Some(peer) = self.peers.get_mut(id) else { continue };
            if peer.trunk.is_some() {
                hints.dial_at = None;
            } else if let Some(address) = hints.due(now) {
                tracing::info!(key = ?peer.key, %address, "a peer was seen on the local network");
                peer.address = Some(address);
                self.endpoint.dial(now, *id, address);
            }
        }
    }
}

#[cfg(test)]
mod tests;
