//! What the tests share.
#![allow(dead_code, unreachable_pub, reason = "each test uses a part of it")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a helper may fail the test")]
#![allow(clippy::print_stdout, reason = "the harness shows it only where it fails")]

pub use postrider_sim::links::{net, node, world};

use node::identity;
use postrider_link::{Config, LinkConfig, PeerConfig, PeerId};
use world::{World, address};

/// Two nodes that know each other; the first dials.
pub struct Pair {
    pub world: World,
    pub ann: PeerId,
    pub ben: PeerId,
}

/// The first node, which dials.
pub const A: usize = 0;
/// The second, which waits.
pub const B: usize = 1;

pub fn peer(secret: u8, host: Option<usize>, link: LinkConfig) -> PeerConfig {
    PeerConfig { key: Some(identity(secret).public()), address: host.map(address), link }
}

/// A pair on these wires, there and back. `ben` is the second node as the first knows it,
/// `ann` the first as the second does.
pub fn pair(seed: u64, there: net::Wire, back: net::Wire, link: LinkConfig) -> Pair {
    println!("world seed {seed}");
    let mut world = World::new(seed);
    world.add(Config::default());
    world.add(Config::default());
    let there = world.wire(there);
    let back = world.wire(back);
    world.route(A, B, there);
    world.route(B, A, back);
    let now = world.now;
    let ann = world.nodes[B].endpoint.add_peer(now, peer(1, None, link)).unwrap();
    let ben = world.nodes[A].endpoint.add_peer(now, peer(2, Some(B), link)).unwrap();
    Pair { world, ann, ben }
}

impl Pair {
    /// Runs until both ends are up.
    pub fn up(mut self) -> Pair {
        let are_up = |world: &World| world.nodes.iter().all(|node| node.ups() > 0);
        assert!(self.world.run_until_so(120, are_up), "it never came to be");
        self
    }
}
