//! Servers with trunks in any shape, in one process: what a trunk is handed arrives in
//! any order, and not at all once the trunk is down.

use crate::disk::Disk;
use fastrand::Rng;
use postrider_engine::edge::{Destination, Identity, Printer, ToTrunk, TrunkPrinter};
use postrider_engine::limits::Limits;
use postrider_engine::{
    Config, Engine, Input, NativeConfig, Outbox, ReplyTo, Time, TrunkId, open, turn,
};
use postrider_proto::Number;
use postrider_proto::Text;
use postrider_proto::classic::{Answer, Line, Request, Seq, ServerIndex};
use postrider_proto::native::{
    Blocks, Epoch, Item, Label, Lifetime, MessageId, Receipt, ServerKey, ServerRow, Signature,
};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// A server's identity; the engine does not look at signatures.
pub(crate) struct Name(pub(crate) usize);

impl Identity for Name {
    fn key(&self) -> ServerKey {
        ServerKey([self.0 as u8 + 1; 32])
    }

    fn row(&self) -> ServerRow<'_> {
        ServerRow { label: Label::new("a server").unwrap(), blocks: Blocks::NONE, line: None }
    }

    fn sign(&self, _: &[u8]) -> Signature {
        [self.0 as u8; 64]
    }
}

struct Server {
    engine: Engine,
    disk: Disk,
}

/// Something between two servers.
#[derive(Clone, Debug)]
enum Parcel {
    Item { tag: u64, bytes: Vec<u8> },
    Custody { tag: u64 },
}

/// An item that a server was handed, and the tag it has at the other side.
#[derive(Default)]
struct Wire {
    parcels: Vec<Parcel>,
    /// item → tag, of what this end has been given.
    items: BTreeMap<u64, u64>,
    next_item: u64,
}

pub(crate) struct Network {
    pub(crate) dice: Rng,
    pub(crate) now: Time,
    servers: Vec<Server>,
    links: BTreeSet<(usize, usize)>,
    up: BTreeSet<(usize, usize)>,
    /// What is on the way from the first to the second.
    wires: BTreeMap<(usize, usize), Wire>,
    limits: Limits,
    /// Items carried, for the checks of quiet.
    pub(crate) carried: usize,
}

fn config(name: usize, limits: Limits) -> Config {
    Config {
        me: ServerIndex::from_value(1).unwrap(),
        servers: 1,
        acknowledged: true,
        limits,
        native: Some(NativeConfig {
            key: Name(name).key(),
            epoch: Epoch::from_value(name as u32 + 100).unwrap(),
            lifetime: Lifetime::at_least(Duration::from_secs(86_400)),
            line: None,
        }),
    }
}

impl Network {
    pub(crate) fn new(
        seed: u64,
        servers: usize,
        links: &[(usize, usize)],
        limits: Limits,
    ) -> Network {
        let start = |name| {
            let mut disk = Disk::default();
            let engine = open(config(name, limits), &mut disk, Time::from_micros(1)).unwrap();
            Server { engine, disk }
        };
        Network {
            dice: Rng::with_seed(seed),
            now: Time::from_micros(1),
            servers: (0..servers).map(start).collect(),
            links: links.iter().map(|(a, b)| (*a.min(b), *a.max(b))).collect(),
            up: BTreeSet::new(),
            wires: BTreeMap::new(),
            limits,
            carried: 0,
        }
    }

    pub(crate) fn size(&self) -> usize {
        self.servers.len()
    }

    pub(crate) fn links(&self) -> Vec<(usize, usize)> {
        self.links.iter().copied().collect()
    }

    pub(crate) fn engine(&self, server: usize) -> &Engine {
        &self.servers[server].engine
    }

    pub(crate) fn fill(&mut self, server: usize, full: bool) {
        self.servers[server].disk.full = full;
    }

    /// The trunk to another server has its number there.
    fn trunk(peer: usize) -> TrunkId {
        TrunkId(peer as u32)
    }

    pub(crate) fn connect(&mut self, (a, b): (usize, usize)) {
        if self.links.contains(&(a, b)) && self.up.insert((a, b)) {
            for (one, other) in [(a, b), (b, a)] {
                self.wires.insert((one, other), Wire::default());
                let (trunk, peer) = (Network::trunk(other), Name(other).key());
                self.turn(one, &[Input::TrunkUp { trunk, peer, cost: 1 }]);
            }
        }
    }

    pub(crate) fn cut(&mut self, (a, b): (usize, usize)) {
        if self.up.remove(&(a, b)) {
            for (one, other) in [(a, b), (b, a)] {
                self.wires.remove(&(one, other));
                self.turn(one, &[Input::TrunkDown { trunk: Network::trunk(other) }]);
            }
        }
    }

    /// A server loses all that it has not committed, and its trunks.
    pub(crate) fn crash(&mut self, server: usize) {
        for link in self.links() {
            if link.0 == server || link.1 == server {
                self.cut_but(link, server);
            }
        }
        let disk = &mut self.servers[server].disk;
        let engine = open(config(server, self.limits), disk, self.now).unwrap();
        self.servers[server].engine = engine;
        self.turn(server, &[]);
    }

    fn cut_but(&mut self, (a, b): (usize, usize), crashed: usize) {
        if self.up.remove(&(a, b)) {
            self.wires.remove(&(a, b));
            self.wires.remove(&(b, a));
            let (other, trunk) = if a == crashed { (b, a) } else { (a, b) };
            self.turn(other, &[Input::TrunkDown { trunk: Network::trunk(trunk) }]);
        }
    }

    /// One turn of a server; what it says to trunks goes on the wires.
    fn turn(&mut self, server: usize, inputs: &[Input<'_>]) -> Vec<String> {
        let mut outbox = Outbox::default();
        let Server { engine, disk } = &mut self.servers[server];
        turn(engine, disk, self.now, inputs.iter().copied()).unwrap();
        engine.swap_outbox(&mut outbox);
        let mut answers = Vec::new();
        let line = Line::new(vec![([127, 0, 0, 1], 10410).into()]).unwrap();
        let read = |place, into: &mut Vec<u8>| disk.read_record(place, into);
        let told = |to, bytes: &[u8]| match to {
            Destination::Client(_) => answers.push(String::from_utf8(bytes.to_vec()).unwrap()),
            Destination::Server(_) => {}
        };
        Printer::default().print(&outbox, &line, read, told).unwrap();
        let wires = &mut self.wires;
        let mut carried = 0;
        let send = |what: ToTrunk<'_>| match what {
            ToTrunk::Took { trunk, item } => {
                let back = (trunk.0 as usize, server);
                let tag = wires.get_mut(&back).and_then(|wire| wire.items.remove(&item));
                let wire = wires.get_mut(&(server, trunk.0 as usize));
                if let (Some(tag), Some(wire)) = (tag, wire) {
                    wire.parcels.push(Parcel::Custody { tag });
                }
            }
            ToTrunk::Hand { trunk, tag, bytes, .. } => {
                if let Some(wire) = wires.get_mut(&(server, trunk.0 as usize)) {
                    carried += 1;
                    wire.parcels.push(Parcel::Item { tag, bytes: bytes.to_vec() });
                }
            }
        };
        TrunkPrinter::default().print(&outbox, &Name(server), read, send).unwrap();
        self.carried += carried;
        answers
    }

    /// Some parcel arrives; false if there is none.
    pub(crate) fn deliver_one(&mut self) -> bool {
        let full: Vec<(usize, usize)> = self
            .wires
            .iter()
            .filter(|(_, w)| !w.parcels.is_empty())
            .map(|(ends, _)| *ends)
            .collect();
        if full.is_empty() {
            return false;
        }
        let ends = full[self.dice.usize(..full.len())];
        let wire = self.wires.get_mut(&ends).unwrap();
        let parcel = wire.parcels.swap_remove(self.dice.usize(..wire.parcels.len()));
        self.arrive(ends, parcel);
        true
    }

    fn arrive(&mut self, (from, to): (usize, usize), parcel: Parcel) {
        let trunk = Network::trunk(from);
        match parcel {
            Parcel::Custody { tag } => {
                self.turn(to, &[Input::Custody { trunk, tag }]);
            }
            Parcel::Item { tag, bytes } => {
                let wire = self.wires.get_mut(&(from, to)).unwrap();
                wire.next_item += 1;
                let item = wire.next_item;
                wire.items.insert(item, tag);
                let input = match Item::parse(&bytes).unwrap() {
                    Item::Message(message) => Input::Message { trunk, item, message },
                    Item::Row(row) => Input::Row { trunk, item, row },
                    Item::Have(have) => Input::Have { trunk, item, have },
                };
                self.turn(to, &[input]);
                // What was not taken stays with the link, which hands it up again.
                let wire = self.wires.get_mut(&(from, to)).unwrap();
                if wire.items.remove(&item).is_some() {
                    wire.parcels.push(Parcel::Item { tag, bytes });
                }
            }
        }
    }

    /// Time passes, and each server does what is due.
    pub(crate) fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        loop {
            let next = (0..self.size())
                .filter_map(|server| Some((self.engine(server).deadline()?, server)))
                .min();
            match next {
                Some((at, server)) if at <= until => {
                    self.now = self.now.max(at);
                    self.turn(server, &[]);
                }
                _ => break,
            }
        }
        self.now = until;
    }

    /// All parcels arrive, and a few seconds pass; until nothing is on the way.
    pub(crate) fn settle(&mut self) {
        for _ in 0..10_000 {
            for _ in 0..10_000 {
                if !self.deliver_one() {
                    break;
                }
            }
            self.pass(Duration::from_secs(5));
            if self.wires.values().all(|wire| wire.parcels.is_empty()) {
                return;
            }
        }
        panic!("it never falls quiet");
    }

    fn ask(&mut self, server: usize, request: Request<'_>) -> Option<String> {
        self.turn(server, &[Input::Request { reply: ReplyTo(0), request }]).pop()
    }

    pub(crate) fn handshake(&mut self, server: usize, client: Number) {
        self.ask(server, Request::Handshake { client });
    }

    /// Whether the text was accepted.
    pub(crate) fn send(&mut self, server: usize, client: Number, to: Number, text: &str) -> bool {
        let text = Text::new(text).unwrap();
        self.ask(server, Request::Send { mark: Seq::ZERO, client, to, text }).is_some()
    }

    /// The next text for a client, acknowledged: from whom, and what.
    pub(crate) fn get(&mut self, server: usize, client: Number) -> Option<(Number, String)> {
        let answer = self.ask(server, Request::Get { client })?;
        let Ok(Answer::Message { seq, from, text, .. }) = Answer::parse(answer.as_bytes()) else {
            return None;
        };
        let text = text.as_str().to_owned();
        self.ask(server, Request::Ack { seq, client, from });
        Some((from, text))
    }

    /// All that servers have learned of what became of messages.
    pub(crate) fn outcomes(&self) -> Vec<(MessageId, Receipt)> {
        self.servers.iter().flat_map(|server| server.engine.outcomes()).collect()
    }
}
