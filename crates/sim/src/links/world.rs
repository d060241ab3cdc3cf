//! A few endpoints on simulated wires, driven as a server drives one.

use super::net::Wire;
use super::node::Node;
use fastrand::Rng;
use postrider_link::{Config, Deadline, Time};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

/// A datagram: when it was sent, from where, to where, and its bytes.
pub type Tapped = (Time, SocketAddr, SocketAddr, Vec<u8>);

/// Endpoints and wires, on one clock.
pub struct World {
    /// The time that it is.
    pub now: Time,
    /// The dice.
    pub rng: Rng,
    /// The endpoints.
    pub nodes: Vec<Node>,
    /// The wires.
    pub wires: Vec<Wire>,
    /// Which wire leads from one address to another; without one nothing arrives.
    pub routes: BTreeMap<(SocketAddr, SocketAddr), usize>,
    /// On their way: when, in which order, to where, from where, what.
    flying: BTreeMap<(Time, u64), (SocketAddr, SocketAddr, Vec<u8>)>,
    sent: u64,
    /// A running fingerprint of all that was sent.
    pub trace: u64,
    /// All datagrams, if they are wanted.
    pub tapped: Option<Vec<Tapped>>,
    buffer: Vec<u8>,
    /// Steps in a row without any time between them.
    idle: u32,
}

/// Where the node with this index is.
pub fn address(host: usize) -> SocketAddr {
    SocketAddr::from(([10, 0, (host / 250) as u8, (host % 250) as u8 + 1], 10_410))
}

impl World {
    /// An empty world; the same seed and the same calls make the same datagrams.
    pub fn new(seed: u64) -> World {
        World {
            now: Time::from_micros(1_000_000),
            rng: Rng::with_seed(seed),
            nodes: Vec::new(),
            wires: Vec::new(),
            routes: BTreeMap::new(),
            flying: BTreeMap::new(),
            sent: 0,
            trace: 0,
            tapped: None,
            buffer: Vec::new(),
            idle: 0,
        }
    }

    /// A node at [`address`] of its index, with a key of its own.
    pub fn add(&mut self, config: Config) -> usize {
        let host = self.nodes.len();
        let node = Node::new(host as u8 + 1, self.rng.u64(..), self.now, address(host), config);
        self.nodes.push(node);
        host
    }

    /// Adds a wire: its index.
    pub fn wire(&mut self, wire: Wire) -> usize {
        self.wires.push(wire);
        self.wires.len() - 1
    }

    /// Lets packets from one node to another take a wire.
    pub fn route(&mut self, from: usize, to: usize, wire: usize) {
        let (from, to) = (self.nodes[from].address, self.nodes[to].address);
        self.routes.insert((from, to), wire);
    }

    /// A wire in each direction, both alike: their indices.
    pub fn join(&mut self, a: usize, b: usize, wire: Wire) -> (usize, usize) {
        let there = self.wire(wire.clone());
        let back = self.wire(wire);
        self.route(a, b, there);
        self.route(b, a, back);
        (there, back)
    }

    /// Lets time pass.
    pub fn run_for(&mut self, duration: Duration) {
        self.run_until(self.now + duration);
    }

    /// Lets seconds pass.
    pub fn run_secs(&mut self, secs: u64) {
        self.run_for(Duration::from_secs(secs));
    }

    /// Lets time pass until then.
    pub fn run_until(&mut self, end: Time) {
        self.settle();
        while self.next_time().is_some_and(|next| next <= end) {
            self.step();
        }
        self.now = end;
        self.settle();
    }

    /// Runs until something is so, at most for `secs`; whether it is.
    #[must_use]
    pub fn run_until_so(&mut self, secs: u64, is_so: impl Fn(&World) -> bool) -> bool {
        let end = self.now + Duration::from_secs(secs);
        self.settle();
        while !is_so(self) {
            if self.next_time().is_none_or(|next| next > end) {
                return false;
            }
            self.step();
        }
        true
    }

    /// Goes on to whatever is next.
    pub fn step(&mut self) -> bool {
        let Some(next) = self.next_time() else { return false };
        self.idle = if next > self.now { 0 } else { self.idle + 1 };
        assert!(self.idle < 10_000, "time stands still: {:?}", self.deadlines());
        self.now = self.now.max(next);
        self.deliver();
        self.settle();
        true
    }

    fn deadlines(&self) -> Vec<Option<Deadline>> {
        self.nodes.iter().map(|node| node.endpoint.deadline()).collect()
    }

    fn next_time(&self) -> Option<Time> {
        let flying = self.flying.first_key_value().map(|((at, _), _)| *at);
        let nodes = self.nodes.iter().filter_map(|node| node.next_time());
        nodes.chain(flying).min()
    }

    fn deliver(&mut self) {
        while let Some(entry) = self.flying.first_entry()
            && entry.key().0 <= self.now
        {
            let (to, from, mut datagram) = entry.remove();
            if let Some(node) = self.nodes.iter_mut().find(|node| node.address == to) {
                node.endpoint.handle(node.clock(self.now), from, &mut datagram);
                node.hear(self.now);
            }
        }
    }

    /// Lets every node do what is due, and carries what they send.
    pub fn settle(&mut self) {
        for index in 0..self.nodes.len() {
            self.nodes[index].work(self.now);
            let mut datagram = std::mem::take(&mut self.buffer);
            loop {
                let node = &mut self.nodes[index];
                let (clock, from) = (node.clock(self.now), node.address);
                let Some(to) = node.endpoint.poll_transmit(clock, &mut datagram) else { break };
                self.carry(from, to, &datagram);
            }
            self.buffer = datagram;
        }
    }

    fn carry(&mut self, from: SocketAddr, to: SocketAddr, datagram: &[u8]) {
        for byte in datagram.iter().chain(&self.now.as_micros().to_le_bytes()) {
            self.trace = (self.trace ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
        if let Some(tapped) = &mut self.tapped {
            tapped.push((self.now, from, to, datagram.to_vec()));
        }
        let Some(wire) = self.routes.get(&(from, to)) else { return };
        let wire = &mut self.wires[*wire];
        for at in wire.carry(self.now, datagram.len(), &mut self.rng) {
            let mut datagram = datagram.to_vec();
            if self.rng.f64() < wire.damaged {
                let bit = self.rng.usize(..datagram.len() * 8);
                datagram[bit / 8] ^= 1 << (bit % 8);
            }
            self.sent += 1;
            self.flying.insert((at, self.sent), (to, from, datagram));
        }
    }

    /// Sends a datagram as if it came from an address.
    pub fn inject(&mut self, from: SocketAddr, to: SocketAddr, datagram: Vec<u8>) {
        self.sent += 1;
        self.flying.insert((self.now, self.sent), (to, from, datagram));
    }
}
