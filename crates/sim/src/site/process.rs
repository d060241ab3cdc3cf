//! A run of a server, and its own time.

use crate::parcels::Parcel;
use crate::recorder::Recorder;
use postrider_engine::{Engine, Outbox, Time, edge};

/// A run of a server.
pub(super) struct Process {
    pub(super) engine: Engine,
    pub(super) log: Recorder,
    pub(super) printer: edge::Printer,
    pub(super) outbox: Outbox,
    pub(super) started: Time,
    /// What leaves when the flush is done.
    pub(super) leaving: Vec<Parcel>,
    pub(super) is_flushing: bool,
    pub(super) due_at: Option<Time>,
}

/// A server's own time begins here, whenever it starts.
pub(super) const LOCAL_START: Time = Time::from_micros(1_000_000);

impl Process {
    pub(super) fn local(&self, now: Time, fast: bool) -> Time {
        let since = now.since(self.started);
        LOCAL_START + if fast { since * 2 } else { since }
    }

    pub(super) fn world(&self, local: Time, fast: bool) -> Time {
        let since = local.since(LOCAL_START);
        self.started + if fast { since / 2 } else { since }
    }
}
