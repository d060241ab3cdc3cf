//! Networks of native trunks, of any shape, cut and crashed at random: whatever was
//! accepted arrives once, in order, and its sender is told.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on is to fail loudly")]

#[path = "support/disk.rs"]
mod disk;
#[path = "support/network.rs"]
#[allow(dead_code, reason = "shared with other tests")]
mod network;

use network::{Name, Network};
use postrider_engine::Whereabouts;
use postrider_engine::edge::Identity;
use postrider_engine::limits::Limits;
use postrider_proto::Number;
use postrider_proto::native::{
    Age, Body, Content, Count, Entry, Epoch, Fact, Hops, Item, Lifetime, Message, MessageId,
    NumberRow, Outcome, Precedence, Reason, Row, SentRow, Sequence, Version,
};
use std::collections::BTreeMap;
use std::time::Duration;

fn number(value: u64) -> Number {
    Number::from_value(value).unwrap()
}

fn line(servers: usize) -> Vec<(usize, usize)> {
    (1..servers).map(|server| (server - 1, server)).collect()
}

fn ring(servers: usize) -> Vec<(usize, usize)> {
    let mut links = line(servers);
    links.push((0, servers - 1));
    links
}

fn up(servers: usize, links: &[(usize, usize)]) -> Network {
    let mut network = Network::new(1, servers, links, Limits::default());
    for link in network.links() {
        network.connect(link);
    }
    network.settle();
    network
}

const ANN: u64 = 1;
const BEN: u64 = 5;

#[test]
fn a_text_goes_along_a_line_of_five_and_its_receipt_comes_back() {
    let mut network = up(5, &line(5));
    network.handshake(0, number(ANN));
    network.handshake(4, number(BEN));
    network.settle();
    assert!(network.send(0, number(ANN), number(BEN), "hello over there"));
    network.settle();
    assert_eq!(network.get(4, number(BEN)), Some((number(ANN), "hello over there".into())));
    network.settle();
    let outcomes = network.outcomes();
    assert_eq!(outcomes.len(), 1);
    assert_eq!((outcomes[0].0.from, outcomes[0].0.to), (number(ANN), number(BEN)));
    assert_eq!(outcomes[0].1.outcome, Outcome::Delivered);
    for server in 0..5 {
        assert_eq!(network.engine(server).sizes().waiting, 0);
    }
}

#[test]
fn once_everybody_knows_nothing_more_is_said() {
    let mut network = up(5, &ring(5));
    network.handshake(0, number(ANN));
    network.settle();
    let carried = network.carried;
    network.pass(Duration::from_secs(86_400));
    network.settle();
    assert_eq!(network.carried, carried);
}

#[test]
fn a_new_home_is_carried_over_each_link_at_most_once_in_each_direction() {
    let mut network = up(8, &ring(8));
    let before = network.carried;
    network.handshake(3, number(ANN));
    network.settle();
    let rows = network.carried - before;
    assert!((7..=9).contains(&rows), "{rows} rows for 8 links, 7 servers");
}

#[test]
fn after_an_outage_only_the_difference_is_sent() {
    let mut network = up(2, &[(0, 1)]);
    for client in 0..500 {
        network.handshake(0, number(client));
    }
    network.settle();
    network.cut((0, 1));
    network.handshake(0, number(1_000));
    network.pass(Duration::from_secs(1));
    let before = network.carried;
    network.connect((0, 1));
    network.settle();
    let items = network.carried - before;
    assert!(items <= 3, "two summaries and a row: {items}");
    let known = network.engine(1).whereabouts(number(1_000));
    assert!(matches!(known, Whereabouts::Station(_)), "{known:?}");
}

#[test]
fn a_text_for_a_number_that_nobody_knows_waits_until_it_is_known() {
    let mut network = up(3, &line(3));
    network.handshake(0, number(ANN));
    network.send(0, number(ANN), number(BEN), "are you there?");
    network.settle();
    assert_eq!(network.get(2, number(BEN)), None);
    network.settle();
    assert_eq!(network.get(2, number(BEN)), Some((number(ANN), "are you there?".into())));
}

#[test]
fn what_waits_for_a_number_follows_it_to_its_new_home() {
    let mut network = up(3, &line(3));
    network.handshake(0, number(ANN));
    network.handshake(2, number(BEN));
    network.settle();
    for text in ["one", "two", "three"] {
        network.send(0, number(ANN), number(BEN), text);
    }
    network.settle();
    network.handshake(1, number(BEN));
    network.settle();
    let read: Vec<String> =
        std::iter::from_fn(|| network.get(1, number(BEN))).map(|(_, text)| text).collect();
    assert_eq!(read, ["one", "two", "three"]);
}

#[test]
fn a_trunk_that_is_up_at_once_is_no_trunk_to_oneself() {
    let mut network = Network::new(1, 2, &[(0, 1)], Limits::default());
    network.connect((0, 1));
    for server in 0..2 {
        assert_eq!(network.engine(server).identity(), Some(Name(server).key()));
    }
}

#[test]
fn a_new_home_knows_what_the_one_before_has_handed_out() {
    let mut network = up(3, &line(3));
    network.handshake(0, number(ANN));
    network.handshake(2, number(BEN));
    network.settle();
    for (home, text) in [(2, "one"), (1, "two"), (1, "three"), (2, "four"), (0, "five")] {
        network.handshake(home, number(BEN));
        network.settle();
        network.send(0, number(ANN), number(BEN), text);
        network.settle();
        let read = network.get(home, number(BEN)).map(|(_, text)| text);
        assert_eq!(read.as_deref(), Some(text), "nothing is waited for");
        network.settle();
    }
    assert!((0..3).all(|server| network.engine(server).sizes().waiting == 0));
}

#[test]
fn a_gap_is_waited_for_once() {
    let mut network = up(3, &line(3));
    network.handshake(0, number(ANN));
    network.handshake(2, number(BEN));
    network.settle();
    network.send(0, number(ANN), number(BEN), "one");
    network.settle();
    assert!(network.get(2, number(BEN)).is_some());
    // The old home is cut off: nobody tells the new one what has been taken.
    network.cut((1, 2));
    network.handshake(1, number(BEN));
    for text in ["two", "three"] {
        network.send(0, number(ANN), number(BEN), text);
    }
    network.settle();
    assert_eq!(network.get(1, number(BEN)), None);
    network.pass(Duration::from_secs(601));
    for text in ["two", "three"] {
        assert_eq!(network.get(1, number(BEN)).map(|(_, text)| text).as_deref(), Some(text));
    }
}

#[test]
fn a_text_that_nobody_fetches_expires_and_its_sender_is_told() {
    let mut network = up(3, &line(3));
    network.handshake(0, number(ANN));
    network.handshake(2, number(BEN));
    network.settle();
    network.send(0, number(ANN), number(BEN), "too late");
    network.send(0, number(ANN), number(77), "to nobody");
    network.settle();
    network.pass(Duration::from_secs(2 * 86_400));
    network.settle();
    assert_eq!(network.get(2, number(BEN)), None);
    let outcomes: BTreeMap<Number, Outcome> =
        network.outcomes().into_iter().map(|(id, receipt)| (id.to, receipt.outcome)).collect();
    let expected =
        [(number(BEN), Outcome::Expired), (number(77), Outcome::Refused(Reason::NUMBER_UNKNOWN))];
    assert_eq!(outcomes, BTreeMap::from(expected));
}

#[test]
fn a_full_mailbox_refuses_and_says_so() {
    let limits = Limits { mailbox: 3, ..Limits::default() };
    let mut network = Network::new(1, 2, &[(0, 1)], limits);
    network.connect((0, 1));
    network.handshake(0, number(ANN));
    network.handshake(1, number(BEN));
    network.settle();
    for round in 0..5 {
        network.send(0, number(ANN), number(BEN), &format!("text {round}"));
        network.settle();
    }
    let refused = network.outcomes().into_iter().map(|(_, receipt)| receipt.outcome);
    assert_eq!(refused.collect::<Vec<_>>(), [Outcome::Refused(Reason::MAILBOX_FULL); 2]);
}

#[test]
fn the_way_round_a_ring_is_taken_when_a_link_is_cut() {
    let mut network = up(4, &ring(4));
    network.handshake(0, number(ANN));
    network.handshake(1, number(BEN));
    network.settle();
    network.cut((0, 1));
    network.pass(Duration::from_secs(10));
    network.settle();
    network.send(0, number(ANN), number(BEN), "the long way");
    network.settle();
    assert_eq!(network.get(1, number(BEN)), Some((number(ANN), "the long way".into())));
}

/// A row of a number at home at a server, as somebody hands it on who says that there is
/// nothing between it and the row before.
fn hides(network: &mut Network, liar: usize, to: usize, of: usize, hidden: u64) {
    // What it says of itself, of its only link, and of nobody else.
    let before = 2;
    network.handshake(of, number(hidden));
    network.handshake(of, number(hidden + 1));
    let sequence = before + 2;
    let fact = Fact::Number(NumberRow {
        number: number(hidden + 1),
        version: Version::FIRST,
        released: false,
        line: false,
        owner: None,
    });
    let sequence = Sequence::from_value(sequence).unwrap();
    let entry = Entry { origin: Name(of).key(), sequence, fact };
    let row = Row { entry, signature: &[0; 64] };
    network.say(liar, to, &Item::Row(SentRow::new(before, row).unwrap()));
}

#[test]
fn what_one_neighbour_hides_another_one_tells() {
    // 3 lies to 2, which has an honest neighbour as well.
    let mut network = up(4, &line(4));
    hides(&mut network, 3, 2, 0, 50);
    let knows = |network: &Network, who: usize| network.engine(who).whereabouts(number(50));
    assert!(matches!(network.engine(2).whereabouts(number(51)), Whereabouts::Station(_)));
    assert_eq!(knows(&network, 2), Whereabouts::Unknown);
    network.settle();
    for server in 1..4 {
        assert!(matches!(knows(&network, server), Whereabouts::Station(_)), "at {server}");
    }
    assert!(network.engine(2).counters().rows_hidden > 0);
    let carried = network.carried;
    network.pass(Duration::from_secs(86_400));
    network.settle();
    assert_eq!(network.carried, carried, "and then nothing more is said");
}

/// A world in which everything happens.
struct World {
    network: Network,
    /// Where each person was last.
    homes: BTreeMap<u64, usize>,
    /// What was accepted, by sender and recipient, in order.
    accepted: BTreeMap<(u64, u64), Vec<String>>,
    read: BTreeMap<(u64, u64), Vec<String>>,
    texts: usize,
}

const PEOPLE: u64 = 6;

impl World {
    fn new(seed: u64) -> World {
        let mut dice = fastrand::Rng::with_seed(seed);
        let servers = dice.usize(2..7);
        let mut links: Vec<(usize, usize)> =
            (1..servers).map(|server| (dice.usize(..server), server)).collect();
        for _ in 0..dice.usize(..4) {
            let (a, b) = (dice.usize(..servers), dice.usize(..servers));
            if a != b {
                links.push((a.min(b), a.max(b)));
            }
        }
        let limits =
            Limits { log_slack_bytes: [2_000, 1 << 20][dice.usize(..2)], ..Limits::default() };
        let network = Network::new(seed, servers, &links, limits);
        let homes = (0..PEOPLE).map(|person| (person, dice.usize(..servers))).collect();
        World { network, homes, accepted: BTreeMap::new(), read: BTreeMap::new(), texts: 0 }
    }

    fn step(&mut self, moving: bool) {
        let links = self.network.links();
        let link = links[self.network.dice.usize(..links.len())];
        let server = self.network.dice.usize(..self.network.size());
        match self.network.dice.u8(..100) {
            0..30 => self.write(),
            30..50 => self.read(),
            50..52 => self.network.cut(link),
            52..57 => self.network.connect(link),
            57 => self.network.crash(server),
            58 if moving => {
                let person = self.network.dice.u64(..PEOPLE);
                self.homes.insert(person, server);
                self.network.handshake(server, number(person));
            }
            59..62 => {
                let millis = self.network.dice.u64(1..3_000);
                self.network.pass(Duration::from_millis(millis));
            }
            62 => {
                let full = self.network.dice.bool();
                self.network.fill(server, full);
            }
            _ => {
                for _ in 0..4 {
                    self.network.deliver_one();
                }
            }
        }
    }

    fn write(&mut self) {
        let (from, to) = (self.network.dice.u64(..PEOPLE), self.network.dice.u64(..PEOPLE));
        self.texts += 1;
        let text = format!("text {} from {from} to {to}", self.texts);
        if self.network.send(self.homes[&from], number(from), number(to), &text) {
            self.accepted.entry((from, to)).or_default().push(text);
        }
    }

    fn read(&mut self) {
        let reader = self.network.dice.u64(..PEOPLE);
        self.read_one(reader);
    }

    fn read_one(&mut self, reader: u64) -> bool {
        let read = self.network.get(self.homes[&reader], number(reader));
        let Some((from, text)) = read else { return false };
        self.read.entry((from.value(), reader)).or_default().push(text);
        true
    }

    /// Everything works from now on.
    fn calm(&mut self) {
        for server in 0..self.network.size() {
            self.network.fill(server, false);
        }
        for link in self.network.links() {
            self.network.connect(link);
        }
        for (person, home) in self.homes.clone() {
            self.network.handshake(home, number(person));
        }
        for _ in 0..8 {
            self.network.settle();
            self.network.pass(Duration::from_secs(200));
            for person in 0..PEOPLE {
                while self.read_one(person) {}
            }
        }
        self.network.settle();
    }

    fn check(&mut self, seed: u64, in_order: bool) {
        for (pair, accepted) in &self.accepted {
            let mut read = self.read.remove(pair).unwrap_or_default();
            let mut accepted = accepted.clone();
            if !in_order {
                read.sort();
                // A text that was on its way to the old home, which had it, and from a server
                // that had not heard so to the new one, which had not heard either.
                read.dedup();
                accepted.sort();
            }
            assert_eq!(read, accepted, "seed {seed}: from {} to {}", pair.0, pair.1);
        }
        assert!(self.read.values().all(Vec::is_empty), "seed {seed}: read what nobody sent");
        let told = self.network.outcomes().into_iter();
        let told = told.filter(|(_, receipt)| receipt.outcome == Outcome::Delivered).count();
        let sent: usize = self.accepted.values().map(Vec::len).sum();
        assert!(told >= sent, "seed {seed}: {sent} sent, {told} receipts");
        for server in 0..self.network.size() {
            assert_eq!(self.network.engine(server).sizes().waiting, 0, "seed {seed} at {server}");
        }
        for (person, home) in &self.homes {
            for server in 0..self.network.size() {
                let found = self.network.engine(server).whereabouts(number(*person));
                assert_eq!(found == Whereabouts::Here, server == *home, "seed {seed}");
                assert_ne!(found, Whereabouts::Unknown, "seed {seed}");
            }
        }
    }
}

#[test]
fn whatever_is_accepted_arrives_once_in_order_and_its_sender_is_told() {
    for seed in 0..300 {
        let mut world = World::new(seed);
        for _ in 0..400 {
            world.step(false);
        }
        world.calm();
        world.check(seed, true);
    }
}

#[test]
fn whatever_is_accepted_reaches_people_who_move() {
    for seed in 1_000..1_200 {
        let mut world = World::new(seed);
        for _ in 0..400 {
            world.step(true);
        }
        world.calm();
        world.check(seed, false);
    }
}

/// Ben is here for a moment while his text is on its way to where he was: it comes back, he
/// leaves, and only then is it heard that the other server had it.
#[test]
fn a_text_that_came_back_stays_however_late_custody_of_it_is_told() {
    let mut network = up(2, &line(2));
    network.handshake(0, number(ANN));
    network.handshake(1, number(BEN));
    network.settle();
    assert!(network.send(0, number(ANN), number(BEN), "hello"));
    network.handshake(0, number(BEN));
    let epoch = Epoch::from_value(100).unwrap();
    let id = MessageId { from: number(ANN), to: number(BEN), epoch, count: Count::FIRST };
    let mut buffer = [0; Content::GSM_BYTES_MAX];
    let content = Content::write("hello", &mut buffer).unwrap();
    network.say(1, 0, &Item::Message(text_of(id, content)));
    network.terminate(0, number(BEN));
    for tag in 1..20 {
        network.claim_custody(1, 0, tag);
    }
    assert_eq!(network.engine(0).counters().taken_over_repeats, 1, "the copy came back");
    assert_eq!(network.engine(0).sizes().waiting, 1, "and what waited waits");
}

fn text_of(id: MessageId, content: Content<'_>) -> Message<'_> {
    Message {
        id,
        lifetime: Lifetime::at_least(Duration::from_secs(86_400)),
        age: Age::ZERO,
        hops: Hops(60),
        precedence: Precedence::Routine,
        body: Body::Text { part: None, content },
        signature: None,
    }
}

/// The log is cleaned again and again while a text waits for the one before it.
#[test]
fn a_gap_is_waited_for_ten_minutes_however_often_the_log_is_cleaned() {
    const CLEO: u64 = 9;
    let limits = Limits { log_slack_bytes: 0, ..Limits::default() };
    let mut network = Network::new(1, 2, &line(2), limits);
    network.connect((0, 1));
    network.handshake(1, number(BEN));
    network.settle();
    let (epoch, count) = (Epoch::from_value(77).unwrap(), Count::from_value(2).unwrap());
    let id = MessageId { from: number(ANN), to: number(BEN), epoch, count };
    let mut buffer = [0; Content::GSM_BYTES_MAX];
    let content = Content::write("the second", &mut buffer).unwrap();
    network.say(0, 1, &Item::Message(text_of(id, content)));
    for minute in 0..10 {
        assert_eq!(network.get(1, number(BEN)), None, "after {minute} minutes");
        for _ in 0..20 {
            network.send(1, number(CLEO), number(CLEO), "something that is read at once");
            network.get(1, number(CLEO));
            network.pass(Duration::from_secs(3));
        }
    }
    assert_eq!(network.get(1, number(BEN)), Some((number(ANN), "the second".into())));
}
