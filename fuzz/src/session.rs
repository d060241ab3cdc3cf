//! A server that has a client on its link, and says what it likes.

use postrider_client::{Keys, Place, Session, SessionEvent};
use postrider_link::{
    Config, Endpoint, Event, Identity, ItemId, LinkConfig, Mode, PeerId, Precedence, Time,
};
use postrider_proto::Number;
use postrider_proto::native::{Answer, Item, Refusal, Verdict};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// More than any life needs: what is more does not fall quiet.
const DATAGRAMS_MAX: usize = 100_000;
const WORDS: &str = "abandon abandon abandon abandon abandon abandon abandon abandon abandon \
                     abandon abandon abandon abandon abandon abandon abandon abandon abandon \
                     abandon abandon abandon abandon abandon art";

struct World {
    now: Time,
    number: Number,
    session: Session,
    server: Endpoint,
    client: Option<PeerId>,
    /// What the client has said, and has no custody yet.
    said: Vec<ItemId>,
    /// The same of the server.
    handed: Vec<ItemId>,
    /// The last claim gave the number up.
    is_given_up: bool,
    was_released: bool,
    submitted: u64,
    sent: usize,
}

/// Whatever a server says, its client does not stop, and is attached again by an honest one.
pub fn run(mut bytes: &[u8]) {
    let mut world = World::new();
    world.peace(2, false);
    for _ in 0..64 {
        let Some((what, rest)) = bytes.split_first() else { break };
        bytes = world.step(*what, rest);
    }
    world.peace(240, true);
    assert!(world.was_released || world.session.is_attached(), "not attached by an honest server");
}

fn address(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

impl World {
    fn new() -> World {
        let (now, number) = (Time::from_micros(1_000_000), Number::from_value(5_550_000_001));
        let number = number.expect("a number");
        let identity = Identity::from_secret(&[7; 32]);
        let place = Place {
            address: address(2),
            key: Some(identity.public()),
            mode: Mode::Sealed,
            mtu: 1_200,
        };
        let keys = Arc::new(Keys::from_words(number, WORDS).expect("words of a key"));
        let config = Config { clients: Some(LinkConfig::default()), ..Config::default() };
        World {
            now,
            number,
            session: Session::new(now, keys, vec![place], &[1; 32]),
            server: Endpoint::new(now, config, identity, &[2; 32]),
            client: None,
            said: Vec::new(),
            handed: Vec::new(),
            is_given_up: false,
            was_released: false,
            submitted: 0,
            sent: 0,
        }
    }

    /// Does what the first byte says with what follows, and leaves the rest.
    fn step<'a>(&mut self, what: u8, rest: &'a [u8]) -> &'a [u8] {
        let (first, after) = rest.split_first().unwrap_or((&0, rest));
        match what % 8 {
            0 | 1 => {
                let (item, after) = after.split_at(usize::from(*first).min(after.len()));
                self.say(item);
                return after;
            }
            2 => self.answer(verdict(*first), u32::from(what)),
            3 => self.submit(*first),
            4 => self.take_what_was_said(),
            5 => {
                let handed = self.handed.drain(..).collect::<Vec<ItemId>>();
                handed.into_iter().for_each(|item| self.session.custody(self.now, item));
            }
            6 => self.now = self.now + Duration::from_millis(u64::from(*first) * 40),
            _ if what & 0x40 == 0 => self.session.claim(self.now, "a code"),
            _ => self.session.release(self.now),
        }
        self.exchange(false);
        after
    }

    fn say(&mut self, item: &[u8]) {
        if let (Some(client), false) = (self.client, item.is_empty()) {
            let _ = self.server.send(self.now, client, Precedence::Routine, 1, item);
            self.exchange(false);
        }
    }

    fn answer(&mut self, verdict: Verdict, version: u32) {
        let mut item = Vec::new();
        Item::Answer(Answer { number: self.number, version, verdict }).print(&mut item);
        self.say(&item);
    }

    fn submit(&mut self, class: u8) {
        let message = [class; 60];
        let took = self.session.submit(self.now, Precedence::Routine, self.submitted, &message);
        assert!(!took || self.session.is_attached());
        self.submitted += u64::from(took);
    }

    fn take_what_was_said(&mut self) {
        let said = self.said.drain(..).collect::<Vec<ItemId>>();
        said.into_iter().for_each(|item| self.server.custody(self.now, item));
    }

    /// Lets the datagrams of both pass until neither has any at this time.
    fn exchange(&mut self, is_honest: bool) {
        loop {
            let mut datagram = Vec::new();
            self.session.handle_due(self.now);
            self.server.handle_due(self.now);
            self.hear();
            if is_honest {
                self.be_honest();
            }
            let mut passed = 0;
            while self.session.poll_transmit(self.now, &mut datagram).is_some() {
                self.server.handle(self.now, address(1), &mut datagram);
                passed += 1;
            }
            while self.server.poll_transmit(self.now, &mut datagram).is_some() {
                self.session.handle(self.now, address(2), &mut datagram);
                passed += 1;
            }
            self.sent += passed;
            assert!(self.sent < DATAGRAMS_MAX, "it never falls quiet");
            if passed == 0 {
                return;
            }
        }
    }

    fn hear(&mut self) {
        while let Some(event) = self.server.poll_event() {
            match event {
                Event::Up { peer, .. } => self.client = Some(peer),
                Event::Down { peer, .. } if self.client == Some(peer) => {
                    self.client = None;
                    self.said.clear();
                }
                Event::Item { item, bytes, .. } => {
                    self.said.push(item);
                    if let Ok(Item::Claim(claim)) = Item::parse(bytes) {
                        self.is_given_up = claim.row.released;
                    }
                }
                _ => {}
            }
        }
        while let Some(event) = self.session.poll_event() {
            match event {
                SessionEvent::Message { item, .. } => self.handed.push(item),
                SessionEvent::Custody { tag } => assert!(tag < self.submitted),
                SessionEvent::Released => self.was_released = true,
                SessionEvent::Detached { .. } => self.handed.clear(),
                _ => {}
            }
        }
    }

    /// Says yes to whatever was asked.
    fn be_honest(&mut self) {
        if !self.said.is_empty() {
            self.take_what_was_said();
            let mut item = Vec::new();
            let verdict = if self.is_given_up { Verdict::Released } else { Verdict::Attached };
            Item::Answer(Answer { number: self.number, version: 1, verdict }).print(&mut item);
            if let Some(client) = self.client {
                let _ = self.server.send(self.now, client, Precedence::Routine, 1, &item);
            }
        }
        let handed = self.handed.drain(..).collect::<Vec<ItemId>>();
        handed.into_iter().for_each(|item| self.session.custody(self.now, item));
    }

    fn peace(&mut self, secs: u64, is_honest: bool) {
        let end = self.now + Duration::from_secs(secs);
        while self.now < end {
            self.exchange(is_honest);
            let due = self.server.deadline().map(|deadline| deadline.at);
            let next = due.into_iter().chain(self.session.deadline()).min().unwrap_or(end);
            self.now = next.clamp(self.now + Duration::from_micros(1), end);
        }
        self.exchange(is_honest);
    }
}

fn verdict(byte: u8) -> Verdict {
    match byte % 6 {
        0 | 1 => Verdict::Attached,
        2 => Verdict::WantsClaim,
        3 if byte & 0x80 != 0 => Verdict::Released,
        4 => Verdict::Refused(Refusal::STALE),
        5 => Verdict::Refused(Refusal::FULL),
        _ => Verdict::Refused(Refusal::TAKEN),
    }
}
