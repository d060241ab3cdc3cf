//! How well a link uses what it is given, in simulated time. Run with `--nocapture` for the
//! figures.

mod support;

use postrider_link::LinkConfig;
use std::time::Duration;
use support::net::Wire;
use support::node::Source;
use support::{A, B, Pair, pair};

const MBIT: f64 = 125_000.0;

struct Figures {
    goodput: f64,
    queue: Duration,
}

/// A steady supply of items of 180 bytes for so long.
fn measure(mut pair: Pair, warm_secs: u64, secs: u64) -> Figures {
    pair = pair.up();
    let world = &mut pair.world;
    world.nodes.iter_mut().for_each(|node| node.remembers = false);
    world.nodes[A].source = Some(Source { peer: pair.ben, bytes: 180, ahead: 16_000 });
    world.run_secs(warm_secs);
    let before = world.nodes[B].item_bytes;
    world.run_secs(secs);
    let goodput = (world.nodes[B].item_bytes - before) as f64 / secs as f64;
    let status = world.nodes[A].endpoint.status(world.now, pair.ben);
    println!("{status:?}");
    Figures { goodput, queue: world.wires[0].seen.longest_queue }
}

#[test]
fn without_loss_a_link_is_used_to_85_percent() {
    for (rate, delay_ms) in [(0.0096, 200), (0.1, 50), (1.0, 10), (1.0, 300), (10.0, 25), (10.0, 300)] {
        let link = LinkConfig { mtu: if rate < 0.05 { 256 } else { 1_200 }, ..LinkConfig::default() };
        let wire = Wire::new(delay_ms).rate(rate * MBIT);
        let figures = measure(pair(1, wire.clone(), wire, link), 0, 60);
        let share = figures.goodput / (rate * MBIT);
        println!("{rate} Mbit/s, {delay_ms} ms each way: {share:.3} queue {:?}", figures.queue);
    }
}

#[test]
fn with_a_tenth_lost_a_link_is_used_to_70_percent() {
    for (rate, delay_ms) in [(0.0096, 200), (0.1, 50), (1.0, 10), (1.0, 300), (10.0, 25), (10.0, 300)] {
        let link = LinkConfig { mtu: if rate < 0.05 { 256 } else { 1_200 }, ..LinkConfig::default() };
        let wire = Wire::new(delay_ms).rate(rate * MBIT).loss(0.1);
        let figures = measure(pair(1, wire.clone(), wire, link), 0, 60);
        let share = figures.goodput / (rate * MBIT);
        println!("{rate} Mbit/s, {delay_ms} ms each way: {share:.3} queue {:?}", figures.queue);
    }
}
