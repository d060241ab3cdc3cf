//! The server under test: the real engine and store, on a disk of the test's.

use crate::tape::Disk;
use postrider_engine::edge::{Destination, Printer, input_from_server, pairs_of};
use postrider_engine::limits::Limits;
use postrider_engine::{Config, Engine, Input, Log, Outbox, ReplyTo, Time, Write, records};
use postrider_proto::Number;
use postrider_proto::classic::{Line, Relay, Request, ServerIndex};
use postrider_store::{Room, Store};
use std::net::SocketAddr;

/// The middle one of three.
pub(crate) const ME: u8 = 2;
const SERVERS: u8 = 3;

/// So little that the log is cleaned all the time.
const LOG_SLACK_BYTES: u64 = 3_000;

/// So little that segments come and go all the time.
const SEGMENT_BYTES: u64 = 2_000;

/// A datagram that arrives, and which server it is from, if any.
pub(crate) type Word = (Option<ServerIndex>, String);

/// A datagram that leaves. A client's [`ReplyTo`] is the word that it answers.
pub(crate) type Told = (Destination, String);

pub(crate) struct Site {
    pub(crate) now: Time,
    engine: Engine,
    store: Store,
    line: Line,
}

struct Plenty;

impl Room for Plenty {
    fn free_bytes(&mut self) -> u64 {
        1 << 40
    }
}

pub(crate) fn server(value: u8) -> ServerIndex {
    ServerIndex::from_value(value).unwrap()
}

impl Site {
    pub(crate) fn open(disk: Disk, now: Time) -> Result<Site, String> {
        let (files, room) = (Box::new(disk), Box::new(Plenty));
        let store = Store::open(files, u64::from(ME), room, SEGMENT_BYTES);
        let mut store = store.map_err(|error| format!("the store does not open: {error}"))?;
        let engine = postrider_engine::open(config(), &mut store, now);
        let engine = engine.map_err(|error| format!("the log does not replay: {error}"))?;
        let addresses = (1..=SERVERS).map(|n| SocketAddr::from(([10, 0, 0, n], 10410)));
        Ok(Site { now, engine, store, line: Line::new(addresses.collect()).unwrap() })
    }

    /// What waits for a flush to share gets it, and the folder is closed.
    pub(crate) fn close(mut self) -> Result<(), String> {
        postrider_engine::drain(&mut self.engine, &mut self.store).map_err(|e| e.to_string())
    }

    /// One turn in which these arrive, all of them legal.
    pub(crate) fn turn(&mut self, words: &[Word]) -> Result<Vec<Told>, String> {
        let pairs: Vec<_> = words.iter().map(|(_, word)| self.pairs(word)).collect();
        let inputs = words.iter().zip(&pairs).enumerate();
        let inputs = inputs.map(|(place, (word, pairs))| input(place, word, pairs));
        let done = postrider_engine::turn(&mut self.engine, &mut self.store, self.now, inputs);
        done.map_err(|error| format!("a turn failed: {error}"))?;
        self.told()
    }

    fn told(&mut self) -> Result<Vec<Told>, String> {
        let (mut outbox, mut told) = (Outbox::default(), Vec::new());
        self.engine.swap_outbox(&mut outbox);
        let read = |place, into: &mut Vec<u8>| self.store.read_record(place, into);
        let send = |to, bytes: &[u8]| told.push((to, String::from_utf8_lossy(bytes).into_owned()));
        let printed = Printer::default().print(&outbox, &self.line, read, send);
        printed.map_err(|error| format!("a text cannot be read: {error}"))?;
        Ok(told)
    }

    fn pairs(&self, word: &str) -> Vec<(Number, ServerIndex)> {
        let mut pairs = Vec::new();
        if let Ok(Relay::List(list)) = Relay::parse(word.as_bytes()) {
            pairs_of(list, &self.line, &mut pairs).unwrap();
        }
        pairs
    }

    pub(crate) fn deadline(&self) -> Option<Time> {
        self.engine.deadline()
    }

    pub(crate) fn home(&self, client: Number) -> Option<ServerIndex> {
        self.engine.home(client)
    }

    pub(crate) fn waiting(&self) -> usize {
        self.engine.sizes().waiting
    }

    pub(crate) fn dropped_bytes(&self) -> u64 {
        self.store.start().0
    }

    pub(crate) fn log_end_bytes(&self) -> u64 {
        self.store.end().0
    }

    /// How many messages the log holds that the cleaning has rewritten.
    pub(crate) fn carried_records(&mut self) -> usize {
        let (mut from, mut bytes, mut carried) = (self.store.start(), Vec::new(), 0);
        while let Some(row) = self.store.read_row(from, &mut bytes).unwrap() {
            let writes = records(row.start, &bytes).map(|record| record.unwrap().1);
            carried += writes.filter(|write| matches!(write, Write::Carry { .. })).count();
            bytes.clear();
            from = row.end;
        }
        carried
    }
}

fn config() -> Config {
    let limits = Limits { log_slack_bytes: LOG_SLACK_BYTES, ..Limits::default() };
    Config { me: server(ME), servers: SERVERS, acknowledged: true, limits, native: None }
}

fn input<'a>(
    place: usize,
    (from, word): &'a Word,
    pairs: &'a [(Number, ServerIndex)],
) -> Input<'a> {
    let bytes = word.as_bytes();
    match from {
        Some(from) => input_from_server(*from, &Relay::parse(bytes).unwrap(), pairs),
        None => {
            let reply = ReplyTo(place as u32);
            Input::Request { reply, request: Request::parse(bytes).unwrap() }
        }
    }
}
