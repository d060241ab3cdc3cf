//! Trunks that do not get rid of what they were handed: the other side has no room for it,
//! or takes it and never says that it has it on disk.
//!
//! ```text
//!   as many handed as may be   ─► what has other hops left is handed besides
//!   no custody for ten minutes ─► the trunk is cut, and not believed for five
//!   held an hour after its end ─► the same
//! ```

use super::{TrunkId, Whereabouts};
use crate::Place;
use crate::deadlines::durations;
use crate::engine::Engine;
use crate::limits::HANDED_BESIDES_MAX;
use crate::mail::Key;
use crate::mail::Message;
use crate::output::Output;
use postrider_proto::Number;

impl Engine {
    /// Some of what waits: what has a trunk that is handed as much as it may be, of which
    /// nothing has so few hops left, is handed besides. The other side may have a place for
    /// it where it has none for all the others.
    pub(super) fn hand_besides(&mut self, from: Option<Key>, share: usize) {
        if !self.native.trunks.any_is_full() {
            return;
        }
        let (some, _) = self.mail.look(from, share, |message| message.stamp.is_some());
        for (to, kept) in some {
            if let Some(trunk) = self.take_for_a_full_trunk(to, kept) {
                self.give_message(trunk, kept, to);
            }
        }
    }

    fn take_for_a_full_trunk(&mut self, to: Number, kept: Place) -> Option<TrunkId> {
        let Whereabouts::Station(station) = self.whereabouts(to) else { return None };
        let stamp = self.mail.get(to, kept)?.stamp?;
        let native = &mut self.native;
        let trunk = native.trunks.to(native.routes.to(station)?.next)?;
        let few = native.trunks.given_with(trunk, stamp.hops) < HANDED_BESIDES_MAX;
        let may = few && native.trunks.is_full(trunk);
        (may && native.queue.hand_this(station, stamp.precedence(), kept, trunk)).then_some(trunk)
    }

    /// A trunk that lives, and whose other side has taken nothing for so long, is cut.
    pub(super) fn cut_silent_trunks(&mut self) {
        for trunk in self.native.trunks.silent_for(self.now, durations::NO_CUSTODY) {
            self.cut(trunk);
        }
    }

    /// A message that has expired, and that a trunk has. The other side may have it on disk:
    /// then it gets older there, too, and ends there. But it must not be held for ever.
    pub(super) fn wait_for_custody(&mut self, to: Number, kept: Place, trunk: TrunkId) {
        if self.mail.get(to, kept).is_some_and(|message| self.is_overdue(message)) {
            self.cut(trunk);
        }
    }

    /// Whether a message that somebody may have is so old that nobody will say so.
    pub(super) fn is_overdue(&self, message: &Message) -> bool {
        let age = self.age_of(message);
        age.is_some_and(|(age, most)| age.duration() >= most.duration() + durations::OVERDUE)
    }

    /// Ends a trunk that is up. What it was handed and is too old has expired: who gave no
    /// custody in such a time has promised nothing. The link is told to be down, and that it
    /// is up again is believed late.
    fn cut(&mut self, id: TrunkId) {
        let Some(peer) = self.native.trunks.peer(id) else { return };
        let given = self.native.trunks.messages_of(id);
        self.counters.trunks_cut += 1;
        self.output(Output::Cut { trunk: id });
        self.trunk_down(id);
        self.distrust_link(peer);
        for (to, kept) in given {
            let message = self.mail.get(to, kept);
            let age = message.and_then(|message| self.age_of(message));
            if age.is_some_and(|(age, lifetime)| lifetime.is_over(age)) {
                self.expire(to, kept);
            }
        }
    }
}
