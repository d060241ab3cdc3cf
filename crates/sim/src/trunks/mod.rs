//! Worlds of servers that are joined by native trunks, in any shape.
//!
//! ```text
//!   seed ─► Options ─► World ── people ask ──► Site: engine + log + Endpoint ◄── wires
//!                        │                        │
//!      faults, calm, quiet; troubles              │ every write, answer and custody
//!                        ▼                        ▼
//!                     Report ◄───────────────── Checkers ──► Violation, with its seed
//! ```
//!
//! The engine, the link and the store are the real ones; signatures are made and verified.
//! Time, wires, disks, crashes, clocks, a lying neighbour and people are simulated.

mod bugs;
mod check;
pub(crate) mod keys;
mod letters;
pub(crate) mod net;
mod options;
mod owners;
mod people;
pub(crate) mod report;
mod rogue;
mod shape;
pub(crate) mod site;
pub(crate) mod world;

pub use bugs::Bug;
pub use options::{Given, Options, Weather};
pub use report::{Figures, Promise, Report, Violation};
pub use shape::Shape;
pub use world::{Film, Frame, LinkSeen, News, ServerSeen, Spread, film, run};
