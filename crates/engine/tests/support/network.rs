//! Servers with trunks in any shape, in one process: what a trunk is handed arrives in
//! any order, and not at all once the trunk is down.

use crate::disk::Disk;
use fastrand::Rng;
use postrider_engine::edge::{
    Destination, Identity, Printer, ToTrunk, TrunkPrinter, input_from_server, pairs_of,
};
use postrider_engine::limits::Limits;
use postrider_engine::{
    Claims, Config, Engine, Input, NativeConfig, Outbox, ReplyTo, Time, TrunkId, open, turn,
};
use postrider_proto::Number;
use postrider_proto::Text;
use postrider_proto::classic::{Answer, Line, Relay, Request, Seq, ServerIndex};
use postrider_proto::native::{
    Blocks, Epoch, Item, Label, Lifetime, LineId, LinePlace, MessageId, Receipt, ServerKey,
    ServerRow, Signature,
};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
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
    seat: Seat,
}

/// What a server is: alone, or one of a line of classic servers; native, or not.
#[derive(Clone, Debug)]
pub(crate) struct Seat {
    /// All servers of its line, in their order.
    pub(crate) line: Vec<usize>,
    pub(crate) is_native: bool,
}

impl Seat {
    fn alone(server: usize) -> Seat {
        Seat { line: vec![server], is_native: true }
    }

    /// Its addresses, which tell servers apart by their ports.
    fn addresses(&self) -> Line {
        let port = |server: &usize| ([127, 0, 0, 1], 10_410 + *server as u16).into();
        Line::new(self.line.iter().map(port).collect()).unwrap()
    }

    fn place(&self, server: usize) -> LinePlace {
        let index = self.line.iter().position(|of_line| *of_line == server).unwrap() + 1;
        let index = ServerIndex::from_value(index as u8).unwrap();
        LinePlace { line: LineId([self.line[0] as u8; 8]), index }
    }
}

/// Tags and items.
type Told = Vec<(u64, Vec<u8>)>;

/// Links from here on are those of clients' devices.
pub(crate) const DEVICES_FROM: u32 = 1_000;

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
    /// Datagrams of a line on the way, from the first to the second; they keep their order.
    datagrams: BTreeMap<(usize, usize), VecDeque<Vec<u8>>>,
    /// None of them arrives for now.
    pub(crate) holds_datagrams: bool,
    limits: Limits,
    claims: Claims,
    /// What each device of a client, at a server, was told: tags and items; and which of its
    /// own items are on disk there.
    told: BTreeMap<(usize, u32), Told>,
    taken: BTreeSet<(usize, u32, u64)>,
    /// Items and datagrams carried, for the checks of quiet.
    pub(crate) carried: usize,
    /// Trunks that a server has cut, and that came up anew.
    pub(crate) cuts: usize,
}

fn config(name: usize, seat: &Seat, limits: Limits, claims: Claims) -> Config {
    let place = seat.place(name);
    Config {
        me: place.index,
        servers: seat.line.len() as u8,
        acknowledged: true,
        limits,
        native: seat.is_native.then(|| NativeConfig {
            key: Name(name).key(),
            epoch: Epoch::from_value(name as u32 + 100).unwrap(),
            lifetime: Lifetime::at_least(Duration::from_secs(86_400)),
            blocks: Blocks::NONE,
            claims,
            line: (seat.line.len() > 1).then_some(place),
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
        Network::of(seed, (0..servers).map(Seat::alone), links, limits)
    }

    /// The same of these servers.
    pub(crate) fn of(
        seed: u64,
        seats: impl IntoIterator<Item = Seat>,
        links: &[(usize, usize)],
        limits: Limits,
    ) -> Network {
        let start = |(name, seat)| {
            let mut disk = Disk::default();
            let engine =
                open(config(name, &seat, limits, Claims::Open), &mut disk, Time::from_micros(1));
            Server { engine: engine.unwrap(), disk, seat }
        };
        Network {
            dice: Rng::with_seed(seed),
            now: Time::from_micros(1),
            servers: seats.into_iter().enumerate().map(start).collect(),
            datagrams: BTreeMap::new(),
            holds_datagrams: false,
            links: links.iter().map(|(a, b)| (*a.min(b), *a.max(b))).collect(),
            up: BTreeSet::new(),
            wires: BTreeMap::new(),
            limits,
            claims: Claims::Open,
            told: BTreeMap::new(),
            taken: BTreeSet::new(),
            carried: 0,
            cuts: 0,
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

    /// From now on new numbers are given out so.
    pub(crate) fn claims(&mut self, claims: Claims) {
        self.claims = claims;
        (0..self.size()).for_each(|server| self.crash(server));
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
        let Server { disk, seat, .. } = &mut self.servers[server];
        let engine = open(config(server, seat, self.limits, self.claims), disk, self.now).unwrap();
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
        let Server { engine, disk, seat } = &mut self.servers[server];
        turn(engine, disk, self.now, inputs.iter().copied()).unwrap();
        engine.swap_outbox(&mut outbox);
        let mut answers = Vec::new();
        let (datagrams, mut carried) = (&mut self.datagrams, 0);
        let read = |place, into: &mut Vec<u8>| disk.read_record(place, into);
        let told = |to, bytes: &[u8]| match to {
            Destination::Client(_) => answers.push(String::from_utf8(bytes.to_vec()).unwrap()),
            Destination::Server(index) => {
                let other = seat.line[usize::from(index.value()) - 1];
                datagrams.entry((server, other)).or_default().push_back(bytes.to_vec());
                carried += 1;
            }
        };
        Printer::default().print(&outbox, &seat.addresses(), read, told).unwrap();
        let (wires, told, taken) = (&mut self.wires, &mut self.told, &mut self.taken);
        let mut cut = Vec::new();
        let send = |what: ToTrunk<'_>| match what {
            ToTrunk::Took { trunk, item } if trunk.0 >= DEVICES_FROM => {
                taken.insert((server, trunk.0, item));
            }
            ToTrunk::Hand { trunk, tag, bytes, .. } if trunk.0 >= DEVICES_FROM => {
                told.entry((server, trunk.0)).or_default().push((tag, bytes.to_vec()));
            }
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
            ToTrunk::Cut { trunk } => cut.push((server, trunk.0 as usize)),
        };
        TrunkPrinter::default().print(&outbox, &Name(server), read, send).unwrap();
        self.carried += carried;
        for (one, other) in cut {
            self.cuts += 1;
            self.cut((one.min(other), one.max(other)));
            self.connect((one.min(other), one.max(other)));
        }
        answers
    }

    /// A client's device says something to a server; whether that is on disk there.
    pub(crate) fn hear_device(&mut self, server: usize, device: u32, item: &Item<'_>) -> bool {
        let (session, number) = (TrunkId(device), self.taken.len() as u64);
        let input = match *item {
            Item::Message(message) => Input::Message { trunk: session, item: number, message },
            Item::Attach(attach) => {
                let (of, key) = (attach.number, attach.key);
                Input::Attach { session, item: number, number: of, key }
            }
            Item::Claim(claim) => Input::Claim { session, item: number, claim },
            Item::Ask(ask) => Input::Ask { session, item: number, ask },
            _ => panic!("clients say nothing else"),
        };
        self.turn(server, &[input]);
        self.taken.contains(&(server, device, number))
    }

    /// It has on disk what it was handed under this tag.
    pub(crate) fn device_has(&mut self, server: usize, device: u32, tag: u64) {
        self.turn(server, &[Input::Custody { trunk: TrunkId(device), tag }]);
    }

    /// Its link is down.
    pub(crate) fn device_gone(&mut self, server: usize, device: u32) {
        self.turn(server, &[Input::TrunkDown { trunk: TrunkId(device) }]);
        self.told.remove(&(server, device));
    }

    /// What it was told since the last time: tags and items.
    pub(crate) fn told(&mut self, server: usize, device: u32) -> Told {
        self.told.remove(&(server, device)).unwrap_or_default()
    }

    /// The operator gives out an invitation.
    pub(crate) fn invite(&mut self, server: usize, code: postrider_engine::Code) {
        self.turn(server, &[Input::Invite { code }]);
    }

    /// One says something to another that it should not.
    pub(crate) fn say(&mut self, from: usize, to: usize, item: &Item<'_>) {
        let mut bytes = Vec::new();
        item.print(&mut bytes);
        self.arrive((from, to), Parcel::Item { tag: u64::MAX, bytes });
    }

    /// One says that it has on disk what it was not handed.
    pub(crate) fn claim_custody(&mut self, from: usize, of: usize, tag: u64) {
        self.arrive((from, of), Parcel::Custody { tag });
    }

    /// Some parcel arrives; false if there is none.
    pub(crate) fn deliver_one(&mut self) -> bool {
        let wires = self.wires.iter().filter(|(_, wire)| !wire.parcels.is_empty());
        let full: Vec<(usize, usize)> = wires.map(|(ends, _)| *ends).collect();
        let is_to_arrive = |waiting: &VecDeque<_>| !waiting.is_empty() && !self.holds_datagrams;
        let datagrams = self.datagrams.iter().filter(|(_, waiting)| is_to_arrive(waiting));
        let lines: Vec<(usize, usize)> = datagrams.map(|(ends, _)| *ends).collect();
        if full.is_empty() && lines.is_empty() {
            return false;
        }
        let chosen = self.dice.usize(..full.len() + lines.len());
        if let Some(ends) = chosen.checked_sub(full.len()).map(|at| lines[at]) {
            let datagram = self.datagrams.get_mut(&ends).and_then(VecDeque::pop_front).unwrap();
            self.hear(ends, &datagram);
            return true;
        }
        let ends = full[chosen];
        let wire = self.wires.get_mut(&ends).unwrap();
        let parcel = wire.parcels.swap_remove(self.dice.usize(..wire.parcels.len()));
        self.arrive(ends, parcel);
        true
    }

    /// A datagram of a server of the line arrives.
    fn hear(&mut self, (from, to): (usize, usize), datagram: &[u8]) {
        let line = self.servers[to].seat.addresses();
        let teller = self.servers[to].seat.place(from).index;
        let relay = Relay::parse(datagram).unwrap();
        let mut pairs = Vec::new();
        if let Relay::List(list) = relay {
            pairs_of(list, &line, &mut pairs).unwrap();
        }
        self.turn(to, &[input_from_server(teller, &relay, &pairs)]);
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
                    Item::Ask(ask) => Input::Ask { session: trunk, item, ask },
                    Item::Trace(trace) => Input::Trace { trunk, item, trace },
                    Item::Dispute(dispute) => Input::Dispute { trunk, item, dispute },
                    _ => panic!("servers say nothing else to each other"),
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
            let is_quiet = self.wires.values().all(|wire| wire.parcels.is_empty());
            let is_line_quiet = self.datagrams.values().all(VecDeque::is_empty);
            if is_quiet && (is_line_quiet || self.holds_datagrams) {
                return;
            }
        }
        panic!("it never falls quiet");
    }

    fn ask(&mut self, server: usize, request: Request<'_>) -> Option<String> {
        self.turn(server, &[Input::Request { reply: ReplyTo(0), request }]).pop()
    }

    /// Leaves the server.
    #[allow(dead_code, reason = "not every test that shares this needs it")]
    pub(crate) fn terminate(&mut self, server: usize, client: Number) {
        self.ask(server, Request::Terminate { client });
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
