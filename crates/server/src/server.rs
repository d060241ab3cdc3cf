//! A running server: its threads, from start to drain.

use crate::drops::Drops;
use crate::limits::{BATCHES_IN_MAX, BATCHES_OUT_MAX};
use crate::rate::Rate;
use crate::reader::Reader;
use crate::settings::Settings;
use crate::socket::bind;
use crate::turns::{Memory, Turns};
use crate::writer::Writer;
use postrider_engine::limits::Limits;
use postrider_engine::{Config, Counters, Engine, OpenError, Sizes, Time, open};
use postrider_store::{Store, StoreError};
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::{Builder, JoinHandle};
use std::time::Instant;

/// Why a server cannot start, or had to end. What it had accepted is on disk.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// Another program has the address, or this machine does not.
    #[error(
        "cannot listen on {address}: {source}; \
         stop what listens there, or name another address"
    )]
    Bind {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The system refused a thread or a copy of the socket.
    #[error("cannot start: {0}")]
    Start(#[from] io::Error),
    /// The store refused.
    #[error(transparent)]
    Store(StoreError),
    /// The log holds something that this program did not write.
    #[error("{0}; restore the data folder from a backup")]
    Damaged(#[from] postrider_engine::Damaged),
    /// The thread that sends has ended before its time.
    #[error("the writer has ended")]
    WriterGone,
    /// A thread has ended by a defect of this program.
    #[error("a thread of the server has panicked; what was accepted is on disk")]
    Panicked,
}

impl From<OpenError<StoreError>> for ServerError {
    fn from(error: OpenError<StoreError>) -> ServerError {
        match error {
            OpenError::Log(error) => ServerError::Store(error),
            OpenError::Damaged(error) => ServerError::Damaged(error),
        }
    }
}

/// What a server has done and holds, as of a tenth of a second ago.
#[derive(Clone, Copy, Debug, Default)]
pub struct Status {
    /// What has happened since it started.
    pub counters: Counters,
    /// What it holds.
    pub sizes: Sizes,
}

/// A running server. Dropping it leaves it running; [`Server::drain`] ends it.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    drops: Arc<Drops>,
    status: Arc<Mutex<Status>>,
    reader: JoinHandle<()>,
    turns: JoinHandle<Result<(), ServerError>>,
    writer: JoinHandle<()>,
}

impl Server {
    /// Binds the address, opens the data folder, replays it, and begins to serve.
    /// Returns once it is ready.
    pub fn start(settings: &Settings) -> Result<Server, ServerError> {
        let address =
            settings.line.address(settings.me).unwrap_or_else(|| ([0, 0, 0, 0], 0).into());
        let socket = bind(address).map_err(|source| ServerError::Bind { address, source })?;
        let started = Instant::now();
        let (engine, store) = open_data(settings)?;
        let sizes = engine.sizes();
        let took_ms = started.elapsed().as_millis() as u64;
        tracing::info!(
            waiting = sizes.waiting,
            clients = sizes.clients,
            took_ms,
            "opened the data"
        );
        let (stop, drops) = (Arc::new(AtomicBool::new(false)), Arc::new(Drops::default()));
        let status = Arc::new(Mutex::new(Status { sizes, ..Status::default() }));
        let (batches_in, batches) = mpsc::sync_channel(BATCHES_IN_MAX);
        let (emptied_in, empty_in) = mpsc::sync_channel(BATCHES_IN_MAX);
        let (outgoing, batches_out) = mpsc::sync_channel(BATCHES_OUT_MAX);
        let (emptied_out, empty_out) = mpsc::sync_channel(2 * BATCHES_OUT_MAX);
        let writer =
            Writer { socket: socket.try_clone()?, batches: batches_out, empty: emptied_out };
        let turns = Turns {
            engine,
            store,
            line: settings.line.clone(),
            drops: Arc::clone(&drops),
            status: Arc::clone(&status),
            started,
            batches,
            emptied: emptied_in,
            outgoing,
            empty: empty_out,
            socket: socket.try_clone()?,
            memory: Memory::default(),
        };
        let reader = Reader {
            socket,
            line: settings.line.clone(),
            networks: settings.networks.clone(),
            rate: Rate::new(settings.requests_per_second),
            drops: Arc::clone(&drops),
            stop: Arc::clone(&stop),
            started,
            batches: batches_in,
            empty: empty_in,
        };
        Ok(Server {
            address,
            stop,
            drops,
            status,
            writer: thread("writer", move || writer.run())?,
            turns: thread("turns", move || turns.run())?,
            reader: thread("reader", move || reader.run())?,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it has done and holds.
    pub fn status(&self) -> Status {
        self.status.lock().map(|status| *status).unwrap_or_default()
    }

    /// What it has dropped.
    pub fn drops(&self) -> Arc<Drops> {
        Arc::clone(&self.drops)
    }

    /// Whether it still serves. If not, [`Server::drain`] says why.
    pub fn is_running(&self) -> bool {
        !self.turns.is_finished()
    }

    /// Ends it: nothing more is received, what was is answered, everything is
    /// flushed and sent. Takes a quarter of a second. Returns what it has done.
    pub fn drain(self) -> Result<Status, ServerError> {
        self.stop.store(true, Ordering::Relaxed);
        self.reader.join().map_err(|_| ServerError::Panicked)?;
        let ended = self.turns.join().map_err(|_| ServerError::Panicked)?;
        self.writer.join().map_err(|_| ServerError::Panicked)?;
        ended?;
        Ok(self.status.lock().map(|status| *status).unwrap_or_default())
    }
}

/// Opens the data folder and replays it.
fn open_data(settings: &Settings) -> Result<(Engine, Store), ServerError> {
    let config = Config {
        me: settings.me,
        servers: settings.line.count() as u8,
        acknowledged: settings.acknowledged,
        limits: Limits::default(),
        native: None,
    };
    let mut store = Store::open_folder(&settings.data, settings.me.value().into())?;
    Ok((open(config, &mut store, Time::ZERO)?, store))
}

fn thread<T: Send + 'static>(
    name: &str,
    run: impl FnOnce() -> T + Send + 'static,
) -> io::Result<JoinHandle<T>> {
    Builder::new().name(name.to_owned()).spawn(run)
}
