//! The message centre of a server: a thread of its own, whose accounts' numbers are native
//! clients in the server's process.
//!
//! ```text
//!   a connection ─► Session ─► asked: an order ─► a number's desk: all that waits, one flush
//!                      ▲                                  │
//!                      ├──────── the answers ◄────────────┘
//!                      └──────── texts and receipts ◄── tell: the history, what was not told
//! ```

mod bound;
mod connection;
mod figures;
mod running;
mod tell;
mod work;

use crate::accounts::{Account, Accounts, AccountsError};
use crate::guesses::Guesses;
use crate::limits::{CONNECTIONS_MAX, GOODBYES_WITHIN, UNBOUND_MAX};
use crate::session::Timers;
use bound::Remembered;
use postrider_server::control::{SmppAccount, SmppAnswer};
use postrider_server::{Asker, Server};
use postrider_web::{CertificateFiles, Home, Tls, TlsError};
use running::Running;
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};

/// Between two looks at the accounts' file.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// After an error of the system, such as too many open files.
const TRY_AGAIN_AFTER: Duration = Duration::from_millis(100);

/// Where clients bind.
#[derive(Clone, Debug, Default)]
pub struct Listen {
    /// By TCP.
    pub plain: Option<SocketAddr>,
    /// By TLS, with a certificate.
    pub tls: Option<(SocketAddr, CertificateFiles)>,
    /// How long things are waited for.
    pub timers: Timers,
}

/// Why there is no message centre.
#[derive(Debug, thiserror::Error)]
pub enum SmppError {
    /// The address cannot be had.
    #[error("SMPP cannot be spoken at {address}: {source}")]
    Listen {
        /// Where it was to be.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The certificate.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The accounts.
    #[error(transparent)]
    Accounts(#[from] AccountsError),
    /// The thread cannot be had.
    #[error("SMPP cannot be started: {0}")]
    Start(#[from] io::Error),
    /// The system gives no randomness.
    #[error("no random numbers can be had: {0}")]
    Random(#[from] getrandom::Error),
}

/// A running message centre. It ends with [`Smpp::stop`].
pub struct Smpp {
    plain: Option<SocketAddr>,
    tls: Option<SocketAddr>,
    stop: Arc<watch::Sender<bool>>,
    thread: JoinHandle<()>,
}

/// What all connections share.
pub(crate) struct Shared {
    data: PathBuf,
    home: Home,
    asker: Asker,
    timers: Timers,
    accounts: Accounts,
    running: Mutex<BTreeMap<String, Arc<Running>>>,
    guesses: Mutex<Guesses>,
    remembered: Remembered,
    /// Whoever is bound leaves this.
    unbound: Arc<Semaphore>,
    connections: Arc<Semaphore>,
    began: Instant,
    stop: watch::Receiver<bool>,
}

impl Smpp {
    /// Starts to take connections for the server with this data folder, which is at this place,
    /// and has the server tell of it.
    pub fn start(
        listen: &Listen,
        data: PathBuf,
        home: Home,
        server: &Server,
    ) -> Result<Smpp, SmppError> {
        let accounts = Accounts::in_folder(&data);
        accounts.all()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let bind = |address: SocketAddr| -> Result<TcpListener, SmppError> {
            let bound = runtime.block_on(TcpListener::bind(address));
            bound.map_err(|source| SmppError::Listen { address, source })
        };
        let plain = listen.plain.map(bind).transpose()?;
        let tls = match &listen.tls {
            Some((address, files)) => Some((bind(*address)?, Tls::from_files(files.clone())?)),
            None => None,
        };
        let address_of = |listener: &TcpListener| listener.local_addr().ok();
        let (stop, stopped) = watch::channel(false);
        let stop = Arc::new(stop);
        let shared = Arc::new(Shared {
            data,
            home,
            asker: server.asker(),
            timers: listen.timers,
            accounts,
            running: Mutex::default(),
            guesses: Mutex::default(),
            remembered: Remembered::new()?,
            unbound: Arc::new(Semaphore::new(UNBOUND_MAX)),
            connections: Arc::new(Semaphore::new(CONNECTIONS_MAX)),
            began: Instant::now(),
            stop: stopped,
        });
        let smpp = (
            plain.as_ref().and_then(address_of),
            tls.as_ref().and_then(|(listener, _)| address_of(listener)),
        );
        let told = Arc::downgrade(&shared);
        let addresses = [smpp.0, smpp.1];
        server.asker().set_smpp(move || match told.upgrade() {
            Some(shared) => shared.answer(addresses),
            None => SmppAnswer::default(),
        });
        let thread = std::thread::Builder::new().name("smpp".to_owned());
        let stopping = stop.clone();
        let thread = thread.spawn(move || {
            runtime.block_on(live(shared, plain, tls));
            let goodbyes = async {
                let _ = tokio::time::timeout(GOODBYES_WITHIN, stopping.closed()).await;
            };
            runtime.block_on(goodbyes);
        })?;
        Ok(Smpp { plain: smpp.0, tls: smpp.1, stop, thread })
    }

    /// Where it listens, by TCP.
    pub fn plain(&self) -> Option<SocketAddr> {
        self.plain
    }

    /// Where it listens, by TLS.
    pub fn tls(&self) -> Option<SocketAddr> {
        self.tls
    }

    /// Ends it: clients are unbound. What they did not acknowledge they are handed again by the
    /// next.
    pub fn stop(self) {
        self.stop.send_replace(true);
        let _ = self.thread.join();
    }
}

/// Takes connections until it is told to stop.
async fn live(shared: Arc<Shared>, plain: Option<TcpListener>, tls: Option<(TcpListener, Tls)>) {
    let mut stop = shared.stop.clone();
    tokio::spawn(mind_accounts(shared.clone()));
    if let Some(listener) = plain {
        tokio::spawn(listen(shared.clone(), listener, None));
    }
    if let Some((listener, tls)) = tls {
        tokio::spawn(listen(shared.clone(), listener, Some(tls)));
    }
    let _ = stop.changed().await;
}

async fn listen(shared: Arc<Shared>, listener: TcpListener, tls: Option<Tls>) {
    let mut stop = shared.stop.clone();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.changed() => return,
        };
        match accepted {
            Ok((stream, from)) => {
                let places = (shared.connections.clone(), shared.unbound.clone());
                let places = (places.0.try_acquire_owned(), places.1.try_acquire_owned());
                let (Ok(place), Ok(unbound)) = places else {
                    tracing::debug!(%from, "too many SMPP connections");
                    continue;
                };
                let (shared, tls) = (shared.clone(), tls.clone());
                tokio::spawn(async move {
                    connection::serve(stream, tls, from, shared, unbound).await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "no SMPP connections can be taken");
                tokio::time::sleep(TRY_AGAIN_AFTER).await;
            }
        }
    }
}

/// Accounts that were added run, and those that were removed do not.
async fn mind_accounts(shared: Arc<Shared>) {
    let mut stop = shared.stop.clone();
    loop {
        match shared.accounts.all() {
            Ok(all) => shared.run_all(&all).await,
            Err(why) => tracing::error!(%why, "the SMPP accounts cannot be read"),
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            _ = stop.changed() => return,
        }
    }
}

impl Shared {
    fn running(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Running>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn guesses(&self) -> MutexGuard<'_, Guesses> {
        self.guesses.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The account that runs under this name.
    fn running_one(&self, system_id: &str) -> Option<Arc<Running>> {
        self.running().get(system_id).cloned()
    }

    async fn run_all(&self, all: &[Account]) {
        let is_other = |running: &Running| !all.iter().any(|account| running.is_of(account));
        let gone: Vec<Arc<Running>> = {
            let mut running = self.running();
            let gone = running.values().filter(|one| is_other(one)).cloned().collect();
            running.retain(|_, one| !is_other(one));
            gone
        };
        for one in gone {
            one.stop().await;
        }
        for account in all {
            if self.running_one(&account.system_id).is_some() {
                continue;
            }
            match Running::start(account, &self.data, self.home, &self.asker).await {
                Ok(one) => drop(self.running().insert(account.system_id.clone(), one)),
                Err(why) => {
                    let account = &account.system_id;
                    tracing::error!(account, %why, "an SMPP account cannot be started");
                }
            }
        }
    }

    fn answer(&self, addresses: [Option<SocketAddr>; 2]) -> SmppAnswer {
        let accounts: Vec<SmppAccount> = self.running().values().map(|one| one.answer()).collect();
        let [plain, tls] = addresses.map(|address| address.map(|address| address.to_string()));
        SmppAnswer { plain, tls, accounts }
    }
}
