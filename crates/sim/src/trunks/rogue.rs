//! A lying server, and strangers on the wires.
//!
//! The liar is a neighbour of one server, holds a key of its own, and says what it likes:
//! rows that others never signed, rows of its own about numbers and links that it does not
//! have, messages and receipts of nobody, noise. What it may do, and no engine can tell, it
//! only does to its *victims*: it claims their numbers, which have no key, and keeps what is
//! then handed to it. Of numbers that are bound to keys it first hands on what their home has
//! said, and then says that they are its own. It does not lie about which rows of another server lie between two:
//! see docs/protocol/native.md, "Step".

use super::keys::Name;
use super::net::Net;
use super::owners::{Away, Claimed, OWNED, Signed};
use crate::texts::number_of;
use fastrand::Rng;
use postrider_engine::Time;
use postrider_engine::edge::Identity;
use postrider_link::{Config, Endpoint, Event, LinkConfig, PeerConfig, PeerId, PublicKey};
use postrider_proto::Number;
use postrider_proto::native::{
    Age, Block, Blocks, Body, Content, Count, Entry, Epoch, Fact, Hops, Item, Label, Lifetime,
    LinkRow, Message, MessageId, NumberRow, Precedence, Row, SentRow, Sequence, ServerKey,
    ServerRow, Version,
};
use std::collections::BTreeSet;
use std::net::SocketAddr;

/// How many numbers of its own it has, and how many it forges rows about.
pub(crate) const NUMBERS: u64 = 8;

/// A number that is the liar's own.
fn own(index: u64) -> Number {
    Number::from_value(9_900_000_000 + index % NUMBERS).unwrap_or(Number::MAX)
}

/// It writes to as many numbers, whether they are somebody's or not.
pub(crate) const STRANGERS: usize = 20;

/// A number of which it says, in another's name, that it is there.
pub(crate) fn forged(index: u64) -> Number {
    Number::from_value(9_800_000_000 + index % NUMBERS).unwrap_or(Number::MAX)
}

/// The lying neighbour.
pub(crate) struct Rogue {
    pub(crate) me: usize,
    pub(crate) address: SocketAddr,
    name: Name,
    endpoint: Endpoint,
    peer: Option<PeerId>,
    sequence: u64,
    victims: Vec<Number>,
    servers: usize,
    away: Away,
    /// The numbers of owners of whose true home somebody has heard.
    told: BTreeSet<u64>,
}

/// The tag of the first owner's row; its other items have lower ones.
const OWNERS_TAG: u64 = 1_000;

impl Rogue {
    pub(crate) fn new(
        servers: usize,
        at: (PublicKey, SocketAddr),
        victims: Vec<Number>,
        net: &mut Net,
    ) -> Rogue {
        let name = Name::new(servers);
        let address = net.settle(servers, 0);
        let mut endpoint =
            Endpoint::new(time(net.now), Config::default(), name.identity(), &[9; 32]);
        let config =
            PeerConfig { key: Some(at.0), address: Some(at.1), link: LinkConfig::default() };
        let peer = endpoint.add_peer(time(net.now), config).ok();
        Rogue {
            me: servers,
            address,
            name,
            endpoint,
            peer,
            sequence: 0,
            victims,
            servers,
            away: Away::new(servers),
            told: BTreeSet::new(),
        }
    }

    pub(crate) fn arrive(&mut self, from: SocketAddr, bytes: &mut [u8], net: &mut Net) {
        self.endpoint.handle(time(net.now), from, bytes);
        self.drive(net);
    }

    /// Does what its link wants, and takes whatever it is handed into its custody.
    pub(crate) fn drive(&mut self, net: &mut Net) {
        let now = time(net.now);
        self.endpoint.handle_due(now);
        let mut items = Vec::new();
        while let Some(event) = self.endpoint.poll_event() {
            match event {
                Event::Item { item, .. } => items.push(item),
                Event::Custody { tag, .. } if tag >= OWNERS_TAG => {
                    self.told.insert(tag - OWNERS_TAG);
                }
                _ => {}
            }
        }
        items.into_iter().for_each(|item| self.endpoint.custody(now, item));
        let mut datagram = Vec::new();
        while let Some(to) = self.endpoint.poll_transmit(now, &mut datagram) {
            net.send((self.me, self.address), to, &datagram);
        }
    }

    /// When its link wants something.
    pub(crate) fn deadline(&self) -> Option<Time> {
        let deadline = self.endpoint.deadline()?;
        Some(Time::from_micros(deadline.at.as_micros()))
    }

    /// The numbers of owners of whose true home somebody has heard, and passes it on: each
    /// row waits for those before it.
    pub(crate) fn told(&self) -> impl Iterator<Item = u64> + '_ {
        (0..OWNED).take_while(|index| self.told.contains(index))
    }

    /// That home.
    pub(crate) fn away(&self) -> ServerKey {
        self.away.key()
    }

    /// Goes for good.
    pub(crate) fn leave(&mut self, net: &mut Net) {
        if let Some(peer) = self.peer.take() {
            self.endpoint.remove_peer(time(net.now), peer);
        }
        self.drive(net);
    }

    /// Hands on what nobody has of what owners' home says of their numbers.
    fn tell_of_owners(&mut self, net: &Net, peer: PeerId) {
        let untold = (0..OWNED).filter(|index| !self.told.contains(index));
        for index in untold {
            let (tag, row) = (OWNERS_TAG + index, self.away.row(index));
            let flash = postrider_link::Precedence::Flash;
            let _ = self.endpoint.send(time(net.now), peer, flash, tag, &row);
        }
    }

    /// Says something that it should not.
    pub(crate) fn lie(&mut self, net: &mut Net) {
        let Some(peer) = self.peer else { return };
        self.tell_of_owners(net, peer);
        let times = if net.dice.u8(..12) == 0 { 60 } else { 1 };
        for tag in 0..times {
            let item = self.item(&mut net.dice);
            let _ = self.endpoint.send(
                time(net.now),
                peer,
                postrider_link::Precedence::Flash,
                tag,
                &item,
            );
        }
        self.drive(net);
    }

    fn item(&mut self, dice: &mut Rng) -> Vec<u8> {
        let mut out = Vec::new();
        let number = self.some_number(dice);
        match dice.u8(..11) {
            8 | 9 => self.lie_about_owners(dice, &mut out),
            10 => self.reach_too_far(dice, &mut out),
            0 | 1 => {
                let fact = self.claim(number, dice);
                self.own_row(fact, &mut out);
            }
            2 => {
                let peer = Name::new(dice.usize(..2 * self.servers)).key();
                self.own_row(Fact::Link(LinkRow { peer, cost: dice.u16(..3) }), &mut out);
            }
            3 | 4 => self.forged_row(dice, &mut out),
            5 | 6 => self.message(number, dice, &mut out),
            _ => {
                let long = dice.usize(1..300);
                out.extend(std::iter::repeat_with(|| dice.u8(..)).take(long));
            }
        }
        out
    }

    fn some_number(&self, dice: &mut Rng) -> Number {
        match self.victims.get(dice.usize(..=self.victims.len())) {
            Some(victim) => *victim,
            None => own(dice.u64(..)),
        }
    }

    fn claim(&self, number: Number, dice: &mut Rng) -> Fact<'static> {
        let version = Version::from_value(dice.u32(1..20)).unwrap_or(Version::FIRST);
        Fact::Number(NumberRow {
            number,
            version,
            released: dice.u8(..4) == 0,
            line: false,
            owner: None,
        })
    }

    /// That a number of somebody's, of whom its neighbour has heard, is at home at the liar.
    fn lie_about_owners(&mut self, dice: &mut Rng, out: &mut Vec<u8>) {
        let (index, version) = (dice.u64(..OWNED), dice.u32(1..40));
        if !self.told.contains(&index) {
            return out.push(0xff);
        }
        let signed = [Signed::Former, Signed::Liar, Signed::Nobody];
        match signed.get(dice.usize(..4)) {
            Some(signed) => {
                let row = Claimed::new(index, version.max(4), *signed).row(self.name.key());
                self.own_row(Fact::Number(row.borrowed()), out);
            }
            None => {
                let fact = self.claim(super::owners::owned(index), dice);
                self.own_row(fact, out);
            }
        }
    }

    /// Blocks of all numbers, a version that nobody reaches, or a number of a row.
    fn reach_too_far(&mut self, dice: &mut Rng, out: &mut Vec<u8>) {
        let number = self.some_number(dice);
        let version = Version::from_value(u32::MAX).unwrap_or(Version::FIRST);
        let claim =
            Fact::Number(NumberRow { number, version, released: false, line: false, owner: None });
        match dice.u8(..3) {
            0 => self.row(self.name.key(), (u64::MAX - dice.u64(..9), 0), claim, out),
            1 => self.own_row(claim, out),
            _ => {
                let all = (0..10).filter_map(|first| format!("{first}xxxxxxxxx").parse().ok());
                let all: Vec<Block> = all.collect();
                let blocks = Blocks::new(&all).unwrap_or(Blocks::NONE);
                self.own_row(
                    Fact::Server(ServerRow { label: Label::UNNAMED, blocks, line: None }),
                    out,
                );
            }
        }
    }

    fn own_row(&mut self, fact: Fact<'_>, out: &mut Vec<u8>) {
        self.sequence += 1;
        let key = self.name.key();
        self.row(key, (self.sequence, self.sequence - 1), fact, out);
    }

    /// In the name of a server that has never said so: its signature is the liar's.
    fn forged_row(&self, dice: &mut Rng, out: &mut Vec<u8>) {
        let key = Name::new(dice.usize(..self.servers)).key();
        let sequence = dice.u64(1..200);
        let fact = match dice.u8(..3) {
            0 => Fact::Link(LinkRow { peer: self.name.key(), cost: 1 }),
            1 => Fact::Link(LinkRow { peer: Name::new(dice.usize(..self.servers)).key(), cost: 0 }),
            _ => self.claim(forged(dice.u64(..)), dice),
        };
        self.row(key, (sequence, dice.u64(..sequence)), fact, out);
    }

    fn row(&self, origin: ServerKey, at: (u64, u64), fact: Fact<'_>, out: &mut Vec<u8>) {
        let Some(sequence) = Sequence::from_value(at.0) else { return };
        let entry = Entry { origin, sequence, fact };
        let mut signed = Vec::new();
        entry.signed_part(&mut signed);
        let signature = self.name.sign(&signed);
        let row = Row { entry, signature: &signature };
        if let Some(sent) = SentRow::new(at.1, row) {
            Item::Row(sent).print(out);
        }
    }

    /// A text from itself or in a victim's name, to anybody.
    fn message(&self, from: Number, dice: &mut Rng, out: &mut Vec<u8>) {
        let Ok(content) = Content::utf8("you have won") else { return };
        let to = number_of(dice.u32(..STRANGERS as u32));
        let id = MessageId {
            from,
            to,
            epoch: Epoch::from_value(dice.u32(..3)).unwrap_or(Epoch::MAX),
            count: Count::from_value(dice.u32(1..40)).unwrap_or(Count::FIRST),
        };
        let signature = [7; 64];
        let message = Message {
            id,
            lifetime: Lifetime::from_code(dice.u8(..)),
            age: Age::from_code(dice.u16(..)),
            hops: Hops(dice.u8(..)),
            precedence: Precedence::Flash,
            body: Body::Text { part: None, content },
            signature: (dice.u8(..4) == 0).then_some(&signature),
        };
        Item::Message(message).print(out);
    }
}

/// What a stranger on the wires sends to somebody: what went by before, as it was or
/// changed; or noise.
pub(crate) fn stray(servers: usize, net: &mut Net) -> (usize, SocketAddr, Vec<u8>) {
    let dice = &mut net.dice;
    let source = ([172, 16, dice.u8(..), dice.u8(..)], 10_410).into();
    let known = net.overheard.get(dice.usize(..64));
    let (to, mut bytes) = match known {
        Some((to, bytes)) if dice.u8(..4) > 0 => (*to, bytes.clone()),
        _ => (dice.usize(..servers), vec![0x80 + dice.u8(..8); dice.usize(1..200)]),
    };
    if dice.bool() {
        let place = dice.usize(..bytes.len());
        bytes[place] = dice.u8(..);
    }
    (to, source, bytes)
}

fn time(now: Time) -> postrider_link::Time {
    postrider_link::Time::from_micros(now.as_micros())
}
