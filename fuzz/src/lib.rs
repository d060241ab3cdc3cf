//! What each fuzz target does with its bytes. The tests of the engine include this
//! file and hand it every file of the corpora, so a plain `cargo test` replays them;
//! those of proto, of the link, of the client and of smpp do so with what needs no engine:
//! `native`, `link`; `device_code`, `group_text` and `session`; `smpp`.

pub mod classic_parser;
#[cfg(not(test))]
pub mod device_code;
#[cfg(not(test))]
pub mod group_text;
#[cfg(not(test))]
pub mod link;
pub mod log_records;
#[cfg(not(test))]
pub mod native;
mod script;
#[cfg(not(test))]
pub mod session;
#[cfg(not(test))]
pub mod smpp;
pub mod turn;

#[path = "../../crates/engine/tests/support/disk.rs"]
mod disk;
