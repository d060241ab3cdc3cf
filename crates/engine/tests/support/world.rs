//! The servers of a story, the wires between them, and its time.

use crate::disk::Disk;
use crate::script::{bytes_of, written};
use postrider_engine::edge::{Destination, Printer, input_from_server, pairs_of};
use postrider_engine::{Config, Counters, Engine, Input, Outbox, ReplyTo, Time, open, turn};
use postrider_proto::Number;
use postrider_proto::classic::{Line, Malformed, Relay, Request, ServerIndex};
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;

/// Who plays a server.
enum Player {
    Engine(Box<Engine>),
    /// It has crashed.
    Nobody,
    /// The story, by hand.
    Stranger,
}

struct Server {
    player: Player,
    disk: Disk,
}

/// What becomes of the datagrams from one server to another.
enum Wire {
    Loses,
    LosesNext,
    DoublesNext,
    Holds(Vec<Datagram>),
}

#[derive(Clone)]
struct Datagram {
    from: SocketAddr,
    to: ServerIndex,
    bytes: Vec<u8>,
}

/// What a datagram means to the server that gets it.
enum Meaning<'a> {
    Relay(ServerIndex, Relay<'a>, Vec<(Number, ServerIndex)>),
    Request(ReplyTo, Request<'a>),
}

impl Meaning<'_> {
    fn input(&self) -> Input<'_> {
        match self {
            Meaning::Relay(server, relay, pairs) => input_from_server(*server, relay, pairs),
            Meaning::Request(reply, request) => Input::Request { reply: *reply, request: *request },
        }
    }
}

pub(crate) struct World {
    config: Config,
    line: Line,
    servers: Vec<Server>,
    /// Everybody who is no server, and where they are.
    clients: Vec<(String, SocketAddr)>,
    wires: BTreeMap<(ServerIndex, ServerIndex), Wire>,
    /// What is under way; it arrives in this order, each in a turn of its own.
    under_way: VecDeque<Datagram>,
    now: Time,
    waiting_since: Option<Time>,
    trace: Vec<String>,
}

type Count = fn(&Counters) -> u64;

/// What of a server's counters a story tells.
const TOLD: [(Count, &str); 12] = [
    (|c| c.acks_unmatched, "an ack that matches nothing"),
    (|c| c.pairs_echoed, "an old echo"),
    (|c| c.moved_away, "its client has moved"),
    (|c| c.accepted_repeats, "a client's repeat"),
    (|c| c.taken_over_repeats, "a server's repeat"),
    (|c| c.refused_disk, "no room on disk"),
    (|c| c.refused_mailbox, "no room in the mailbox"),
    (|c| c.refused_waiting, "no room for more messages"),
    (|c| c.refused_clients, "no room for more clients"),
    (|c| c.refused_share, "no room for more of own clients or of this server"),
    (|c| c.refused_sender, "no room for more of this sender"),
    (|c| c.refused_rate, "too fast"),
];

impl World {
    pub(crate) fn new(config: Config, port: u16) -> World {
        let addresses = (1..=config.servers).map(|n| SocketAddr::from(([10, 0, 0, n], port)));
        let line = Line::new(addresses.collect()).expect("a line");
        let mut world = World {
            config,
            servers: Vec::new(),
            clients: Vec::new(),
            wires: BTreeMap::new(),
            under_way: VecDeque::new(),
            now: Time::from_micros(3_600_000_000),
            waiting_since: None,
            trace: Vec::new(),
            line,
        };
        for server in world.line.servers() {
            let player = Player::Engine(world.opened(server, &mut Disk::default()));
            world.servers.push(Server { player, disk: Disk::default() });
        }
        world
    }

    /// What has happened since this was asked last.
    pub(crate) fn take_trace(&mut self) -> Vec<String> {
        std::mem::take(&mut self.trace)
    }

    pub(crate) fn server_index(&self, written: &str) -> ServerIndex {
        let index = written.parse().expect("a server's number");
        self.line.server(index).expect("a server of the line")
    }

    pub(crate) fn play_by_hand(&mut self, server: ServerIndex) {
        self.server(server).player = Player::Stranger;
    }

    pub(crate) fn crash(&mut self, server: ServerIndex) {
        self.server(server).player = Player::Nobody;
    }

    pub(crate) fn restart(&mut self, server: ServerIndex) {
        let mut disk = std::mem::take(&mut self.server(server).disk);
        let engine = self.opened(server, &mut disk);
        *self.server(server) = Server { player: Player::Engine(engine), disk };
        self.turn(server, &[]);
        self.settle_down();
    }

    pub(crate) fn set_disk_full(&mut self, server: ServerIndex, full: bool) {
        self.server(server).disk.full = full;
    }

    pub(crate) fn set_wire(&mut self, from: ServerIndex, to: ServerIndex, fate: &str) {
        let wire = match fate {
            "cut" => Wire::Loses,
            "lose" => Wire::LosesNext,
            "double" => Wire::DoublesNext,
            "hold" => Wire::Holds(Vec::new()),
            _ => panic!("no wire does this: {fate}"),
        };
        self.wires.insert((from, to), wire);
    }

    pub(crate) fn mend_wire(&mut self, from: ServerIndex, to: ServerIndex) {
        self.wires.remove(&(from, to));
    }

    /// Lets what was held arrive, in order or the other way round.
    pub(crate) fn release(&mut self, from: ServerIndex, to: ServerIndex, backwards: bool) {
        let Some(Wire::Holds(mut held)) = self.wires.remove(&(from, to)) else {
            panic!("nothing is held from {from} to {to}");
        };
        if backwards {
            held.reverse();
        }
        for datagram in held {
            self.tell(format!("{from} -> {to}: {}   (arrives)", written(&datagram.bytes)));
            self.under_way.push_back(datagram);
        }
        self.settle_down();
    }

    /// Datagrams by hand; all arrive in one turn of their receiver.
    pub(crate) fn inject(&mut self, by_hand: &[(&str, &str, &str)]) {
        let datagrams: Vec<Datagram> =
            by_hand.iter().map(|(from, to, bytes)| self.datagram(from, to, bytes)).collect();
        self.turn(datagrams[0].to, &datagrams);
        self.settle_down();
    }

    fn datagram(&mut self, from: &str, to: &str, bytes: &str) -> Datagram {
        let (from, to) = (self.address(from), self.server_index(to));
        Datagram { from, to, bytes: bytes_of(bytes) }
    }

    /// A server is named by its number, a client by its name or its address.
    fn address(&mut self, name: &str) -> SocketAddr {
        if name.parse::<u8>().is_ok() {
            let server = self.server_index(name);
            return self.line.address(server).expect("a server of the line");
        }
        if let Some((_, address)) = self.clients.iter().find(|(known, _)| known == name) {
            return *address;
        }
        let host = [192, 168, 0, self.clients.len() as u8 + 1];
        let address = name.parse().unwrap_or(SocketAddr::from((host, 5000)));
        self.clients.push((name.to_owned(), address));
        address
    }

    /// Time passes; whatever is due meanwhile happens when it is due.
    pub(crate) fn wait(&mut self, how_long: Duration) {
        let until = self.now + how_long;
        self.waiting_since = Some(self.now);
        while let Some((at, server)) = self.next_deadline().filter(|(at, _)| *at <= until) {
            self.now = self.now.max(at);
            self.turn(server, &[]);
            self.settle_down();
        }
        self.waiting_since = None;
        self.now = until;
    }

    fn next_deadline(&self) -> Option<(Time, ServerIndex)> {
        let deadline = |server| Some((self.engine(server)?.deadline()?, server));
        self.line.servers().filter_map(deadline).min()
    }

    fn engine(&self, server: ServerIndex) -> Option<&Engine> {
        match &self.servers[usize::from(server.value()) - 1].player {
            Player::Engine(engine) => Some(engine),
            Player::Nobody | Player::Stranger => None,
        }
    }

    fn server(&mut self, server: ServerIndex) -> &mut Server {
        &mut self.servers[usize::from(server.value()) - 1]
    }

    fn opened(&self, server: ServerIndex, disk: &mut Disk) -> Box<Engine> {
        let config = Config { me: server, ..self.config };
        Box::new(open(config, disk, self.now).expect("a log that the engine wrote"))
    }

    /// Until nothing is under way any more.
    fn settle_down(&mut self) {
        let mut turns_left = 10_000;
        while let Some(datagram) = self.under_way.pop_front() {
            self.turn(datagram.to, std::slice::from_ref(&datagram));
            turns_left -= 1;
            assert!(turns_left > 0, "something goes round for ever");
        }
    }

    /// One turn of a server, with what arrives for it, if anything.
    fn turn(&mut self, at: ServerIndex, arrivals: &[Datagram]) {
        let mut meanings = Vec::new();
        for datagram in arrivals {
            match self.read(datagram) {
                Ok(meaning) => meanings.push(meaning),
                Err(why) => self.tell(format!("{at} drops it: {why}")),
            }
        }
        if meanings.is_empty() && !arrivals.is_empty() {
            return;
        }
        let now = self.now;
        let Server { player: Player::Engine(engine), disk } = self.server(at) else {
            return;
        };
        let before = engine.counters();
        let inputs = meanings.iter().map(Meaning::input);
        turn(engine, disk, now, inputs).expect("a log that the engine wrote");
        assert!(engine.deadline().is_none_or(|next| next > now), "what is due is done");
        assert!(engine.sizes().in_flight_to_one <= 20, "at most twenty without an ack");
        let mut outbox = Outbox::default();
        engine.swap_outbox(&mut outbox);
        let after = engine.counters();
        self.tell_counted(at, before, after);
        self.send_out(at, &outbox);
    }

    fn read<'a>(&self, datagram: &'a Datagram) -> Result<Meaning<'a>, Malformed> {
        let Some(server) = self.line.index_of(datagram.from) else {
            let of = |(_, address): &(_, _)| *address == datagram.from;
            let reply = ReplyTo(self.clients.iter().position(of).expect("a client") as u32);
            return Ok(Meaning::Request(reply, Request::parse(&datagram.bytes)?));
        };
        let relay = Relay::parse(&datagram.bytes)?;
        let mut pairs = Vec::new();
        if let Relay::List(list) = &relay {
            pairs_of(*list, &self.line, &mut pairs)?;
        }
        Ok(Meaning::Relay(server, relay, pairs))
    }

    fn tell_counted(&mut self, at: ServerIndex, before: Counters, after: Counters) {
        for (count, words) in TOLD {
            if count(&after) > count(&before) {
                self.tell(format!("{at}: {words}"));
            }
        }
    }

    fn send_out(&mut self, from: ServerIndex, outbox: &Outbox) {
        let disk = &self.servers[usize::from(from.value()) - 1].disk;
        let mut sent = Vec::new();
        let read = |place, into: &mut Vec<u8>| disk.read_record(place, into);
        let send = |to, bytes: &[u8]| sent.push((to, bytes.to_vec()));
        Printer::default().print(outbox, &self.line, read, send).expect("a text in memory");
        for (to, bytes) in sent {
            assert!(bytes.len() <= 256, "at most 256 bytes");
            match to {
                Destination::Client(ReplyTo(client)) => {
                    let name = &self.clients[client as usize].0;
                    self.tell(format!("{from} -> {name}: {}", written(&bytes)));
                }
                Destination::Server(to) => self.put_on_wire(from, to, bytes),
            }
        }
    }

    fn put_on_wire(&mut self, from: ServerIndex, to: ServerIndex, bytes: Vec<u8>) {
        let shown = format!("{from} -> {to}: {}", written(&bytes));
        let address = self.line.address(from).expect("a server of the line");
        let datagram = Datagram { from: address, to, bytes };
        let down = matches!(self.server(to).player, Player::Nobody);
        match self.wires.get_mut(&(from, to)) {
            Some(Wire::Loses) => self.tell(format!("{shown}   (lost)")),
            Some(Wire::LosesNext) => {
                self.wires.remove(&(from, to));
                self.tell(format!("{shown}   (lost)"));
            }
            Some(Wire::DoublesNext) => {
                self.wires.remove(&(from, to));
                self.under_way.extend([datagram.clone(), datagram]);
                self.tell(format!("{shown}   (twice)"));
            }
            Some(Wire::Holds(held)) => {
                held.push(datagram);
                self.tell(format!("{shown}   (held)"));
            }
            None if down => self.tell(format!("{shown}   (lost)")),
            None => {
                self.under_way.push_back(datagram);
                self.tell(shown);
            }
        }
    }

    fn tell(&mut self, line: String) {
        match self.waiting_since {
            Some(since) => {
                let waited = Duration::from_millis(self.now.since(since).as_millis() as u64);
                self.trace.push(format!("+{waited:?} {line}"));
            }
            None => self.trace.push(line),
        }
    }

    /// Where each server believes a client to be.
    pub(crate) fn tell_where(&mut self, client: Number) {
        for server in self.line.servers() {
            let Some(home) = self.engine(server).map(|engine| engine.home(client)) else {
                continue;
            };
            let home = home.map_or("nowhere".to_owned(), |home| home.to_string());
            self.tell(format!("{server} knows {client} at {home}"));
        }
    }

    pub(crate) fn tell_sizes(&mut self, server: ServerIndex) {
        let sizes = self.engine(server).expect("a server that is up").sizes();
        let (clients, waiting, in_flight) = (sizes.clients, sizes.waiting, sizes.in_flight);
        self.tell(format!("{clients} clients, {waiting} waiting, {in_flight} without an ack"));
    }
}
