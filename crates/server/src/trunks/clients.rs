//! Devices of clients, whose links are like a trunk's and whose items are not.

use super::verify::Refused;
use super::{Trunk, Trunks};
use crate::passing::FromTrunk;
use postrider_engine::TrunkId;
use postrider_link::{ItemId, PeerId, PublicKey, Time};
use postrider_proto::native::Item;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

/// How long a device may be there without having shown that a number's key is its own.
const SHOWS_ITS_KEY_WITHIN: Duration = Duration::from_secs(30);

/// Devices that have not shown it yet. Of more, the oldest is cut off: a real one is done
/// after a round trip.
const STRANGERS_MAX: usize = 4_096;

/// A client's device whose link is up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Device {
    pub(super) key: PublicKey,
    pub(super) trunk: TrunkId,
    /// It has shown that a number's key is its own.
    has_shown_key: bool,
}

/// Devices in the order in which they came, until they have had their time to show a key.
#[derive(Debug, Default)]
pub(super) struct Strangers(VecDeque<(Time, TrunkId)>);

impl Strangers {
    pub(super) fn deadline(&self) -> Option<Time> {
        self.0.front().map(|(at, _)| *at)
    }

    fn add(&mut self, now: Time, trunk: TrunkId) {
        self.0.push_back((now + SHOWS_ITS_KEY_WITHIN, trunk));
    }

    /// The next whose time is over, or for whom there is no room.
    fn next_over(&mut self, now: Time) -> Option<TrunkId> {
        let is_over = self.0.len() > STRANGERS_MAX || self.deadline().is_some_and(|at| at <= now);
        is_over.then(|| self.0.pop_front()).flatten().map(|(_, trunk)| trunk)
    }
}

impl Trunks {
    pub(super) fn hear_device(&mut self, peer: PeerId, key: PublicKey, address: SocketAddr) {
        self.end_device(peer);
        let trunk = self.next_trunk(peer);
        self.devices.insert(peer, Device { key, trunk, has_shown_key: false });
        self.strangers.add(self.now(), trunk);
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
        let Device { trunk, key, .. } = device;
        let number = item.number;
        let heard = match self.verifier.check_client(&self.item, self.identity.key(), &key) {
            Ok(()) => {
                self.note_shown_key(peer);
                FromTrunk::Item { trunk, item: number }
            }
            Err(Refused::Unsigned(_)) => FromTrunk::Forged { trunk, item: number },
            Err(refused) => {
                let now = self.now();
                self.endpoint.custody(now, item);
                return self.refuse_item(peer, refused);
            }
        };
        self.for_turns.push(heard, &self.item);
    }

    fn note_shown_key(&mut self, peer: PeerId) {
        if let Some(device) = self.devices.get_mut(&peer).filter(|device| !device.has_shown_key) {
            device.has_shown_key = matches!(Item::parse(&self.item), Ok(Item::Attach(_)));
        }
    }

    /// Cuts off whoever was let in and has not said who it is.
    pub(super) fn cut_strangers(&mut self, now: Time) {
        while let Some(trunk) = self.strangers.next_over(now) {
            let Some(peer) = self.up.get(&trunk).map(|up| up.peer) else { continue };
            if self.devices.get(&peer).is_some_and(|device| !device.has_shown_key) {
                self.refusals.unattached += 1;
                self.endpoint.close(now, peer);
                self.end_device(peer);
            }
        }
    }

    pub(super) fn next_trunk(&mut self, peer: PeerId) -> TrunkId {
        let trunk = TrunkId(self.next);
        self.next = self.next.wrapping_add(1);
        self.up.insert(trunk, Trunk { peer, session: None });
        trunk
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_shows_no_key_has_half_a_minute_and_less_where_there_are_many() {
        let mut strangers = Strangers::default();
        strangers.add(Time::ZERO, TrunkId(0));
        let over = Time::ZERO + SHOWS_ITS_KEY_WITHIN;
        assert_eq!(strangers.deadline(), Some(over));
        assert_eq!(strangers.next_over(Time::ZERO), None);
        assert_eq!(strangers.next_over(over), Some(TrunkId(0)));
        let now = Time::ZERO + Duration::from_secs(1);
        (1..=STRANGERS_MAX as u32).for_each(|trunk| strangers.add(now, TrunkId(trunk)));
        assert_eq!(strangers.next_over(now), None);
        strangers.add(now, TrunkId(u32::MAX));
        assert_eq!(strangers.next_over(now), Some(TrunkId(1)), "the oldest");
        assert_eq!(strangers.next_over(now), None);
    }
}
