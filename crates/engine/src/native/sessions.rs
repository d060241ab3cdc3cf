//! Sessions: clients of this server that are attached natively.
//!
//! ```text
//!   attach ─► a verdict ─► claim ─► the number's row, at home here        attach.rs
//!   a message of the client ─► on its way, or into a mailbox              submit.rs
//!   a mailbox ─► its sessions, some at a time, in order ─► custody        hand.rs
//!   the reader's own receipt ─► ends the text, and travels to its sender  submit.rs
//!   what the directory says, where a message is                           ask.rs
//! ```

mod ask;
mod attach;
mod hand;
mod submit;

use super::{Bound, TrunkId};
use crate::Place;
use crate::engine::Engine;
use crate::limits::SESSION_HANDED_MAX;
use postrider_proto::Number;
use postrider_proto::native::OwnerKey;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// An attached client's device, or one that wants to be attached.
#[derive(Debug)]
struct Session {
    number: Number,
    key: OwnerKey,
    is_attached: bool,
    /// To what the number was bound when this was attached: that its key holds was seen then.
    bound: Option<Bound>,
    /// What it was handed and has not on disk, by tags.
    given: BTreeMap<u64, Place>,
    next_tag: u64,
    /// The tag of what it was handed of the number's dispute.
    dispute: Option<u64>,
    /// What it was handed and still waits in the mailbox.
    handed: BTreeSet<Place>,
    /// All that waits and is before this place it was handed.
    handed_before: Place,
}

/// All sessions.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    up: BTreeMap<TrunkId, Session>,
    /// The attached ones.
    of_number: BTreeSet<(Number, TrunkId)>,
    /// Questions that were handed on, the latest last.
    asked: VecDeque<ask::Asked>,
    /// Numbers whose sessions are to be looked at in this turn.
    stirred: BTreeSet<Number>,
}

impl Session {
    fn room(&self) -> usize {
        SESSION_HANDED_MAX.saturating_sub(self.given.len())
    }

    fn tag(&mut self) -> u64 {
        self.next_tag += 1;
        self.next_tag - 1
    }

    fn give(&mut self, kept: Place) -> u64 {
        let tag = self.tag();
        self.given.insert(tag, kept);
        self.handed.insert(kept);
        tag
    }
}

impl Sessions {
    pub(crate) fn len(&self) -> usize {
        self.up.len()
    }

    pub(super) fn has(&self, id: TrunkId) -> bool {
        self.up.contains_key(&id)
    }

    fn attached_under(&self, number: Number) -> impl Iterator<Item = TrunkId> {
        let range = (number, TrunkId(0))..=(number, TrunkId(u32::MAX));
        self.of_number.range(range).map(|(_, id)| *id)
    }

    /// Under which number a session is attached.
    fn number_of(&self, id: TrunkId) -> Option<Number> {
        self.up.get(&id).filter(|session| session.is_attached).map(|session| session.number)
    }

    fn attach(&mut self, id: TrunkId, is_attached: bool, bound: Option<Bound>) {
        let Some(session) = self.up.get_mut(&id) else { return };
        (session.is_attached, session.bound) = (is_attached, bound);
        if !is_attached {
            // What it was handed may come back here, and is handed again then.
            session.given.clear();
            session.dispute = None;
            session.handed.clear();
            session.handed_before = Place(0);
        }
        match is_attached {
            true => self.of_number.insert((session.number, id)),
            false => self.of_number.remove(&(session.number, id)),
        };
    }

    fn remove(&mut self, id: TrunkId) {
        if let Some(session) = self.up.remove(&id) {
            self.of_number.remove(&(session.number, id));
        }
    }

    pub(super) fn has_attached(&self) -> bool {
        !self.of_number.is_empty()
    }

    /// Something has changed for a number: what, its sessions find out.
    pub(crate) fn stir(&mut self, number: Number) {
        if self.has_attached() && self.attached_under(number).next().is_some() {
            self.stirred.insert(number);
        }
    }

    /// A message waits no more.
    pub(crate) fn forget(&mut self, number: Number, kept: Place) {
        if self.of_number.is_empty() {
            return;
        }
        let ids: Vec<TrunkId> = self.attached_under(number).collect();
        for id in ids {
            if let Some(session) = self.up.get_mut(&id) {
                session.handed.remove(&kept);
            }
        }
        self.stir(number);
    }

    /// Whether a device may have a message that waits.
    pub(super) fn may_have(&self, number: Number, kept: Place) -> bool {
        let mut sessions = self.attached_under(number).filter_map(|id| self.up.get(&id));
        sessions.any(|session| session.handed.contains(&kept))
    }
}

impl Engine {
    /// The link of a device is down.
    pub(super) fn session_down(&mut self, id: TrunkId) {
        self.native.sessions.remove(id);
    }

    /// Whether a number is at home here, and bound to a key.
    pub(crate) fn is_native_here(&self, number: Number) -> bool {
        self.native.rows.bound(number).is_some()
            && self.whereabouts(number) == super::Whereabouts::Here
    }
}
