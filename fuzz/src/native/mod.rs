//! The native items. A test of proto includes this file and replays their corpora.

pub mod item;
pub mod message;
pub mod row;
