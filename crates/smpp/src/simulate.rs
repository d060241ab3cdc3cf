//! A message centre without a network, for people who test what they write: what becomes of a
//! text follows from its destination and a seed.

mod connection;
mod known;
mod script;

pub use script::{NoOutcome, Outcome, Scripted};

use known::{Known, Taken};
use script::Script;
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// Receipts and texts that wait for a client to bind, of one account.
const WAITING_MAX: usize = 10_000;
/// Clients at once.
const CLIENTS_MAX: usize = 256;

/// What is simulated.
#[derive(Clone, Debug, Default)]
pub struct Simulated {
    /// Whatever is left to chance follows from it.
    pub seed: u64,
    /// What becomes of texts; the first that fits counts.
    pub outcomes: Vec<Scripted>,
    /// The only name and password that are let in; none: everybody is.
    pub account: Option<(String, String)>,
}

/// What all connections share.
struct Shared {
    simulated: Simulated,
    script: Mutex<Script>,
    accounts: Mutex<BTreeMap<Vec<u8>, Account>>,
}

/// Who is bound to receive, what waits for such a client, and what was sent.
#[derive(Default)]
struct Account {
    receivers: Vec<mpsc::UnboundedSender<script::Message>>,
    waiting: VecDeque<script::Message>,
    known: Known,
}

/// A message centre that has its address and takes nobody yet.
pub struct Simulation {
    listener: TcpListener,
    shared: Shared,
}

impl Simulation {
    /// At an address, on the runtime that it is called on.
    pub async fn bind(listen: SocketAddr, simulated: Simulated) -> std::io::Result<Simulation> {
        let listener = TcpListener::bind(listen).await?;
        let script = Mutex::new(Script::new(simulated.seed, simulated.outcomes.clone()));
        let shared = Shared { simulated, script, accounts: Mutex::default() };
        Ok(Simulation { listener, shared })
    }

    /// Where it listens.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Takes clients until it is dropped.
    pub async fn run(self) -> std::io::Result<()> {
        let shared = Arc::new(self.shared);
        let places = Arc::new(tokio::sync::Semaphore::new(CLIENTS_MAX));
        loop {
            let (stream, _) = self.listener.accept().await?;
            let Ok(place) = places.clone().try_acquire_owned() else { continue };
            let shared = shared.clone();
            tokio::spawn(async move {
                connection::serve(stream, shared).await;
                drop(place);
            });
        }
    }
}

impl Shared {
    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn accounts(&self) -> MutexGuard<'_, BTreeMap<Vec<u8>, Account>> {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_let_in(&self, system_id: &[u8], password: &[u8]) -> bool {
        self.simulated.account.as_ref().is_none_or(|(name, secret)| {
            name.as_bytes() == system_id && secret.as_bytes() == password
        })
    }

    /// Keeps texts under a name, each of which comes to its end after a while.
    fn take(self: &Arc<Self>, system_id: &[u8], name: &str, texts: Vec<(Taken, Duration)>) {
        let kept = texts.iter().map(|(text, _)| text.clone()).collect();
        self.accounts().entry(system_id.to_vec()).or_default().known.keep(name, kept);
        for (text, after) in texts {
            let (shared, system_id, name) = (self.clone(), system_id.to_vec(), name.to_owned());
            tokio::spawn(async move {
                tokio::time::sleep(after).await;
                for message in text.ends(&name) {
                    shared.hand(&system_id, message);
                }
            });
        }
    }

    /// What is known of an account's texts.
    fn known<T>(&self, system_id: &[u8], look: impl FnOnce(&Known) -> T) -> T {
        look(&self.accounts().entry(system_id.to_vec()).or_default().known)
    }

    /// To a client that is bound to receive, or to the next that is.
    fn hand(&self, system_id: &[u8], mut message: script::Message) {
        let mut accounts = self.accounts();
        let account = accounts.entry(system_id.to_vec()).or_default();
        while let Some(receiver) = account.receivers.first() {
            match receiver.send(message) {
                Ok(()) => return account.receivers.rotate_left(1),
                Err(mpsc::error::SendError(back)) => message = back,
            }
            account.receivers.remove(0);
        }
        account.waiting.push_back(message);
        if account.waiting.len() > WAITING_MAX {
            account.waiting.pop_front();
        }
    }

    /// What waits goes to a client that has bound.
    fn receives(&self, system_id: &[u8]) -> mpsc::UnboundedReceiver<script::Message> {
        let (to, from) = mpsc::unbounded_channel();
        let mut accounts = self.accounts();
        let account = accounts.entry(system_id.to_vec()).or_default();
        for message in account.waiting.drain(..) {
            let _ = to.send(message);
        }
        account.receivers.push(to);
        from
    }
}
