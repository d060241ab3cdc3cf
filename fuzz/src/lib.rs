//! What each fuzz target does with its bytes. The tests of the engine include this
//! file and hand it every file of the corpora, so a plain `cargo test` replays them.

pub mod classic_parser;
pub mod log_records;
mod script;
pub mod turn;

#[path = "../../crates/engine/tests/support/disk.rs"]
mod disk;
