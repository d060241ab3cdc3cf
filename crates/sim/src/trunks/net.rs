//! Simulated wires between servers, and what everybody in a world shares.

use super::options::{Options, Weather};
use super::people::Asked;
use super::shape::Pair;
use crate::queue::Queue;
use crate::trace::Trace;
use fastrand::Rng;
use postrider_engine::Time;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

/// How long the queue of a narrow wire may become.
const QUEUE_MAX: Duration = Duration::from_secs(8);

/// Something that is going to happen.
#[derive(Debug)]
pub(crate) enum Event {
    /// A datagram arrives at a server.
    Arrive { to: usize, from: SocketAddr, bytes: Vec<u8> },
    /// A server's deadline.
    Wake(usize),
    /// A server's flush is done, if its process is still the one with this number.
    Flushed(usize, u32),
    /// A server comes up again.
    Restart(usize),
    /// A person's question reaches a server.
    Ask(usize, Asked),
    /// The answer reaches the person.
    Answer(usize, Asked, Vec<u8>),
    /// A person does the next thing.
    Act(u32),
    /// Something goes wrong, or is over.
    Trouble(Trouble),
}

/// What goes wrong.
#[derive(Clone, Debug)]
pub(crate) enum Trouble {
    /// A link is cut somewhere.
    Cut,
    /// The network falls into two.
    Partition,
    /// These wires work again.
    Heal(Vec<Pair>),
    /// A link comes and goes, so many more times.
    Flap(Option<Pair>, u8),
    /// A server gets another address.
    Move,
    /// Its neighbours hear of that.
    Moved(usize),
    /// A server crashes.
    Crash,
    /// A disk is full.
    Fill,
    /// It is not any more.
    Empty(usize),
    /// A clock jumps ahead.
    Jump,
    /// The lying neighbour does something.
    Lie,
}

/// One direction of a link.
#[derive(Clone, Copy, Debug, Default)]
struct Wire {
    /// Bytes a second, if it is narrow.
    rate: Option<u32>,
    free_at: Time,
    last_arrival: Time,
    /// How many troubles cut it.
    cuts: u32,
}

/// Time, dice and wires.
pub(crate) struct Net {
    pub(crate) now: Time,
    pub(crate) dice: Rng,
    pub(crate) queue: Queue<Event>,
    pub(crate) weather: Weather,
    pub(crate) trace: Trace,
    pub(crate) datagrams: u64,
    pub(crate) bytes: u64,
    /// By sender and receiver.
    wires: BTreeMap<Pair, Wire>,
    /// Where each server is; what is sent elsewhere is lost.
    addresses: BTreeMap<SocketAddr, usize>,
    /// Some datagrams that went by, for those who repeat them.
    pub(crate) overheard: Vec<(usize, Vec<u8>)>,
}

impl Net {
    pub(crate) fn new(options: &Options, dice: Rng) -> Net {
        Net {
            now: Time::from_micros(1),
            dice,
            queue: Queue::default(),
            weather: options.weather,
            trace: Trace::new(false),
            datagrams: 0,
            bytes: 0,
            wires: BTreeMap::new(),
            addresses: BTreeMap::new(),
            overheard: Vec::new(),
        }
    }

    pub(crate) fn join(&mut self, (a, b): Pair, rate: Option<u32>) {
        for pair in [(a, b), (b, a)] {
            self.wires.insert(pair, Wire { rate, ..Wire::default() });
        }
    }

    /// Gives a server an address that none ever had.
    pub(crate) fn settle(&mut self, server: usize, times: u32) -> SocketAddr {
        let [_, _, high, low] = (server as u32).to_be_bytes();
        let [_, moved_high, moved_low, _] = (times << 8).to_be_bytes();
        let address = ([10 + moved_high, moved_low, high, low], 10_410).into();
        self.addresses.retain(|_, other| *other != server);
        self.addresses.insert(address, server);
        address
    }

    pub(crate) fn plan(&mut self, after: Duration, event: Event) {
        self.queue.plan(self.now + after, event);
    }

    /// Cuts a wire in one direction, or mends it as often as it was cut.
    pub(crate) fn cut(&mut self, pair: Pair) {
        if let Some(wire) = self.wires.get_mut(&pair) {
            wire.cuts += 1;
        }
    }

    pub(crate) fn heal(&mut self, pair: Pair) {
        if let Some(wire) = self.wires.get_mut(&pair) {
            wire.cuts = wire.cuts.saturating_sub(1);
        }
    }

    /// Whether what one sends the other is lost.
    pub(crate) fn is_cut(&self, pair: Pair) -> bool {
        self.wires.get(&pair).is_some_and(|wire| wire.cuts > 0)
    }

    /// Every wire works from now on.
    pub(crate) fn be_calm(&mut self) {
        self.weather = self.weather.calm();
        for wire in self.wires.values_mut() {
            wire.cuts = 0;
        }
    }

    /// Puts a datagram on its wire.
    pub(crate) fn send(
        &mut self,
        (from, source): (usize, SocketAddr),
        to: SocketAddr,
        bytes: &[u8],
    ) {
        self.datagrams += 1;
        self.bytes += bytes.len() as u64;
        self.trace.note(self.now, "sent by", from as u64, bytes);
        let Some(receiver) = self.addresses.get(&to).copied() else { return };
        self.overhear(receiver, bytes);
        let times = if self.dice.f64() < self.weather.duplicate { 2 } else { 1 };
        for _ in 0..times {
            let Some(at) = self.arrival((from, receiver), bytes.len()) else { continue };
            let mut bytes = bytes.to_vec();
            if self.dice.f64() < self.weather.corrupt {
                let place = self.dice.usize(..bytes.len());
                bytes[place] ^= 1 << self.dice.u8(..8);
            }
            self.queue.plan(at, Event::Arrive { to: receiver, from: source, bytes });
        }
    }

    fn overhear(&mut self, receiver: usize, bytes: &[u8]) {
        if self.overheard.len() < 64 {
            self.overheard.push((receiver, bytes.to_vec()));
        } else if self.dice.u8(..16) == 0 {
            let place = self.dice.usize(..64);
            self.overheard[place] = (receiver, bytes.to_vec());
        }
    }

    /// When it arrives, if it does.
    fn arrival(&mut self, pair: Pair, bytes: usize) -> Option<Time> {
        let Weather { loss, stray, delay_min, delay_max, stray_max, .. } = self.weather;
        let (now, dice) = (self.now, &mut self.dice);
        let wire = self.wires.get_mut(&pair)?;
        let leaves = wire.leaves(now, bytes)?;
        if wire.cuts > 0 || dice.f64() < loss {
            return None;
        }
        let delay = delay_min + (delay_max - delay_min).mul_f64(dice.f64());
        let at = leaves + delay;
        if dice.f64() < stray {
            return Some(at + stray_max.mul_f64(dice.f64()));
        }
        wire.last_arrival = at.max(wire.last_arrival);
        Some(wire.last_arrival)
    }

    /// An exponentially distributed wait.
    pub(crate) fn some_time(&mut self, mean: Duration) -> Duration {
        let wait = -(1.0 - self.dice.f64()).ln();
        mean.mul_f64(wait.min(20.0))
    }
}

impl Wire {
    /// When the last byte has left; none where too many wait.
    fn leaves(&mut self, now: Time, bytes: usize) -> Option<Time> {
        let Some(rate) = self.rate else { return Some(now) };
        if self.free_at.since(now) > QUEUE_MAX {
            return None;
        }
        let takes = Duration::from_secs_f64(bytes as f64 / f64::from(rate));
        self.free_at = self.free_at.max(now) + takes;
        Some(self.free_at)
    }
}
