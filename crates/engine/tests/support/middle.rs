//! The middle one of three servers; the others, and all clients, are the test.

use super::disk::Disk;
use postrider_engine::edge::{Destination, Printer, input_from_server, pairs_of};
use postrider_engine::limits::Limits;
use postrider_engine::{Config, Engine, Input, Outbox, ReplyTo, Time, open, turn};
use postrider_proto::Number;
use postrider_proto::classic::{Line, Relay, Request, ServerIndex};
use std::net::SocketAddr;
use std::time::Duration;

/// The middle one of three servers, with its disk. The others, and all clients, are
/// the test.
#[derive(Debug)]
pub(crate) struct Middle {
    pub(crate) config: Config,
    pub(crate) line: Line,
    pub(crate) engine: Engine,
    pub(crate) disk: Disk,
    pub(crate) now: Time,
}

/// What one turn tells the outside, as datagrams.
pub(crate) type Told = Vec<(Destination, String)>;

impl Middle {
    pub(crate) fn new(log_slack_bytes: u64, acknowledged: bool) -> Middle {
        let addresses = (1..=3).map(|n| SocketAddr::from(([10, 0, 0, n], 10410)));
        let limits = Limits { log_slack_bytes, ..Limits::default() };
        let config = Config { me: server(2), servers: 3, acknowledged, limits, native: None };
        let (mut disk, now) = (Disk::default(), Time::from_micros(1));
        let engine = open(config, &mut disk, now).unwrap();
        Middle { config, line: Line::new(addresses.collect()).unwrap(), engine, disk, now }
    }

    /// Another one, from what this one has committed.
    pub(crate) fn replayed(&self) -> Middle {
        let mut disk = self.disk.clone();
        let engine = open(self.config, &mut disk, self.now).unwrap();
        Middle { config: self.config, line: self.line.clone(), engine, disk, now: self.now }
    }

    pub(crate) fn pass(&mut self, time: Duration) -> Told {
        let (until, mut told) = (self.now + time, Told::new());
        while let Some(due) = self.engine.deadline().filter(|due| *due <= until) {
            self.now = self.now.max(due);
            told.extend(self.turn(&[]));
        }
        self.now = until;
        told.extend(self.turn(&[]));
        told
    }

    /// One turn in which these datagrams arrive; those from a client are from nobody.
    pub(crate) fn turn(&mut self, arrivals: &[(Option<ServerIndex>, Vec<u8>)]) -> Told {
        let pairs: Vec<_> = arrivals.iter().map(|(_, bytes)| self.pairs(bytes)).collect();
        let inputs = arrivals.iter().zip(&pairs);
        let inputs = inputs.filter_map(|((from, bytes), pairs)| input(*from, bytes, pairs));
        turn(&mut self.engine, &mut self.disk, self.now, inputs).unwrap();
        assert!(self.engine.deadline().is_none_or(|due| due > self.now), "what is due is done");
        let mut outbox = Outbox::default();
        self.engine.swap_outbox(&mut outbox);
        self.print(&outbox)
    }

    pub(crate) fn pairs(&self, bytes: &[u8]) -> Option<Vec<(Number, ServerIndex)>> {
        let mut pairs = Vec::new();
        match Relay::parse(bytes) {
            Ok(Relay::List(list)) => pairs_of(list, &self.line, &mut pairs).ok().map(|()| pairs),
            _ => Some(pairs),
        }
    }

    pub(crate) fn print(&self, outbox: &Outbox) -> Told {
        let mut told = Told::new();
        let read = |place, into: &mut Vec<u8>| self.disk.read_record(place, into);
        let send = |to, bytes: &[u8]| told.push((to, String::from_utf8(bytes.to_vec()).unwrap()));
        Printer::default().print(outbox, &self.line, read, send).unwrap();
        told
    }

    /// What a client is told.
    pub(crate) fn ask(&mut self, request: String) -> Option<String> {
        let told = self.turn(&[(None, request.into_bytes())]);
        told.into_iter().find(|(to, _)| matches!(to, Destination::Client(_))).map(|(_, said)| said)
    }
}

pub(crate) fn server(value: u8) -> ServerIndex {
    ServerIndex::from_value(value).unwrap()
}

pub(crate) fn input<'a>(
    from: Option<ServerIndex>,
    bytes: &'a [u8],
    pairs: &'a Option<Vec<(Number, ServerIndex)>>,
) -> Option<Input<'a>> {
    match from {
        Some(from) => Some(input_from_server(from, &Relay::parse(bytes).ok()?, pairs.as_ref()?)),
        None => Some(Input::Request { reply: ReplyTo(0), request: Request::parse(bytes).ok()? }),
    }
}

/// A datagram, and which server it is from, if any.
pub(crate) type Word = (Option<ServerIndex>, String);

pub(crate) fn bytes_of(words: &[Word]) -> Vec<(Option<ServerIndex>, Vec<u8>)> {
    words.iter().map(|(from, word)| (*from, word.clone().into_bytes())).collect()
}

/// What a client is handed when it comes here, in order.
pub(crate) fn read_all(middle: &mut Middle, client: u64) -> Vec<String> {
    let mut read = Vec::new();
    let nothing = format!("send/0//{client:010}/");
    while let Some(handed) = middle.ask(format!("get/0/{client:010}//")) {
        if handed == nothing {
            return read;
        }
        let fields: Vec<&str> = handed.split('/').collect();
        middle.ask(format!("ack/{}/{client:010}/{}/", fields[1], fields[2]));
        assert!(read.len() < 10_000, "what is acked is handed out for ever");
        read.push(handed);
    }
    read
}

/// Everything without an `ack` is repeated within a second.
pub(crate) fn ack_all(middle: &mut Middle) {
    let told = middle.pass(Duration::from_secs(1));
    let acks = told.iter().filter_map(|(to, datagram)| {
        let Destination::Server(to) = to else { return None };
        let mut fields = datagram.strip_prefix("send/")?.split('/');
        let ack = [fields.next()?, fields.next()?, fields.next()?].join("/");
        Some((Some(*to), format!("ack/{ack}/").into_bytes()))
    });
    let acks: Vec<_> = acks.collect();
    middle.turn(&acks);
}
