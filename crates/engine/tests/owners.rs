//! Whose a number is: a later key takes the first one's place, and strangers do not.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on is to fail loudly")]

#[path = "support/disk.rs"]
mod disk;
#[path = "support/network.rs"]
#[allow(dead_code, reason = "shared with other tests")]
mod network;

use network::Network;
use postrider_engine::limits::Limits;
use postrider_proto::Number;
use postrider_proto::native::{
    Answer, Attach, ClaimItem, FirstKey, Item, NumberRow, Owner, OwnerKey, Refusal, Signature,
    Verdict, Version,
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
        let key = OwnerKey([self.key; 32]);
        let attach = Attach { number: number(), key, signature: SIGNATURE };
        assert!(network.hear_device(at, self.link, &Item::Attach(attach)));
        self.answer(network, at).unwrap()
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
