//! Keeps on disk what a server's engine writes.
//!
//! ```text
//!   log-0000000000000000   segment: header │ frame │ frame │ …      8 MB, then the next
//!   log-0000000000800a31   segment: header │ frame │ frame          the newest
//! ```
//!
//! The log is one endless string of bytes, cut into segments; a commit appends one
//! frame, with one write and one flush. Old segments are removed once what is still
//! live of them has been written again. The store does not know what the records say.
//! docs/protocol/log.md has every byte.

mod error;
mod files;
mod frame;
mod open;
mod room;
mod store;

pub use error::StoreError;
pub use files::Files;
pub use frame::FORMAT;
pub use open::Summary;
pub use room::{RESERVE_BYTES, Room, free_bytes};
pub use store::{SEGMENT_BYTES, Store};
