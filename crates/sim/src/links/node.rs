//! One endpoint with the disk and the people around it.

use postrider_link::*;
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;

/// An event that outlives its poll; items are kept apart.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "each is the event of the same name")]
pub enum Told {
    FirstUse(PeerId, PublicKey),
    Up(PeerId),
    Down(PeerId, DownReason),
    Room(PeerId),
    Moved(PeerId, SocketAddr),
    Refused(Option<PeerId>, Refusal),
    Twins(PeerId),
}

/// A steady supply of items for a peer.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    /// For whom.
    pub peer: PeerId,
    /// Bytes of each, 8 at least.
    pub bytes: usize,
    /// Items at the link at once.
    pub ahead: usize,
}

/// An endpoint, its disk and its clock.
pub struct Node {
    /// The links.
    pub endpoint: Endpoint,
    /// Where it is.
    pub address: SocketAddr,
    secret: u8,
    /// How long a flush takes; at most.
    pub flush: Duration,
    flushing: Vec<ItemId>,
    flushed_at: Option<Time>,
    to_flush: Vec<ItemId>,
    /// Whether items are ever taken into custody.
    pub keeps: bool,
    /// The node's clock is this much ahead.
    pub clock_ahead: Duration,
    /// And this many parts in a million fast.
    pub clock_ppm: i64,
    /// What it sends, beside what it is told to.
    pub source: Option<Source>,
    next_tag: u64,
    /// What the links have told.
    pub events: Vec<Told>,
    /// How often each item has come, in the sessions since the last clearing.
    pub items: BTreeMap<Vec<u8>, u32>,
    /// The items as they came.
    pub item_order: Vec<Vec<u8>>,
    /// Bytes of the items that came.
    pub item_bytes: u64,
    /// Tags of the items that the other end has.
    pub custody: VecDeque<u64>,
    /// How many they were.
    pub custody_count: u64,
    /// Whether what comes is remembered, and not only counted.
    pub remembers: bool,
    rng: fastrand::Rng,
}

/// The identity with a secret of so many equal bytes.
pub fn identity(secret: u8) -> Identity {
    Identity::from_secret(&[secret; 32])
}

impl Node {
    /// A node that knows nobody.
    pub fn new(secret: u8, seed: u64, now: Time, address: SocketAddr, config: Config) -> Node {
        let rng = fastrand::Rng::with_seed(seed);
        Node {
            endpoint: Endpoint::new(now, config, identity(secret), &seed_of(seed)),
            address,
            secret,
            flush: Duration::ZERO,
            flushing: Vec::new(),
            flushed_at: None,
            to_flush: Vec::new(),
            keeps: true,
            clock_ahead: Duration::ZERO,
            clock_ppm: 0,
            source: None,
            next_tag: 0,
            events: Vec::new(),
            items: BTreeMap::new(),
            item_order: Vec::new(),
            item_bytes: 0,
            custody: VecDeque::new(),
            custody_count: 0,
            remembers: true,
            rng,
        }
    }

    /// Starts again with nothing remembered.
    pub fn restart(&mut self, now: Time, config: Config) {
        let seed = self.rng.u64(..);
        self.endpoint =
            Endpoint::new(self.clock(now), config, identity(self.secret), &seed_of(seed));
        self.flushing.clear();
        self.to_flush.clear();
        self.flushed_at = None;
        self.source = None;
    }

    /// What its clock shows.
    pub fn clock(&self, now: Time) -> Time {
        let micros = now.as_micros() as i128;
        let drifted = micros + micros * i128::from(self.clock_ppm) / 1_000_000;
        Time::from_micros(drifted as u64) + self.clock_ahead
    }

    /// The world's time at which this node's clock shows `clock`, or a bit later.
    fn world_time(&self, clock: Time) -> Time {
        let ahead = clock.as_micros().saturating_sub(self.clock_ahead.as_micros() as u64);
        let micros = i128::from(ahead) * 1_000_000 / (1_000_000 + i128::from(self.clock_ppm));
        Time::from_micros(micros as u64 + u64::from(self.clock_ppm != 0) * 2)
    }

    /// When it next has something to do.
    pub fn next_time(&self) -> Option<Time> {
        let deadline = self.endpoint.deadline().map(|deadline| self.world_time(deadline.at));
        [deadline, self.flushed_at].into_iter().flatten().min()
    }

    /// Does what is due.
    pub fn work(&mut self, now: Time) {
        self.endpoint.handle_due(self.clock(now));
        self.hear(now);
        self.flush(now);
        self.supply(now);
    }

    fn flush(&mut self, now: Time) {
        if self.flushed_at.is_some_and(|at| at <= now) {
            self.flushed_at = None;
            for item in std::mem::take(&mut self.flushing) {
                self.endpoint.custody(self.clock(now), item);
            }
        }
        if self.flushed_at.is_none() && !self.to_flush.is_empty() {
            self.flushing = std::mem::take(&mut self.to_flush);
            self.flushed_at = Some(now + self.flush.mul_f64(self.rng.f64()));
            if self.flush.is_zero() {
                self.flush(now);
            }
        }
    }

    /// Keeps the queue of its source full.
    pub fn supply(&mut self, now: Time) {
        let Some(source) = self.source else { return };
        let waiting =
            |endpoint: &Endpoint| endpoint.status(now, source.peer).map(|s| s.waiting.items);
        let Some(waiting) = waiting(&self.endpoint) else { return };
        for _ in waiting..source.ahead {
            let mut bytes = vec![0x55; source.bytes];
            bytes[..8].copy_from_slice(&self.next_tag.to_be_bytes());
            let sent = self.endpoint.send(
                self.clock(now),
                source.peer,
                Precedence::Routine,
                self.next_tag,
                &bytes,
            );
            if sent.is_err() {
                break;
            }
            self.next_tag += 1;
        }
    }

    /// Polls what has happened.
    pub fn hear(&mut self, _now: Time) {
        while let Some(event) = self.endpoint.poll_event() {
            let told = match event {
                Event::Item { item, bytes, .. } => {
                    if self.remembers {
                        *self.items.entry(bytes.to_vec()).or_default() += 1;
                        self.item_order.push(bytes.to_vec());
                    }
                    self.item_bytes += bytes.len() as u64;
                    if self.keeps {
                        self.to_flush.push(item);
                    }
                    continue;
                }
                Event::Custody { tag, .. } => {
                    self.custody_count += 1;
                    if self.remembers {
                        self.custody.push_back(tag);
                    }
                    continue;
                }
                Event::FirstUse { peer, key, .. } => Told::FirstUse(peer, key),
                Event::Up { peer, .. } => Told::Up(peer),
                Event::Down { peer, reason } => Told::Down(peer, reason),
                Event::Room { peer } => Told::Room(peer),
                Event::Moved { peer, address } => Told::Moved(peer, address),
                Event::Refused { peer, why, .. } => Told::Refused(peer, why),
                Event::Twins { peer, .. } => Told::Twins(peer),
            };
            self.events.push(told);
        }
    }

    /// How many links have come up.
    pub fn ups(&self) -> usize {
        self.events.iter().filter(|told| matches!(told, Told::Up(_))).count()
    }

    /// How many have gone down.
    pub fn downs(&self) -> usize {
        self.events.iter().filter(|told| matches!(told, Told::Down(..))).count()
    }

    /// The peer of the last link that came up.
    pub fn last_up(&self) -> Option<PeerId> {
        self.events.iter().rev().find_map(|told| match told {
            Told::Up(peer) => Some(*peer),
            _ => None,
        })
    }
}

fn seed_of(seed: u64) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes
}
