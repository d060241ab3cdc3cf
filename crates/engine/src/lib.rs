//! Every decision that a postrider server takes.
//!
//! ```text
//!   inputs ─► step each ─► what is due ─► commit ─► outputs      (turn.rs)
//!               │              │            ▲
//!               └── write() ───┴── Journal ─┘    apply() changes the memory
//! ```
//!
//! Deliberately absent: sockets, files, clocks, randomness, threads, hash maps.
//! The same inputs at the same times give the same outputs and writes, on every
//! machine; the simulator depends on it.
//!
//! Where to look: the order of a turn is in `turn`, all lasting changes in
//! `write`, all limits in `limits`, all deadlines in `deadlines`.

mod clients;
mod counters;
mod deadlines;
mod directory;
pub mod edge;
mod engine;
mod fingerprint;
mod forward;
mod heard;
mod input;
mod lately;
pub mod limits;
mod lists;
mod mail;
mod marks;
mod native;
mod output;
mod quotas;
mod recents;
mod servers;
mod time;
mod turn;
mod write;

pub use counters::Counters;
pub use deadlines::durations;
pub use engine::{Config, Engine, Sizes};
pub use input::{Input, ReplyTo};
pub use mail::Kind;
pub use native::{
    Bound, Claims, Code, Home, MessageReport, MessageState, NativeConfig, NumberReport,
    NumberTrace, QueueReport, Route, Says, Station, StationReport, Step, TrunkId, Whereabouts,
};
pub use output::{Handed, Outbox, Output, RowAt};
pub use time::Time;
pub use turn::{Log, OpenError, Row, drain, open, turn};
pub use write::{Damaged, Origin, Place, Write, records};
