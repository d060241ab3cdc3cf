//! Messages that each trunk is given, the most urgent first, and their custody.

use super::{Given, TrunkId};
use crate::engine::Engine;
use crate::native::Station;
use crate::output::Output;
use crate::{Place, Write};
use postrider_proto::Number;

impl Engine {
    /// The most urgent first, whatever station it is for.
    pub(super) fn supply_messages(&mut self) {
        let mut ways: Vec<(Station, TrunkId)> = self.ways();
        while let Some(most) = ways.iter().filter_map(|(to, _)| self.native.queue.first(*to)).max()
        {
            let before = self.native.queue.len();
            ways.retain(|(to, id)| {
                self.native.queue.first(*to).is_some() && self.has_room_for_messages(*id)
            });
            for (to, id) in &ways {
                if self.native.queue.first(*to) == Some(most) && self.has_room_for_messages(*id) {
                    self.give_first(*to, *id);
                }
            }
            if self.native.queue.len() == before {
                break;
            }
        }
    }

    /// The stations for which something waits, and the trunk of the next step to each,
    /// where it is up.
    fn ways(&self) -> Vec<(Station, TrunkId)> {
        let native = &self.native;
        let trunk = |to: &Station| native.trunks.to(native.routes.to(*to)?.next);
        let stations = native.queue.stations();
        stations.into_iter().filter_map(|to| Some((to, trunk(&to)?))).collect()
    }

    fn has_room_for_messages(&self, id: TrunkId) -> bool {
        let trunk = self.native.trunks.up.get(&id);
        trunk.is_some_and(|trunk| !trunk.is_full())
    }

    fn give_first(&mut self, station: Station, id: TrunkId) {
        if let Some((kept, to)) = self.native.queue.hand(station, id) {
            self.give_message(id, kept, to);
        }
    }

    /// Gives a trunk a message that the queue counts as handed to it.
    pub(in crate::native) fn give_message(&mut self, id: TrunkId, kept: Place, to: Number) {
        let message = self.mail.get(to, kept).copied();
        let hops = message.and_then(|message| message.stamp).map_or(0, |stamp| stamp.hops);
        let what = message.and_then(|message| self.handed(to, &message));
        let (Some(what), Some(trunk)) = (what, self.native.trunks.get(id)) else {
            debug_assert!(false, "what is queued waits, and its trunk is up");
            return;
        };
        let tag = trunk.give(Given::Message { kept, to, hops }, self.now);
        self.counters.given += 1;
        self.output(Output::Hand { trunk: id, tag, what });
    }

    /// The other side has on disk what was given under this tag.
    pub(crate) fn hear_custody(&mut self, id: TrunkId, tag: u64) {
        let now = self.now;
        let Some(trunk) = self.native.trunks.get(id) else {
            return self.hear_session_custody(id, tag);
        };
        let station = trunk.peer;
        match trunk.take(tag, now) {
            Some(Given::Message { kept, to, .. }) => {
                self.native.queue.took_back(kept);
                // Its recipient may have come home meanwhile: then the copy that was handed
                // over comes back, and is the repeat.
                if !self.is_cared_for(to)
                    && let Some(message) = self.mail.get(to, kept).copied()
                {
                    self.counters.handed_over += 1;
                    self.remember_handed_on(to, &message, station);
                    self.write(&Write::HandOn { kept, to, station });
                }
            }
            Some(Given::Dispute(number)) => self.native.disputes.passed(number),
            Some(Given::Row | Given::Back) => {}
            None => self.counters.custody_unmatched += u64::from(tag != 0),
        }
    }
}
