//! Simulated wires: between any two addresses, and never to be relied on.

use crate::options::Weather;
use crate::queue::{Event, Queue};
use crate::trace::Trace;
use fastrand::Rng;
use postrider_engine::{Place, Time};
use postrider_proto::classic::ServerIndex;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

/// Who is at one end of a wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Peer {
    Server(ServerIndex),
    Person(u32),
}

/// What a datagram is about: known to the simulator only, never to its receiver.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct About {
    /// The text, 0 if it is about none.
    pub(crate) text: u32,
    /// The copy of it that a server handed out.
    pub(crate) copy: Option<(ServerIndex, Place)>,
}

impl About {
    pub(crate) fn text(text: u32) -> About {
        About { text, copy: None }
    }
}

/// A datagram under way.
#[derive(Clone, Debug)]
pub(crate) struct Datagram {
    pub(crate) from: Peer,
    pub(crate) to: Peer,
    pub(crate) bytes: Vec<u8>,
    pub(crate) about: About,
}

/// Time, dice and wires: what everybody in a world shares.
pub(crate) struct Net {
    pub(crate) now: Time,
    pub(crate) dice: Rng,
    pub(crate) queue: Queue,
    pub(crate) weather: Weather,
    pub(crate) trace: Trace,
    pub(crate) sent: u64,
    pub(crate) lost: u64,
    /// When the last datagram that did not stray arrives, on each wire.
    pub(crate) last_arrivals: BTreeMap<(Peer, Peer), Time>,
    /// Datagrams to this server from that one are lost for ever: a planted bug.
    pub(crate) cut: Option<(ServerIndex, ServerIndex)>,
}

impl Net {
    pub(crate) fn plan(&mut self, after: Duration, event: Event) {
        self.queue.plan(self.now + after, event);
    }

    /// Puts a datagram on its wire.
    pub(crate) fn send(&mut self, datagram: Datagram) {
        self.sent += 1;
        self.trace.note(self.now, "sent to", datagram.to, &datagram.bytes);
        if self.dice.f64() < self.weather.duplicate {
            self.send_one(datagram.clone());
        }
        self.send_one(datagram);
    }

    fn send_one(&mut self, datagram: Datagram) {
        let is_cut = self.cut.is_some_and(|(from, to)| {
            datagram.from == Peer::Server(from) && datagram.to == Peer::Server(to)
        });
        if is_cut || self.dice.f64() < self.weather.loss {
            self.lost += 1;
            return;
        }
        let at = self.arrival(datagram.from, datagram.to);
        self.queue.plan(at, Event::Arrive(datagram));
    }

    /// A wire keeps the order, except for what strays.
    fn arrival(&mut self, from: Peer, to: Peer) -> Time {
        let at = self.now + self.weather.delay(&mut self.dice);
        if let Some(later) = self.weather.stray(&mut self.dice) {
            return at + later;
        }
        let last = self.last_arrivals.entry((from, to)).or_insert(at);
        *last = at.max(*last);
        *last
    }

    /// An exponentially distributed wait.
    pub(crate) fn some_time(&mut self, mean: Duration) -> Duration {
        let wait = -(1.0 - self.dice.f64()).ln();
        mean.mul_f64(wait.min(20.0))
    }
}

impl From<Peer> for u64 {
    fn from(peer: Peer) -> u64 {
        match peer {
            Peer::Server(server) => u64::from(server.value()),
            Peer::Person(person) => 1000 + u64::from(person),
        }
    }
}

/// The addresses of a line of servers; every second one is off the default port.
pub(crate) fn addresses(servers: u8) -> Vec<SocketAddr> {
    let address = |index: u8| {
        let port =
            if index.is_multiple_of(2) { 10_500 } else { postrider_proto::classic::DEFAULT_PORT };
        SocketAddr::from((Ipv4Addr::new(10, 0, 0, index), port))
    };
    (1..=servers).map(address).collect()
}
