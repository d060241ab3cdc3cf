//! Clients' marks: a `send` that equals the last one from its client is a repeat.

use crate::fingerprint::fingerprint_of_mark;
use postrider_proto::classic::Seq;
use postrider_proto::{Number, Text};
use std::collections::BTreeMap;

/// A client's last `send`, if it was marked. Ten bytes, since there may be one for
/// each client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Last {
    fingerprint: [u8; 8],
    pub(crate) mark: Seq,
    pub(crate) seq: Seq,
}

impl Last {
    pub(crate) fn new(mark: Seq, seq: Seq, fingerprint: u64) -> Last {
        Last { fingerprint: fingerprint.to_le_bytes(), mark, seq }
    }

    pub(crate) fn fingerprint(&self) -> u64 {
        u64::from_le_bytes(self.fingerprint)
    }
}

/// The last `send` of each client that marks its own.
#[derive(Debug, Default)]
pub(crate) struct Marks(BTreeMap<Number, Last>);

impl Marks {
    /// Remembers a `send`; one without a mark is compared with none.
    pub(crate) fn remember(
        &mut self,
        client: Number,
        mark: Seq,
        seq: Seq,
        to: Number,
        text: Text<'_>,
    ) {
        if mark == Seq::ZERO {
            self.0.remove(&client);
        } else {
            self.0.insert(client, Last::new(mark, seq, fingerprint_of_mark(mark, to, text)));
        }
    }

    pub(crate) fn set(&mut self, client: Number, last: Last) {
        self.0.insert(client, last);
    }

    pub(crate) fn forget(&mut self, client: Number) {
        self.0.remove(&client);
    }

    pub(crate) fn last(&self, client: Number) -> Option<Last> {
        self.0.get(&client).copied()
    }

    /// The number that a `send` got when it came before, if it is a repeat.
    pub(crate) fn repeat_of(
        &self,
        client: Number,
        mark: Seq,
        to: Number,
        text: Text<'_>,
    ) -> Option<Seq> {
        let last = self.0.get(&client).filter(|last| last.mark == mark)?;
        (last.fingerprint() == fingerprint_of_mark(mark, to, text)).then_some(last.seq)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}
