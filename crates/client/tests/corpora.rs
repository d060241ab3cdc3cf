//! The corpus of the fuzz target of the code of a second device, replayed: what a fuzzer once
//! found interesting keeps being tried by every `cargo test`.

#![allow(clippy::expect_used, reason = "a corpus that cannot be read is to fail loudly")]
#![allow(clippy::print_stdout, reason = "the test harness shows it only where it fails")]
#![allow(unreachable_pub, reason = "the fuzz targets need it public")]

#[path = "../../../fuzz/src/device_code.rs"]
mod device_code;
#[path = "../../../fuzz/src/replay.rs"]
mod replay;

#[test]
fn no_bytes_confuse_the_parser_of_codes() {
    replay::replay("device_code", device_code::run);
}
