//! SMPP. A test of the smpp crate includes this file and replays their corpora.

pub mod parts;
pub mod pdu;
pub mod session;
