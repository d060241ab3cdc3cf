//! Simulated worlds of servers and people, and the checkers of what is promised.
//!
//! ```text
//!   seed, Options ─► World: people ── wires ── servers (engine + store) ── disks
//!                      │                          │
//!                      │ first faults, then calm, │ every input, write and output
//!                      ▼ then a quiet hour        ▼
//!                    Report ◄──────────────── checkers ──► Violation, with its seed
//! ```
//!
//! The engine and the store are the real ones; time, wires, disks, crashes and people
//! are simulated. There is one queue of events and one source of dice, so a seed with
//! the same options gives the same trace, datagram by datagram.
//!
//! Deliberately absent: wall clocks, threads, hash maps, printing.

mod bugs;
mod check;
mod clock;
pub mod devices;
mod disk;
mod hearing;
pub mod links;
mod medium;
mod options;
mod parcels;
mod person;
mod queue;
mod recorder;
mod report;
mod rogue;
mod site;
mod texts;
mod trace;
pub mod trunks;
mod wire;
mod world;

pub use bugs::Bug;
pub use options::{Checks, Disk, Options, Weather};
pub use report::{Excused, Promise, Report, Violation};
pub use world::{run, tell};
