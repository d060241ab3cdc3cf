//! The corpora of the fuzz targets of the native items, replayed: what a fuzzer once
//! found interesting keeps being tried by every `cargo test`.

#![allow(clippy::expect_used, reason = "a corpus that cannot be read is to fail loudly")]
#![allow(clippy::print_stdout, reason = "the test harness shows it only where it fails")]
#![allow(unreachable_pub, reason = "the fuzz targets need it public")]

#[path = "../../../fuzz/src/native/mod.rs"]
mod native;
#[path = "../../../fuzz/src/replay.rs"]
mod replay;

use replay::replay;

#[test]
fn no_bytes_confuse_the_parser_of_messages() {
    replay("native_message", native::message::run);
}

#[test]
fn no_bytes_confuse_the_parser_of_rows() {
    replay("native_row", native::row::run);
}

#[test]
fn no_bytes_confuse_the_parser_of_items() {
    replay("native_item", native::item::run);
}
