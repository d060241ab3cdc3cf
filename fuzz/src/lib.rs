//! What each fuzz target does with its bytes. The tests of the engine include this
//! file and hand it every file of the corpora, so a plain `cargo test` replays them;
//! those of the link do so with `link`, which needs no engine.

pub mod classic_parser;
#[cfg(not(test))]
pub mod link;
pub mod log_records;
mod script;
pub mod turn;

#[path = "../../crates/engine/tests/support/disk.rs"]
mod disk;
