//! What no bytes may do to a link.

pub mod handshake;
pub mod packets;
mod pair;
