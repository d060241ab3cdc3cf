//! Worlds of real clients on real servers.
//!
//! ```text
//!   seed ─► Options ─► World ── people write, read ──► Device: postrider_client::Device,
//!                        │                              │      a profile in SQLite
//!      faults, calm,     │                              │ datagrams ── wires
//!      quiet             │                             Site: engine + log + Endpoint, as in trunks
//!                        ▼                              │
//!                     Report ◄──── Checkers ◄───────────┘ what devices tell, and their histories
//! ```
//!
//! Servers, wires and their troubles are those of [`crate::trunks`]. Devices lose power after any
//! of their effects: a step of a turn, something told, a datagram. What they had on disk they have
//! when they come back; files lie in a folder that ends with the world.

mod bugs;
mod check;
mod device;
mod ledger;
mod options;
mod report;
mod world;

pub use bugs::Bug;
pub use options::{Given, Options};
pub use report::{Promise, Report, Violation};
pub use world::run;
