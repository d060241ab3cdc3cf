//! How well links use what they are given, in simulated time. With `--nocapture` the
//! figures are printed.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a helper may fail the test")]
#![allow(clippy::print_stdout, reason = "the figures, and the seed of what fails")]

mod support;

use postrider_link::LinkConfig;
use postrider_sim::links::{
    Carried, HEADER_BYTES, ITEM_BYTES, Path, Shared, Sharing, carry, jain, share,
};
use std::time::Duration;
use support::net::Wire;
use support::node::Source;
use support::{A, B, Pair, pair};

const MBIT: f64 = 125_000.0;

/// Bytes a second, and milliseconds each way.
const PATHS: [(f64, u64); 6] = [
    (0.0096 * MBIT, 200),
    (0.1 * MBIT, 50),
    (MBIT, 10),
    (MBIT, 300),
    (10.0 * MBIT, 25),
    (10.0 * MBIT, 300),
];

fn link_of(rate: f64) -> LinkConfig {
    LinkConfig { mtu: if rate < 0.05 * MBIT { 256 } else { 1_200 }, ..LinkConfig::default() }
}

/// How long a packet takes there and back through empty queues.
fn round_trip(rate: f64, delay_ms: u64) -> Duration {
    let packet = f64::from(link_of(rate).mtu) / rate;
    Duration::from_millis(2 * delay_ms) + Duration::from_secs_f64(packet)
}

fn path(rate: f64, delay_ms: u64, loss: f64) -> Path {
    Path { rate, round_trip: Duration::from_millis(2 * delay_ms), loss, mtu: link_of(rate).mtu }
}

struct Figures {
    /// Bytes of items, of the bytes that the path could carry.
    goodput: f64,
    longest_queue: Duration,
}

fn supply(pair: &mut Pair, from: usize) {
    let peer = if from == A { pair.ben } else { pair.ann };
    pair.world.nodes.iter_mut().for_each(|node| node.remembers = false);
    pair.world.nodes[from].source = Some(Source { peer, bytes: ITEM_BYTES, ahead: 12_000 });
}

/// A steady supply of items; the first seconds are not counted.
fn measure(mut pair: Pair, rate: f64, warm_secs: u64, secs: u64) -> Figures {
    supply(&mut pair, A);
    let world = &mut pair.world;
    world.run_secs(warm_secs);
    let before = world.nodes[B].item_bytes;
    world.run_secs(secs);
    let bytes = (world.nodes[B].item_bytes - before) as f64;
    let longest_queue = world.wires[0].seen.longest_queue;
    Figures { goodput: bytes / secs as f64 / rate, longest_queue }
}

fn show(name: &str, rate: f64, delay_ms: u64, figures: &Figures) {
    let Figures { goodput, longest_queue } = figures;
    let (mbit, queue_ms) = (rate / MBIT, longest_queue.as_millis());
    let trip = round_trip(rate, delay_ms).as_millis();
    println!("{name}: {mbit:7.4} Mbit/s, {trip:4} ms: goodput {goodput:.3}, queue ≤ {queue_ms} ms");
}

#[test]
fn without_loss_a_link_is_used_to_85_percent_and_its_queue_stays_short() {
    for (rate, delay_ms) in PATHS {
        let wire = Wire::new(delay_ms).rate(rate);
        let pair = pair(1, wire.clone(), wire, link_of(rate)).up();
        let figures = measure(pair, rate, 15, 30);
        show("no loss", rate, delay_ms, &figures);
        assert!(figures.goodput >= 0.85);
        assert!(figures.longest_queue < 2 * round_trip(rate, delay_ms));
    }
}

#[test]
fn with_a_tenth_lost_at_random_a_link_is_used_to_70_percent() {
    for (rate, delay_ms) in PATHS {
        let wire = Wire::new(delay_ms).rate(rate).loss(0.1);
        let pair = pair(2, wire.clone(), wire, link_of(rate)).up();
        let figures = measure(pair, rate, 15, 30);
        show("10 % lost", rate, delay_ms, &figures);
        assert!(figures.goodput >= 0.70);
    }
}

#[test]
fn with_a_third_lost_at_random_a_link_does_not_starve() {
    for (rate, delay_ms) in [PATHS[0], PATHS[1], PATHS[2], PATHS[3]] {
        let wire = Wire::new(delay_ms).rate(rate).loss(0.33);
        let pair = pair(3, wire.clone(), wire, link_of(rate)).up();
        let figures = measure(pair, rate, 30, 30);
        show("33 % lost", rate, delay_ms, &figures);
        assert!(figures.goodput >= 0.35);
    }
}

#[test]
fn the_time_of_a_flush_at_the_other_end_does_not_reduce_the_rate() {
    for (rate, delay_ms) in [PATHS[0], PATHS[2], PATHS[4]] {
        let goodput = [0, 100].map(|flush_ms| {
            let wire = Wire::new(delay_ms).rate(rate);
            let mut pair = pair(4, wire.clone(), wire, link_of(rate)).up();
            pair.world.nodes[B].flush = Duration::from_millis(flush_ms);
            let figures = measure(pair, rate, 15, 30);
            show(&format!("flush {flush_ms:3} ms"), rate, delay_ms, &figures);
            figures.goodput
        });
        assert!(goodput[1] >= 0.85 && goodput[1] >= goodput[0] - 0.03, "{goodput:?}");
    }
}

#[test]
fn two_links_through_one_bottleneck_share_it() {
    for (rate, delay_ms) in PATHS {
        // Two hundred round trips to find their shares, and then a minute.
        let later_secs = 20 + 4 * delay_ms / 10;
        let sharing = Sharing {
            path: path(rate, delay_ms, 0.0),
            other_round_trip: Duration::from_millis(2 * delay_ms),
            later: Duration::from_secs(later_secs),
            times: (Duration::from_secs(later_secs), Duration::from_secs(60)),
        };
        let Shared { shares, queues: [_, queue] } = share(5, &sharing).unwrap();
        let jain = jain(shares);
        println!(
            "shared: {:7.4} Mbit/s, {} ms: {shares:.3?}, Jain {jain:.4}, queue ≤ {queue:?}",
            rate / MBIT,
            2 * delay_ms
        );
        assert!(jain >= 0.95);
        assert!(shares[0] + shares[1] >= 0.9 * sharing.path.share_max());
    }
}

#[test]
fn packets_that_overtake_each_other_do_not_reduce_the_rate() {
    for (rate, delay_ms) in [(0.1 * MBIT, 50), (MBIT, 50), (10.0 * MBIT, 50)] {
        let wire = Wire { jitter: Duration::from_millis(30), ..Wire::new(delay_ms).rate(rate) };
        let pair = pair(6, wire.clone(), wire, link_of(rate)).up();
        let figures = measure(pair, rate, 15, 30);
        show("30 ms of jitter", rate, delay_ms, &figures);
        assert!(figures.goodput >= 0.80);
    }
}

#[test]
fn a_path_that_drops_what_is_too_much_is_not_flooded() {
    for (rate, delay_ms) in [(0.1 * MBIT, 50), (MBIT, 50), (10.0 * MBIT, 50)] {
        // Room for three packets, which is less than any target of the queue.
        let queue_max = Duration::from_secs_f64(2.0 * 1_200.0 / rate);
        let wire = Wire { queue_max, ..Wire::new(delay_ms).rate(rate) };
        let mut pair = pair(7, wire.clone(), wire, link_of(rate)).up();
        supply(&mut pair, A);
        pair.world.run_secs(15);
        let before = pair.world.wires[0].seen;
        let figures = measure(pair, rate, 0, 30);
        show("short queue", rate, delay_ms, &figures);
        assert!(figures.goodput >= 0.70);
        assert!(before.dropped * 3 < before.packets, "{before:?}");
    }
}

#[test]
fn a_path_that_changes_is_followed() {
    let (slow, fast) = (0.2 * MBIT, 2.0 * MBIT);
    let mut pair = pair(8, Wire::new(40).rate(fast), Wire::new(40), link_of(fast)).up();
    supply(&mut pair, A);
    for (rate, secs) in [(fast, 20), (slow, 40), (fast, 40), (slow, 40)] {
        pair.world.wires[0].rate = Some(rate);
        pair.world.run_secs(secs / 2);
        let before = pair.world.nodes[B].item_bytes;
        pair.world.run_secs(secs / 2);
        let bytes = (pair.world.nodes[B].item_bytes - before) as f64;
        let share = bytes / (secs / 2) as f64 / rate;
        println!("now {:.1} Mbit/s: goodput {share:.3}", rate / MBIT);
        assert!(share > 0.85, "{rate}: {share}");
    }
}

#[test]
fn both_directions_are_used_at_once() {
    for (rate, delay_ms) in [PATHS[0], PATHS[1], PATHS[2], PATHS[3]] {
        let wire = Wire::new(delay_ms).rate(rate);
        let mut pair = pair(9, wire.clone(), wire, link_of(rate)).up();
        supply(&mut pair, A);
        supply(&mut pair, B);
        pair.world.run_secs(20);
        let before = [0, 1].map(|node| pair.world.nodes[node].item_bytes);
        pair.world.run_secs(40);
        let after = [0, 1].map(|node| pair.world.nodes[node].item_bytes);
        let share = [0, 1].map(|node| (after[node] - before[node]) as f64 / 40.0 / rate);
        println!("both ways: {:7.4} Mbit/s: {share:.3?}", rate / MBIT);
        assert!(share.iter().all(|share| *share > 0.70));
    }
}

#[test]
fn a_queue_on_the_way_back_does_not_slow_the_way_there() {
    // Reports wait half a second behind somebody else's traffic.
    let rate = MBIT;
    let mut pair = pair(10, Wire::new(20).rate(rate), Wire::new(20), link_of(rate)).up();
    supply(&mut pair, A);
    pair.world.run_secs(15);
    pair.world.wires[1].delay = Duration::from_millis(500);
    let figures = measure(pair, rate, 5, 30);
    show("late reports", rate, 20, &figures);
    assert!(figures.goodput >= 0.85);
}

/// Headers of UDP and IPv4 count as bytes of the path here. Half a minute, or forty round
/// trips, to find the rate.
fn carried(rate: f64, delay_ms: u64, loss: f64) -> Carried {
    let path = Path { mtu: 1_200, ..path(rate, delay_ms, loss) };
    let time = Duration::from_secs(15).max(32 * path.trip());
    let carried = carry(1, &path, Duration::from_secs(2) + 40 * path.trip(), time).unwrap();
    println!("{:7.4} Mbit/s, {:4} ms, {loss}: {carried:?}", rate / MBIT, 2 * delay_ms);
    carried
}

#[test]
fn from_slow_to_fast_and_from_near_to_far_links_use_what_paths_carry() {
    for (rate, delay_ms) in [
        (0.01 * MBIT, 300),
        (0.1 * MBIT, 1),
        (0.1 * MBIT, 1_000),
        (MBIT, 5),
        (MBIT, 1_000),
        (10.0 * MBIT, 1),
        (100.0 * MBIT, 5),
    ] {
        assert!(carried(rate, delay_ms, 0.0).share >= 0.85);
        assert!(carried(rate, delay_ms, 0.1).share >= 0.70);
    }
}

/// A packet of 1,200 bytes takes a second, and those of the handshake an eighth of that.
#[test]
fn the_first_packets_on_a_slow_path_make_a_short_queue() {
    let path = Path { mtu: 1_200, ..path(0.01 * MBIT, 5, 0.0) };
    let second = Duration::from_secs(1);
    let Carried { queue, .. } = carry(1, &path, second, 60 * second).unwrap();
    assert!(queue < 2 * path.trip(), "{queue:?}");
}

/// A packet takes as long as the rest of the round trip, or longer, and each link has two
/// or three in flight.
#[test]
fn links_with_a_packet_or_two_in_a_round_trip_have_equal_shares_and_a_short_queue() {
    for (rate, mtu, trips_ms, later) in [
        (MBIT, 1_200, [10, 10], 0),
        (MBIT, 1_200, [10, 10], 30),
        (MBIT, 1_200, [10, 40], 30),
        (0.01 * MBIT, 1_200, [600, 600], 0),
        (0.01 * MBIT, 256, [100, 100], 0),
        (0.01 * MBIT, 256, [100, 100], 30),
    ] {
        let [round_trip, other_round_trip] = trips_ms.map(Duration::from_millis);
        let path = Path { rate, round_trip, loss: 0.0, mtu };
        let sharing = Sharing {
            path,
            other_round_trip,
            later: Duration::from_secs(later),
            times: (Duration::from_secs(10) + 200 * path.trip(), 100 * path.trip()),
        };
        let Shared { shares, queues: [queue, _] } = share(1, &sharing).unwrap();
        let packet = f64::from(mtu) + HEADER_BYTES as f64;
        let packets = queue.as_secs_f64() * rate / packet;
        println!("{:4} Mbit/s, {trips_ms:?} ms: {shares:.3?}, {packets:.2} packets", rate / MBIT);
        assert!(jain(shares) >= 0.95);
        assert!(shares[0] + shares[1] >= 0.95 * path.share_max());
        assert!(packets < 4.0);
    }
}

#[test]
fn with_half_lost_each_way_a_link_finds_its_rate() {
    for (rate, delay_ms) in [(MBIT, 300), (MBIT, 50)] {
        let path = path(rate, delay_ms, 0.5);
        let time = 300 * path.trip();
        let Carried { share, .. } = carry(1, &path, time, time).unwrap();
        println!("half lost: {} ms: {share:.3}", 2 * delay_ms);
        assert!(share >= 0.35);
    }
}

#[test]
fn links_that_share_a_path_keep_its_queue_under_two_round_trips() {
    for (rate, delay_ms) in [(MBIT, 50), (MBIT, 300), (10.0 * MBIT, 50), (10.0 * MBIT, 300)] {
        for later in [0, 30] {
            let path = path(rate, delay_ms, 0.0);
            let sharing = Sharing {
                path,
                other_round_trip: path.round_trip,
                later: Duration::from_secs(later),
                times: (Duration::from_secs(10) + 200 * path.trip(), Duration::from_secs(60)),
            };
            let Shared { shares, queues: [queue, _] } = share(1, &sharing).unwrap();
            println!("{:4.1} Mbit/s, {} ms: {shares:.3?}, {queue:?}", rate / MBIT, 2 * delay_ms);
            assert!(jain(shares) >= 0.95);
            assert!(queue < 2 * path.trip());
        }
    }
}

#[test]
fn links_of_unequal_round_trips_share_a_fast_path() {
    for (trips_ms, jain_min) in [([10, 40], 0.95), ([600, 2_400], 0.85)] {
        let [round_trip, other_round_trip] = trips_ms.map(Duration::from_millis);
        let path = Path { rate: 10.0 * MBIT, round_trip, loss: 0.0, mtu: 1_200 };
        let sharing = Sharing {
            path,
            other_round_trip,
            later: Duration::from_secs(30),
            times: (Duration::from_secs(10) + 200 * path.trip(), Duration::from_secs(60)),
        };
        let Shared { shares, .. } = share(1, &sharing).unwrap();
        println!("{trips_ms:?} ms: {shares:.3?}, Jain {:.4}", jain(shares));
        assert!(jain(shares) >= jain_min);
    }
}
