//! What the turns have for other servers, down to the socket.

use super::verify::Refused;
use super::{Trunk, Trunks};
use crate::batch::Batch;
use crate::passing::ToTrunk;
use crate::socket::Transmitter;
use crate::writer::send_batch;
use postrider_engine::TrunkId;
use postrider_link::{ItemId, Precedence, SendError, Time};
use postrider_proto::native;

/// Datagrams that leave with one call, at most.
const SENT_AT_ONCE: usize = 256;

impl Trunks {
    pub(super) fn take_turn(&mut self, mut batch: Batch<ToTrunk>) {
        let now = self.now();
        for (what, bytes) in batch.iter_mut() {
            if let ToTrunk::Hand { trunk, tag, precedence } = what {
                self.verifier.sign_own(&self.identity, bytes);
                self.hand_over(now, trunk, tag, precedence, bytes);
            }
        }
        // What goes on leaves first: whoever handed it over here has nothing to wait for.
        for (what, _) in batch.iter() {
            match what {
                ToTrunk::Took { trunk, item } => self.take_custody(now, trunk, item),
                ToTrunk::Malformed { trunk, item, why } => {
                    self.refuse_malformed(now, trunk, item, why);
                }
                ToTrunk::Cut { trunk } => self.cut(now, trunk),
                ToTrunk::Hand { .. } => {}
            }
        }
        batch.clear();
        // Where the turns have enough empty ones, it is dropped.
        let _ = self.ends.emptied_turns.try_send(batch);
    }

    fn take_custody(&mut self, now: Time, trunk: TrunkId, item: u64) {
        if let Some(Trunk { session: Some(session), .. }) = self.up.get(&trunk) {
            self.endpoint.custody(now, ItemId { session: *session, number: item });
        }
    }

    /// It is taken into custody, since it would only come again.
    fn refuse_malformed(&mut self, now: Time, trunk: TrunkId, item: u64, why: native::Malformed) {
        self.take_custody(now, trunk, item);
        if let Some(peer) = self.up.get(&trunk).map(|trunk| trunk.peer) {
            self.refuse_item(peer, Refused::Malformed(why));
        }
    }

    /// Of a trunk that has gone down since, the engine hands it over again.
    fn hand_over(
        &mut self,
        now: Time,
        trunk: TrunkId,
        tag: u64,
        precedence: native::Precedence,
        bytes: &[u8],
    ) {
        let Some(peer) = self.up.get(&trunk).map(|trunk| trunk.peer) else { return };
        let precedence = match precedence {
            // A client is handed messages in their order; what is urgent has been let by before.
            _ if self.devices.contains_key(&peer) => Precedence::Routine,
            native::Precedence::Routine => Precedence::Routine,
            native::Precedence::Priority => Precedence::Priority,
            native::Precedence::Immediate => Precedence::Immediate,
            native::Precedence::Flash => Precedence::Flash,
        };
        match self.endpoint.send(now, peer, precedence, tag, bytes) {
            Ok(()) | Err(SendError::NotUp) => {}
            // The link's queue holds more than the engine hands to a trunk. If it were
            // full all the same, only a new session would bring the item again.
            Err(error) => {
                tracing::error!(peer = %self.name_of(peer), %error, "a trunk begins anew");
                self.endpoint.close(now, peer);
                self.end_and_redial(now, peer);
            }
        }
    }

    /// The other side lives, and takes nothing into custody.
    fn cut(&mut self, now: Time, trunk: TrunkId) {
        let Some(peer) = self.up.get(&trunk).map(|trunk| trunk.peer) else { return };
        tracing::warn!(peer = %self.name_of(peer), "nothing is taken over; a trunk begins anew");
        self.endpoint.close(now, peer);
        self.end_and_redial(now, peer);
    }

    /// A link that was closed here says nothing of it, and is not dialled by itself.
    fn end_and_redial(&mut self, now: Time, peer: postrider_link::PeerId) {
        self.end_trunk(peer);
        self.end_device(peer);
        if let Some(address) = self.peers.get(&peer).and_then(|known| known.address) {
            self.endpoint.dial(now, peer, address);
        }
    }

    /// Sends what may leave now.
    pub(super) fn transmit(&mut self, transmitter: &mut Transmitter) {
        loop {
            let now = self.now();
            while self.outgoing.len() < SENT_AT_ONCE
                && let Some(to) = self.endpoint.poll_transmit(now, &mut self.packet)
            {
                self.outgoing.push(to, &self.packet);
            }
            if self.outgoing.is_empty() {
                return;
            }
            send_batch(transmitter, &self.ends.socket, &self.outgoing);
            self.outgoing.clear();
        }
    }
}
