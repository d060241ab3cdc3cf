//! An account that runs: its numbers' clients, and who is bound.

use super::figures::Figures;
use super::{tell, work};
use crate::accounts::{Account, folder_of};
use crate::desk::{self, Job};
use crate::handed::OwnMessage;
use crate::limits::{HANDED_MAX, QUEUED_MAX};
use postrider_client::{Client, Server, Stamp};
use postrider_proto::Number;
use postrider_resident::{Resident, StartError};
use postrider_server::Asker;
use postrider_server::control::{SmppAccount, SmppBind};
use postrider_web::Home;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};

/// Binds that are told one by one.
const BINDS_TOLD_MAX: usize = 32;

/// An account that runs.
pub(super) struct Running {
    pub(super) account: Account,
    desks: BTreeMap<Number, Desk>,
    binds: Mutex<Vec<Bind>>,
    ids: AtomicU64,
    /// Counts whatever may let something be handed over: a bind, an answer.
    pub(super) room: watch::Sender<u64>,
    /// True once the account is not to run any more.
    pub(super) ended: watch::Sender<bool>,
    bucket: Mutex<Bucket>,
    pub(super) figures: Figures,
}

struct Desk {
    client: Client,
    jobs: mpsc::Sender<Asked>,
}

/// A job, and who waits for what comes of it.
pub(super) struct Asked {
    pub(super) job: Job,
    /// The command's.
    pub(super) ticket: u32,
    /// No more wait in it than the bind's window has.
    pub(super) reply: mpsc::UnboundedSender<Answer>,
}

/// What came of a job.
pub(super) type Answer = (u32, desk::Outcome);

/// A client that is bound.
struct Bind {
    id: u64,
    mode: crate::codec::Mode,
    from: SocketAddr,
    since: Instant,
    to: mpsc::Sender<Handed>,
    room: Arc<Semaphore>,
}

/// Something for a client.
pub(super) struct Handed {
    pub(super) messages: Arc<[OwnMessage]>,
    pub(super) guard: Guard,
}

/// Who waits for what becomes of it; a connection that ends says nothing else.
pub(super) struct Guard {
    tag: u64,
    to: mpsc::UnboundedSender<(u64, Fate)>,
    is_said: bool,
    _place: OwnedSemaphorePermit,
}

/// What became of something that was handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// The client has it.
    Told,
    /// It did not take it now.
    Again,
    /// It will never take it.
    Refused,
    /// The connection is gone.
    Gone,
}

impl Guard {
    pub(super) fn say(mut self, fate: Fate) {
        self.is_said = true;
        let _ = self.to.send((self.tag, fate));
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if !self.is_said {
            let _ = self.to.send((self.tag, Fate::Gone));
        }
    }
}

/// Texts that may be sent at the moment.
struct Bucket {
    left: f64,
    at: Instant,
}

impl Running {
    pub(super) async fn start(
        account: &Account,
        data: &Path,
        home: Home,
        asker: &Asker,
    ) -> Result<Arc<Running>, StartError> {
        let mut desks = BTreeMap::new();
        let mut begun = Vec::new();
        for number in &account.numbers {
            let server = Server { key: Some(home.key()), ..Server::at(home.address().to_string()) };
            let mut resident = Resident::open(folder_of(data, *number), server).await?;
            desk::prepare(resident.profile())?;
            let client = resident.start(asker.clone())?;
            let (jobs, inbox) = mpsc::channel(QUEUED_MAX);
            desks.insert(*number, Desk { client: client.clone(), jobs });
            begun.push((client, inbox));
        }
        let running = Arc::new(Running {
            bucket: Mutex::new(Bucket { left: account.rate.into(), at: Instant::now() }),
            account: account.clone(),
            desks,
            binds: Mutex::default(),
            ids: AtomicU64::default(),
            room: watch::Sender::default(),
            ended: watch::Sender::default(),
            figures: Figures::default(),
        });
        for (client, inbox) in begun {
            let (nudge, nudged) = watch::channel(0);
            tokio::spawn(work::work(client.clone(), inbox, nudge, running.ended.subscribe()));
            tokio::spawn(tell::tend(client, Arc::downgrade(&running), nudged));
        }
        Ok(running)
    }

    /// Whether it is this account's, but for the password.
    pub(super) fn is_of(&self, account: &Account) -> bool {
        let same = |account: &Account| {
            let Account { system_id, networks, numbers, rules, .. } = account;
            let limits = (account.rate, account.window, account.binds);
            let how = (account.charset, account.long, account.binary);
            (system_id.clone(), networks.clone(), numbers.clone(), rules.clone(), limits, how)
        };
        same(&self.account) == same(account)
    }

    /// Ends it: its clients are unbound, and its numbers' leave the server.
    pub(super) async fn stop(&self) {
        self.ended.send_replace(true);
        for desk in self.desks.values() {
            let _ = desk.client.clone().stop().await;
        }
    }

    /// Asks one of its numbers; why not, if too many wait or it has ended.
    pub(super) fn ask(&self, number: Number, asked: Asked) -> Result<(), crate::codec::Status> {
        let desk = self.desks.get(&number).ok_or(crate::codec::Status::SYSTEM)?;
        desk.jobs.try_send(asked).map_err(|why| match why {
            mpsc::error::TrySendError::Full(_) => crate::codec::Status::QUEUE_FULL,
            mpsc::error::TrySendError::Closed(_) => crate::codec::Status::SYSTEM,
        })
    }

    /// Whether so many texts may be sent now.
    pub(super) fn may_send(&self, texts: usize) -> bool {
        let rate = f64::from(self.account.rate);
        if rate == 0.0 {
            return true;
        }
        let mut bucket = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let more = now.duration_since(bucket.at).as_secs_f64() * rate;
        (bucket.left, bucket.at) = ((bucket.left + more).min(rate), now);
        // One that is larger than the rate has its turn when there is no debt.
        let may = bucket.left >= (texts as f64).min(rate).min(1.0);
        if may {
            bucket.left -= texts as f64;
        }
        may
    }

    fn binds(&self) -> MutexGuard<'_, Vec<Bind>> {
        self.binds.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a client, if there may be one more.
    pub(super) fn enter(
        &self,
        mode: crate::codec::Mode,
        from: SocketAddr,
    ) -> Option<(u64, mpsc::Receiver<Handed>)> {
        let mut binds = self.binds();
        if binds.len() >= self.account.binds as usize {
            return None;
        }
        let id = self.ids.fetch_add(1, Ordering::Relaxed);
        let (to, handed) = mpsc::channel(HANDED_MAX);
        let room = Arc::new(Semaphore::new(if mode.receives() { HANDED_MAX } else { 0 }));
        binds.push(Bind { id, mode, from, since: Instant::now(), to, room });
        drop(binds);
        Figures::count(&self.figures.binds, 1);
        Some((id, handed))
    }

    /// Takes a client away.
    pub(super) fn leave(&self, id: u64) {
        self.binds().retain(|bind| bind.id != id);
        self.has_room();
    }

    /// Something may be handed over.
    pub(super) fn has_room(&self) {
        self.room.send_modify(|count| *count += 1);
    }

    /// Hands something to a client that has room for it; says whether there was one.
    pub(super) fn hand(
        &self,
        messages: &Arc<[OwnMessage]>,
        tag: u64,
        to: &mpsc::UnboundedSender<(u64, Fate)>,
    ) -> bool {
        let mut binds = self.binds();
        let found = binds.iter().position(|bind| bind.room.available_permits() > 0);
        let Some(at) = found else { return false };
        // The others are next.
        let count = binds.len();
        binds[at..].rotate_left(1.min(count - at));
        let Some(bind) = binds.last() else { return false };
        let Ok(place) = bind.room.clone().try_acquire_owned() else { return false };
        let guard = Guard { tag, to: to.clone(), is_said: false, _place: place };
        let handed = Handed { messages: messages.clone(), guard };
        // One whose connection has just ended says so by dropping it.
        let _ = bind.to.try_send(handed);
        true
    }

    pub(super) fn answer(&self) -> SmppAccount {
        let binds = self.binds();
        let told = binds.iter().take(BINDS_TOLD_MAX).map(|bind| SmppBind {
            mode: bind.mode.name().to_owned(),
            from: bind.from.to_string(),
            up_s: bind.since.elapsed().as_secs_f64(),
        });
        SmppAccount {
            system_id: self.account.system_id.clone(),
            numbers: self.account.numbers.iter().map(Number::to_string).collect(),
            binds: binds.len() as u64,
            bound: told.collect(),
            attached: self.desks.values().filter(|desk| is_attached(&desk.client)).count() as u64,
            done: self.figures.done(),
            refused: self.figures.refused(),
        }
    }
}

fn is_attached(client: &Client) -> bool {
    matches!(client.status(), postrider_client::Status::Attached { .. })
}

/// What the clock shows.
pub(super) fn now() -> Stamp {
    Stamp::now()
}
