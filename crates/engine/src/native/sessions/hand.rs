//! What waits in a mailbox goes to the sessions of its number.

use super::TrunkId;
use crate::engine::Engine;
use crate::mail::{Kind, Message};
use crate::output::{Handed, Output};
use crate::{Place, Write};
use postrider_proto::Number;
use std::collections::BTreeSet;

impl Engine {
    /// Looks at the sessions for which something has changed.
    pub(crate) fn serve_sessions(&mut self) {
        for number in std::mem::take(&mut self.native.sessions.stirred) {
            if !self.is_native_here(number) {
                self.detach_moved(number);
                continue;
            }
            self.detach_replaced(number);
            let ids: Vec<TrunkId> = self.native.sessions.attached_under(number).collect();
            for id in ids {
                self.hand_dispute(id, number);
                self.hand_to_session(id, number);
            }
        }
    }

    fn hand_to_session(&mut self, id: TrunkId, number: Number) {
        self.go_past_what_was_handed(id, number);
        for kept in self.next_for_session(id, number) {
            let message = self.mail.get(number, kept).copied();
            let what = message.and_then(|message| self.handed(number, &message));
            let session = self.native.sessions.up.get_mut(&id);
            let (Some(what), Some(session)) = (what, session) else { continue };
            let tag = session.give(kept);
            self.pass_gap(number, kept);
            self.counters.handed_out += 1;
            self.output(Output::Hand { trunk: id, tag, what });
        }
    }

    /// That another key had the number, too: to each device, until one has it on disk.
    fn hand_dispute(&mut self, id: TrunkId, number: Number) {
        let Some(dispute) = self.native.disputes.untold(number) else { return };
        let session = self.native.sessions.up.get_mut(&id);
        let Some(session) = session.filter(|session| session.dispute.is_none()) else { return };
        let tag = session.tag();
        session.dispute = Some(tag);
        self.output(Output::Hand { trunk: id, tag, what: Handed::Dispute(dispute) });
    }

    /// So that what waits for its reader's receipt is not looked at again and again.
    fn go_past_what_was_handed(&mut self, id: TrunkId, number: Number) {
        let Some(session) = self.native.sessions.up.get_mut(&id) else { return };
        let mut waiting = self.mail.from(number, session.handed_before);
        let first = waiting.find(|(kept, _)| !session.handed.contains(kept));
        let newest = || self.mail.newest(number).map(|(kept, _)| Place(kept.0 + 1));
        if let Some(place) = first.map(|(kept, _)| kept).or_else(newest) {
            session.handed_before = place;
        }
    }

    /// What a session may be handed now: the oldest first, and of each sender and epoch in
    /// the order of the counts.
    fn next_for_session(&self, id: TrunkId, number: Number) -> Vec<Place> {
        let Some(session) = self.native.sessions.up.get(&id) else { return Vec::new() };
        let room = session.room();
        let (mut chosen, mut looked_at) = (Vec::new(), BTreeSet::new());
        for (kept, message) in self.mail.from(number, session.handed_before) {
            if chosen.len() >= room {
                break;
            }
            let Some(stamp) = message.stamp.filter(|_| !session.handed.contains(&kept)) else {
                continue;
            };
            if looked_at.insert((message.from, stamp.epoch())) {
                let of_one = self.mail.in_order_of(number, message.from, stamp.epoch());
                let next = of_one.filter(|(kept, _)| !session.handed.contains(kept));
                let next = next.take_while(|(_, message)| self.may_be_given(number, message));
                chosen.extend(next.map(|(kept, _)| kept).take(room - chosen.len()));
            }
        }
        chosen
    }

    /// A session has on disk what it was handed under this tag.
    pub(crate) fn hear_session_custody(&mut self, id: TrunkId, tag: u64) {
        let Some(session) = self.native.sessions.up.get_mut(&id) else { return };
        let number = session.number;
        if session.dispute == Some(tag) {
            if let Some(dispute) = self.native.disputes.untold(number) {
                self.write(&Write::Disputed { dispute, is_told: true });
            }
            return;
        }
        let Some(kept) = session.given.remove(&tag) else {
            self.counters.custody_unmatched += u64::from(tag != 0);
            return;
        };
        // A text waits for its reader's own receipt; and what has left with its number, for
        // the next home, which is not told that a device has it.
        let is_note = |message: &Message| message.stamp.is_some_and(|stamp| !stamp.is_text());
        let is_here = self.is_native_here(number);
        if is_here && self.mail.get(number, kept).is_some_and(is_note) {
            self.write(&Write::Forget { kept, to: number });
        }
        self.native.sessions.stir(number);
    }

    /// A receipt has come for a client that is at home here under a key: it waits for one of
    /// its devices. True if it does.
    pub(crate) fn keeps_note(&self, message: Kind, to: Number) -> bool {
        message == Kind::Receipt
            && self.is_native_here(to)
            && self.mail.count_for(to) < self.config.limits.mailbox
    }
}
