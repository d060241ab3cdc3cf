//! Items in the order in which the server has handed them over.

use crate::limits::EARLY_ITEMS_MAX;
use postrider_link::ItemId;
use std::collections::BTreeMap;

/// The items of one session that have come before one that the server has handed over earlier.
#[derive(Default)]
pub(super) struct Intake {
    next: u64,
    early: BTreeMap<u64, (ItemId, Vec<u8>)>,
}

impl Intake {
    /// A new session begins.
    pub(super) fn clear(&mut self) {
        self.next = 0;
        self.early.clear();
    }

    /// False if more are early than a server may hand over.
    pub(super) fn push(&mut self, item: ItemId, bytes: Vec<u8>) -> bool {
        self.early.insert(item.number, (item, bytes));
        self.early.len() <= EARLY_ITEMS_MAX
    }

    /// The next one, if it has come.
    pub(super) fn pop(&mut self) -> Option<(ItemId, Vec<u8>)> {
        let next = self.early.remove(&self.next)?;
        self.next += 1;
        Some(next)
    }
}
