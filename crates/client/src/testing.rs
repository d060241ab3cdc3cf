//! A server for tests: a second endpoint in memory that does what the protocol's page says.

use crate::verify;
use ed25519_dalek::{Signer, SigningKey};
use postrider_link::{
    Config, Endpoint, Event, Identity, ItemId, LinkConfig, PeerId, Precedence, PublicKey, Time,
};
use postrider_proto::Number;
use postrider_proto::native::{
    Answer, Ask, Attach, Blocks, Body, ClaimItem, Entry, Fact, Item, Label, Message, MessageId,
    Outcome, OwnerKey, Refusal, Row, SentRow, Sequence, ServerKey, ServerRow, Trace, Traced,
    Unknown, Verdict,
};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

pub(crate) struct Known {
    pub(crate) key: OwnerKey,
    /// The first key, and from which version a later one holds.
    pub(crate) first: OwnerKey,
    pub(crate) since: u32,
    pub(crate) version: u32,
    pub(crate) is_released: bool,
    pub(crate) is_here: bool,
    row: Vec<u8>,
}

/// What the server is told to do otherwise than usual.
#[derive(Default)]
pub(crate) struct Odd {
    pub(crate) refuse: Option<Refusal>,
    /// It says of nothing that it has it on disk.
    pub(crate) gives_no_custody: bool,
    pub(crate) code: Option<String>,
}

pub(crate) struct Server {
    signing: SigningKey,
    pub(crate) endpoint: Endpoint,
    pub(crate) odd: Odd,
    pub(crate) known: BTreeMap<Number, Known>,
    attached: BTreeMap<PeerId, (PublicKey, Option<Number>)>,
    pub(crate) mail: BTreeMap<Number, Vec<Vec<u8>>>,
    pub(crate) taken: Vec<Vec<u8>>,
    /// Numbers that it was asked for.
    pub(crate) asked: Vec<Number>,
    ids: BTreeSet<MessageId>,
    sequence: u64,
    tags: BTreeMap<u64, (Number, Vec<u8>)>,
    /// How many items of mail a client has on disk.
    pub(crate) has_in_custody: usize,
}

impl Server {
    pub(crate) fn new(seed: u8) -> Server {
        let config = Config { clients: Some(LinkConfig::default()), ..Config::default() };
        let identity = Identity::from_secret(&[seed; 32]);
        Server {
            signing: SigningKey::from_bytes(&[seed; 32]),
            endpoint: Endpoint::new(Time::ZERO, config, identity, &[seed; 32]),
            odd: Odd::default(),
            known: BTreeMap::new(),
            attached: BTreeMap::new(),
            mail: BTreeMap::new(),
            taken: Vec::new(),
            asked: Vec::new(),
            ids: BTreeSet::new(),
            sequence: 0,
            tags: BTreeMap::new(),
            has_in_custody: 0,
        }
    }

    pub(crate) fn key(&self) -> ServerKey {
        ServerKey(self.signing.verifying_key().to_bytes())
    }

    pub(crate) fn handle(&mut self, now: Time, from: SocketAddr, datagram: &mut [u8]) {
        self.endpoint.handle(now, from, datagram);
        self.take_events(now);
    }

    pub(crate) fn handle_due(&mut self, now: Time) {
        self.endpoint.handle_due(now);
        self.take_events(now);
    }

    /// Another message for a number, as if it came from elsewhere.
    pub(crate) fn post(&mut self, now: Time, to: Number, bytes: &[u8]) {
        self.mail.entry(to).or_default().push(bytes.to_vec());
        let here = self.attached.iter().find(|(_, (_, number))| *number == Some(to));
        if let Some(peer) = here.map(|(peer, _)| *peer) {
            self.hand_over(now, peer, to, bytes);
        }
    }

    /// A number is bound to another key from now on.
    pub(crate) fn loses(&mut self, now: Time, number: Number) {
        let here = self.attached.iter().find(|(_, (_, attached))| *attached == Some(number));
        if let Some(peer) = here.map(|(peer, _)| *peer) {
            self.say_verdict(now, peer, number, Verdict::Refused(Refusal::TAKEN));
        }
    }

    /// Another device brings a number here, or gives it up, with this claim; its row.
    pub(crate) fn is_brought(&mut self, claim: &[u8]) -> Vec<u8> {
        let Ok(Item::Claim(claim)) = Item::parse(claim) else { panic!("no claim") };
        let row = self.row(Fact::Number(claim.row));
        let (owner, version) = (claim.row.owner.unwrap(), claim.row.version.value());
        let known = Known {
            key: owner.key,
            first: owner.first_key(),
            since: owner.first.map_or(0, |first| first.since.value()),
            version,
            is_released: claim.row.released,
            is_here: true,
            row: row.clone(),
        };
        self.known.insert(claim.row.number, known);
        row
    }

    /// It hears of a row that says that a number is elsewhere, and tells its device.
    pub(crate) fn hears(&mut self, now: Time, number: Number, row: Vec<u8>) {
        let known = self.known.get_mut(&number).unwrap();
        (known.version, known.is_here, known.row) = (known.version + 1, false, row);
        let here = self.attached.iter().find(|(_, (_, attached))| *attached == Some(number));
        if let Some(peer) = here.map(|(peer, _)| *peer) {
            self.say_verdict(now, peer, number, Verdict::WantsClaim);
        }
    }

    fn take_events(&mut self, now: Time) {
        let mut items: Vec<(PeerId, ItemId, Vec<u8>)> = Vec::new();
        while let Some(event) = self.endpoint.poll_event() {
            match event {
                Event::Up { peer, key, .. } => drop(self.attached.insert(peer, (key, None))),
                Event::Down { peer, .. } => drop(self.attached.remove(&peer)),
                Event::Item { peer, item, bytes } => items.push((peer, item, bytes.to_vec())),
                Event::Custody { tag, .. } => {
                    let Some((number, bytes)) = self.tags.remove(&tag) else { continue };
                    self.has_in_custody += 1;
                    if bytes[0] >> 4 == 1 {
                        self.mail.entry(number).or_default().retain(|kept| *kept != bytes);
                    }
                }
                _ => {}
            }
        }
        for (peer, item, bytes) in items {
            self.take_item(now, peer, item, &bytes);
        }
    }

    fn take_item(&mut self, now: Time, peer: PeerId, item: ItemId, bytes: &[u8]) {
        match Item::parse(bytes).unwrap() {
            Item::Attach(attach) => self.attach(now, peer, &attach),
            Item::Claim(claim) => self.claim(now, peer, &claim),
            Item::Ask(ask) => self.answer(now, peer, ask),
            Item::Message(message) if !self.odd.gives_no_custody => {
                self.take_message(now, &message, bytes);
            }
            Item::Message(_) => return,
            other => panic!("a client said {other:?}"),
        }
        self.endpoint.custody(now, item);
    }

    fn attach(&mut self, now: Time, peer: PeerId, attach: &Attach<'_>) {
        let device = *self.attached[&peer].0.as_bytes();
        let mut signed = Vec::new();
        attach.signed_part(self.key(), &device, &mut signed);
        assert!(is_signed(attach.key, &signed, attach.signature));
        let known = self.known.get(&attach.number);
        let verdict = match (self.odd.refuse, known) {
            (Some(why), _) => Verdict::Refused(why),
            (None, None) => Verdict::WantsClaim,
            (None, Some(known)) if known.since > 0 && !known.is_released => Verdict::WantsClaim,
            (None, Some(known)) if known.key != attach.key => Verdict::Refused(Refusal::TAKEN),
            (None, Some(known)) if known.is_released => Verdict::Released,
            (None, Some(known)) if known.is_here => Verdict::Attached,
            (None, Some(_)) => Verdict::WantsClaim,
        };
        self.say_verdict(now, peer, attach.number, verdict);
    }

    fn claim(&mut self, now: Time, peer: PeerId, claim: &ClaimItem<'_>) {
        let mut signed = Vec::new();
        claim.row.claim(self.key()).unwrap().signed_part(&mut signed);
        let owner = claim.row.owner.unwrap();
        assert!(is_signed(owner.key, &signed, owner.signature));
        if let (Some(successor), Some(first)) = (claim.row.successor(), owner.first) {
            signed.clear();
            successor.signed_part(&mut signed);
            assert!(is_signed(first.key, &signed, first.signature));
        }
        let (first, since) = (owner.first_key(), owner.first.map_or(0, |word| word.since.value()));
        let known = self.known.get(&claim.row.number);
        let lost = known.and_then(|known| match known.first == first {
            false => Some(Refusal::TAKEN),
            true => (since < known.since).then_some(Refusal::REPLACED),
        });
        let before = self.known.get(&claim.row.number).map_or(0, |known| known.version);
        let is_invited = self.odd.code.as_ref().is_none_or(|code| code == claim.code);
        let verdict = if !is_invited {
            Verdict::Refused(Refusal::NOT_INVITED)
        } else if let Some(why) = lost {
            Verdict::Refused(why)
        } else if claim.row.version.value() <= before {
            Verdict::Refused(Refusal::STALE)
        } else {
            let row = self.row(Fact::Number(claim.row));
            let (key, version) = (owner.key, claim.row.version.value());
            let is_released = claim.row.released;
            let known = Known { key, first, since, version, is_released, is_here: true, row };
            self.known.insert(claim.row.number, known);
            if is_released { Verdict::Released } else { Verdict::Attached }
        };
        self.say_verdict(now, peer, claim.row.number, verdict);
    }

    fn say_verdict(&mut self, now: Time, peer: PeerId, number: Number, verdict: Verdict) {
        let version = self.known.get(&number).map_or(0, |known| known.version);
        self.say(now, peer, &Item::Answer(Answer { number, version, verdict }));
        if verdict == Verdict::Attached {
            self.attached.get_mut(&peer).unwrap().1 = Some(number);
            for bytes in self.mail.get(&number).cloned().unwrap_or_default() {
                self.hand_over(now, peer, number, &bytes);
            }
        }
    }

    fn take_message(&mut self, now: Time, message: &Message<'_>, bytes: &[u8]) {
        let known = &self.known[&message.id.from];
        assert!(verify::is_message_signed(message, known.key), "an unsigned message");
        self.taken.push(bytes.to_vec());
        if !self.ids.insert(message.id) {
            return;
        }
        if let Body::Receipt(receipt) = message.body
            && receipt.outcome == Outcome::Delivered
        {
            let about = receipt.about(message.id);
            let is_it = |bytes: &Vec<u8>| Message::parse(bytes).unwrap().id == about;
            self.mail.entry(message.id.from).or_default().retain(|kept| !is_it(kept));
        }
        self.post(now, message.id.to, bytes);
    }

    fn answer(&mut self, now: Time, peer: PeerId, ask: Ask) {
        if let Ask::Number(number) = ask {
            self.asked.push(number);
        }
        match ask {
            Ask::Number(number) => match self.known.get(&number).map(|known| known.row.clone()) {
                Some(row) => drop(self.send(now, peer, &row)),
                None => self.say(now, peer, &Item::Unknown(Unknown(ask))),
            },
            Ask::Server(_) => {
                let label = Label::new("the server").unwrap();
                let fact = ServerRow { label, blocks: Blocks::NONE, line: None };
                let row = self.row(Fact::Server(fact));
                self.send(now, peer, &row);
            }
            Ask::Message(id) => {
                let (at, whereabouts) = (self.key().id(), Traced::InMailbox);
                let trace = Trace { id, at, whereabouts, since_s: 1 };
                self.say(now, peer, &Item::Trace(trace));
            }
        }
    }

    /// A row of this server, as an item.
    pub(crate) fn row(&mut self, fact: Fact<'_>) -> Vec<u8> {
        self.sequence += 1;
        let sequence = Sequence::from_value(self.sequence).unwrap();
        let entry = Entry { origin: self.key(), sequence, fact };
        let mut signed = Vec::new();
        entry.signed_part(&mut signed);
        let signature = self.signing.sign(&signed).to_bytes();
        let mut item = Vec::new();
        let row = Row { entry, signature: &signature };
        Item::Row(SentRow::new(self.sequence - 1, row).unwrap()).print(&mut item);
        item
    }

    fn hand_over(&mut self, now: Time, peer: PeerId, number: Number, bytes: &[u8]) {
        let tag = self.send(now, peer, bytes);
        self.tags.insert(tag, (number, bytes.to_vec()));
    }

    fn say(&mut self, now: Time, peer: PeerId, item: &Item<'_>) {
        let mut bytes = Vec::new();
        item.print(&mut bytes);
        self.send(now, peer, &bytes);
    }

    fn send(&mut self, now: Time, peer: PeerId, bytes: &[u8]) -> u64 {
        let tag = self.tags.last_key_value().map_or(0, |(tag, _)| tag + 1);
        // A client that has just gone hears it when it comes back.
        let _ = self.endpoint.send(now, peer, Precedence::Routine, tag, bytes);
        tag
    }
}

fn is_signed(key: OwnerKey, bytes: &[u8], signature: &[u8; 64]) -> bool {
    let key = ed25519_dalek::VerifyingKey::from_bytes(&key.0).unwrap();
    key.verify_strict(bytes, &ed25519_dalek::Signature::from_bytes(signature)).is_ok()
}
