//! A running server: its threads, from start to drain.

use crate::ask::Asker;
use crate::audit::Act;
use crate::control::{About, Listening};
use crate::discovery::Discovering;
use crate::drops::Drops;
use crate::keys::KeyError;
use crate::limits::{BATCHES_IN_MAX, BATCHES_OUT_MAX};
use crate::rate::Rate;
use crate::reader::Reader;
use crate::settings::Settings;
use crate::socket::bind;
use crate::trunks::{Begun, Who};
use crate::turns::{Memory, Turns};
use crate::writer::Writer;
use nix::unistd::geteuid;
use postrider_engine::{Config, Counters, Engine, NativeConfig, OpenError, Sizes, Time, open};
use postrider_proto::native::ServerKey;
use postrider_store::{Store, StoreError};
use std::io;
use std::net::{SocketAddr, UdpSocket};
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
    /// The key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The data folder was written under another key.
    #[error(
        "the data folder belongs to the server with the key {written}, and this one has {key}; \
         nothing was changed; restore the key file, or begin with an empty folder"
    )]
    OtherKey {
        /// Its key.
        written: ServerKey,
        /// The configured one.
        key: ServerKey,
    },
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
    key: Option<ServerKey>,
    stop: Arc<AtomicBool>,
    drops: Arc<Drops>,
    status: Arc<Mutex<Status>>,
    asker: Asker,
    control: Option<Listening>,
    discovery: Option<Discovering>,
    reader: JoinHandle<()>,
    turns: JoinHandle<Result<(), ServerError>>,
    trunks: Option<JoinHandle<()>>,
    writer: JoinHandle<()>,
}

impl Server {
    /// Binds the address, opens the data folder, replays it, and begins to serve.
    /// Returns once it is ready.
    pub fn start(settings: &Settings) -> Result<Server, ServerError> {
        let (socket, address) = listen(settings.address())?;
        let started = Instant::now();
        let who = Who::of(settings)?;
        let key = who.as_ref().map(|who| who.identity.key());
        let (engine, store) = open_data(settings, who.as_ref())?;
        who.as_ref().map_or(Ok(()), Who::keep_key)?;
        tell_opened(&engine, started);
        let (stop, drops) = <(Arc<AtomicBool>, Arc<Drops>)>::default();
        let status = Arc::new(Mutex::new(Status { sizes: engine.sizes(), ..Status::default() }));
        let (to_turns, for_turns) = mpsc::sync_channel(BATCHES_IN_MAX);
        let (emptied_in, empty_in) = mpsc::sync_channel(BATCHES_IN_MAX);
        let (outgoing, batches_out) = mpsc::sync_channel(BATCHES_OUT_MAX);
        let (emptied_out, empty_out) = mpsc::sync_channel(2 * BATCHES_OUT_MAX);
        let trunks = Begun::start(&socket, started, settings, who, &to_turns)?;
        let (to_write, to_turn) = (socket.try_clone()?, socket.try_clone()?);
        let writer = Writer { socket: to_write, batches: batches_out, empty: emptied_out };
        let turns = Turns {
            engine,
            store,
            line: settings.line.clone(),
            drops: Arc::clone(&drops),
            status: Arc::clone(&status),
            started,
            inbox: for_turns,
            emptied: emptied_in,
            trunks: trunks.turns_end,
            outgoing,
            empty: empty_out,
            socket: to_turn,
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
            turns: to_turns.clone(),
            empty: empty_in,
            trunks: trunks.reader_end,
        };
        let about = Arc::new(About::of(settings, key, address, started, &drops));
        let asker = Asker { turns: to_turns, trunks: trunks.asks, about };
        asker.record(Some(geteuid().as_raw()), &Act::started(settings));
        Ok(Server {
            control: Listening::begin(&settings.data, &asker, &stop),
            discovery: Discovering::begin(settings, address, key, &asker, &stop)?,
            address,
            key,
            stop,
            drops,
            status,
            asker,
            writer: thread("writer", move || writer.run())?,
            turns: thread("turns", move || turns.run())?,
            trunks: trunks.thread,
            reader: thread("reader", move || reader.run())?,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// By what other servers know it, where it has trunks.
    pub fn key(&self) -> Option<ServerKey> {
        self.key
    }

    /// Asks what it knows. [`Server::drain`] waits until all of them are dropped.
    pub fn asker(&self) -> Asker {
        self.asker.clone()
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
        drop(self.asker);
        if let Some(control) = self.control {
            control.end()?;
        }
        if let Some(discovery) = self.discovery {
            discovery.end()?;
        }
        self.reader.join().map_err(|_| ServerError::Panicked)?;
        if let Some(trunks) = self.trunks {
            trunks.join().map_err(|_| ServerError::Panicked)?;
        }
        let ended = self.turns.join().map_err(|_| ServerError::Panicked)?;
        self.writer.join().map_err(|_| ServerError::Panicked)?;
        ended?;
        Ok(self.status.lock().map(|status| *status).unwrap_or_default())
    }
}

/// A socket, and where it is.
fn listen(address: SocketAddr) -> Result<(UdpSocket, SocketAddr), ServerError> {
    let socket = bind(address).map_err(|source| ServerError::Bind { address, source })?;
    let address = socket.local_addr()?;
    Ok((socket, address))
}

/// Opens the data folder and replays it.
fn open_data(settings: &Settings, who: Option<&Who>) -> Result<(Engine, Store), ServerError> {
    let native = settings.trunks.as_ref().zip(who).map(|(trunks, who)| NativeConfig {
        key: who.identity.key(),
        epoch: who.epoch,
        lifetime: trunks.lifetime,
        blocks: trunks.blocks,
        claims: trunks.claims,
        line: settings.line_place(),
    });
    let config = Config {
        me: settings.me,
        servers: settings.line.count() as u8,
        acknowledged: settings.acknowledged,
        limits: settings.limits,
        native,
    };
    let mut store = Store::open_folder(&settings.data, settings.me.value().into())?;
    let mut engine = open(config, &mut store, Time::ZERO)?;
    let peers = settings.trunks.iter().flat_map(|trunks| &trunks.peers);
    engine.honour(peers.filter_map(|peer| peer.key));
    match (engine.identity(), native.map(|native| native.key)) {
        (Some(written), Some(key)) if written != key => Err(ServerError::OtherKey { written, key }),
        _ => Ok((engine, store)),
    }
}

fn tell_opened(engine: &Engine, started: Instant) {
    let sizes = engine.sizes();
    let took_ms = started.elapsed().as_millis() as u64;
    tracing::info!(waiting = sizes.waiting, clients = sizes.clients, took_ms, "opened the data");
}

/// A thread with a name.
pub(crate) fn thread<T: Send + 'static>(
    name: &str,
    run: impl FnOnce() -> T + Send + 'static,
) -> io::Result<JoinHandle<T>> {
    Builder::new().name(name.to_owned()).spawn(run)
}
