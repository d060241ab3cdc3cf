//! A run of a server.

use crate::parcels::Parcel;
use crate::recorder::Recorder;
use postrider_engine::{Engine, Outbox, Time, edge};

/// A run of a server.
pub(super) struct Process {
    pub(super) engine: Engine,
    pub(super) log: Recorder,
    pub(super) printer: edge::Printer,
    pub(super) outbox: Outbox,
    /// What leaves when the flush is done.
    pub(super) leaving: Vec<Parcel>,
    pub(super) is_flushing: bool,
    pub(super) due_at: Option<Time>,
}
