//! The thread that owns engine and store, and takes the turns.

use crate::batch::{Batch, Sender};
use crate::drops::{Drop, Drops};
use crate::server::{ServerError, Status};
use postrider_engine::edge::{self, Destination, Printer};
use postrider_engine::limits::INPUTS_PER_TURN;
use postrider_engine::{Counters, Engine, Input, Outbox, ReplyTo, Time, drain, turn};
use postrider_proto::Number;
use postrider_proto::classic::{Line, Malformed, Relay, Request, ServerIndex};
use postrider_store::{Store, StoreError};
use std::net::SocketAddr;
use std::ops::Range;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Refusals and drops are told at most this often.
const TELL_EVERY: Duration = Duration::from_secs(10);

/// Counters are shown to others at most this often.
const SHOW_EVERY: Duration = Duration::from_millis(100);

/// What the turns need to know.
pub(crate) struct Turns {
    pub(crate) engine: Engine,
    pub(crate) store: Store,
    pub(crate) line: Line,
    pub(crate) drops: Arc<Drops>,
    pub(crate) status: Arc<Mutex<Status>>,
    pub(crate) started: Instant,
    /// From the reader, until it stops.
    pub(crate) batches: mpsc::Receiver<Batch<Sender>>,
    /// Emptied ones, going back.
    pub(crate) emptied: mpsc::SyncSender<Batch<Sender>>,
    /// Towards the writer.
    pub(crate) outgoing: mpsc::SyncSender<Batch<SocketAddr>>,
    /// Emptied ones, coming back.
    pub(crate) empty: mpsc::Receiver<Batch<SocketAddr>>,
    pub(crate) memory: Memory,
}

/// Buffers that every turn uses again.
#[derive(Default)]
pub(crate) struct Memory {
    waiting: Vec<Batch<Sender>>,
    pairs: Vec<(Number, ServerIndex)>,
    reply_to: Vec<SocketAddr>,
    outbox: Outbox,
    printer: Printer,
    told: Option<(Instant, Counters, u64)>,
    shown: Option<Instant>,
}

/// What a datagram turned out to be. A list's pairs are found once all are read.
enum Parsed<'a> {
    Input(Input<'a>),
    List(ServerIndex, Range<usize>),
}

impl Turns {
    /// Takes turns until the reader has stopped and all that it left is done.
    pub(crate) fn run(mut self) -> Result<(), ServerError> {
        while self.wait() {
            self.turn()?;
            self.tell();
        }
        drain(&mut self.engine, &mut self.store)?;
        self.show();
        Ok(())
    }

    /// Waits for inputs or the deadline, then takes all inputs that are there, up to
    /// the limit; false once there will be no more.
    fn wait(&mut self) -> bool {
        let first = match self.engine.deadline() {
            None => self.batches.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(at) => self.batches.recv_timeout(at.since(self.now())),
        };
        match first {
            Err(RecvTimeoutError::Disconnected) => return false,
            Err(RecvTimeoutError::Timeout) => return true,
            Ok(batch) => self.memory.waiting.push(batch),
        }
        let mut inputs = self.memory.waiting[0].len();
        while inputs < INPUTS_PER_TURN {
            let Ok(batch) = self.batches.try_recv() else { break };
            inputs += batch.len();
            self.memory.waiting.push(batch);
        }
        true
    }

    fn now(&self) -> Time {
        Time::from_micros(self.started.elapsed().as_micros() as u64)
    }

    fn turn(&mut self) -> Result<(), ServerError> {
        let now = self.now();
        let memory = &mut self.memory;
        memory.pairs.clear();
        memory.reply_to.clear();
        let (waiting, pairs) = (&memory.waiting, &mut memory.pairs);
        let mut edge = Edge { line: &self.line, pairs, reply_to: &mut memory.reply_to };
        let mut parsed = Vec::with_capacity(waiting.iter().map(Batch::len).sum());
        for (sender, datagram) in waiting.iter().flat_map(Batch::iter) {
            match edge.parse(sender, datagram) {
                Ok(input) => parsed.push(input),
                Err(why) => self.drops.count(Drop::Malformed(why)),
            }
        }
        let inputs = parsed.iter().map(|parsed| match parsed {
            Parsed::Input(input) => *input,
            Parsed::List(server, range) => {
                Input::List { server: *server, pairs: &memory.pairs[range.clone()] }
            }
        });
        turn(&mut self.engine, &mut self.store, now, inputs)?;
        for mut batch in self.memory.waiting.drain(..) {
            batch.clear();
            // Where the reader has enough empty ones, it is dropped.
            let _ = self.emptied.try_send(batch);
        }
        self.send()
    }

    /// Hands the turn's outputs to the writer, and waits for it if it is behind.
    fn send(&mut self) -> Result<(), ServerError> {
        let Memory { outbox, printer, reply_to, .. } = &mut self.memory;
        self.engine.swap_outbox(outbox);
        if outbox.outputs.is_empty() {
            return Ok(());
        }
        let mut batch = self.empty.try_recv().unwrap_or_default();
        let (store, line) = (&mut self.store, &self.line);
        printer.print(
            outbox,
            line,
            |place, into| store.read_record(place, into),
            |to, datagram| {
                let address = match to {
                    Destination::Client(ReplyTo(place)) => reply_to.get(place as usize).copied(),
                    Destination::Server(server) => line.address(server),
                };
                if let Some(address) = address {
                    batch.push(address, datagram);
                }
            },
        )?;
        self.outgoing.send(batch).map_err(|_| ServerError::WriterGone)
    }

    /// Shows the counters to whoever asks, and says what was refused or dropped.
    fn tell(&mut self) {
        let now = Instant::now();
        if self.memory.shown.is_none_or(|at| now - at >= SHOW_EVERY) {
            self.memory.shown = Some(now);
            self.show();
        }
        let (at, counters, dropped) = self.memory.told.get_or_insert((now, Counters::default(), 0));
        if now - *at < TELL_EVERY {
            return;
        }
        let (after, dropped_after) = (self.engine.counters(), self.drops.total());
        if after.refused() > counters.refused() {
            tracing::warn!(
                disk_full = after.refused_disk,
                mailbox_full = after.refused_mailbox,
                too_many_waiting = after.refused_waiting,
                too_many_clients = after.refused_clients,
                "refused since the start; what was accepted is kept"
            );
        }
        if dropped_after > *dropped {
            tracing::info!(datagrams = %self.drops.summary(), "dropped since the start");
        }
        (*at, *counters, *dropped) = (now, after, dropped_after);
    }

    fn show(&self) {
        if let Ok(mut status) = self.status.lock() {
            *status = Status { counters: self.engine.counters(), sizes: self.engine.sizes() };
        }
    }
}

/// Reads datagrams; remembers the pairs of lists and where answers go.
struct Edge<'m> {
    line: &'m Line,
    pairs: &'m mut Vec<(Number, ServerIndex)>,
    reply_to: &'m mut Vec<SocketAddr>,
}

impl Edge<'_> {
    fn parse<'a>(&mut self, from: Sender, datagram: &'a [u8]) -> Result<Parsed<'a>, Malformed> {
        match from {
            Sender::Client(address) => {
                let request = Request::parse(datagram)?;
                let reply = ReplyTo(self.reply_to.len() as u32);
                self.reply_to.push(address);
                Ok(Parsed::Input(Input::Request { reply, request }))
            }
            Sender::Server(server) => match Relay::parse(datagram)? {
                Relay::List(list) => {
                    let start = self.pairs.len();
                    edge::pairs_of(list, self.line, self.pairs)?;
                    Ok(Parsed::List(server, start..self.pairs.len()))
                }
                relay => Ok(Parsed::Input(edge::input_from_server(server, &relay, &[]))),
            },
        }
    }
}

impl From<StoreError> for ServerError {
    fn from(error: StoreError) -> ServerError {
        ServerError::Store(error)
    }
}
