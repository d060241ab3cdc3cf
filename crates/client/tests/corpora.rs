//! The corpora of the fuzz targets of the client, replayed: what a fuzzer once found interesting
//! keeps being tried by every `cargo test`.

#![allow(clippy::expect_used, reason = "a corpus that cannot be read is to fail loudly")]
#![allow(clippy::print_stdout, reason = "the test harness shows it only where it fails")]
#![allow(unreachable_pub, reason = "the fuzz targets need it public")]

#[path = "../../../fuzz/src/device_code.rs"]
mod device_code;
#[path = "../../../fuzz/src/group_text.rs"]
mod group_text;
#[path = "../../../fuzz/src/replay.rs"]
mod replay;
#[path = "../../../fuzz/src/session.rs"]
mod session;

#[test]
fn no_bytes_confuse_the_parser_of_codes() {
    replay::replay("device_code", device_code::run);
}

#[test]
fn no_text_confuses_the_reader_of_tallies() {
    replay::replay("group_text", group_text::run);
}

#[test]
fn no_server_stops_a_session() {
    replay::replay("session", session::run);
}
