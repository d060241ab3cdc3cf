//! What a datagram of 1,200 bytes with eight items costs: sealed, sent, opened, taken into
//! custody, reported.
//!
//! `cargo run --release -p postrider-link --example packets`, or, for instructions,
//! `valgrind --tool=callgrind target/release/examples/packets 20000`.
#![allow(clippy::print_stdout, clippy::expect_used)]

#[path = "../tests/support/direct.rs"]
mod direct;

use direct::{Direct, ITEMS};
use postrider_link::Mode;

fn main() {
    let steps = std::env::args().nth(1).and_then(|steps| steps.parse().ok()).unwrap_or(500_000);
    let mut direct = Direct::new(Mode::Sealed);
    let before = (direct.packets, direct.bytes);
    (0..steps).for_each(|_| direct.step());
    let (packets, bytes) = (direct.packets - before.0, direct.bytes - before.1);
    println!("{packets} datagrams of {} bytes with {ITEMS} items each", bytes / packets.max(1));
}
