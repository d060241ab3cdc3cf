//! Random worlds: first everything goes wrong, then nothing does. Whatever happened, an
//! item arrives once in a session, and is known to be kept only where it is.
//!
//! `LINK_SEEDS=1000 cargo test -p postrider-link --test worlds` runs more of them, from
//! `LINK_SEED` on.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a helper may fail the test")]
#![allow(clippy::print_stdout, reason = "the figures, and the seed of what fails")]

mod support;

use fastrand::Rng;
use postrider_link::*;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use support::net::Wire;
use support::node::Told;
use support::world::World;
use support::{A, B, peer};

fn wire(rng: &mut Rng) -> Wire {
    let chance = |rng: &mut Rng, most: f64| if rng.bool() { rng.f64() * most } else { 0.0 };
    let rate = [None, Some(1e3 * 10_f64.powf(rng.f64() * 3.0))][rng.usize(..2)];
    Wire {
        rate,
        queue_max: Duration::from_millis(rng.u64(50..3_000)),
        jitter: Duration::from_millis(chance(rng, 200.0) as u64),
        loss: chance(rng, 0.4),
        doubled: chance(rng, 0.3),
        damaged: chance(rng, 0.2),
        ..Wire::new(rng.u64(0..400))
    }
}

/// What one node has given to its link in the session that is up, and what it was told.
#[derive(Default)]
struct Ledger {
    /// Items without custody, by tag, over all sessions: the caller's outbox.
    outbox: BTreeMap<u64, Vec<u8>>,
    given: BTreeSet<u64>,
    done: BTreeSet<u64>,
}

struct Run {
    world: World,
    peers: [PeerId; 2],
    ledgers: [Ledger; 2],
    /// All items that each node has on disk, over all sessions.
    disks: [BTreeSet<Vec<u8>>; 2],
    heard: [usize; 2],
    next_tag: u64,
}

impl Run {
    fn new(seed: u64) -> Run {
        println!("world seed {seed}");
        let mut world = World::new(seed);
        let mtu = world.rng.u16(256..=1_400);
        let mode = [Mode::Sealed, Mode::Clear][world.rng.usize(..2)];
        let budget = [None, Some(world.rng.u32(500..50_000))][world.rng.usize(..2)];
        let queue = Room { items: world.rng.usize(4..200), bytes: 60_000 };
        let link = LinkConfig { mode, mtu, budget, queue };
        world.add(Config::default());
        world.add(Config::default());
        let (there, back) = (wire(&mut world.rng), wire(&mut world.rng));
        let (there, back) = (world.wire(there), world.wire(back));
        world.route(A, B, there);
        world.route(B, A, back);
        let both_dial = world.rng.bool();
        let ann = peer(1, both_dial.then_some(A), link);
        let now = world.now;
        let ann = world.nodes[B].endpoint.add_peer(now, ann).unwrap();
        let ben = world.nodes[A].endpoint.add_peer(now, peer(2, Some(B), link)).unwrap();
        for node in [A, B] {
            world.nodes[node].flush = Duration::from_millis(world.rng.u64(0..150));
        }
        Run {
            world,
            peers: [ben, ann],
            ledgers: Default::default(),
            disks: Default::default(),
            heard: [0; 2],
            next_tag: 0,
        }
    }

    /// Reads what the nodes were told since the last time.
    fn hear(&mut self) {
        for index in [A, B] {
            let node = &mut self.world.nodes[index];
            let ledger = &mut self.ledgers[index];
            let told = node.events[self.heard[index]..].to_vec();
            self.heard[index] = node.events.len();
            for told in told {
                match told {
                    Told::Down(..) => ledger.given.clear(),
                    Told::Twins(_) | Told::Refused(..) => panic!("{told:?}"),
                    _ => {}
                }
            }
            for tag in node.custody.drain(..) {
                let item = ledger.outbox.remove(&tag);
                let item = item.expect("custody of what was not given, or twice");
                ledger.done.insert(tag);
                assert!(self.disks[1 - index].contains(&item), "custody of what is not kept");
            }
        }
    }

    /// One event at a time, so that what is on disk is known exactly.
    fn run_for(&mut self, duration: Duration) {
        let end = self.world.now + duration;
        while self.world.now < end {
            let step = Duration::from_millis(5);
            self.world.run_for(step.min(end.since(self.world.now)));
            for index in [A, B] {
                let node = &mut self.world.nodes[index];
                for (item, times) in std::mem::take(&mut node.items) {
                    let is_known = !self.disks[index].insert(item.clone());
                    assert!(times == 1, "{times} times in five milliseconds: {item:x?}");
                    assert!(!is_known || node.ups() > 1, "twice in one session");
                }
                node.item_order.clear();
            }
            self.hear();
        }
    }

    /// Gives items, those of an earlier session first.
    fn give(&mut self, index: usize, count: usize) {
        let (now, peer) = (self.world.now, self.peers[index]);
        for _ in 0..count {
            let mut item = vec![index as u8; self.world.rng.usize(9..=1_024)];
            item[1..9].copy_from_slice(&self.next_tag.to_be_bytes());
            self.ledgers[index].outbox.insert(self.next_tag, item);
            self.next_tag += 1;
        }
        let ledger = &mut self.ledgers[index];
        for (tag, item) in &ledger.outbox {
            let class = [Precedence::Routine, Precedence::Flash][(tag % 2) as usize];
            let endpoint = &mut self.world.nodes[index].endpoint;
            if !ledger.given.contains(tag) && endpoint.send(now, peer, class, *tag, item).is_ok() {
                ledger.given.insert(*tag);
            }
        }
    }

    fn break_something(&mut self) {
        let which = self.world.rng.usize(..2);
        match self.world.rng.usize(..6) {
            0 => self.world.wires[which].is_cut = true,
            1 => self.world.wires[which].is_cut = false,
            2 => {
                let new = wire(&mut self.world.rng);
                self.world.wires[which] = new;
            }
            3 => {
                let secs = self.world.rng.u64(..4);
                self.world.nodes[which].clock_ahead += Duration::from_secs(secs);
            }
            _ => {
                let count = self.world.rng.usize(..40);
                self.give(which, count);
            }
        }
    }

    fn heal(&mut self) {
        for wire in &mut self.world.wires {
            *wire = Wire { seen: wire.seen, ..Wire::new(30).rate(50_000.0) };
        }
    }

    fn is_done(&self) -> bool {
        self.ledgers.iter().all(|ledger| ledger.outbox.is_empty())
    }
}

/// A number from the environment.
#[allow(clippy::disallowed_methods, reason = "how many worlds is the caller's to say")]
fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|number| number.parse().ok())
}

#[test]
fn whatever_goes_wrong_items_arrive_once_and_custody_is_true() {
    let first = number("LINK_SEED").unwrap_or(0);
    for seed in first..first + number("LINK_SEEDS").unwrap_or(40) {
        let mut run = Run::new(seed);
        for _ in 0..12 {
            run.break_something();
            let wait = run.world.rng.u64(100..8_000);
            run.run_for(Duration::from_millis(wait));
        }
        run.heal();
        for _ in 0..150 {
            if run.is_done() {
                break;
            }
            run.give(A, 0);
            run.give(B, 0);
            run.run_for(Duration::from_secs(1));
        }
        let status =
            |node: usize| run.world.nodes[node].endpoint.status(run.world.now, run.peers[node]);
        let statuses = [status(A), status(B)];
        let deadlines = [A, B].map(|node| run.world.nodes[node].endpoint.deadline());
        assert!(run.is_done(), "seed {seed}: items wait for ever: {statuses:#?} {deadlines:?}");
        let given: usize = run.ledgers.iter().map(|ledger| ledger.done.len()).sum();
        let kept: usize = run.disks.iter().map(BTreeSet::len).sum();
        assert_eq!(given, kept, "seed {seed}");
        run.run_for(Duration::from_secs(40));
        let seen = |run: &Run| run.world.wires.iter().map(|wire| wire.seen.packets).sum::<u64>();
        let before = seen(&run);
        run.run_for(Duration::from_secs(150));
        assert!(seen(&run) - before <= 12, "seed {seed}: the network does not fall quiet");
    }
}
