//! What comes from the other servers, up to the turns.

use super::peers::{LinkState, Peer};
use super::verify::Refused;
use super::{Trunks, server_key};
use crate::batch::Batch;
use crate::passing::{ForTurns, FromTrunk};
use postrider_link::{Event, ItemId, PeerId, PublicKey, Refusal, Role, Time};
use postrider_proto::native::ServerKey;
use std::net::SocketAddr;
use std::sync::mpsc::TrySendError;

/// Bytes of items that the turns are handed at once.
const BYTES_PER_BATCH: usize = 1 << 20;

/// What an event was that concerns more than one field; its bytes are in the item's buffer.
enum Happened {
    Item(PeerId, ItemId),
    Custody(PeerId, u64),
    Other(Event<'static>),
}

impl Trunks {
    pub(super) fn take_datagrams(&mut self, mut batch: Batch<SocketAddr>) {
        let now = self.now();
        for (from, datagram) in batch.iter_mut() {
            self.endpoint.handle(now, from, datagram);
        }
        batch.clear();
        // Where the reader has enough empty ones, it is dropped.
        let _ = self.ends.emptied.try_send(batch);
    }

    /// Hands the turns what has happened, as long as they have room.
    pub(super) fn hand_to_turns(&mut self) {
        loop {
            if self.for_turns.is_empty() {
                self.collect();
            }
            if self.for_turns.is_empty() {
                return;
            }
            let empty = self.ends.empty.try_recv().unwrap_or_default();
            let batch = std::mem::replace(&mut self.for_turns, empty);
            match self.ends.turns.try_send(ForTurns::Trunks(batch)) {
                Ok(()) => {}
                Err(TrySendError::Full(ForTurns::Trunks(batch))) => {
                    self.for_turns = batch;
                    return;
                }
                // The turns have ended, and the reader will stop.
                Err(_) => return,
            }
        }
    }

    /// Turns events into a batch, up to its limit.
    fn collect(&mut self) {
        while self.for_turns.bytes() < BYTES_PER_BATCH {
            let Some(event) = self.endpoint.poll_event() else { return };
            let happened = match event {
                Event::Item { peer, item, bytes } => {
                    self.item.clear();
                    self.item.extend_from_slice(bytes);
                    Happened::Item(peer, item)
                }
                Event::Custody { peer, tag } => Happened::Custody(peer, tag),
                event => Happened::Other(lasting(event)),
            };
            let now = self.now();
            match happened {
                Happened::Item(peer, item) => self.hear_item(now, peer, item),
                Happened::Custody(peer, tag) => {
                    if let Some(trunk) = self.trunk_of(peer) {
                        self.for_turns.push(FromTrunk::Custody { trunk, tag }, &[]);
                    }
                }
                Happened::Other(event) => self.hear(&event),
            }
        }
    }

    fn hear_item(&mut self, now: Time, peer: PeerId, item: ItemId) {
        let Some(id) = self.trunk_of(peer) else { return };
        if let Some(trunk) = self.up.get_mut(&id) {
            trunk.session = Some(item.session);
        }
        if let Some(device) = self.devices.get(&peer) {
            return self.hear_item_of(*device, peer, item);
        }
        match self.verifier.check(&self.item) {
            Ok(()) => {
                let item = FromTrunk::Item { trunk: id, item: item.number };
                self.for_turns.push(item, &self.item);
            }
            Err(refused) => {
                // It would only come again.
                self.endpoint.custody(now, item);
                self.refuse_item(peer, refused);
            }
        }
    }

    pub(super) fn refuse_item(&mut self, peer: PeerId, refused: Refused) {
        match refused {
            Refused::Malformed(_) => self.refusals.malformed += 1,
            Refused::Unsigned(_) => self.refusals.signature += 1,
        }
        if self.peers.get_mut(&peer).is_some_and(|peer| peer.refuse_item() == 0) {
            let peer = self.name_of(peer);
            tracing::warn!(peer, why = %refused, "a server handed over what is not right; refused");
        }
    }

    fn hear(&mut self, event: &Event<'static>) {
        match *event {
            Event::FirstUse { peer, key, address } => {
                tracing::info!(key = %key, %address, "a server was seen for the first time");
                if self.peers.contains_key(&peer) {
                    self.known.remember(address, server_key(key));
                }
            }
            Event::Up { peer, key, address, role: Role::Client } => {
                self.hear_device(peer, key, address);
            }
            Event::Up { peer, key, address, role: Role::Server } => {
                self.hear_up(peer, server_key(key), address);
            }
            Event::Down { peer, .. } if self.end_device(peer) => {}
            Event::Down { peer, reason } => {
                tracing::info!(peer = %self.name_of(peer), ?reason, "trunk down");
                self.hear_down(peer);
            }
            Event::Moved { peer, .. } if self.devices.contains_key(&peer) => {}
            Event::Moved { peer, address } => {
                tracing::info!(peer = %self.name_of(peer), %address, "a server has moved");
                if let Some(peer) = self.peers.get_mut(&peer) {
                    peer.address = Some(address);
                }
            }
            Event::Refused { peer, address, key, why } => {
                self.hear_refused(peer, address, key, why);
            }
            Event::Twins { peer, replaced, address } => {
                tracing::warn!(
                    peer = %self.name_of(peer), %replaced, %address,
                    "two servers hold one key; stop one of them, or give it a key of its own"
                );
            }
            Event::Item { .. } | Event::Custody { .. } | Event::Room { .. } => {}
        }
    }

    fn hear_up(&mut self, peer: PeerId, key: ServerKey, address: SocketAddr) {
        self.end_trunk(peer);
        let known = self.peers.entry(peer).or_insert_with(Peer::stranger);
        (known.key, known.address, known.state) = (Some(key), Some(address), LinkState::Up);
        let cost = known.cost;
        let trunk = self.next_trunk(peer);
        if let Some(known) = self.peers.get_mut(&peer) {
            known.trunk = Some(trunk);
        }
        tracing::info!(peer = %key, %address, "trunk up");
        self.for_turns.push(FromTrunk::Up { trunk, peer: key, cost }, &[]);
    }

    fn hear_down(&mut self, peer: PeerId) {
        self.end_trunk(peer);
        match self.peers.get_mut(&peer) {
            Some(known) if known.is_lasting() => known.state = LinkState::Down,
            _ => drop(self.peers.remove(&peer)),
        }
        self.neighbours.lost(self.now(), peer);
    }

    pub(super) fn end_trunk(&mut self, peer: PeerId) {
        if let Some(trunk) = self.peers.get_mut(&peer).and_then(|peer| peer.trunk.take()) {
            self.up.remove(&trunk);
            self.for_turns.push(FromTrunk::Down { trunk }, &[]);
        }
    }

    fn hear_refused(
        &mut self,
        peer: Option<PeerId>,
        address: SocketAddr,
        key: Option<PublicKey>,
        why: Refusal,
    ) {
        let known = peer.and_then(|peer| self.peers.get_mut(&peer));
        let is_news = match known {
            Some(known) => {
                let state = LinkState::Refused(why, key.map(server_key));
                std::mem::replace(&mut known.state, state) != state
            }
            None => self.known.is_new_stranger(address),
        };
        if is_news {
            let key = key.map(|key| key.to_string()).unwrap_or_else(|| "none".to_owned());
            tracing::warn!(%address, key, ?why, "a link was refused");
        }
    }

    pub(super) fn name_of(&self, peer: PeerId) -> String {
        let known = self.peers.get(&peer);
        let key = known.and_then(|known| known.key).map(|key| key.id().to_string());
        key.unwrap_or_else(|| "unknown".to_owned())
    }
}

/// The events that hold no bytes.
fn lasting(event: Event<'_>) -> Event<'static> {
    match event {
        Event::FirstUse { peer, key, address } => Event::FirstUse { peer, key, address },
        Event::Up { peer, key, address, role } => Event::Up { peer, key, address, role },
        Event::Down { peer, reason } => Event::Down { peer, reason },
        Event::Item { peer, item, .. } => Event::Item { peer, item, bytes: &[] },
        Event::Custody { peer, tag } => Event::Custody { peer, tag },
        Event::Room { peer } => Event::Room { peer },
        Event::Moved { peer, address } => Event::Moved { peer, address },
        Event::Refused { peer, address, key, why } => Event::Refused { peer, address, key, why },
        Event::Twins { peer, replaced, address } => Event::Twins { peer, replaced, address },
    }
}
