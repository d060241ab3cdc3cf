//! The thread that owns engine and store, and takes the turns.

use crate::batch::{Batch, Sender};
use crate::drops::{Drop, Drops};
use crate::passing::{ForTurns, FromTrunk, look_for};
use crate::server::{ServerError, Status};
use crate::socket::Transmitter;
use crate::trunk_end::{TrunkEnd, input_from_trunk};
use crate::writer::send_batch;
use postrider_engine::edge::{self, Destination, Printer};
use postrider_engine::limits::INPUTS_PER_TURN;
use postrider_engine::{Code, Engine, Input, Outbox, ReplyTo, Time, drain, turn};
use postrider_proto::Number;
use postrider_proto::classic::{Line, Malformed, Relay, Request, ServerIndex};
use postrider_store::{Store, StoreError};
use std::net::{SocketAddr, UdpSocket};
use std::ops::Range;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Datagrams that are sent at once, where the writer has nothing to do: waking it takes
/// longer.
const SENT_DIRECTLY_MAX: usize = 16;

/// How long the next batch is looked for after a turn that had one.
const LOOK_AGAIN: Duration = Duration::from_micros(60);

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
    /// From the reader, until it stops, and the trunks.
    pub(crate) inbox: mpsc::Receiver<ForTurns>,
    /// Emptied batches of datagrams, going back to the reader.
    pub(crate) emptied: mpsc::SyncSender<Batch<Sender>>,
    /// Where there are trunks.
    pub(crate) trunks: Option<TrunkEnd>,
    /// Towards the writer.
    pub(crate) outgoing: mpsc::SyncSender<Batch<SocketAddr>>,
    /// Emptied ones, coming back.
    pub(crate) empty: mpsc::Receiver<Batch<SocketAddr>>,
    /// For what is sent directly.
    pub(crate) socket: UdpSocket,
    pub(crate) memory: Memory,
}

/// Buffers that every turn uses again.
#[derive(Default)]
pub(crate) struct Memory {
    waiting: Vec<Batch<Sender>>,
    from_trunks: Vec<Batch<FromTrunk>>,
    invitations: Vec<(Vec<Code>, mpsc::SyncSender<()>)>,
    pairs: Vec<(Number, ServerIndex)>,
    reply_to: Vec<SocketAddr>,
    outbox: Outbox,
    /// Empty ones.
    spare: Vec<Batch<SocketAddr>>,
    printer: Printer,
    /// The last turn had inputs.
    answered: bool,
    /// Batches that the writer has.
    with_writer: usize,
    shown: Option<Instant>,
    /// Something has happened since.
    unshown: bool,
}

/// What a datagram turned out to be. A list's pairs are found once all are read.
enum Parsed<'a> {
    Input(Input<'a>),
    List(ServerIndex, Range<usize>),
}

impl Turns {
    /// Takes turns until the reader has stopped and all that it left is done.
    pub(crate) fn run(mut self) -> Result<(), ServerError> {
        let mut transmitter = Transmitter::new();
        while self.wait() {
            self.turn(&mut transmitter)?;
            self.show_if_due();
        }
        drain(&mut self.engine, &mut self.store)?;
        self.show();
        Ok(())
    }

    /// Waits for inputs or the deadline, then takes all inputs that are there, up to
    /// the limit; false once there will be no more.
    fn wait(&mut self) -> bool {
        let held = self.trunks.as_ref().and_then(|trunks| trunks.held.offer_at());
        let due = self.engine.deadline().into_iter().chain(held).min();
        let until_due = due.map(|at| at.since(self.now()));
        let until_shown = self.memory.unshown.then_some(SHOW_EVERY);
        let first = match (self.look_again(), until_due.into_iter().chain(until_shown).min()) {
            (Some(first), _) => Ok(first),
            (None, None) => self.inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
            (None, Some(wait)) => self.inbox.recv_timeout(wait),
        };
        let mut inputs = match first {
            Err(RecvTimeoutError::Disconnected) => return false,
            Err(RecvTimeoutError::Timeout) => return true,
            Ok(first) => self.take(first),
        };
        while inputs < INPUTS_PER_TURN {
            let Ok(next) = self.inbox.try_recv() else { break };
            inputs += self.take(next);
        }
        true
    }

    /// Keeps what has come for the turn, and answers questions; returns how many inputs
    /// it has.
    fn take(&mut self, what: ForTurns) -> usize {
        match what {
            ForTurns::Datagrams(batch) => {
                let inputs = batch.len();
                self.memory.waiting.push(batch);
                inputs
            }
            ForTurns::Trunks(batch) => {
                let inputs = batch.len();
                self.memory.from_trunks.push(batch);
                inputs
            }
            ForTurns::Invite(codes, answer) => {
                let inputs = codes.len();
                self.memory.invitations.push((codes, answer));
                inputs
            }
            ForTurns::Ask(question) => {
                question(&self.engine);
                0
            }
        }
    }

    /// Who has just been answered often asks again at once.
    fn look_again(&mut self) -> Option<ForTurns> {
        if !std::mem::take(&mut self.memory.answered) {
            return None;
        }
        look_for(&self.inbox, LOOK_AGAIN)
    }

    fn now(&self) -> Time {
        Time::from_micros(self.started.elapsed().as_micros() as u64)
    }

    fn turn(&mut self, transmitter: &mut Transmitter) -> Result<(), ServerError> {
        let now = self.now();
        let memory = &mut self.memory;
        let held = self.trunks.as_mut().and_then(|trunks| trunks.held.due(now));
        memory.from_trunks.extend(held);
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
        let trunks = memory.from_trunks.iter().flat_map(Batch::iter);
        let mut malformed = Vec::new();
        let trunks = trunks.filter_map(|(what, item)| input_from_trunk(what, item, &mut malformed));
        let refused = self.engine.counters().refused();
        let codes = memory.invitations.iter().flat_map(|(codes, _)| codes);
        let invitations = codes.map(|code| Input::Invite { code: *code });
        let inputs = inputs.chain(trunks).chain(invitations);
        turn(&mut self.engine, &mut self.store, now, inputs)?;
        self.engine.swap_outbox(&mut self.memory.outbox);
        if let Some(trunks) = &mut self.trunks {
            trunks.malformed = malformed;
        }
        if self.engine.counters().refused() > refused
            && let Some(trunks) = &mut self.trunks
        {
            let Memory { from_trunks, outbox, .. } = &self.memory;
            let TrunkEnd { held, malformed, .. } = trunks;
            held.keep_untaken(from_trunks, outbox, malformed, &self.engine, now);
        }
        for (_, answer) in self.memory.invitations.drain(..) {
            // Whoever asked may have gone.
            let _ = answer.send(());
        }
        self.give_back();
        self.send(transmitter)
    }

    /// Emptied batches go back to where they came from; where there are enough, they are
    /// dropped.
    fn give_back(&mut self) {
        let Memory { waiting, from_trunks, answered, .. } = &mut self.memory;
        *answered = !waiting.is_empty() || !from_trunks.is_empty();
        for mut batch in waiting.drain(..) {
            batch.clear();
            let _ = self.emptied.try_send(batch);
        }
        for mut batch in from_trunks.drain(..) {
            batch.clear();
            if let Some(trunks) = &self.trunks {
                let _ = trunks.emptied.try_send(batch);
            }
        }
    }

    /// Sends the turn's outputs: few by itself, many by the writer.
    fn send(&mut self, transmitter: &mut Transmitter) -> Result<(), ServerError> {
        while let Ok(batch) = self.empty.try_recv() {
            self.memory.with_writer -= 1;
            self.memory.spare.push(batch);
        }
        let cuts = self.trunks.as_ref().is_some_and(TrunkEnd::has_to_cut);
        if self.memory.outbox.outputs.is_empty() && !cuts {
            return Ok(());
        }
        if let Some(trunks) = &mut self.trunks {
            trunks.send(&self.memory.outbox, &mut self.store, transmitter)?;
        }
        let mut batch = self.memory.spare.pop().unwrap_or_default();
        self.print(&mut batch)?;
        if batch.len() <= SENT_DIRECTLY_MAX && self.memory.with_writer == 0 {
            send_batch(transmitter, &self.socket, &batch);
            batch.clear();
            self.memory.spare.push(batch);
            return Ok(());
        }
        self.memory.with_writer += 1;
        self.outgoing.send(batch).map_err(|_| ServerError::WriterGone)
    }

    fn print(&mut self, batch: &mut Batch<SocketAddr>) -> Result<(), StoreError> {
        let Memory { outbox, printer, reply_to, .. } = &mut self.memory;
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
        )
    }

    /// Shows the counters to whoever asks, every now and then.
    fn show_if_due(&mut self) {
        let now = Instant::now();
        self.memory.unshown = self.memory.shown.is_some_and(|at| now - at < SHOW_EVERY);
        if !self.memory.unshown {
            self.memory.shown = Some(now);
            self.show();
        }
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
