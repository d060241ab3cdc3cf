//! What a simulated server's log is kept on: the real store on a simulated disk,
//! or rows in memory with the same behaviour at a crash, commit by commit.

use crate::disk::{SimDisk, SimRoom};
use fastrand::Rng;
use postrider_engine::{Log, Place, Row};
use postrider_store::{Store, StoreError};
use std::collections::BTreeMap;

/// Small, so that segments come and go all the time.
const SEGMENT_BYTES: u64 = 4_096;

/// What outlives a server's process.
pub(crate) enum Medium {
    /// For the real store.
    Disk(SimDisk),
    /// For [`MemoryLog`].
    Memory(MemoryLog),
}

/// Why a log failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LogError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the power has failed")]
    Power,
}

/// An open log.
pub(crate) enum OpenLog {
    Store { store: Box<Store>, disk: SimDisk },
    Memory(MemoryLog),
}

/// Rows in memory; each commit is one.
#[derive(Debug, Default)]
pub(crate) struct MemoryLog {
    rows: BTreeMap<u64, Vec<u8>>,
    start: u64,
    end: u64,
    /// A planted bug: rows from this place on are lost at a crash.
    lost_from: Option<u64>,
}

impl Medium {
    pub(crate) fn open(self, server: u8, room: SimRoom) -> Result<OpenLog, StoreError> {
        match self {
            Medium::Disk(disk) => {
                let (files, room) = (Box::new(disk.clone()), Box::new(room));
                let store = Store::open(files, u64::from(server), room, SEGMENT_BYTES)?;
                Ok(OpenLog::Store { store: Box::new(store), disk })
            }
            Medium::Memory(log) => Ok(OpenLog::Memory(log)),
        }
    }
}

impl OpenLog {
    /// The process has died, and perhaps the power has failed.
    pub(crate) fn crash(self, dice: &mut Rng) -> Medium {
        match self {
            OpenLog::Store { store, disk } => {
                disk.fail();
                drop(store);
                disk.recover(dice);
                Medium::Disk(disk)
            }
            OpenLog::Memory(log) => Medium::Memory(log.crash()),
        }
    }

    /// A commit during which the power fails. It may be on disk nevertheless.
    pub(crate) fn torn_commit(&mut self, records: &[u8], drop_before: Place, dice: &mut Rng) {
        let committed = match self {
            OpenLog::Store { store, disk } => {
                disk.fail_after(dice.u32(..2));
                let committed = store.commit(records, drop_before);
                disk.fail();
                committed.is_ok()
            }
            OpenLog::Memory(log) => {
                let reaches_the_disk = dice.bool();
                if reaches_the_disk {
                    log.append(records, drop_before);
                }
                reaches_the_disk
            }
        };
        let _ = committed;
    }

    /// A planted bug: what is committed from now on is not flushed.
    pub(crate) fn lie(&mut self) {
        match self {
            OpenLog::Store { disk, .. } => disk.lie(),
            OpenLog::Memory(log) => log.lost_from = log.lost_from.or(Some(log.end)),
        }
    }

    pub(crate) fn start(&self) -> Place {
        match self {
            OpenLog::Store { store, .. } => store.start(),
            OpenLog::Memory(log) => Place(log.start),
        }
    }

    pub(crate) fn end(&self) -> Place {
        match self {
            OpenLog::Store { store, .. } => store.end(),
            OpenLog::Memory(log) => Place(log.end),
        }
    }

    pub(crate) fn commit(&mut self, records: &[u8], drop_before: Place) -> Result<(), LogError> {
        match self {
            OpenLog::Store { store, .. } => store.commit(records, drop_before)?,
            OpenLog::Memory(log) => log.append(records, drop_before),
        }
        Ok(())
    }

    pub(crate) fn read_row(
        &mut self,
        from: Place,
        into: &mut Vec<u8>,
    ) -> Result<Option<Row>, LogError> {
        match self {
            OpenLog::Store { store, .. } => Ok(store.read_row(from, into)?),
            OpenLog::Memory(log) => Ok(log.read_row(from, into)),
        }
    }

    pub(crate) fn read_record(&mut self, place: Place, into: &mut Vec<u8>) -> Result<(), LogError> {
        match self {
            OpenLog::Store { store, .. } => store.read_record(place, into)?,
            OpenLog::Memory(log) => log.read_record(place, into),
        }
        Ok(())
    }

    pub(crate) fn has_room(&mut self, room: &SimRoom) -> bool {
        match self {
            OpenLog::Store { store, .. } => store.has_room(),
            OpenLog::Memory(_) => !room.is_full(),
        }
    }
}

impl MemoryLog {
    fn append(&mut self, records: &[u8], drop_before: Place) {
        if !records.is_empty() {
            self.rows.insert(self.end, records.to_vec());
            self.end += records.len() as u64;
        }
        if drop_before.0 > self.start {
            self.start = drop_before.0;
            self.rows = self.rows.split_off(&drop_before.0);
        }
    }

    fn crash(mut self) -> MemoryLog {
        if let Some(from) = self.lost_from.take() {
            self.rows.split_off(&from);
            self.end = self.end.min(from);
        }
        self
    }

    fn read_row(&self, from: Place, into: &mut Vec<u8>) -> Option<Row> {
        let (start, bytes) = self.rows.range(from.0..).next()?;
        into.extend_from_slice(bytes);
        Some(Row { start: Place(*start), end: Place(start + bytes.len() as u64) })
    }

    fn read_record(&self, place: Place, into: &mut Vec<u8>) {
        if let Some((start, bytes)) = self.rows.range(..=place.0).next_back() {
            into.extend_from_slice(bytes.get((place.0 - start) as usize..).unwrap_or_default());
        }
    }
}
