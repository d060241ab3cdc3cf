//! Starting the trunks' thread.

use super::{Ends, KnownPeers, Trunks, door};
use crate::batch::Batch;
use crate::keys::{Identity, KeyError};
use crate::limits::{BATCHES_IN_MAX, BATCHES_TRUNKS_MAX};
use crate::passing::{ForTrunks, ForTurns};
use crate::reader::NativeEnd;
use crate::server::{ServerError, thread};
use crate::settings::{Settings, TrunkSettings};
use crate::trunk_end::{Held, OwnRow, TrunkEnd};
use postrider_engine::edge::TrunkPrinter;
use postrider_proto::native::Epoch;
use std::io;
use std::net::UdpSocket;
use std::path::PathBuf;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Instant;
use zeroize::Zeroizing;

/// In the data folder: the secret key, unless another file is named.
pub const KEY_FILE: &str = "identity.key";

/// In the data folder: the keys that were seen first at addresses.
const KNOWN_PEERS_FILE: &str = "known-peers";

/// What a server with trunks is.
pub(crate) struct Who {
    pub(crate) identity: Identity,
    known: KnownPeers,
    pub(crate) epoch: Epoch,
    seed: Zeroizing<[u8; 32]>,
    /// Where the key is to be kept, if it is a new one.
    new_key_file: Option<PathBuf>,
}

impl Who {
    /// Nobody, of a server without trunks.
    pub(crate) fn of(settings: &Settings) -> Result<Option<Who>, ServerError> {
        settings.trunks.as_ref().map(|trunks| Who::read(settings, trunks)).transpose()
    }

    fn read(settings: &Settings, trunks: &TrunkSettings) -> Result<Who, ServerError> {
        std::fs::create_dir_all(&settings.data)?;
        let in_data = || settings.data.join(KEY_FILE);
        let key_file = trunks.key_file.clone().unwrap_or_else(in_data);
        let is_new = !key_file.exists();
        let identity = if is_new { Identity::generate()? } else { Identity::read(&key_file)? };
        let known = KnownPeers::read(settings.data.join(KNOWN_PEERS_FILE))?;
        let mut seed = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *seed).map_err(KeyError::from)?;
        let mut drawn = [0; 4];
        getrandom::fill(&mut drawn).map_err(KeyError::from)?;
        let epoch = Epoch::from_value(u32::from_le_bytes(drawn) >> 8).unwrap_or(Epoch::MAX);
        Ok(Who { identity, known, epoch, seed, new_key_file: is_new.then_some(key_file) })
    }

    /// Keeps a new key. Not before the data folder has turned out to be nobody else's: where
    /// a key file was lost, a new one in its place would hide that. Not after the first turn,
    /// which binds the folder to the key.
    pub(crate) fn keep_key(&self) -> Result<(), KeyError> {
        self.new_key_file.as_ref().map_or(Ok(()), |file| self.identity.create(file))
    }
}

/// The trunks' thread, and its neighbours' ends; nothing of a server without trunks.
#[derive(Default)]
pub(crate) struct Begun {
    pub(crate) thread: Option<JoinHandle<()>>,
    pub(crate) turns_end: Option<TrunkEnd>,
    pub(crate) reader_end: Option<NativeEnd>,
    pub(crate) asks: Option<mpsc::SyncSender<ForTrunks>>,
}

impl Begun {
    /// Starts the thread, which dials the peers.
    pub(crate) fn start(
        socket: &UdpSocket,
        started: Instant,
        settings: &Settings,
        who: Option<Who>,
        turns: &mpsc::SyncSender<ForTurns>,
    ) -> io::Result<Begun> {
        let (Some(settings), Some(who)) = (&settings.trunks, who) else {
            return Ok(Begun::default());
        };
        let (outgoing, inbox) = mpsc::sync_channel(BATCHES_TRUNKS_MAX);
        let (emptied, empty) = mpsc::sync_channel(BATCHES_TRUNKS_MAX);
        let (emptied_turns, empty_turns) = mpsc::sync_channel(BATCHES_TRUNKS_MAX);
        let (emptied_trunks, empty_trunks) = mpsc::sync_channel(BATCHES_IN_MAX);
        let (socket, turns) = (socket.try_clone()?, turns.clone());
        let ends = Ends { socket, started, emptied, emptied_turns, turns, empty: empty_trunks };
        let (key, name) = (who.identity.key(), settings.name.clone());
        let own = OwnRow { key, name, blocks: settings.blocks };
        let trunks = Trunks::new(ends, who.identity, &who.seed, who.known, settings);
        let (door, trunks) = door::share(trunks, outgoing.clone(), inbox);
        Ok(Begun {
            asks: Some(outgoing),
            reader_end: Some(NativeEnd { trunks: door.clone(), empty }),
            turns_end: Some(TrunkEnd {
                own,
                trunks: door,
                empty: empty_turns,
                emptied: emptied_trunks,
                printer: TrunkPrinter::default(),
                held: Held::default(),
                malformed: Vec::new(),
                spare: Batch::default(),
            }),
            thread: Some(thread("trunks", move || trunks.run())?),
        })
    }
}
