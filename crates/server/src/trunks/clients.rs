//! Devices of clients, whose links are like a trunk's and whose items are not.

use super::verify::Refused;
use super::{Trunk, Trunks};
use crate::passing::FromTrunk;
use postrider_engine::TrunkId;
use postrider_link::{ItemId, PeerId, PublicKey};
use std::net::SocketAddr;

/// A client's device whose link is up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Device {
    pub(super) key: PublicKey,
    pub(super) trunk: TrunkId,
}

impl Trunks {
    pub(super) fn hear_device(&mut self, peer: PeerId, key: PublicKey, address: SocketAddr) {
        self.end_device(peer);
        let trunk = self.next_trunk(peer);
        self.devices.insert(peer, Device { key, trunk });
        tracing::debug!(device = %key, %address, "a client's device is here");
    }

    /// Its session is over; true if there was one.
    pub(super) fn end_device(&mut self, peer: PeerId) -> bool {
        let Some(device) = self.devices.remove(&peer) else { return false };
        self.up.remove(&device.trunk);
        self.for_turns.push(FromTrunk::Down { trunk: device.trunk }, &[]);
        tracing::debug!(device = %device.key, "a client's device has gone");
        true
    }

    /// What a device hands over, checked: a proof that is wrong is for the engine to refuse.
    pub(super) fn hear_item_of(&mut self, device: Device, peer: PeerId, item: ItemId) {
        let Device { trunk, key } = device;
        let number = item.number;
        let heard = match self.verifier.check_client(&self.item, self.identity.key(), &key) {
            Ok(()) => FromTrunk::Item { trunk, item: number },
            Err(Refused::Unsigned(_)) => FromTrunk::Forged { trunk, item: number },
            Err(refused) => {
                let now = self.now();
                self.endpoint.custody(now, item);
                return self.refuse_item(peer, refused);
            }
        };
        self.for_turns.push(heard, &self.item);
    }

    pub(super) fn next_trunk(&mut self, peer: PeerId) -> TrunkId {
        let trunk = TrunkId(self.next);
        self.next = self.next.wrapping_add(1);
        self.up.insert(trunk, Trunk { peer, session: None });
        trunk
    }
}
