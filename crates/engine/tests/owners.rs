//! Whose a number is: a later key takes the first one's place, and strangers do not.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on is to fail loudly")]

#[path = "support/disk.rs"]
mod disk;
#[path = "support/network.rs"]
#[allow(dead_code, reason = "shared with other tests")]
mod network;

use network::{Name, Network};
use postrider_engine::edge::Identity;
use postrider_engine::limits::Limits;
use postrider_proto::Number;
use postrider_proto::native::{
    Answer, Attach, ClaimItem, Dispute, FirstKey, Item, NumberRow, Owner, OwnerKey, Refusal,
    Signature, Verdict, Version,
};

/// The engine does not look at signatures: the shell has verified them.
const SIGNATURE: &Signature = &[7; 64];
const FIRST: u8 = 0x55;
const LATER: u8 = 0x66;

/// A device that is attached by a key, with the first key's word for it where it has that.
#[derive(Clone, Copy)]
struct Device {
    link: u32,
    key: u8,
    since: Option<u32>,
}

const OLD: Device = Device { link: 1_001, key: FIRST, since: None };
const NEW: Device = Device { link: 1_002, key: LATER, since: Some(2) };

fn number() -> Number {
    Number::from_value(7).unwrap()
}

fn version(value: u32) -> Version {
    Version::from_value(value).unwrap()
}

impl Device {
    fn row(self, next: u32) -> NumberRow<'static> {
        let key = OwnerKey([FIRST; 32]);
        let first = |since| FirstKey { key, since: version(since), signature: SIGNATURE };
        let (key, first) = (OwnerKey([self.key; 32]), self.since.map(first));
        let owner = Some(Owner { key, signature: SIGNATURE, first });
        NumberRow { number: number(), version: version(next), released: false, line: false, owner }
    }

    fn attach(self, network: &mut Network, at: usize) -> Answer {
        self.comes(network, at);
        self.answer(network, at).unwrap()
    }

    /// The same; what it is told is for the test to look at.
    fn comes(self, network: &mut Network, at: usize) {
        let key = OwnerKey([self.key; 32]);
        let attach = Attach { number: number(), key, signature: SIGNATURE };
        assert!(network.hear_device(at, self.link, &Item::Attach(attach)));
    }

    fn claim(self, network: &mut Network, at: usize, next: u32) -> Verdict {
        let claim = ClaimItem { row: self.row(next), code: "" };
        assert!(network.hear_device(at, self.link, &Item::Claim(claim)));
        self.answer(network, at).unwrap().verdict
    }

    /// What it was told last, if it was told anything.
    fn answer(self, network: &mut Network, at: usize) -> Option<Answer> {
        let told = network.told(at, self.link);
        let mut answers = told.iter().filter_map(|(_, bytes)| match Item::parse(bytes).unwrap() {
            Item::Answer(answer) => Some(answer),
            _ => None,
        });
        answers.next_back()
    }
}

fn network(servers: usize) -> Network {
    let links: Vec<_> = (1..servers).map(|server| (server - 1, server)).collect();
    let mut network = Network::new(1, servers, &links, Limits::default());
    links.into_iter().for_each(|link| network.connect(link));
    network.settle();
    network
}

/// A network in which the number is its first key's, at home at the first server.
fn with_owner(servers: usize) -> Network {
    let mut network = network(servers);
    assert_eq!(OLD.attach(&mut network, 0).verdict, Verdict::WantsClaim);
    assert_eq!(OLD.claim(&mut network, 0, 1), Verdict::Attached);
    network.settle();
    network
}

#[test]
fn a_later_key_is_claimed_after_taken_and_the_old_device_hears_of_it_at_once() {
    for (servers, at) in [(1, 0), (3, 2)] {
        let mut network = with_owner(servers);
        let taken = NEW.attach(&mut network, at);
        assert_eq!(taken.verdict, Verdict::Refused(Refusal::TAKEN));
        assert_eq!(taken.version, 1, "which the first key's word is for the one after");
        assert_eq!(NEW.claim(&mut network, at, 2), Verdict::Attached);
        network.settle();
        let told = OLD.answer(&mut network, 0).unwrap();
        assert_eq!(told.verdict, Verdict::Refused(Refusal::REPLACED), "{servers} servers");

        for server in 0..servers {
            let asked = OLD.attach(&mut network, server);
            assert_eq!(asked.verdict, Verdict::WantsClaim, "it may be that of a later key");
            let refused = OLD.claim(&mut network, server, asked.version + 1);
            assert_eq!(refused, Verdict::Refused(Refusal::REPLACED), "at {server}");
        }
        network.crash(at);
        network.settle();
        let again = NEW.attach(&mut network, at);
        assert_eq!(NEW.claim(&mut network, at, again.version + 1), Verdict::Attached);
    }
}

#[test]
fn what_has_the_first_keys_word_for_a_later_version_has_the_number() {
    let mut network = with_owner(2);
    NEW.attach(&mut network, 0);
    assert_eq!(NEW.claim(&mut network, 0, 2), Verdict::Attached);
    network.settle();
    let newest = Device { link: 1_003, key: 0x77, since: Some(3) };
    newest.attach(&mut network, 0);
    assert_eq!(newest.claim(&mut network, 0, 3), Verdict::Attached);
    let told = NEW.answer(&mut network, 0).unwrap();
    assert_eq!(told.verdict, Verdict::Refused(Refusal::REPLACED));
    network.settle();
    let next = NEW.attach(&mut network, 1).version + 1;
    assert_eq!(NEW.claim(&mut network, 1, next), Verdict::Refused(Refusal::REPLACED));
}

#[test]
fn a_strangers_claim_is_refused_after_taken_whatever_its_key() {
    for key in [0x11, 0x99] {
        let mut network = with_owner(2);
        let stranger = Device { link: 1_009, key, since: None };
        for server in 0..2 {
            let taken = stranger.attach(&mut network, server);
            assert_eq!(taken.verdict, Verdict::Refused(Refusal::TAKEN));
            let claimed = stranger.claim(&mut network, server, 2);
            assert_eq!(claimed, Verdict::Refused(Refusal::TAKEN), "key {key:x}, at {server}");
        }
        network.settle();
        assert_eq!(OLD.answer(&mut network, 0), None);
        assert_eq!(OLD.attach(&mut network, 0).verdict, Verdict::Attached);
    }
}

#[test]
fn a_strangers_claim_is_refused_too_where_a_later_key_has_the_number() {
    for key in [0x11, 0x99] {
        let mut network = with_owner(1);
        NEW.attach(&mut network, 0);
        assert_eq!(NEW.claim(&mut network, 0, 2), Verdict::Attached);
        let stranger = Device { link: 1_009, key, since: None };
        let next = stranger.attach(&mut network, 0).version + 1;
        let claimed = stranger.claim(&mut network, 0, next);
        assert_eq!(claimed, Verdict::Refused(Refusal::TAKEN), "key {key:x}");
        assert_eq!(NEW.answer(&mut network, 0), None, "nothing has changed for its owner");
    }
}

/// Two islands of two servers each, and the one link between them; the number is at home at both
/// far ends, of this first key at the first.
fn islands(one: Device, other: Device) -> Network {
    let links = [(0, 1), (1, 2), (2, 3)];
    let mut network = Network::new(1, 4, &links, Limits::default());
    network.connect(links[0]);
    network.connect(links[2]);
    network.settle();
    for (device, at) in [(one, 0), (other, 3)] {
        assert_eq!(device.attach(&mut network, at).verdict, Verdict::WantsClaim);
        assert_eq!(device.claim(&mut network, at, 1), Verdict::Attached);
    }
    network.settle();
    network
}

impl Device {
    /// The disputes of which it was told, with their tags, and whether it has lost the number.
    fn told(self, network: &mut Network, at: usize) -> (Vec<(u64, Dispute)>, bool) {
        let (mut disputes, mut has_lost) = (Vec::new(), false);
        for (tag, bytes) in network.told(at, self.link) {
            match Item::parse(&bytes).unwrap() {
                Item::Dispute(dispute) => disputes.push((tag, dispute)),
                Item::Answer(answer) => {
                    has_lost |= answer.verdict == Verdict::Refused(Refusal::TAKEN);
                }
                _ => {}
            }
        }
        (disputes, has_lost)
    }
}

#[test]
fn when_islands_meet_both_owners_hear_of_it_and_the_winner_until_a_device_has_it() {
    for winner_is_first in [true, false] {
        let (lesser, greater) = (OLD, Device { link: 1_007, key: 0x99, since: None });
        let (one, other) = if winner_is_first { (lesser, greater) } else { (greater, lesser) };
        let mut network = islands(one, other);
        network.connect((1, 2));
        network.settle();
        let (home, losers) = if winner_is_first { (0, 3) } else { (3, 0) };
        assert_eq!(greater.told(&mut network, losers), (vec![], true));
        let (told, has_lost) = lesser.told(&mut network, home);
        let dispute =
            Dispute { number: number(), first: [0x99; 16], home: Name(losers).key().id() };
        assert_eq!((told.len(), told[0].1, has_lost), (1, dispute, false));

        // Its device goes before it has that on disk, and so does its server.
        network.crash(home);
        network.settle();
        let again = Device { link: 1_008, ..lesser };
        for device in [lesser, again] {
            device.comes(&mut network, home);
            let told = device.told(&mut network, home).0;
            assert_eq!((told.len(), told[0].1), (1, dispute), "each device is told");
        }
        again.comes(&mut network, home);
        let told = again.told(&mut network, home).0;
        network.device_has(home, again.link, told[0].0);
        for round in 0..2 {
            lesser.comes(&mut network, home);
            assert_eq!(lesser.told(&mut network, home).0, [], "once one has it ({round})");
            network.crash(home);
            network.settle();
        }
    }
}

#[test]
fn what_its_owner_was_not_told_goes_with_the_number_to_its_new_home() {
    let greater = Device { link: 1_007, key: 0x99, since: None };
    let mut network = islands(OLD, greater);
    network.device_gone(0, OLD.link);
    network.connect((1, 2));
    network.settle();
    let next = OLD.attach(&mut network, 1).version + 1;
    assert_eq!(OLD.claim(&mut network, 1, next), Verdict::Attached);
    network.settle();
    let told = OLD.told(&mut network, 1).0;
    assert_eq!(told[0].1.first, [0x99; 16]);
}

#[test]
fn what_a_device_says_of_disputes_is_not_heard_and_what_is_no_dispute_is_not_told() {
    let mut network = with_owner(2);
    let same = Dispute { number: number(), first: [FIRST; 16], home: Name(1).key().id() };
    network.say(1, 0, &Item::Dispute(same));
    network.settle();
    assert_eq!(OLD.told(&mut network, 0).0, [], "it has won over nobody");
    let other = Dispute { first: [0x99; 16], ..same };
    network.say(1, 0, &Item::Dispute(other));
    network.say(1, 0, &Item::Dispute(Dispute { first: [0x98; 16], ..same }));
    network.settle();
    let told = OLD.told(&mut network, 0).0;
    assert_eq!((told.len(), told[0].1), (1, other), "one for a number");
}
