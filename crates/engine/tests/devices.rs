//! Devices that lose power, roam between servers and say things twice, on servers that crash
//! and links that are cut: what was written is read once, in order, and its sender's device
//! gets the reader's own receipt.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on is to fail loudly")]

#[path = "support/disk.rs"]
mod disk;
#[path = "support/network.rs"]
#[allow(dead_code, reason = "shared with other tests")]
mod network;

use network::{DEVICES_FROM, Name, Network};
use postrider_engine::edge::Identity;
use postrider_engine::limits::Limits;
use postrider_proto::Number;
use postrider_proto::native::{
    Age, Attach, Body, ClaimItem, Content, Count, Epoch, Hops, Item, Lifetime, Message, MessageId,
    NumberRow, Outcome, Owner, OwnerKey, Precedence, Receipt, Refusal, Signature, Verdict, Version,
};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

const SIGNATURE: &Signature = &[7; 64];
const PEOPLE: usize = 4;

/// What a device says, until the server has it on disk.
#[derive(Clone, Debug)]
enum Said {
    Text(MessageId),
    Receipt(MessageId, MessageId),
}

/// A device with what it has on disk, which is all that it has when it comes back.
struct Device {
    number: Number,
    key: OwnerKey,
    /// Where it is attached, or was last, and the number of its link.
    home: usize,
    link: u32,
    is_up: bool,
    has_moved: bool,
    outbox: VecDeque<Said>,
    counts: BTreeMap<Number, u32>,
    read: Vec<MessageId>,
    known: BTreeSet<MessageId>,
    /// Of its own texts: whose readers' own receipts it has.
    delivered: BTreeSet<MessageId>,
}

struct World {
    network: Network,
    devices: Vec<Device>,
    links: u32,
    written: Vec<MessageId>,
}

impl Device {
    fn new(place: usize) -> Device {
        Device {
            number: Number::from_value(place as u64 + 1).unwrap(),
            key: OwnerKey([place as u8 + 1; 32]),
            home: 0,
            link: 0,
            is_up: false,
            has_moved: false,
            outbox: VecDeque::new(),
            counts: BTreeMap::new(),
            read: Vec::new(),
            known: BTreeSet::new(),
            delivered: BTreeSet::new(),
        }
    }

    fn next(&mut self, to: Number) -> MessageId {
        let count = self.counts.entry(to).or_default();
        *count += 1;
        let (epoch, count) = (Epoch::from_value(9).unwrap(), Count::from_value(*count).unwrap());
        MessageId { from: self.number, to, epoch, count }
    }

    /// A text or a receipt that it was handed, on its disk from here on.
    fn keep(&mut self, message: &Message<'_>) {
        let is_new = self.known.insert(message.id);
        match message.body {
            Body::Text { .. } => {
                if is_new {
                    self.read.push(message.id);
                }
                let is_it = |said: &Said| matches!(said, Said::Receipt(_, of) if *of == message.id);
                // A home that does not know that it was read is told again.
                if !self.outbox.iter().any(is_it) {
                    let receipt = self.next(message.id.from);
                    self.outbox.push_back(Said::Receipt(receipt, message.id));
                }
            }
            Body::Receipt(receipt) => {
                assert_eq!(receipt.outcome, Outcome::Delivered);
                assert!(message.signature.is_some(), "only its reader says so");
                self.delivered.insert(receipt.about(message.id));
            }
            Body::History { .. } => panic!("no client is told of that"),
        }
    }
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

impl World {
    fn new(seed: u64, servers: usize) -> World {
        let links: Vec<_> = (1..servers).map(|server| (server / 2, server)).collect();
        let mut network = Network::new(seed, servers, &links, Limits::default());
        links.into_iter().for_each(|link| network.connect(link));
        network.settle();
        let devices = (0..PEOPLE).map(Device::new).collect();
        let mut world = World { network, devices, links: DEVICES_FROM, written: Vec::new() };
        for who in 0..PEOPLE {
            world.devices[who].home = who % servers;
            world.attach(who, who % servers);
        }
        world
    }

    /// A device comes, over a link of its own, and brings its number along.
    fn attach(&mut self, who: usize, at: usize) {
        self.detach(who);
        self.links += 1;
        let device = &mut self.devices[who];
        device.has_moved |= device.home != at;
        (device.home, device.link, device.is_up) = (at, self.links, true);
        self.ask_again(who);
    }

    fn detach(&mut self, who: usize) {
        let device = &mut self.devices[who];
        if std::mem::take(&mut device.is_up) {
            self.network.device_gone(device.home, device.link);
        }
    }

    /// What a device was told is on its disk, and the server hears of that; or its power fails
    /// before it says so.
    fn hear(&mut self, who: usize, is_heard: bool) {
        let (at, link) = (self.devices[who].home, self.devices[who].link);
        for (tag, bytes) in self.network.told(at, link) {
            match Item::parse(&bytes).unwrap() {
                Item::Message(message) => self.devices[who].keep(&message),
                Item::Answer(answer) => match answer.verdict {
                    Verdict::WantsClaim => self.claim(who, answer.version + 1),
                    Verdict::Attached => {}
                    // What it was told of its number was true before something newer came.
                    Verdict::Refused(Refusal::STALE) => self.ask_again(who),
                    verdict => panic!("{verdict:?}"),
                },
                _ => panic!("it has not asked"),
            }
            if is_heard {
                self.network.device_has(at, link, tag);
            }
        }
    }

    fn ask_again(&mut self, who: usize) {
        let Device { number, key, home, link, .. } = self.devices[who];
        let attach = Attach { number, key, signature: SIGNATURE };
        self.network.hear_device(home, link, &Item::Attach(attach));
        self.hear(who, true);
    }

    fn claim(&mut self, who: usize, version: u32) {
        let Device { number, key, home, link, .. } = self.devices[who];
        let owner = Some(Owner { key, signature: SIGNATURE, first: None });
        let version = Version::from_value(version).unwrap();
        let row = NumberRow { number, version, released: false, line: false, owner };
        self.network.hear_device(home, link, &Item::Claim(ClaimItem { row, code: "" }));
        self.hear(who, true);
    }

    fn write(&mut self, who: usize) {
        let to = self.network.dice.usize(..PEOPLE);
        let to = self.devices[to].number;
        let id = self.devices[who].next(to);
        self.devices[who].outbox.push_back(Said::Text(id));
        self.written.push(id);
    }

    /// A device hands over what it has, and forgets what the server has on disk; or its power
    /// fails before it has noted that.
    fn push(&mut self, who: usize, is_noted: bool) {
        if !self.devices[who].is_up {
            return;
        }
        let (at, link) = (self.devices[who].home, self.devices[who].link);
        let mut left = VecDeque::new();
        for said in std::mem::take(&mut self.devices[who].outbox) {
            let took = self.say(at, link, &said);
            if !(took && is_noted) {
                left.push_back(said);
            }
        }
        self.devices[who].outbox.extend(left);
    }

    fn say(&mut self, at: usize, link: u32, said: &Said) -> bool {
        let item = match *said {
            Said::Text(id) => {
                let content = Content::utf8("a text").unwrap();
                message(id, Body::Text { part: None, content })
            }
            Said::Receipt(id, MessageId { epoch, count, .. }) => {
                let (outcome, server) = (Outcome::Delivered, Name(at).key().id());
                let receipt = Receipt { epoch, count, outcome, server, age: Age::ZERO };
                message(id, Body::Receipt(receipt))
            }
        };
        self.network.hear_device(at, link, &item)
    }

    fn step(&mut self) {
        let who = self.network.dice.usize(..PEOPLE);
        let server = self.network.dice.usize(..self.network.size());
        match self.network.dice.u32(..100) {
            0..20 => self.write(who),
            20..35 => self.push(who, true),
            35..40 => {
                self.push(who, false);
                self.detach(who);
            }
            40..55 => self.hear(who, true),
            55..60 => {
                self.hear(who, false);
                self.detach(who);
            }
            60..64 => self.attach(who, server),
            64..68 => self.attach(who, self.devices[who].home),
            68..71 => self.detach(who),
            71..73 => self.crash(server),
            73..76 => {
                let links = self.network.links();
                let link = links[self.network.dice.usize(..links.len())];
                self.network.cut(link);
            }
            76..82 => {
                let links = self.network.links();
                let link = links[self.network.dice.usize(..links.len())];
                self.network.connect(link);
            }
            82..84 => self.network.pass(Duration::from_millis(300)),
            _ => {
                self.network.deliver_one();
            }
        }
    }

    /// A server loses its devices' links with all else that it had not on disk.
    fn crash(&mut self, server: usize) {
        self.network.crash(server);
        for device in &mut self.devices {
            device.is_up &= device.home != server;
        }
    }

    fn calm(&mut self) {
        self.network.links().into_iter().for_each(|link| self.network.connect(link));
        for _ in 0..60 {
            for who in 0..PEOPLE {
                if !self.devices[who].is_up {
                    self.attach(who, self.devices[who].home);
                }
                self.push(who, true);
                self.hear(who, true);
            }
            self.network.settle();
        }
    }

    fn check(&self, seed: u64) {
        for device in &self.devices {
            assert!(device.outbox.is_empty(), "{seed}: {:?}", device.outbox);
            let mut latest = BTreeMap::new();
            // What was at the home before may come behind what was at the new one already.
            for id in device.read.iter().filter(|_| !device.has_moved) {
                let before = latest.insert(id.from, id.count);
                assert!(before.is_none_or(|before| before < id.count), "{seed}: {id} came late");
            }
        }
        for id in &self.written {
            let [from, to] = [id.from, id.to].map(|number| number.value() as usize - 1);
            assert!(self.devices[to].read.contains(id), "{seed}: {id} was never read");
            assert!(self.devices[from].delivered.contains(id), "{seed}: nobody was told of {id}");
        }
        for server in 0..self.network.size() {
            let sizes = self.network.engine(server).sizes();
            assert_eq!(sizes.waiting, 0, "{seed}: something is left at {server}");
        }
    }
}

#[test]
fn whatever_devices_and_servers_do_a_text_is_read_once_in_order_and_its_sender_told() {
    for seed in 0..600 {
        let mut world = World::new(seed, 2 + seed as usize % 4);
        for _ in 0..300 {
            world.step();
        }
        world.calm();
        world.check(seed);
    }
}
