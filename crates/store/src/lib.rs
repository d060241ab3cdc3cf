//! Keeps on disk what a server's engine writes.
//!
//! ```text
//!   postrider.redb
//!     meta   "format" → 1, "server" → the server's place in the line
//!     log    place of the first byte → up to 16 KB of whole records
//! ```
//!
//! The log is one endless string of bytes, cut into rows whose keys are in sequence:
//! a commit is one short transaction that appends at the right edge of the tree, and
//! one flush. The store does not know what the records say.

mod error;
mod room;
mod store;

pub use error::StoreError;
pub use room::{Room, disk_room};
pub use store::{FORMAT, Store, Summary};
