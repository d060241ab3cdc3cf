//! Clients that are attached natively: whose a number is, what they hand over, what they
//! are handed, and how a text ends.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on is to fail loudly")]

#[path = "support/disk.rs"]
mod disk;
#[path = "support/network.rs"]
#[allow(dead_code, reason = "shared with other tests")]
mod network;

use network::{Name, Network};
use postrider_engine::Claims;
use postrider_engine::edge::Identity;
use postrider_engine::limits::{Limits, SESSION_HANDED_MAX};
use postrider_proto::Number;
use postrider_proto::native::{
    Age, Answer, Ask, Attach, Body, ClaimItem, Content, Count, Epoch, Fact, Hops, Item, Lifetime,
    Message, MessageId, NumberRow, Outcome, Owner, OwnerKey, Precedence, Reason, Receipt, Refusal,
    Signature, Traced, Verdict, Version,
};
use std::time::Duration;

/// The engine does not look at signatures: the shell has verified them.
const SIGNATURE: &Signature = &[7; 64];
const ANN: Person = Person { number: 1, key: 0x11, device: 1_001 };
const BEN: Person = Person { number: 2, key: 0x22, device: 1_002 };
/// Ben's other device.
const BEN_TOO: Person = Person { device: 1_003, ..BEN };

#[derive(Clone, Copy)]
struct Person {
    number: u64,
    key: u8,
    device: u32,
}

impl Person {
    fn number(self) -> Number {
        Number::from_value(self.number).unwrap()
    }

    fn epoch(self) -> Epoch {
        Epoch::from_value(self.device).unwrap()
    }

    fn key(self) -> OwnerKey {
        OwnerKey([self.key; 32])
    }

    fn claim(self, version: u32, released: bool) -> NumberRow<'static> {
        let version = Version::from_value(version).unwrap();
        let owner = Some(Owner { key: self.key(), signature: SIGNATURE, first: None });
        NumberRow { number: self.number(), version, released, line: false, owner }
    }

    fn id(self, to: Person, count: u32) -> MessageId {
        let count = Count::from_value(count).unwrap();
        MessageId { from: self.number(), to: to.number(), epoch: self.epoch(), count }
    }
}

fn network(servers: usize) -> Network {
    let links: Vec<_> = (1..servers).map(|server| (server - 1, server)).collect();
    let mut network = Network::new(1, servers, &links, Limits::default());
    links.into_iter().for_each(|link| network.connect(link));
    network.settle();
    network
}

/// What a server says to the attach.
fn attach(network: &mut Network, at: usize, who: Person) -> Answer {
    let attach = Attach { number: who.number(), key: who.key(), signature: SIGNATURE };
    assert!(network.hear_device(at, who.device, &Item::Attach(attach)));
    answer(network, at, who)
}

fn claim(network: &mut Network, at: usize, who: Person, row: NumberRow<'_>, code: &str) -> Answer {
    assert!(network.hear_device(at, who.device, &Item::Claim(ClaimItem { row, code })));
    answer(network, at, who)
}

/// The verdict that it was just told; what else it was told is for later tests to ask.
fn answer(network: &mut Network, at: usize, who: Person) -> Answer {
    let told = network.told(at, who.device);
    let mut answers =
        told.iter().rev().filter_map(|(_, bytes)| match Item::parse(bytes).unwrap() {
            Item::Answer(answer) => Some(answer),
            _ => None,
        });
    answers.next().unwrap()
}

/// Somebody who comes for the first time.
fn settle_in(network: &mut Network, at: usize, who: Person) {
    let first = attach(network, at, who);
    assert_eq!(first.verdict, Verdict::WantsClaim);
    let row = who.claim(first.version + 1, false);
    assert_eq!(claim(network, at, who, row, "").verdict, Verdict::Attached);
    network.settle();
}

fn message(id: MessageId, body: Body<'_>) -> Item<'_> {
    Item::Message(Message {
        id,
        lifetime: Lifetime::MAX,
        age: Age::ZERO,
        hops: Hops(64),
        precedence: Precedence::Routine,
        body,
        signature: Some(SIGNATURE),
    })
}

fn send(network: &mut Network, at: usize, from: Person, to: Person, count: u32) -> bool {
    let said = format!("number {count}");
    let content = Content::utf8(&said).unwrap();
    let text = message(from.id(to, count), Body::Text { part: None, content });
    network.hear_device(at, from.device, &text)
}

/// The reader's device says that it has a text.
fn acknowledge(network: &mut Network, at: usize, who: Person, about: MessageId, count: u32) {
    let (outcome, server) = (Outcome::Delivered, Name(at).key().id());
    let (epoch, of) = (about.epoch, about.count);
    let receipt = Receipt { epoch, count: of, outcome, server, age: Age::ZERO };
    let count = Count::from_value(count).unwrap();
    let id = MessageId { from: about.to, to: about.from, epoch: who.epoch(), count };
    assert!(network.hear_device(at, who.device, &message(id, Body::Receipt(receipt))));
}

/// The texts that a device was handed; it has all of them on disk.
fn texts(network: &mut Network, at: usize, who: Person) -> Vec<u32> {
    let told = network.told(at, who.device);
    let mut counts = Vec::new();
    for (tag, bytes) in told {
        if let Item::Message(Message { id, body: Body::Text { .. }, signature, .. }) =
            Item::parse(&bytes).unwrap()
        {
            assert_eq!(signature, Some(SIGNATURE), "as its sender has signed it");
            counts.push(id.count.value());
        }
        network.device_has(at, who.device, tag);
    }
    counts
}

/// The receipts that a device was handed: about which message, what, and whether somebody
/// has signed it.
fn receipts(network: &mut Network, at: usize, who: Person) -> Vec<(u32, Outcome, bool)> {
    let told = network.told(at, who.device);
    let mut all = Vec::new();
    for (tag, bytes) in told {
        if let Item::Message(Message { body: Body::Receipt(receipt), signature, .. }) =
            Item::parse(&bytes).unwrap()
        {
            all.push((receipt.count.value(), receipt.outcome, signature.is_some()));
        }
        network.device_has(at, who.device, tag);
    }
    all
}

#[test]
fn a_number_is_claimed_once_and_is_its_owners_from_then_on() {
    let mut network = network(2);
    assert_eq!(attach(&mut network, 0, ANN).verdict, Verdict::WantsClaim);
    let stale = claim(&mut network, 0, ANN, BEN.claim(1, false), "");
    assert_eq!(stale.verdict, Verdict::Refused(Refusal::STALE), "another's number");
    let first = claim(&mut network, 0, ANN, ANN.claim(1, false), "");
    assert_eq!((first.verdict, first.version), (Verdict::Attached, 1));
    network.settle();
    let thief = Person { key: 0x99, device: 1_009, ..ANN };
    for server in 0..2 {
        let refused = attach(&mut network, server, thief);
        assert_eq!(refused.verdict, Verdict::Refused(Refusal::TAKEN), "at {server}");
        let row = thief.claim(2, false);
        let refused = claim(&mut network, server, thief, row, "");
        assert_eq!(refused.verdict, Verdict::Refused(Refusal::TAKEN), "at {server}");
    }
    network.crash(0);
    assert_eq!(attach(&mut network, 0, ANN).verdict, Verdict::Attached, "after a restart");
    let far = claim(&mut network, 0, ANN, ANN.claim(u32::MAX, false), "");
    assert_eq!(far.verdict, Verdict::Refused(Refusal::STALE), "a version that is made up");
}

#[test]
fn a_classic_clients_number_is_not_to_be_had_until_it_has_left() {
    let mut network = network(1);
    network.handshake(0, ANN.number());
    let refused = attach(&mut network, 0, ANN);
    assert_eq!(refused.verdict, Verdict::Refused(Refusal::IN_USE));
    network.terminate(0, ANN.number());
    settle_in(&mut network, 0, ANN);
    assert!(!network.send(0, ANN.number(), BEN.number(), "from a bare socket"));
}

#[test]
fn a_text_ends_with_its_readers_own_receipt() {
    let mut network = network(3);
    settle_in(&mut network, 0, ANN);
    settle_in(&mut network, 2, BEN);
    assert!(send(&mut network, 0, ANN, BEN, 1));
    network.settle();
    assert_eq!(texts(&mut network, 2, BEN), [1]);
    network.settle();
    assert_eq!(network.engine(2).sizes().waiting, 1, "that a device has it on disk is not enough");
    assert_eq!(receipts(&mut network, 0, ANN), []);
    acknowledge(&mut network, 2, BEN, ANN.id(BEN, 1), 1);
    network.settle();
    assert_eq!(network.engine(2).sizes().waiting, 0);
    assert_eq!(receipts(&mut network, 0, ANN), [(1, Outcome::Delivered, true)]);
    network.settle();
    assert_eq!(network.engine(0).sizes().waiting, 0, "and a receipt with its device's custody");
}

#[test]
fn what_a_device_has_no_custody_of_is_handed_again_and_what_it_says_twice_counts_once() {
    let mut network = network(1);
    settle_in(&mut network, 0, ANN);
    settle_in(&mut network, 0, BEN);
    for count in [1, 2, 1] {
        assert!(send(&mut network, 0, ANN, BEN, count));
    }
    let handed = network.told(0, BEN.device).len();
    assert_eq!(handed, 2);
    network.device_gone(0, BEN.device);
    network.crash(0);
    attach_only(&mut network, 0, BEN);
    assert_eq!(texts(&mut network, 0, BEN), [1, 2]);
    acknowledge(&mut network, 0, BEN, ANN.id(BEN, 1), 1);
    acknowledge(&mut network, 0, BEN, ANN.id(BEN, 1), 1);
    attach_only(&mut network, 0, ANN);
    assert!(send(&mut network, 0, ANN, BEN, 1), "custody, and no more of it");
    assert_eq!(receipts(&mut network, 0, ANN), [(1, Outcome::Delivered, true)]);
    assert_eq!(texts(&mut network, 0, BEN), []);
}

/// Attaches, and leaves what it is told to be looked at.
fn attach_only(network: &mut Network, at: usize, who: Person) {
    let attach = Attach { number: who.number(), key: who.key(), signature: SIGNATURE };
    assert!(network.hear_device(at, who.device, &Item::Attach(attach)));
}

#[test]
fn a_window_at_a_time_in_the_order_of_the_counts_and_none_beyond_a_gap() {
    let mut network = network(1);
    settle_in(&mut network, 0, ANN);
    settle_in(&mut network, 0, BEN);
    network.device_gone(0, BEN.device);
    let many = SESSION_HANDED_MAX as u32 + 10;
    for count in (2..=many).rev() {
        assert!(send(&mut network, 0, ANN, BEN, count));
    }
    attach_only(&mut network, 0, BEN);
    assert_eq!(texts(&mut network, 0, BEN), [], "the first is missing");
    assert!(send(&mut network, 0, ANN, BEN, 1));
    let window: Vec<u32> = (1..=SESSION_HANDED_MAX as u32).collect();
    assert_eq!(texts(&mut network, 0, BEN), window);
    let rest: Vec<u32> = (SESSION_HANDED_MAX as u32 + 1..=many).collect();
    assert_eq!(texts(&mut network, 0, BEN), rest);
}

#[test]
fn a_gap_is_waited_for_ten_minutes_and_then_no_more() {
    let mut network = network(1);
    settle_in(&mut network, 0, ANN);
    settle_in(&mut network, 0, BEN);
    assert!(send(&mut network, 0, ANN, BEN, 2));
    network.pass(Duration::from_secs(595));
    assert_eq!(texts(&mut network, 0, BEN), []);
    network.pass(Duration::from_secs(70));
    assert_eq!(texts(&mut network, 0, BEN), [2]);
}

#[test]
fn all_devices_are_handed_a_text_and_the_first_receipt_ends_it() {
    let mut network = network(1);
    settle_in(&mut network, 0, ANN);
    settle_in(&mut network, 0, BEN);
    attach_only(&mut network, 0, BEN_TOO);
    network.told(0, BEN_TOO.device);
    assert!(send(&mut network, 0, ANN, BEN, 1));
    assert_eq!(texts(&mut network, 0, BEN), [1]);
    assert_eq!(texts(&mut network, 0, BEN_TOO), [1]);
    acknowledge(&mut network, 0, BEN_TOO, ANN.id(BEN, 1), 1);
    acknowledge(&mut network, 0, BEN, ANN.id(BEN, 1), 1);
    let told = receipts(&mut network, 0, ANN);
    assert_eq!(told.first(), Some(&(1, Outcome::Delivered, true)));
    assert_eq!(network.engine(0).counters().delivered, 1);
}

#[test]
fn what_waits_follows_a_number_to_its_new_home_and_the_old_one_says_so() {
    let mut network = network(2);
    settle_in(&mut network, 0, ANN);
    settle_in(&mut network, 0, BEN);
    for count in 1..=3 {
        assert!(send(&mut network, 0, ANN, BEN, count));
    }
    assert_eq!(texts(&mut network, 0, BEN), [1, 2, 3]);
    acknowledge(&mut network, 0, BEN, ANN.id(BEN, 1), 1);
    let there = Person { device: 1_020, ..BEN };
    let known = attach(&mut network, 1, there);
    assert_eq!((known.verdict, known.version), (Verdict::WantsClaim, 1));
    let row = there.claim(2, false);
    assert_eq!(claim(&mut network, 1, there, row, "").verdict, Verdict::Attached);
    network.settle();
    assert_eq!(answer(&mut network, 0, BEN).verdict, Verdict::WantsClaim, "it is elsewhere now");
    assert_eq!(texts(&mut network, 1, there), [2, 3]);
    // A device of its own counts for itself.
    acknowledge(&mut network, 1, there, ANN.id(BEN, 2), 1);
    network.settle();
    let told: Vec<u32> = receipts(&mut network, 0, ANN).iter().map(|told| told.0).collect();
    assert_eq!(told, [1, 2]);
}

#[test]
fn a_number_that_is_given_up_gets_nothing_any_more() {
    let mut network = network(1);
    settle_in(&mut network, 0, ANN);
    settle_in(&mut network, 0, BEN);
    let released = claim(&mut network, 0, BEN, BEN.claim(2, true), "");
    assert_eq!(released.verdict, Verdict::Released);
    assert!(send(&mut network, 0, ANN, BEN, 1));
    assert_eq!(texts(&mut network, 0, BEN), []);
    assert_eq!(attach(&mut network, 0, BEN).verdict, Verdict::WantsClaim, "it stays its own");
}

#[test]
fn who_is_not_attached_or_speaks_for_another_is_not_heard() {
    let mut network = network(1);
    assert!(send(&mut network, 0, ANN, BEN, 1), "custody, so that it does not come again");
    settle_in(&mut network, 0, ANN);
    assert!(network.hear_device(0, ANN.device, &text_of(BEN.id(ANN, 1))));
    let unsigned = match text_of(ANN.id(BEN, 1)) {
        Item::Message(message) => Item::Message(Message { signature: None, ..message }),
        other => other,
    };
    assert!(network.hear_device(0, ANN.device, &unsigned));
    assert_eq!(network.engine(0).counters().submits_refused, 3);
    assert_eq!(network.engine(0).sizes().waiting, 0);
}

fn text_of(id: MessageId) -> Item<'static> {
    message(id, Body::Text { part: None, content: Content::utf8("a text").unwrap() })
}

#[test]
fn a_full_mailbox_ends_a_text_with_a_receipt_and_a_full_disk_leaves_it_with_its_sender() {
    let limits = Limits { mailbox: 2, ..Limits::default() };
    let mut network = Network::new(1, 1, &[], limits);
    settle_in(&mut network, 0, ANN);
    settle_in(&mut network, 0, BEN);
    network.device_gone(0, BEN.device);
    for count in 1..=3 {
        assert!(send(&mut network, 0, ANN, BEN, count));
    }
    let refused = Outcome::Refused(Reason::MAILBOX_FULL);
    assert_eq!(receipts(&mut network, 0, ANN), [(3, refused, false)]);
    network.fill(0, true);
    attach_only(&mut network, 0, BEN);
    assert!(!send(&mut network, 0, ANN, BEN, 4), "no custody");
}

#[test]
fn a_client_may_ask_for_rows_and_where_its_texts_are() {
    let mut network = network(2);
    settle_in(&mut network, 0, ANN);
    settle_in(&mut network, 1, BEN);
    let ask = |network: &mut Network, ask| {
        network.hear_device(0, ANN.device, &Item::Ask(ask));
        network.told(0, ANN.device).pop().unwrap().1
    };
    let bytes = ask(&mut network, Ask::Number(BEN.number()));
    let Item::Row(sent) = Item::parse(&bytes).unwrap() else { panic!("no row") };
    let Fact::Number(row) = sent.row().entry.fact else { panic!("another row") };
    assert_eq!((row.number, row.owner.unwrap().key), (BEN.number(), BEN.key()));
    let own = ask(&mut network, Ask::Number(ANN.number()));
    assert!(matches!(Item::parse(&own).unwrap(), Item::Row(_)), "an own one, too");
    let server = ask(&mut network, Ask::Server(Name(1).key().id()));
    assert!(matches!(Item::parse(&server).unwrap(), Item::Row(_)));
    let nobody = Ask::Number(Number::MAX);
    let unknown = ask(&mut network, nobody);
    assert!(matches!(Item::parse(&unknown).unwrap(), Item::Unknown(_)));
    network.cut((0, 1));
    network.settle();
    assert!(send(&mut network, 0, ANN, BEN, 1));
    let bytes = ask(&mut network, Ask::Message(ANN.id(BEN, 1)));
    let Item::Trace(trace) = Item::parse(&bytes).unwrap() else { panic!("no trace") };
    assert_eq!(trace.whereabouts, Traced::NoWay(Name(1).key().id()));
    let bytes = ask(&mut network, Ask::Message(BEN.id(ANN, 1)));
    assert!(matches!(Item::parse(&bytes).unwrap(), Item::Unknown(_)), "not its own");
}

#[test]
fn nobody_speaks_for_a_bound_number_without_a_signature() {
    let mut network = network(2);
    settle_in(&mut network, 0, ANN);
    network.handshake(1, BEN.number());
    network.settle();
    let Item::Message(signed) = text_of(ANN.id(BEN, 1)) else { unreachable!() };
    network.say(0, 1, &Item::Message(Message { signature: None, ..signed }));
    network.settle();
    assert_eq!(network.get(1, BEN.number()), None);
    let refused = Outcome::Refused(Reason::BAD_SIGNATURE);
    assert_eq!(receipts(&mut network, 0, ANN), [(1, refused, false)], "its owner hears of it");
    assert!(send(&mut network, 0, ANN, BEN, 2));
    network.settle();
    assert_eq!(network.get(1, BEN.number()), Some((ANN.number(), "number 2".to_owned())));
    network.settle();
    assert_eq!(receipts(&mut network, 0, ANN), [(2, Outcome::Delivered, false)]);
}

#[test]
fn an_invitation_lets_one_number_in_and_no_second_whatever_happens() {
    let limits = Limits::default();
    let mut network = Network::new(1, 1, &[], limits);
    network.claims(Claims::Invited);
    network.invite(0, code("open-sesame"));
    let refused = Verdict::Refused(Refusal::NOT_INVITED);
    assert_eq!(attach(&mut network, 0, ANN).verdict, Verdict::WantsClaim);
    for wrong in ["", "open", "open-sesame!"] {
        let row = ANN.claim(1, false);
        assert_eq!(claim(&mut network, 0, ANN, row, wrong).verdict, refused, "{wrong:?}");
    }
    network.crash(0);
    attach(&mut network, 0, ANN);
    let row = ANN.claim(1, false);
    assert_eq!(claim(&mut network, 0, ANN, row, "open-sesame").verdict, Verdict::Attached);
    network.crash(0);
    attach(&mut network, 0, BEN);
    let row = BEN.claim(1, false);
    assert_eq!(claim(&mut network, 0, BEN, row, "open-sesame").verdict, refused);
    let moved = claim(&mut network, 0, BEN, BEN.claim(1, false), "");
    assert_eq!(moved.verdict, refused);
}

fn code(written: &str) -> [u8; 32] {
    let mut code = [0; 32];
    code[..written.len()].copy_from_slice(written.as_bytes());
    code
}

#[test]
fn where_a_text_is_the_servers_that_have_taken_it_over_are_asked_as_well() {
    let mut network = network(4);
    settle_in(&mut network, 0, ANN);
    settle_in(&mut network, 3, BEN);
    network.cut((2, 3));
    assert!(send(&mut network, 0, ANN, BEN, 1));
    while network.deliver_one() {}
    network.told(0, ANN.device);
    let id = ANN.id(BEN, 1);
    network.hear_device(0, ANN.device, &Item::Ask(Ask::Message(id)));
    while network.deliver_one() {}
    let told = network.told(0, ANN.device);
    let traces: Vec<_> = told
        .iter()
        .filter_map(|(_, bytes)| match Item::parse(bytes).unwrap() {
            Item::Trace(trace) => Some((trace.at, trace.whereabouts)),
            _ => None,
        })
        .collect();
    let server = |name| Name(name).key().id();
    let handed_on = |name, to| (server(name), Traced::HandedOn(server(to)));
    let waits = (server(2), Traced::WaitsFor(server(3)));
    assert_eq!(traces, [handed_on(0, 1), handed_on(1, 2), waits]);
}
