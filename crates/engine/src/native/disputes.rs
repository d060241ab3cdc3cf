//! Numbers that were bound to two first keys, and that the owner whose key counts is told.
//!
//! ```text
//!   a row that wins or loses against another first key's       trunks/hear_rows.rs
//!        ─► from server to server, towards the number's home   here
//!        ─► at home: kept, once for a number                   Write::Disputed
//!        ─► each of its devices, until one has it on disk      sessions/hand.rs
//! ```
//!
//! Which server finds it out is chance: rows that have lost are not handed on, so the home may
//! never hear of one.

use super::TrunkId;
use crate::engine::Engine;
use crate::limits::DISPUTED_MAX;
use crate::output::{Handed, Output};
use crate::{Place, Write};
use postrider_proto::Number;
use postrider_proto::native::Dispute;
use std::collections::BTreeMap;

/// What the owner of a number that was at home here is to be told.
#[derive(Clone, Copy, Debug)]
struct Kept {
    dispute: Dispute,
    is_told: bool,
    place: Place,
}

/// Disputes of numbers.
#[derive(Debug, Default)]
pub(crate) struct Disputes {
    /// Those of this turn, of which nothing is decided yet.
    found: Vec<Dispute>,
    /// Those of numbers that are at home elsewhere, and the trunk that was handed each.
    passing: BTreeMap<Number, (Dispute, Option<TrunkId>)>,
    /// Those of numbers that were at home here. One for each; it lasts.
    kept: BTreeMap<Number, Kept>,
    /// Something has changed for those that pass, or are kept.
    is_stirred: bool,
}

impl Disputes {
    pub(super) fn find(&mut self, dispute: Dispute) {
        if self.found.len() < DISPUTED_MAX {
            self.found.push(dispute);
        }
    }

    /// A way, a trunk, or a number's home is another one.
    pub(super) fn stir(&mut self) {
        self.is_stirred |= !(self.passing.is_empty() && self.kept.is_empty());
    }

    /// The next server has it on disk or further on.
    pub(super) fn passed(&mut self, number: Number) {
        self.passing.remove(&number);
    }

    /// A trunk ended before that.
    pub(super) fn came_back(&mut self, number: Number) {
        if let Some((_, trunk)) = self.passing.get_mut(&number) {
            *trunk = None;
        }
        self.stir();
    }

    pub(super) fn has(&self, number: Number) -> bool {
        self.kept.contains_key(&number)
    }

    /// What the owner of a number has not been told.
    pub(super) fn untold(&self, number: Number) -> Option<Dispute> {
        self.kept.get(&number).filter(|kept| !kept.is_told).map(|kept| kept.dispute)
    }

    pub(super) fn set(&mut self, dispute: Dispute, is_told: bool, place: Place) {
        self.kept.insert(dispute.number, Kept { dispute, is_told, place });
    }

    /// Whether the owner was told, if the record at this place says so.
    pub(super) fn written_at(&self, number: Number, place: Place) -> Option<bool> {
        let kept = self.kept.get(&number)?;
        (kept.place == place).then_some(kept.is_told)
    }

    pub(super) fn len(&self) -> usize {
        self.kept.len()
    }

    fn pass(&mut self, dispute: Dispute) {
        if self.passing.len() < DISPUTED_MAX {
            self.passing.entry(dispute.number).or_insert((dispute, None));
        }
    }
}

impl Engine {
    /// Another server knows that a number was bound to another key, too.
    pub(crate) fn hear_dispute(&mut self, id: TrunkId, item: u64, dispute: Dispute) {
        self.output(Output::Took { trunk: id, item });
        if self.native.trunks.peer(id).is_some() {
            self.native.disputes.find(dispute);
        }
    }

    /// Keeps what is known of own numbers, and hands on what is known of others.
    pub(crate) fn settle_disputes(&mut self) {
        let found = std::mem::take(&mut self.native.disputes.found);
        if found.is_empty() && !std::mem::take(&mut self.native.disputes.is_stirred) {
            return;
        }
        self.let_go_of_disputes();
        for dispute in found {
            match self.is_native_here(dispute.number) {
                true => self.keep_dispute(dispute),
                false => self.native.disputes.pass(dispute),
            }
        }
        self.pass_disputes();
    }

    /// The key that counts is not told that it has won over itself.
    fn keep_dispute(&mut self, dispute: Dispute) {
        let number = dispute.number;
        let counts = self.native.rows.bound(number);
        let is_other = counts.is_some_and(|bound| bound.first != dispute.first);
        if is_other && !self.native.disputes.has(number) {
            self.write(&Write::Disputed { dispute, is_told: false });
            self.native.sessions.stir(number);
        }
    }

    /// What was not told before the number moved is told at its new home.
    fn let_go_of_disputes(&mut self) {
        let disputes = &self.native.disputes;
        let untold: Vec<Number> =
            disputes.kept.iter().filter(|(_, kept)| !kept.is_told).map(|(n, _)| *n).collect();
        for number in untold {
            let dispute = self.native.disputes.untold(number);
            if let Some(dispute) = dispute.filter(|_| self.native.home(number).is_some()) {
                self.native.disputes.pass(dispute);
                self.write(&Write::Disputed { dispute, is_told: true });
            }
        }
    }

    fn pass_disputes(&mut self) {
        let passing = &self.native.disputes.passing;
        let waiting = passing.values().filter(|(_, trunk)| trunk.is_none());
        let waiting: Vec<Dispute> = waiting.map(|(dispute, _)| *dispute).collect();
        for dispute in waiting {
            let number = dispute.number;
            if self.is_native_here(number) {
                // It has come home meanwhile.
                self.native.disputes.passed(number);
                self.keep_dispute(dispute);
            } else if let Some(trunk) = self.trunk_to_owner(&dispute) {
                self.give_dispute(trunk, dispute);
            }
        }
    }

    /// The trunk on the way to the home of the key that counts, once it is known here.
    fn trunk_to_owner(&self, dispute: &Dispute) -> Option<TrunkId> {
        let native = &self.native;
        let bound = native.rows.bound(dispute.number)?;
        let home = native.home(dispute.number).filter(|_| bound.first != dispute.first)?;
        native.trunks.to(native.routes.to(home)?.next)
    }

    fn give_dispute(&mut self, trunk: TrunkId, dispute: Dispute) {
        let Some(tag) = self.native.trunks.give_dispute(trunk, dispute.number, self.now) else {
            return;
        };
        if let Some((_, with)) = self.native.disputes.passing.get_mut(&dispute.number) {
            *with = Some(trunk);
        }
        self.output(Output::Hand { trunk, tag, what: Handed::Dispute(dispute) });
    }
}
