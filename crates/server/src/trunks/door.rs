//! Who does the trunks' work: their thread, or, where it is little, whoever has it.
//!
//! ```text
//!   reader ─┬─ few, and nobody is at them ─► Trunks ◄─ few ─┬─ turns
//!           └─ many ─► inbox ─► their thread ─┘     inbox ◄─┘
//! ```
//!
//! To wake a thread takes longer than to open a datagram or to send one.

use super::Trunks;
use crate::batch::Batch;
use crate::passing::{ForTrunks, ToTrunk, look_for};
use crate::socket::Transmitter;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Datagrams that the reader handles itself: what else comes waits meanwhile.
const DATAGRAMS_AT_ONCE: usize = 4;

/// What the turns do themselves of what they have for the trunks.
const ITEMS_AT_ONCE: usize = 16;

/// How long the thread looks for the next after something has come: about what a flush
/// takes, after which the turns have something to say of it.
const LOOK_AGAIN: Duration = Duration::from_micros(200);

/// Batches of any kind that are taken before what they brought forth leaves.
const TAKEN_AT_ONCE: usize = 64;

struct Shared {
    /// None once they have ended.
    trunks: Mutex<Option<Trunks>>,
    /// Batches that the thread has not done yet. Whoever has given it one does nothing
    /// itself until then, so that all stays in order.
    waiting: AtomicUsize,
}

/// The way to the trunks.
#[derive(Clone)]
pub(crate) struct Door {
    shared: Arc<Shared>,
    inbox: SyncSender<ForTrunks>,
}

/// The trunks and their thread's inbox; a door for each that has something for them.
pub(super) fn share(
    trunks: Trunks,
    inbox: SyncSender<ForTrunks>,
    batches: Receiver<ForTrunks>,
) -> (Door, Thread) {
    let trunks = Mutex::new(Some(trunks));
    let shared = Arc::new(Shared { trunks, waiting: AtomicUsize::new(0) });
    let thread = Thread { shared: Arc::clone(&shared), inbox: batches, has_heard: false };
    (Door { shared, inbox }, thread)
}

impl Door {
    /// Datagrams from the socket; the caller does the work if they are few and it `may`.
    /// Never waits: returns how many there was no room for.
    pub(crate) fn receive(
        &self,
        datagrams: Batch<SocketAddr>,
        may: bool,
        transmitter: &mut Transmitter,
    ) -> usize {
        let is_little = may && datagrams.len() <= DATAGRAMS_AT_ONCE;
        let datagrams = ForTrunks::Datagrams(datagrams);
        let Err(datagrams) = self.do_now(is_little, datagrams, transmitter) else { return 0 };
        self.shared.waiting.fetch_add(1, Ordering::Relaxed);
        match self.inbox.try_send(datagrams) {
            Ok(()) => 0,
            Err(TrySendError::Full(what) | TrySendError::Disconnected(what)) => {
                self.shared.waiting.fetch_sub(1, Ordering::Relaxed);
                if let ForTrunks::Datagrams(datagrams) = what { datagrams.len() } else { 0 }
            }
        }
    }

    /// What a turn has for the trunks. May wait for their thread.
    pub(crate) fn turn(&self, batch: Batch<ToTrunk>, transmitter: &mut Transmitter) {
        let is_little = batch.len() <= ITEMS_AT_ONCE;
        let batch = ForTrunks::Turn(batch);
        if let Err(batch) = self.do_now(is_little, batch, transmitter) {
            self.shared.waiting.fetch_add(1, Ordering::Relaxed);
            // Once the trunks have ended, the server does.
            let _ = self.inbox.send(batch);
        }
    }

    /// Nothing more will be received.
    pub(crate) fn stop(&self) {
        // If they are gone already, so much the better.
        let _ = self.inbox.send(ForTrunks::Stop);
    }

    /// Gives it back if somebody else is at it, or has something to do first.
    fn do_now(
        &self,
        is_little: bool,
        what: ForTrunks,
        transmitter: &mut Transmitter,
    ) -> Result<(), ForTrunks> {
        if !is_little {
            return Err(what);
        }
        let Ok(mut trunks) = self.shared.trunks.try_lock() else { return Err(what) };
        let is_idle = self.shared.waiting.load(Ordering::Relaxed) == 0;
        let Some(trunks) = trunks.as_mut().filter(|_| is_idle) else { return Err(what) };
        trunks.take(what);
        trunks.go_on(transmitter);
        if trunks.is_due_sooner() {
            // Where there is no room it is awake.
            let _ = self.inbox.try_send(ForTrunks::Look);
        }
        Ok(())
    }
}

/// The trunks' thread: does what is due, and what there is much of.
pub(super) struct Thread {
    shared: Arc<Shared>,
    inbox: Receiver<ForTrunks>,
    /// Something has come in the last round.
    has_heard: bool,
}

impl Thread {
    /// Runs until the reader has stopped.
    pub(super) fn run(mut self) {
        let mut transmitter = Transmitter::new();
        let mut wait = Some(Duration::ZERO);
        loop {
            let first = match self.wait(wait) {
                Err(RecvTimeoutError::Disconnected) => break,
                first => first.ok(),
            };
            match self.round(first, &mut transmitter) {
                Some(next) => wait = next,
                None => break,
            }
        }
        // What the turns still have is dropped, and goes again when there are trunks again.
        let mut trunks = self.shared.trunks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(mut trunks) = trunks.take() {
            trunks.close_all(&mut transmitter);
        }
    }

    fn wait(&mut self, wait: Option<Duration>) -> Result<ForTrunks, RecvTimeoutError> {
        match wait {
            Some(wait) if std::mem::take(&mut self.has_heard) => {
                look_for(&self.inbox, wait).ok_or(RecvTimeoutError::Timeout)
            }
            Some(wait) => self.inbox.recv_timeout(wait),
            None => self.inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
        }
    }

    /// Takes what is there, and says how long nothing is due; none once there will be no
    /// more.
    fn round(
        &mut self,
        first: Option<ForTrunks>,
        transmitter: &mut Transmitter,
    ) -> Option<Option<Duration>> {
        let mut trunks = self.shared.trunks.lock().ok()?;
        let trunks = trunks.as_mut()?;
        let mut done = 0;
        let rest = std::iter::from_fn(|| self.inbox.try_recv().ok());
        for what in first.into_iter().chain(rest).take(TAKEN_AT_ONCE) {
            if matches!(what, ForTrunks::Stop) {
                return None;
            }
            self.has_heard |= !matches!(what, ForTrunks::Look);
            done += usize::from(matches!(what, ForTrunks::Datagrams(_) | ForTrunks::Turn(_)));
            trunks.take(what);
        }
        trunks.go_on(transmitter);
        self.shared.waiting.fetch_sub(done, Ordering::Relaxed);
        let look_until = self.has_heard.then(|| trunks.now() + LOOK_AGAIN);
        Some(trunks.sleep(look_until))
    }
}
