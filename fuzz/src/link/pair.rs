//! Two endpoints and the wire between them, in the hands of whoever wrote the bytes.

use postrider_link::*;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

/// More than any life needs: what is more does not fall quiet.
const DATAGRAMS_MAX: usize = 100_000;

pub(super) struct Pair {
    pub(super) now: Time,
    pub(super) ends: [Endpoint; 2],
    pub(super) peers: [PeerId; 2],
    /// From whom, and what.
    pub(super) wire: VecDeque<(usize, Vec<u8>)>,
    pub(super) ups: [usize; 2],
    kept: [Vec<ItemId>; 2],
    sent: usize,
}

pub(super) fn address(end: usize) -> SocketAddr {
    SocketAddr::from(([10, 0, 0, end as u8], 10_410))
}

/// The bytes, front first; zeros after their end.
pub(super) struct Script<'a>(pub(super) &'a [u8]);

impl<'a> Script<'a> {
    pub(super) fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    pub(super) fn take(&mut self, length: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(length.min(self.0.len()));
        self.0 = rest;
        taken
    }
}

impl Pair {
    /// Two that know each other; the first dials, and the second if it is so wished.
    pub(super) fn new(link: LinkConfig, both_dial: bool) -> Pair {
        let now = Time::from_micros(1_000_000);
        let key = |end: u8| Identity::from_secret(&[end + 1; 32]);
        let mut ends = [0, 1].map(|end| {
            let config = Config { strangers: Strangers::Accept, ..Config::default() };
            Endpoint::new(now, config, key(end), &[end; 32])
        });
        let config = |end: usize, dials: bool| PeerConfig {
            key: Some(key(end as u8).public()),
            address: dials.then_some(address(end)),
            link,
        };
        let ann = ends[1].add_peer(now, config(0, both_dial)).expect("a peer");
        let ben = ends[0].add_peer(now, config(1, true)).expect("a peer");
        let (wire, peers) = (VecDeque::new(), [ben, ann]);
        let mut pair =
            Pair { now, ends, peers, wire, ups: [0; 2], kept: [vec![], vec![]], sent: 0 };
        pair.collect();
        pair
    }

    /// Puts all that wants to leave onto the wire, and reads all events.
    pub(super) fn collect(&mut self) {
        for end in [0, 1] {
            self.ends[end].handle_due(self.now);
            self.hear(end);
            let mut datagram = Vec::new();
            while let Some(to) = self.ends[end].poll_transmit(self.now, &mut datagram) {
                self.sent += 1;
                assert!(self.sent < DATAGRAMS_MAX, "it never falls quiet");
                assert!(datagram.len() <= 1_400 && datagram[0] >= 0x80);
                if to == address(1 - end) {
                    self.wire.push_back((end, datagram.clone()));
                }
            }
        }
    }

    fn hear(&mut self, end: usize) {
        while let Some(event) = self.ends[end].poll_event() {
            match event {
                Event::Up { .. } => self.ups[end] += 1,
                Event::Item { item, bytes, .. } => {
                    assert!((1..=1_024).contains(&bytes.len()));
                    self.kept[end].push(item);
                }
                _ => {}
            }
        }
        for item in self.kept[end].drain(..) {
            self.ends[end].custody(self.now, item);
        }
    }

    pub(super) fn handle(&mut self, end: usize, from: SocketAddr, datagram: &[u8]) {
        self.ends[end].handle(self.now, from, &mut datagram.to_vec());
        self.collect();
    }

    /// Delivers what is on the wire, as it is.
    pub(super) fn deliver(&mut self) {
        for _ in 0..self.wire.len() {
            let Some((from, datagram)) = self.wire.pop_front() else { return };
            self.handle(1 - from, address(from), &datagram);
        }
    }

    pub(super) fn wait(&mut self, duration: Duration) {
        self.now = self.now + duration;
        self.collect();
    }

    /// So long on a wire that nobody touches, 20 ms a way.
    pub(super) fn peace(&mut self, secs: u64) {
        let end = self.now + Duration::from_secs(secs);
        while self.now < end {
            self.deliver();
            let next = if self.wire.is_empty() { self.next_deadline() } else { None };
            let next = next.unwrap_or(self.now + Duration::from_millis(20));
            self.now = next.clamp(self.now + Duration::from_micros(1), end);
            self.collect();
        }
    }

    fn next_deadline(&self) -> Option<Time> {
        self.ends.iter().filter_map(|end| end.deadline().map(|deadline| deadline.at)).min()
    }

    pub(super) fn are_up(&self) -> bool {
        [0, 1].iter().all(|end| self.ends[*end].status(self.now, self.peers[*end]).is_some())
    }
}
