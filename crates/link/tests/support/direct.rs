//! Two endpoints without a wire between them: what one sends, the other has at once.
#![allow(clippy::expect_used, unreachable_pub, reason = "for tests only")]

use postrider_link::*;
use std::time::Duration;

/// Bytes of an item of which eight fill a datagram of 1,200 bytes.
pub const ITEM_BYTES: usize = 142;
/// Items of a datagram.
pub const ITEMS: u64 = 8;

pub struct Direct {
    now: Time,
    ann: Endpoint,
    ben: Endpoint,
    peer: PeerId,
    datagram: Vec<u8>,
    kept: Vec<ItemId>,
    tag: u64,
    /// Datagrams from the first to the second, and their bytes.
    pub packets: u64,
    pub bytes: u64,
    /// Items that the second has in custody, as the first knows.
    pub custody: u64,
}

fn endpoint(secret: u8) -> Endpoint {
    let identity = Identity::from_secret(&[secret; 32]);
    Endpoint::new(Time::ZERO, Config::default(), identity, &[secret; 32])
}

impl Direct {
    /// A link that is up.
    pub fn new(mode: Mode) -> Direct {
        let (mut ann, mut ben) = (endpoint(1), endpoint(2));
        let link = LinkConfig { mode, ..LinkConfig::default() };
        let at = |port| std::net::SocketAddr::from(([127, 0, 0, 1], port));
        let to = |key, address| PeerConfig { key: Some(key), address, link };
        let known = ben.add_peer(Time::ZERO, to(ann.public_key(), None));
        let peer = ann.add_peer(Time::ZERO, to(ben.public_key(), Some(at(2))));
        let (_, peer) = (known.expect("a peer"), peer.expect("a peer"));
        let (datagram, kept) = (Vec::with_capacity(2_000), Vec::with_capacity(1_000));
        let now = Time::from_micros(1_000_000);
        let mut direct = Direct {
            now,
            ann,
            ben,
            peer,
            datagram,
            kept,
            tag: 0,
            packets: 0,
            bytes: 0,
            custody: 0,
        };
        (0..10).for_each(|_| direct.exchange());
        assert!(direct.ann.status(now, peer).is_some(), "the link is not up");
        direct
    }

    /// Sends items enough for one datagram, and lets both ends finish with them.
    pub fn step(&mut self) {
        for _ in 0..ITEMS {
            self.tag += 1;
            let item = [self.tag as u8; ITEM_BYTES];
            let sent = self.ann.send(self.now, self.peer, Precedence::Routine, self.tag, &item);
            sent.expect("the queue is never full");
        }
        self.exchange();
        self.now = self.now + Duration::from_micros(1_000);
    }

    fn exchange(&mut self) {
        let at = |port| std::net::SocketAddr::from(([127, 0, 0, 1], port));
        self.ann.handle_due(self.now);
        self.ben.handle_due(self.now);
        while self.ann.poll_transmit(self.now, &mut self.datagram).is_some() {
            self.packets += 1;
            self.bytes += self.datagram.len() as u64;
            self.ben.handle(self.now, at(1), &mut self.datagram);
        }
        while let Some(event) = self.ben.poll_event() {
            if let Event::Item { item, .. } = event {
                self.kept.push(item);
            }
        }
        for item in self.kept.drain(..) {
            self.ben.custody(self.now, item);
        }
        while self.ben.poll_transmit(self.now, &mut self.datagram).is_some() {
            self.ann.handle(self.now, at(2), &mut self.datagram);
        }
        while let Some(event) = self.ann.poll_event() {
            self.custody += u64::from(matches!(event, Event::Custody { .. }));
        }
    }
}
