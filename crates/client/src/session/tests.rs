mod keys;
mod moves;

use super::*;
use crate::testing::Server;
use postrider_proto::Number;
use postrider_proto::native::{
    Age, Body, Content, Count, Epoch, Hops, Lifetime, Message, MessageId,
};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn at(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

const CLIENT: u16 = 1;

/// A session, and servers by their ports, on simulated time and a wire of ten milliseconds.
struct World {
    now: Time,
    session: Session,
    servers: BTreeMap<u16, Server>,
    /// These servers hear nothing and say nothing.
    cut: Vec<u16>,
    wire: Vec<(Time, u16, u16, Vec<u8>)>,
    seen: Vec<SessionEvent>,
    /// Whether messages that come are said to be on disk.
    gives_custody: bool,
    sent: usize,
    /// Each so many-th datagram is lost.
    loses: Option<usize>,
}

impl World {
    fn new(keys: &Arc<Keys>, ports: &[u16]) -> World {
        let servers: BTreeMap<u16, Server> =
            ports.iter().map(|port| (*port, Server::new(*port as u8))).collect();
        let place = |port: &u16| Place {
            address: at(*port),
            key: Some(PublicKey::from_bytes(servers[port].key().0).unwrap()),
            mode: Mode::Sealed,
            mtu: 1_200,
        };
        let places = ports.iter().map(place).collect();
        World {
            now: Time::ZERO,
            session: Session::new(Time::ZERO, keys.clone(), places, &[77; 32]),
            servers,
            cut: Vec::new(),
            wire: Vec::new(),
            seen: Vec::new(),
            gives_custody: true,
            sent: 0,
            loses: None,
        }
    }

    fn run(&mut self, seconds: u64) {
        self.run_until(seconds, |_| false);
    }

    fn run_until(&mut self, seconds: u64, is_done: impl Fn(&World) -> bool) {
        let end = self.now + Duration::from_secs(seconds);
        self.settle();
        while !is_done(self) {
            let wire = self.wire.iter().map(|(at, ..)| *at);
            let servers = self.servers.values();
            let servers = servers.filter_map(|server| server.endpoint.deadline()).map(|d| d.at);
            let next = wire.chain(servers).chain(self.session.deadline()).min().unwrap();
            if next > end {
                self.now = end;
                return;
            }
            self.now = self.now.max(next);
            self.settle();
        }
    }

    /// All that happens now.
    fn settle(&mut self) {
        let (due, later) =
            std::mem::take(&mut self.wire).into_iter().partition(|d| d.0 <= self.now);
        self.wire = later;
        let due: Vec<(Time, u16, u16, Vec<u8>)> = due;
        for (_, from, to, mut bytes) in due {
            match self.servers.get_mut(&to) {
                Some(server) => server.handle(self.now, at(from), &mut bytes),
                None => self.session.handle(self.now, at(from), &mut bytes),
            }
        }
        self.session.handle_due(self.now);
        while let Some(event) = self.session.poll_event() {
            if let SessionEvent::Message { item, .. } = &event
                && self.gives_custody
            {
                self.session.custody(self.now, *item);
            }
            self.seen.push(event);
        }
        let mut out = Vec::new();
        while let Some(to) = self.session.poll_transmit(self.now, &mut out) {
            self.put(CLIENT, to.port(), &out);
        }
        let ports: Vec<u16> = self.servers.keys().copied().collect();
        for port in ports {
            let server = self.servers.get_mut(&port).unwrap();
            server.handle_due(self.now);
            while let Some(to) =
                self.servers.get_mut(&port).unwrap().endpoint.poll_transmit(self.now, &mut out)
            {
                self.put(port, to.port(), &out);
            }
        }
    }

    fn put(&mut self, from: u16, to: u16, bytes: &[u8]) {
        self.sent += 1;
        let is_lost = self.loses.is_some_and(|each| self.sent.is_multiple_of(each));
        if !is_lost && !self.cut.contains(&from) && !self.cut.contains(&to) {
            let at = self.now + Duration::from_millis(10);
            self.wire.push((at, from, to, bytes.to_vec()));
        }
    }

    fn attached(&self) -> Vec<ServerKey> {
        let servers = self.seen.iter().filter_map(|event| match event {
            SessionEvent::Attached { server, .. } => Some(*server),
            _ => None,
        });
        servers.collect()
    }

    fn custody(&self) -> Vec<u64> {
        let tags = self.seen.iter().filter_map(|event| match event {
            SessionEvent::Custody { tag } => Some(*tag),
            _ => None,
        });
        tags.collect()
    }

    fn messages(&self) -> Vec<Vec<u8>> {
        let messages = self.seen.iter().filter_map(|event| match event {
            SessionEvent::Message { bytes, .. } => Some(bytes.clone()),
            _ => None,
        });
        messages.collect()
    }

    fn refused(&self) -> Vec<Refusal> {
        let refused = self.seen.iter().filter_map(|event| match event {
            SessionEvent::Refused { why, .. } => Some(*why),
            _ => None,
        });
        refused.collect()
    }

    fn server(&mut self, port: u16) -> &mut Server {
        self.servers.get_mut(&port).unwrap()
    }
}

fn ann() -> Arc<Keys> {
    Arc::new(Keys::generate(Number::from_value(1).unwrap()).unwrap())
}

fn text(keys: &Keys, count: u32) -> Vec<u8> {
    let to = Number::from_value(2).unwrap();
    let count = Count::from_value(count).unwrap();
    let content = Content::utf8("Hi Ben").unwrap();
    keys.sign_message(&Message {
        id: MessageId { from: keys.number(), to, epoch: Epoch::MIN, count },
        lifetime: Lifetime::MAX,
        age: Age::ZERO,
        hops: Hops(64),
        precedence: Default::default(),
        body: Body::Text { part: None, content },
        signature: None,
    })
}

#[test]
fn a_free_number_is_claimed_and_the_next_time_it_is_at_home() {
    let ann = ann();
    let mut world = World::new(&ann, &[7]);
    world.run(5);
    assert_eq!(world.attached(), [world.server(7).key()]);
    assert_eq!(world.server(7).known[&ann.number()].version, 1);
    world.cut = vec![7];
    world.run(120);
    assert!(!world.session.is_attached());
    world.cut.clear();
    world.run(120);
    assert!(world.session.is_attached());
    assert_eq!(world.attached().len(), 2);
    assert_eq!(world.server(7).known[&ann.number()].version, 1, "no claim was needed");
}

#[test]
fn who_is_refused_asks_again_and_a_code_helps() {
    let ann = ann();
    let mut world = World::new(&ann, &[7]);
    world.server(7).odd.code = Some("open sesame".to_owned());
    world.run(5);
    assert_eq!(world.refused(), [Refusal::NOT_INVITED]);
    let now = world.now;
    assert!(!world.session.submit(now, Precedence::Routine, 1, &text(&ann, 1)));
    world.session.claim(now, "open sesame");
    world.run(5);
    assert!(world.session.is_attached());
    assert_eq!(world.refused().len(), 1);
}

#[test]
fn a_taken_number_stays_refused_and_the_server_is_asked_once_a_minute() {
    let (ann, other) = (ann(), ann());
    let mut world = World::new(&ann, &[7]);
    let mut first = World::new(&other, &[7]);
    first.run(5);
    world.servers = first.servers;
    world.now = first.now;
    world.run(200);
    assert!(world.refused().iter().all(|why| *why == Refusal::TAKEN));
    assert!((3..=5).contains(&world.refused().len()), "{:?}", world.refused());
}

#[test]
fn a_number_that_another_key_has_won_is_told_at_once() {
    let ann = ann();
    let mut world = World::new(&ann, &[7]);
    world.run(5);
    assert!(world.session.is_attached());
    let now = world.now;
    world.server(7).odd.refuse = Some(Refusal::TAKEN);
    world.server(7).loses(now, ann.number());
    world.run(5);
    assert_eq!(world.refused(), [Refusal::TAKEN]);
    let now = world.now;
    assert!(!world.session.submit(now, Precedence::Routine, 1, &text(&ann, 1)));
}

#[test]
fn nothing_is_lost_or_doubled_when_the_link_is_cut() {
    let ann = ann();
    let mut world = World::new(&ann, &[7]);
    world.loses = Some(7);
    world.run(20);
    let mut now = world.now;
    world.server(7).odd.gives_no_custody = true;
    for count in 1..=50 {
        assert!(world.session.submit(now, Precedence::Routine, count, &text(&ann, count as u32)));
    }
    world.run(3);
    assert!(world.custody().is_empty());
    world.cut = vec![7];
    world.run(60);
    world.cut.clear();
    world.server(7).odd.gives_no_custody = false;
    world.run_until(120, |world| world.session.is_attached());
    now = world.now;
    for count in 1..=50 {
        assert!(world.session.submit(now, Precedence::Routine, count, &text(&ann, count as u32)));
    }
    world.run(30);
    let mut tags = world.custody();
    tags.sort_unstable();
    assert_eq!(tags, (1..=50).collect::<Vec<_>>());
    assert_eq!(world.server(7).taken.len(), 50);
}

#[test]
fn what_comes_is_handed_up_in_order_and_again_until_it_is_on_disk() {
    let (ann, ben) = (ann(), Keys::generate(Number::from_value(2).unwrap()).unwrap());
    let mut world = World::new(&ann, &[7]);
    world.loses = Some(5);
    world.run(20);
    world.gives_custody = false;
    let texts: Vec<Vec<u8>> = (1..=40).map(|count| text(&ben, count)).collect();
    for bytes in &texts {
        let now = world.now;
        world.server(7).post(now, ann.number(), bytes);
    }
    world.run(20);
    assert_eq!(world.messages(), texts);
    world.cut = vec![7];
    world.run(60);
    world.cut.clear();
    world.seen.clear();
    world.gives_custody = true;
    world.run(60);
    assert_eq!(world.messages(), texts, "they come again, since they were never on disk");
}

#[test]
fn the_next_server_is_called_and_later_the_first_again() {
    let ann = ann();
    let mut world = World::new(&ann, &[7, 8]);
    world.cut = vec![7];
    world.run(30);
    assert_eq!(world.attached(), [world.server(8).key()]);
    // The second knows by now what the first said.
    world.cut.clear();
    world.run(TRY_FIRST_AFTER.as_secs() + 20);
    assert_eq!(world.attached(), [world.server(8).key(), world.server(7).key()]);
    assert_eq!(world.session.at, 0);
}

#[test]
fn the_first_server_that_stays_away_is_called_ever_more_rarely() {
    let ann = ann();
    let mut world = World::new(&ann, &[7, 8]);
    world.cut = vec![7];
    world.run(30);
    world.run(3 * TRY_FIRST_AFTER.as_secs());
    assert_eq!(world.session.first_wait, 4 * TRY_FIRST_AFTER);
    assert_eq!(world.attached().len(), 1, "the session with the second goes on");
}

#[test]
fn a_server_that_is_full_is_left_for_the_next() {
    let ann = ann();
    let mut world = World::new(&ann, &[7, 8]);
    world.server(7).odd.refuse = Some(Refusal::FULL);
    world.run(10);
    assert_eq!(world.refused(), [Refusal::FULL]);
    assert_eq!(world.attached(), [world.server(8).key()]);
}

#[test]
fn a_server_with_another_key_is_not_spoken_with() {
    let ann = ann();
    let mut world = World::new(&ann, &[7]);
    world.servers.insert(7, Server::new(99));
    world.run(30);
    let is_wrong = |event: &SessionEvent| matches!(event, SessionEvent::WrongKey { place: 0, .. });
    assert!(world.seen.iter().any(is_wrong));
    assert!(world.attached().is_empty());
}

#[test]
fn a_number_that_is_given_up_is_gone() {
    let ann = ann();
    let mut world = World::new(&ann, &[7]);
    world.run(5);
    let now = world.now;
    world.session.release(now);
    world.run(5);
    assert!(world.seen.contains(&SessionEvent::Released));
    assert!(world.server(7).known[&ann.number()].is_released);
    assert!(!world.session.is_attached());
}

#[test]
fn asks_are_answered() {
    let ann = ann();
    let mut world = World::new(&ann, &[7]);
    world.run(5);
    let (now, nobody) = (world.now, Number::MAX);
    assert!(world.session.ask(now, Ask::Number(ann.number())));
    assert!(world.session.ask(now, Ask::Number(nobody)));
    world.run(5);
    assert!(world.seen.contains(&SessionEvent::Unknown(Ask::Number(nobody))));
    assert!(world.seen.iter().any(|event| matches!(event, SessionEvent::Row { .. })));
}

#[test]
fn nothing_happens_without_servers() {
    let session = Session::new(Time::ZERO, ann(), Vec::new(), &[1; 32]);
    assert_eq!(session.deadline(), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_bytes_panic(
        datagrams in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 1..20),
        first in 0x80_u8..0x88,
    ) {
        let mut world = World::new(&ann(), &[7]);
        world.run(1);
        for mut datagram in datagrams {
            world.session.handle(world.now, at(7), &mut datagram);
            datagram.insert(0, first);
            world.session.handle(world.now, at(7), &mut datagram);
        }
        world.run(2);
        prop_assert!(world.session.is_attached());
    }

    /// What a server may say on a link that is up, in any order.
    #[test]
    fn no_items_panic(
        items in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..300), 1..20),
        first in 0_u8..0x90,
    ) {
        let mut world = World::new(&ann(), &[7]);
        world.run(1);
        let (now, session) = (world.now, world.session.endpoint.peers().count());
        prop_assert_eq!(session, 1);
        let server = world.server(7);
        let peers: Vec<PeerId> = server.endpoint.peers().map(|(peer, ..)| peer).collect();
        for mut item in items {
            server.endpoint.send(now, peers[0], Precedence::Routine, 0, &item).unwrap();
            item[0] = first;
            server.endpoint.send(now, peers[0], Precedence::Routine, 0, &item).unwrap();
        }
        world.run(2);
        prop_assert!(world.session.is_attached());
    }
}
