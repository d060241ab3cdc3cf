//! What a path carries: of one link, and of two that share it.
//!
//! A link's rate counts all bytes that a datagram takes: its own, and the headers of UDP
//! and IPv4. What is measured against it are the bytes of items that have arrived, once
//! each: so headers, tags, numbers, reports and what is sent twice are all losses.

use super::net::Wire;
use super::node::{Node, Source};
use super::world::World;
use postrider_link::{Config, LinkConfig, PeerConfig, PeerId};
use std::time::Duration;

/// Bytes of an item: fills a packet of 256 bytes, and five a packet of 1,200.
pub const ITEM_BYTES: usize = 228;
/// Bytes of the headers of UDP and IPv4.
pub const HEADER_BYTES: usize = 28;
/// How long a link may take to come up.
const PATIENCE_S: u64 = 600;

/// A path between two servers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Path {
    /// Bytes a second, with all headers, each way.
    pub rate: f64,
    /// A round trip of a packet of no length, through empty queues.
    pub round_trip: Duration,
    /// The share of the packets that is lost at random, each way.
    pub loss: f64,
    /// Bytes of the link's datagrams at most.
    pub mtu: u16,
}

/// What a link did with a path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Carried {
    /// Bytes of items that arrived, of the bytes that the path carried or could have.
    pub share: f64,
    /// The longest wait in the path's queue, from the beginning.
    pub queue: Duration,
}

impl Path {
    /// There and back for a full packet, through empty queues.
    pub fn trip(&self) -> Duration {
        let packet = (usize::from(self.mtu) + HEADER_BYTES) as f64 / self.rate;
        self.round_trip + Duration::from_secs_f64(packet)
    }

    /// The share of its bytes that items can be at most, if every datagram is full of
    /// them, and all arrive.
    pub fn share_max(&self) -> f64 {
        // A frame has 3 bytes, and two for its length but for the last; a packet has 25.
        let items = (usize::from(self.mtu) - 25 + 2) / (ITEM_BYTES + 5);
        let datagram = 25 + items * (ITEM_BYTES + 5) - 2;
        (items * ITEM_BYTES) as f64 / (datagram + HEADER_BYTES) as f64
    }

    fn wire(&self) -> Wire {
        let wire = Wire { delay: self.round_trip / 2, header_bytes: HEADER_BYTES, ..Wire::new(0) };
        wire.rate(self.rate).loss(self.loss)
    }

    fn link(&self) -> LinkConfig {
        LinkConfig { mtu: self.mtu, ..LinkConfig::default() }
    }
}

/// Sends as much as the link takes, for a while before it counts, and then for `time`.
/// None if the link did not come up. Costs some ten microseconds a packet.
pub fn carry(seed: u64, path: &Path, before: Duration, time: Duration) -> Option<Carried> {
    let mut world = World::new(seed);
    let [there, back] = [(), ()].map(|()| world.wire(path.wire()));
    let peer = join(&mut world, path.link(), (there, back));
    come_up(&mut world)?;
    supply(&mut world, 0, peer?);
    world.run_for(before);
    let came = world.nodes[1].item_bytes;
    world.run_for(time);
    let came = (world.nodes[1].item_bytes - came) as f64;
    let queue = world.wires[there].seen.longest_queue;
    Some(Carried { share: came / time.as_secs_f64() / path.rate, queue })
}

/// Two links through one path, each with a way of its own to and from it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sharing {
    /// The path; its round trip is that of the first link.
    pub path: Path,
    /// The round trip of the second.
    pub other_round_trip: Duration,
    /// How much later the second begins.
    pub later: Duration,
    /// How long they have to find their shares, and how long those are measured.
    pub times: (Duration, Duration),
}

/// What each of two links had of the path that they share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shared {
    /// Bytes of items of each, of the bytes that the path could carry.
    pub shares: [f64; 2],
    /// The longest wait in the queue since both have been there for as long as they are
    /// given to find their shares, and from the beginning.
    pub queues: [Duration; 2],
}

/// How fair two shares are: 1 if they are equal, one half if one has all.
pub fn jain(shares: [f64; 2]) -> f64 {
    let sum: f64 = shares.iter().sum();
    sum * sum / (2.0 * shares.iter().map(|share| share * share).sum::<f64>())
}

/// Two links through one path. None if a link did not come up.
pub fn share(seed: u64, sharing: &Sharing) -> Option<Shared> {
    let Sharing { path, other_round_trip, later, times: (before, time) } = *sharing;
    let mut world = World::new(seed);
    let shared = world.wire(Wire { delay: Duration::ZERO, ..path.wire() });
    let mut peers = Vec::new();
    for delay in [path.round_trip, other_round_trip] {
        // The way there has no delay of its own, so the way back has all of it.
        let back = world.wire(Wire { delay, ..Wire::new(0).loss(path.loss) });
        peers.push(join(&mut world, path.link(), (shared, back))?);
    }
    come_up(&mut world)?;
    for (index, peer) in peers.into_iter().enumerate() {
        supply(&mut world, 2 * index, peer);
        world.run_for(if index == 0 { later } else { before });
    }
    let longest = std::mem::take(&mut world.wires[shared].seen.longest_queue);
    let came = [1, 3].map(|node: usize| world.nodes[node].item_bytes);
    world.run_for(time);
    let since = |index: usize| world.nodes[2 * index + 1].item_bytes - came[index];
    let share = |index: usize| since(index) as f64 / time.as_secs_f64() / path.rate;
    let queue = world.wires[shared].seen.longest_queue;
    Some(Shared { shares: [share(0), share(1)], queues: [queue, queue.max(longest)] })
}

/// Two more nodes, of which the first dials the second over these wires.
fn join(world: &mut World, link: LinkConfig, (there, back): (usize, usize)) -> Option<PeerId> {
    let (a, b) = (world.add(Config::default()), world.add(Config::default()));
    world.route(a, b, there);
    world.route(b, a, back);
    let key = |world: &World, node: usize| Some(world.nodes[node].endpoint.public_key());
    let (ann, ben) = (key(world, a), key(world, b));
    let now = world.now;
    let waits = PeerConfig { key: ann, address: None, link };
    world.nodes[b].endpoint.add_peer(now, waits).ok()?;
    let dials = PeerConfig { key: ben, address: Some(super::world::address(b)), link };
    world.nodes[a].endpoint.add_peer(now, dials).ok()
}

fn come_up(world: &mut World) -> Option<()> {
    let are_up = |world: &World| world.nodes.iter().all(|node: &Node| node.ups() > 0);
    world.run_until_so(PATIENCE_S, are_up).then_some(())
}

fn supply(world: &mut World, from: usize, peer: PeerId) {
    world.nodes.iter_mut().for_each(|node| node.remembers = false);
    world.nodes[from].source = Some(Source { peer, bytes: ITEM_BYTES, ahead: usize::MAX });
}
