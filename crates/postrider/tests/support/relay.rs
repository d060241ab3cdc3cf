//! A bad path on loopback: a relay that loses, doubles, delays and reorders datagrams.
//!
//! ```text
//!   one ◄──► stands for the other │ stands for the one ◄──► the other
//! ```
//!
//! Two sockets, and a thread for each direction, with dice of its own.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Datagrams of each direction that are remembered, the first ones.
const CAPTURED_MAX: usize = 200;

/// How often a relay that has nothing to do looks whether it is to end.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// What happens to datagrams on the way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Weather {
    /// The share that is lost.
    pub(crate) lost: f64,
    /// The share that comes twice.
    pub(crate) doubled: f64,
    /// Each copy is late by up to so much, and so overtakes others.
    pub(crate) late: Duration,
}

impl Weather {
    pub(crate) const FINE: Weather = Weather { lost: 0.0, doubled: 0.0, late: Duration::ZERO };
    pub(crate) const BAD: Weather =
        Weather { lost: 0.3, doubled: 0.2, late: Duration::from_millis(30) };
    /// Nothing arrives.
    pub(crate) const SILENT: Weather = Weather { lost: 1.0, ..Weather::FINE };
}

/// Which way a datagram goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    ToOne,
    ToOther,
}

/// A relay between two servers; it ends when it is dropped.
pub(crate) struct Relay {
    /// Where the one finds the other, and where the other finds the one.
    sockets: [UdpSocket; 2],
    servers: [SocketAddr; 2],
    shared: Arc<Mutex<Shared>>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared {
    weather: Weather,
    is_over: bool,
    captured: [Vec<Vec<u8>>; 2],
    lost: u64,
    doubled: u64,
    overtaken: u64,
}

/// What has happened to datagrams so far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Harm {
    pub(crate) lost: u64,
    pub(crate) doubled: u64,
    pub(crate) overtaken: u64,
}

impl Relay {
    pub(crate) fn between(one: SocketAddr, other: SocketAddr, seed: u64) -> Relay {
        let sockets = [(); 2].map(|()| UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap());
        let shared = Arc::new(Mutex::new(Shared {
            weather: Weather::FINE,
            is_over: false,
            captured: [Vec::new(), Vec::new()],
            lost: 0,
            doubled: 0,
            overtaken: 0,
        }));
        let mut relay = Relay { sockets, servers: [one, other], shared, threads: Vec::new() };
        relay.threads = [Way::ToOther, Way::ToOne].map(|way| relay.start(way, seed)).into();
        relay
    }

    fn start(&self, way: Way, seed: u64) -> JoinHandle<()> {
        let [to_one, to_other] = [&self.sockets[1], &self.sockets[0]];
        let (from, onward) = match way {
            Way::ToOne => (to_one, to_other),
            Way::ToOther => (to_other, to_one),
        };
        let carrier = Carrier {
            way,
            from: from.try_clone().unwrap(),
            onward: onward.try_clone().unwrap(),
            to: self.servers[way as usize],
            shared: Arc::clone(&self.shared),
            dice: fastrand::Rng::with_seed(seed ^ way as u64),
            late: BTreeMap::new(),
            taken: 0,
            newest: 0,
        };
        std::thread::spawn(move || carrier.carries())
    }

    /// Where the one is to look for the other.
    pub(crate) fn for_one(&self) -> SocketAddr {
        self.sockets[0].local_addr().unwrap()
    }

    /// Where the other is to look for the one.
    pub(crate) fn for_other(&self) -> SocketAddr {
        self.sockets[1].local_addr().unwrap()
    }

    pub(crate) fn has(&self, weather: Weather) {
        self.shared().weather = weather;
    }

    pub(crate) fn harm(&self) -> Harm {
        let Shared { lost, doubled, overtaken, .. } = *self.shared();
        Harm { lost, doubled, overtaken }
    }

    /// The first datagrams that came this way.
    pub(crate) fn captured(&self, way: Way) -> Vec<Vec<u8>> {
        self.shared().captured[way as usize].clone()
    }

    /// Sends any bytes as if they had come this way.
    pub(crate) fn slips_in(&self, way: Way, datagram: &[u8]) {
        let stands_for = match way {
            Way::ToOne => &self.sockets[0],
            Way::ToOther => &self.sockets[1],
        };
        stands_for.send_to(datagram, self.servers[way as usize]).unwrap();
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap()
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        if let Ok(mut shared) = self.shared.lock() {
            shared.is_over = true;
        }
        for thread in self.threads.drain(..) {
            // If it has failed, so has the test.
            let _ = thread.join();
        }
    }
}

/// What carries datagrams in one direction.
struct Carrier {
    way: Way,
    from: UdpSocket,
    onward: UdpSocket,
    to: SocketAddr,
    shared: Arc<Mutex<Shared>>,
    dice: fastrand::Rng,
    /// By when it is due, and which it was.
    late: BTreeMap<(Instant, u64), Vec<u8>>,
    taken: u64,
    newest: u64,
}

impl Carrier {
    fn carries(mut self) {
        let mut buffer = [0; 2_048];
        loop {
            let now = Instant::now();
            let due = self.late.keys().next().map_or(LOOK_EVERY, |(at, _)| at.duration_since(now));
            self.from.set_read_timeout(Some(due.max(Duration::from_micros(100)))).unwrap();
            match self.from.recv(&mut buffer) {
                Ok(length) => self.takes(&buffer[..length]),
                // Also what is heard of a server that is not there.
                Err(error) if error.kind() != ErrorKind::InvalidInput => {}
                Err(error) => panic!("the relay: {error}"),
            }
            self.delivers();
            if self.shared.lock().unwrap().is_over {
                return;
            }
        }
    }

    fn takes(&mut self, datagram: &[u8]) {
        let mut shared = self.shared.lock().unwrap();
        let captured = &mut shared.captured[self.way as usize];
        if captured.len() < CAPTURED_MAX {
            captured.push(datagram.to_owned());
        }
        let weather = shared.weather;
        if self.dice.f64() < weather.lost {
            shared.lost += 1;
            return;
        }
        let is_doubled = self.dice.f64() < weather.doubled;
        shared.doubled += u64::from(is_doubled);
        self.taken += 1;
        for _ in 0..=u8::from(is_doubled) {
            let due = Instant::now() + weather.late.mul_f64(self.dice.f64());
            // Of two copies that are due at one moment, one is enough.
            self.late.insert((due, self.taken), datagram.to_owned());
        }
    }

    fn delivers(&mut self) {
        let now = Instant::now();
        while let Some(first) = self.late.first_entry().filter(|first| first.key().0 <= now) {
            let ((_, which), datagram) = first.remove_entry();
            if which < self.newest {
                self.shared.lock().unwrap().overtaken += 1;
            }
            self.newest = self.newest.max(which);
            // A server that is down loses it.
            let _ = self.onward.send_to(&datagram, self.to);
        }
    }
}
