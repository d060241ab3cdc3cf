//! The corpora of the fuzz targets of the link, replayed: what a fuzzer once found
//! interesting keeps being tried by every `cargo test`.

#![allow(clippy::expect_used, reason = "a corpus that cannot be read is to fail loudly")]
#![allow(clippy::print_stdout, reason = "the test harness shows it only where it fails")]
#![allow(unreachable_pub, reason = "the fuzz targets need it public")]

#[path = "../../../fuzz/src/link/mod.rs"]
mod link;
#[path = "../../../fuzz/src/replay.rs"]
mod replay;

use replay::replay;

#[test]
fn nobody_on_the_wire_confuses_a_handshake() {
    replay("link_handshake", link::handshake::run);
}

#[test]
fn no_authentic_peer_stops_a_session() {
    replay("link_packets", link::packets::run);
}
