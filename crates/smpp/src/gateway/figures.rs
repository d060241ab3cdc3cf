//! What an account did, in figures.

use crate::codec::Status;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Since the server was started.
#[derive(Debug, Default)]
pub(super) struct Figures {
    /// Commands that were taken, by what they are.
    pub(super) submitted: AtomicU64,
    pub(super) texts_handed: AtomicU64,
    pub(super) receipts_handed: AtomicU64,
    pub(super) handed_again: AtomicU64,
    pub(super) replaced: AtomicU64,
    pub(super) binds: AtomicU64,
    refused: Mutex<BTreeMap<&'static str, u64>>,
}

impl Figures {
    pub(super) fn count(figure: &AtomicU64, more: u64) {
        figure.fetch_add(more, Ordering::Relaxed);
    }

    pub(super) fn refuse(&self, status: Status) {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        *refused.entry(status.name().unwrap_or("other")).or_default() += 1;
    }

    pub(super) fn done(&self) -> BTreeMap<String, u64> {
        let all = [
            ("binds", &self.binds),
            ("submitted", &self.submitted),
            ("texts_handed", &self.texts_handed),
            ("receipts_handed", &self.receipts_handed),
            ("handed_again", &self.handed_again),
            ("characters_replaced", &self.replaced),
        ];
        let read =
            |(name, figure): (&str, &AtomicU64)| (name.to_owned(), figure.load(Ordering::Relaxed));
        all.into_iter().map(read).collect()
    }

    pub(super) fn refused(&self) -> BTreeMap<String, u64> {
        let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        refused.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
    }
}
