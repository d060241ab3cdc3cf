//! Links on simulated wires: a few endpoints of the real link, driven as a server drives
//! one, and what a path carries.
//!
//! ```text
//!   Source ─► Node: endpoint, clock, disk ─► Wire: queue, delay, chance ─► Node
//!                       World: one clock, one source of dice
//! ```

pub mod net;
pub mod node;
mod path;
pub mod world;

pub use path::{Carried, HEADER_BYTES, ITEM_BYTES, Path, Shared, Sharing, carry, jain, share};
