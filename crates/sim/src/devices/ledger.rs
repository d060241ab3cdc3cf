//! What people wrote, and what is known of it.

use postrider_client::{EntryId, State};
use postrider_proto::Number;
use std::collections::BTreeSet;

/// A text that somebody wrote.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    /// The device that it was written on, and how often that had been installed by then.
    pub(crate) device: usize,
    pub(crate) install: u32,
    pub(crate) to: Number,
    /// In that device's history.
    pub(crate) entry: EntryId,
    pub(crate) is_in_parts: bool,
    /// Somebody has its recipient's number.
    pub(crate) has_reader: bool,
    /// Its sender has taken it back.
    pub(crate) is_withdrawn: bool,
    /// The furthest that was known of it.
    pub(crate) rank: u8,
}

/// All texts. Their ids count from 1.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) all: Vec<Text>,
    /// What devices had on disk that were lost: the number, and the texts.
    pub(crate) lost: BTreeSet<(Number, u32)>,
    /// Numbers, and senders of whom such a device had texts that it could not open yet.
    pub(crate) lost_closed: BTreeSet<(Number, Number)>,
}

impl Ledger {
    /// The id of the next text.
    pub(crate) fn next(&self) -> u32 {
        self.all.len() as u32 + 1
    }

    pub(crate) fn get(&self, id: u32) -> Option<&Text> {
        self.all.get((id as usize).checked_sub(1)?)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &Text)> {
        (1..).zip(&self.all)
    }

    /// The text of an entry of a device's history.
    pub(crate) fn find(
        &mut self,
        device: usize,
        install: u32,
        entry: EntryId,
    ) -> Option<&mut Text> {
        let is_it =
            |text: &&mut Text| (text.device, text.install, text.entry) == (device, install, entry);
        self.all.iter_mut().rev().find(is_it)
    }
}

/// The ranks from which on its end is known, and from which on it is delivered, signed.
pub(crate) const ENDED: u8 = 3;
pub(crate) const PROVEN: u8 = 6;

/// How far it is known to be.
pub(crate) fn rank(state: &State) -> u8 {
    match state {
        State::Waiting => 0,
        State::Accepted { .. } => 1,
        State::Traced { .. } => 2,
        State::PassedOn { .. } | State::Expired { .. } | State::Refused { .. } => 3,
        State::Delivered { proven: false, .. } => 4,
        State::Read { proven: false, .. } => 5,
        State::Delivered { proven: true, .. } => 6,
        State::Read { proven: true, .. } => 7,
    }
}
