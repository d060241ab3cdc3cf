//! Any life of a server: datagrams, silences, restarts, a full disk. No turn stops it,
//! its limits hold, and what it has committed replays to the same server.
//!
//! The bytes are read as settings and then events, each a byte that says what happens
//! and some that say to whom; a datagram may also stand there as it is.

use super::disk::Disk;
use super::script::{CLIENTS, Event, SERVERS, Script, Settings, Word};
use postrider_engine::edge::{Destination, Printer, input_from_server, pairs_of};
use postrider_engine::limits::{IN_FLIGHT_MAX, Limits};
use postrider_engine::{Config, Engine, Input, Outbox, ReplyTo, Time, drain, open, turn};
use postrider_proto::Number;
use postrider_proto::classic::{
    Answer, DATAGRAM_BYTES_MAX, Line, Relay, Request, Seq, ServerIndex,
};
use std::net::SocketAddr;
use std::time::Duration;

/// Beyond this a longer life says nothing new.
const EVENTS_MAX: usize = 400;

/// A server with its disk; everybody else is the script.
struct Site {
    settings: Settings,
    line: Line,
    engine: Engine,
    disk: Disk,
    now: Time,
    /// What may be acked: forwarded, or handed out.
    open_letters: Vec<Word>,
}

type Told = Vec<(Destination, Vec<u8>)>;

/// Lives through the script, and is replayed at its end.
pub fn run(bytes: &[u8]) {
    let mut script = Script::new(bytes);
    let mut site = Site::new(script.settings());
    for event in script.take(EVENTS_MAX) {
        site.live(event);
    }
    site.drain_and_open_again().reads_the_same_as(site);
}

impl Site {
    fn new(settings: Settings) -> Site {
        Site::open(settings, Disk::default(), Time::from_micros(1))
    }

    fn open(settings: Settings, mut disk: Disk, now: Time) -> Site {
        let addresses = (1..=SERVERS).map(|n| SocketAddr::from(([10, 0, 0, n], 10410)));
        let Ok(line) = Line::new(addresses.collect()) else { panic!("a line of servers") };
        let Ok(engine) = open(config(settings), &mut disk, now) else {
            panic!("what was written replays")
        };
        Site { settings, line, engine, disk, now, open_letters: Vec::new() }
    }

    fn live(&mut self, event: Event) {
        match event {
            Event::Arrive(words) => drop(self.turn(&words)),
            Event::Pass(time) => self.pass(time),
            Event::AckAll => {
                let acks = std::mem::take(&mut self.open_letters);
                self.turn(&acks);
            }
            Event::Fill(full) => self.disk.full = full,
            Event::Crash => self.crash(),
            Event::Restart => *self = self.drain_and_open_again(),
        }
    }

    fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some(due) = self.engine.deadline().filter(|due| *due <= until) {
            self.now = self.now.max(due);
            self.turn(&[]);
        }
        self.now = until;
        self.turn(&[]);
    }

    fn turn(&mut self, words: &[Word]) -> Told {
        let pairs: Vec<_> = words.iter().map(|word| self.pairs(word)).collect();
        let inputs = words.iter().zip(&pairs);
        let inputs = inputs.filter_map(|(word, pairs)| input(word, pairs.as_deref()));
        let Ok(()) = turn(&mut self.engine, &mut self.disk, self.now, inputs) else {
            panic!("a disk in memory does not fail")
        };
        self.keeps_its_limits();
        let told = self.told();
        self.remember_letters(&told);
        told
    }

    fn keeps_its_limits(&self) {
        let (sizes, limits) = (self.engine.sizes(), limits(self.settings));
        assert!(self.engine.deadline().is_none_or(|due| due > self.now), "what is due is done");
        assert!(sizes.clients <= limits.clients && sizes.waiting <= limits.waiting, "{sizes:?}");
        assert!(sizes.in_flight_to_one <= IN_FLIGHT_MAX, "{sizes:?}");
    }

    fn pairs(&self, (_, bytes): &Word) -> Option<Vec<(Number, ServerIndex)>> {
        let mut pairs = Vec::new();
        if let Ok(Relay::List(list)) = Relay::parse(bytes) {
            pairs_of(list, &self.line, &mut pairs).ok()?;
        }
        Some(pairs)
    }

    fn told(&mut self) -> Told {
        let (mut outbox, mut told) = (Outbox::default(), Told::new());
        self.engine.swap_outbox(&mut outbox);
        let read = |place, into: &mut Vec<u8>| self.disk.read_record(place, into);
        let send = |to, datagram: &[u8]| told.push((to, datagram.to_vec()));
        let Ok(()) = Printer::default().print(&outbox, &self.line, read, send);
        told
    }

    /// Every datagram is legal, and what carries a letter may be acked.
    fn remember_letters(&mut self, told: &Told) {
        for (to, datagram) in told {
            assert!(datagram.len() <= DATAGRAM_BYTES_MAX, "{} bytes", datagram.len());
            let ack = match to {
                Destination::Client(_) => ack_of_answer(datagram).map(|ack| (None, ack)),
                Destination::Server(to) => ack_of_relay(datagram).map(|ack| (Some(*to), ack)),
            };
            self.open_letters.extend(ack);
        }
        let too_many = self.open_letters.len().saturating_sub(100);
        self.open_letters.drain(..too_many);
    }

    /// What backs a promise is there again; an ack of the last moment may not be.
    fn crash(&mut self) {
        let again = Site::open(self.settings, self.disk.clone(), self.now);
        let (before, after) = (self.engine.sizes(), again.engine.sizes());
        assert_eq!(homes(&again), homes(self));
        assert_eq!((after.clients, after.marks), (before.clients, before.marks));
        assert!(after.waiting >= before.waiting, "{after:?} of {before:?}");
        *self = again;
    }

    fn drain_and_open_again(&mut self) -> Site {
        let Ok(()) = drain(&mut self.engine, &mut self.disk);
        let again = Site::open(self.settings, self.disk.clone(), self.now);
        let (before, after) = (self.engine.sizes(), again.engine.sizes());
        assert_eq!(homes(&again), homes(self));
        assert_eq!(
            (after.clients, after.waiting, after.marks),
            (before.clients, before.waiting, before.marks)
        );
        assert!(after.lately >= before.lately, "{after:?} of {before:?}");
        again
    }

    /// Everybody reads everything, here and there, and then one writes.
    fn reads_the_same_as(mut self, mut other: Site) {
        self.disk.full = false;
        other.disk.full = false;
        for client in 0..CLIENTS {
            let get = format!("get/0/{client:010}//").into_bytes();
            loop {
                let (here, there) = (self.ask(&get), other.ask(&get));
                assert_eq!(here, there, "both hand out the same");
                let Some(ack) = here.as_deref().and_then(ack_of_answer) else { break };
                let acked = (self.ask(&ack), other.ask(&ack));
                assert_eq!(acked, (None, None), "an ack is not answered");
            }
        }
        let send = b"send/0/0000000000/0000000000/x";
        assert_eq!(self.ask(send), other.ask(send), "the numbers go on");
    }

    /// What a client is told.
    fn ask(&mut self, request: &[u8]) -> Option<Vec<u8>> {
        let told = self.turn(&[(None, request.to_vec())]);
        told.into_iter().find(|(to, _)| matches!(to, Destination::Client(_))).map(|(_, said)| said)
    }
}

fn config(settings: Settings) -> Config {
    let Some(me) = ServerIndex::from_value(settings.me) else { panic!("a server of the line") };
    let acknowledged = settings.acknowledged;
    Config { me, servers: SERVERS, acknowledged, limits: limits(settings), native: None }
}

fn limits(settings: Settings) -> Limits {
    let log_slack_bytes = settings.log_slack_bytes;
    match settings.narrow {
        true => Limits {
            clients: 4,
            waiting: 9,
            mailbox: 3,
            sender: 4,
            submitted: 20,
            reserve: 1,
            log_slack_bytes,
        },
        false => Limits { log_slack_bytes, ..Limits::default() },
    }
}

fn input<'a>(
    (from, bytes): &'a Word,
    pairs: Option<&'a [(Number, ServerIndex)]>,
) -> Option<Input<'a>> {
    match from {
        Some(from) => Some(input_from_server(*from, &Relay::parse(bytes).ok()?, pairs?)),
        None => Some(Input::Request { reply: ReplyTo(0), request: Request::parse(bytes).ok()? }),
    }
}

fn ack_of_answer(datagram: &[u8]) -> Option<Vec<u8>> {
    let Ok(answer) = Answer::parse(datagram) else { panic!("an answer parses") };
    let Answer::Message { seq, from, client, .. } = answer else { return None };
    Some(ack(seq, client, from))
}

fn ack_of_relay(datagram: &[u8]) -> Option<Vec<u8>> {
    let Ok(relay) = Relay::parse(datagram) else { panic!("a relay parses") };
    let Relay::Send { seq, from, to, .. } = relay else { return None };
    Some(ack(seq, from, to))
}

fn ack(seq: Seq, source: Number, destination: Number) -> Vec<u8> {
    format!("ack/{seq}/{source}/{destination}/").into_bytes()
}

fn homes(site: &Site) -> Vec<Option<ServerIndex>> {
    let numbers = (0..CLIENTS).filter_map(Number::from_value);
    numbers.map(|client| site.engine.home(client)).collect()
}
