//! The corpora of the fuzz targets, replayed: what a fuzzer once found interesting
//! keeps being tried by every `cargo test`.

#![allow(clippy::expect_used, reason = "a corpus that cannot be read is to fail loudly")]
#![allow(clippy::print_stdout, reason = "the test harness shows it only where it fails")]
#![allow(unreachable_pub, reason = "the fuzz targets need it public")]

#[path = "../../../fuzz/src/lib.rs"]
mod fuzz;
#[path = "../../../fuzz/src/replay.rs"]
mod replay;

use replay::replay;

#[test]
fn no_bytes_confuse_the_classic_parser() {
    replay("classic_parser", fuzz::classic_parser::run);
}

#[test]
fn no_bytes_confuse_the_log() {
    replay("log_records", fuzz::log_records::run);
}

#[test]
fn no_life_stops_a_turn_or_replays_differently() {
    replay("turn", fuzz::turn::run);
}
