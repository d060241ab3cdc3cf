//! The corpora of the fuzz targets of SMPP, replayed: what a fuzzer once found interesting keeps
//! being tried by every `cargo test`.

#![allow(clippy::expect_used, reason = "a corpus that cannot be read is to fail loudly")]
#![allow(clippy::print_stdout, reason = "the test harness shows it only where it fails")]
#![allow(unreachable_pub, reason = "the fuzz targets need it public")]

#[path = "../../../fuzz/src/replay.rs"]
mod replay;
#[path = "../../../fuzz/src/smpp/mod.rs"]
mod smpp;

use replay::replay;

#[test]
fn no_bytes_confuse_the_codec() {
    replay("smpp_pdu", smpp::pdu::run);
}

#[test]
fn no_part_is_lost() {
    replay("smpp_parts", smpp::parts::run);
}

#[test]
fn no_client_stops_a_session() {
    replay("smpp_session", smpp::session::run);
}
