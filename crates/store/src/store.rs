//! The log in a redb database.

use crate::error::StoreError;
use crate::room::{Room, disk_room};
use postrider_engine::{Log, Place, Row};
use redb::{
    Database, ReadOnlyTable, ReadableDatabase, ReadableTable, StorageBackend, TableDefinition,
};
use std::fs::File;
use std::path::Path;

/// The format of the data: of the tables, and of the records in them.
pub const FORMAT: u64 = 1;

const META: TableDefinition<&str, u64> = TableDefinition::new("meta");
const LOG: TableDefinition<u64, &[u8]> = TableDefinition::new("log");

/// A row's size at the most. With redb's own it fills four pages of 4 KB; larger rows
/// cost less to write, smaller ones less to read one text from.
const ROW_BYTES: usize = 16_200;

/// redb's cache: a few hundred rows. The operating system caches the file as well.
const CACHE_BYTES: usize = 4 << 20;

/// Room that is left for what was accepted to leave by: its records, the rewriting
/// of the log, and redb's own copies.
const RESERVE_BYTES: u64 = 32 << 20;

const FILE: &str = "postrider.redb";

/// A folder's file until it is whole: redb refuses one that a power cut left half made.
const NEW_FILE: &str = "postrider.redb.new";

/// An open data folder. One process has it at a time.
pub struct Store {
    db: Database,
    start: Place,
    end: Place,
    /// What was committed last: most texts are read right after.
    last: Vec<u8>,
    last_start: Place,
    /// The log as of the last commit, opened when something is read.
    reader: Option<ReadOnlyTable<u64, &'static [u8]>>,
    room: Box<dyn Room>,
}

/// What `postrider check` tells of a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Whose data it is, from 1.
    pub server: u64,
    /// Rows of the log.
    pub rows: u64,
    /// Bytes of the log.
    pub log_bytes: u64,
}

impl Store {
    /// Opens the folder of a server, or makes it.
    pub fn open_folder(folder: &Path, server: u64) -> Result<Store, StoreError> {
        let refused = |source| StoreError::Folder { folder: folder.to_owned(), source };
        std::fs::create_dir_all(folder).map_err(refused)?;
        let file = folder.join(FILE);
        if !file.try_exists().map_err(refused)? {
            let new = folder.join(NEW_FILE);
            remove_half_made(&new).map_err(refused)?;
            let db = in_use(Database::builder().create(&new), folder)?;
            Store::prepare(db, server, Box::new(disk_room(new.clone())))?;
            put_in_place(folder, &new, &file).map_err(refused)?;
        }
        let db = Database::builder().set_cache_size(CACHE_BYTES).open(&file);
        Store::prepare(in_use(db, folder)?, server, Box::new(disk_room(file)))
    }

    /// The same on a storage of the caller's.
    pub fn open_backend(
        backend: impl StorageBackend,
        server: u64,
        room: impl Room + 'static,
    ) -> Result<Store, StoreError> {
        let db = Database::builder().set_cache_size(CACHE_BYTES).create_with_backend(backend)?;
        Store::prepare(db, server, Box::new(room))
    }

    /// Opens a folder that must exist, verifies every checksum, and leaves it as it was.
    /// The summary of its meta data tells whose it is.
    pub fn check_folder(folder: &Path) -> Result<(Store, Summary), StoreError> {
        let file = folder.join(FILE);
        if !file.is_file() {
            let what = format!("there is no {FILE} in {}", folder.display());
            return Err(StoreError::NotData { what });
        }
        let mut db = in_use(Database::builder().set_cache_size(CACHE_BYTES).open(&file), folder)?;
        db.check_integrity()?;
        let server = meta(&db, "server")?.unwrap_or_default();
        let store = Store::prepare(db, server, Box::new(disk_room(file)))?;
        let log_bytes = store.end.0 - store.start.0;
        let rows = redb::ReadableTableMetadata::len(&store.open_reader()?)?;
        Ok((store, Summary { server, rows, log_bytes }))
    }

    fn prepare(db: Database, server: u64, room: Box<dyn Room>) -> Result<Store, StoreError> {
        match (meta(&db, "format")?, meta(&db, "server")?) {
            (None, None) => initialize(&db, server)?,
            (Some(FORMAT), Some(found)) if found == server => {}
            (Some(FORMAT), Some(found)) => {
                return Err(StoreError::OtherServer { found, expected: server });
            }
            (Some(FORMAT), None) | (None, Some(_)) => {
                let what = "the data does not say whose it is".to_owned();
                return Err(StoreError::NotData { what });
            }
            (Some(found), _) => return Err(StoreError::Format { found, expected: FORMAT }),
        }
        let (start, end) = bounds(&db)?;
        let (last, last_start) = (Vec::new(), end);
        Ok(Store { db, start, end, last, last_start, reader: None, room })
    }

    /// Appends the record at `place` (and what follows it in its row) to an empty buffer.
    pub fn read_record(&mut self, place: Place, into: &mut Vec<u8>) -> Result<(), StoreError> {
        if let Some(offset) = place.0.checked_sub(self.last_start.0) {
            copy_record(self.last.get(offset as usize..).unwrap_or_default(), into);
            return Ok(());
        }
        let reader = self.reader()?;
        if let Some(row) = reader.range(..=place.0)?.next_back() {
            let (start, bytes) = row?;
            let offset = (place.0 - start.value()) as usize;
            copy_record(bytes.value().get(offset..).unwrap_or_default(), into);
        }
        Ok(())
    }

    fn reader(&mut self) -> Result<&ReadOnlyTable<u64, &'static [u8]>, StoreError> {
        if self.reader.is_none() {
            self.reader = Some(self.open_reader()?);
        }
        self.reader.as_ref().ok_or_else(|| StoreError::NotData { what: "no log".to_owned() })
    }

    fn open_reader(&self) -> Result<ReadOnlyTable<u64, &'static [u8]>, StoreError> {
        Ok(self.db.begin_read()?.open_table(LOG)?)
    }
}

impl Log for Store {
    type Error = StoreError;

    fn start(&self) -> Place {
        self.start
    }

    fn end(&self) -> Place {
        self.end
    }

    fn commit(&mut self, records: &[u8], drop_before: Place) -> Result<(), StoreError> {
        self.reader = None;
        let transaction = self.db.begin_write()?;
        {
            let mut log = transaction.open_table(LOG)?;
            let mut at = self.end.0;
            for row in rows(records) {
                log.insert(at, row)?;
                at += row.len() as u64;
            }
            if drop_before > self.start {
                log.retain_in(..drop_before.0, |_, _| false)?;
            }
        }
        transaction.commit()?;
        self.last.clear();
        self.last.extend_from_slice(records);
        self.last_start = self.end;
        self.end = Place(self.end.0 + records.len() as u64);
        self.start = self.start.max(drop_before);
        Ok(())
    }

    fn read_row(&mut self, from: Place, into: &mut Vec<u8>) -> Result<Option<Row>, StoreError> {
        let reader = self.reader()?;
        let Some(row) = reader.range(from.0..)?.next() else { return Ok(None) };
        let (start, bytes) = row?;
        let start = Place(start.value());
        if start != from {
            return Err(StoreError::Gap { place: start.0 });
        }
        into.extend_from_slice(bytes.value());
        Ok(Some(Row { start, end: Place(start.0 + bytes.value().len() as u64) }))
    }

    /// Free pages within the file count as room: the file itself never shrinks.
    fn has_room(&mut self) -> bool {
        let free = self.room.free_bytes();
        if free >= RESERVE_BYTES {
            return true;
        }
        let needed = 2 * (self.end.0 - self.start.0);
        free + self.room.used_bytes().saturating_sub(needed) >= RESERVE_BYTES
    }
}

/// What an interrupted first start left; nothing was promised from it.
fn remove_half_made(new: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(new) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Gives the file its name, for good.
fn put_in_place(folder: &Path, new: &Path, file: &Path) -> std::io::Result<()> {
    File::open(new)?.sync_all()?;
    std::fs::rename(new, file)?;
    File::open(folder)?.sync_all()
}

fn in_use(
    opened: Result<Database, redb::DatabaseError>,
    folder: &Path,
) -> Result<Database, StoreError> {
    opened.map_err(|error| match error {
        redb::DatabaseError::DatabaseAlreadyOpen => StoreError::InUse { folder: folder.to_owned() },
        other => other.into(),
    })
}

fn initialize(db: &Database, server: u64) -> Result<(), StoreError> {
    let transaction = db.begin_write()?;
    {
        let mut meta = transaction.open_table(META)?;
        meta.insert("format", FORMAT)?;
        meta.insert("server", server)?;
        transaction.open_table(LOG)?;
    }
    Ok(transaction.commit()?)
}

fn meta(db: &Database, key: &str) -> Result<Option<u64>, StoreError> {
    match db.begin_read()?.open_table(META) {
        Ok(table) => Ok(table.get(key)?.map(|value| value.value())),
        Err(redb::TableError::TableDoesNotExist(_)) => Ok(None),
        Err(other) => Err(other.into()),
    }
}

fn bounds(db: &Database) -> Result<(Place, Place), StoreError> {
    let log = db.begin_read()?.open_table(LOG)?;
    let start = log.first()?.map_or(0, |(start, _)| start.value());
    let end = log.last()?.map_or(0, |(start, row)| start.value() + row.value().len() as u64);
    Ok((Place(start), Place(end)))
}

/// The size of the record at the beginning of these bytes, its length field included.
fn record_size(bytes: &[u8]) -> usize {
    match bytes {
        [low, high, ..] => 2 + usize::from(u16::from_le_bytes([*low, *high])),
        _ => bytes.len(),
    }
}

fn copy_record(bytes: &[u8], into: &mut Vec<u8>) {
    into.extend_from_slice(bytes.get(..record_size(bytes)).unwrap_or(bytes));
}

/// Cuts whole records into rows of at most [`ROW_BYTES`].
fn rows(mut records: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let mut size = 0;
        while size < records.len() {
            let with_next = size + record_size(&records[size..]);
            if size > 0 && with_next > ROW_BYTES {
                break;
            }
            size = with_next.min(records.len());
        }
        let (row, rest) = records.split_at(size);
        records = rest;
        (!row.is_empty()).then_some(row)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(size: usize) -> Vec<u8> {
        let mut record = ((size - 2) as u16).to_le_bytes().to_vec();
        record.resize(size, 7);
        record
    }

    fn log_of(store: &mut Store) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut from = store.start();
        while let Some(row) = store.read_row(from, &mut bytes).unwrap() {
            from = row.end;
        }
        bytes
    }

    #[test]
    fn what_was_committed_is_there_after_opening_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut written = Vec::new();
        for round in 1..=50 {
            let mut store = Store::open_folder(folder.path(), 3).unwrap();
            let records = record(200 + round).repeat(round * 3);
            store.commit(&records, Place(0)).unwrap();
            written.extend(records);
            assert_eq!(log_of(&mut store), written);
        }
    }

    #[test]
    fn a_record_is_found_by_its_place_before_and_after_later_commits() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open_folder(folder.path(), 1).unwrap();
        let sizes: Vec<usize> = (0..400).map(|i| 30 + i % 190).collect();
        let records: Vec<u8> = sizes.iter().flat_map(|size| record(*size)).collect();
        store.commit(&records, Place(0)).unwrap();
        for _ in 0..2 {
            let mut place = 0;
            for size in &sizes {
                let mut read = Vec::new();
                store.read_record(Place(place), &mut read).unwrap();
                assert_eq!(read.len(), *size);
                place += *size as u64;
            }
            store.commit(&record(10), Place(0)).unwrap();
        }
    }

    #[test]
    fn what_is_dropped_is_gone_and_places_go_on() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open_folder(folder.path(), 1).unwrap();
        store.commit(&record(100), Place(0)).unwrap();
        store.commit(&record(50), Place(100)).unwrap();
        drop(store);
        let mut store = Store::open_folder(folder.path(), 1).unwrap();
        assert_eq!((store.start(), store.end()), (Place(100), Place(150)));
        assert_eq!(log_of(&mut store), record(50));
    }

    #[test]
    fn a_folder_of_another_server_or_format_or_in_use_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open_folder(folder.path(), 1).unwrap();
        let again = Store::open_folder(folder.path(), 1).err().unwrap();
        assert!(matches!(again, StoreError::InUse { .. }), "{again}");
        drop(store);
        let other = Store::open_folder(folder.path(), 2).err().unwrap();
        assert!(matches!(other, StoreError::OtherServer { found: 1, expected: 2 }), "{other}");
        let db = Database::create(folder.path().join(FILE)).unwrap();
        let transaction = db.begin_write().unwrap();
        transaction.open_table(META).unwrap().insert("format", 99).unwrap();
        transaction.commit().unwrap();
        drop(db);
        let newer = Store::open_folder(folder.path(), 1).err().unwrap();
        assert!(matches!(newer, StoreError::Format { found: 99, expected: FORMAT }), "{newer}");
    }

    #[test]
    fn a_first_start_that_was_interrupted_is_begun_again() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(NEW_FILE), b"half a database").unwrap();
        Store::open_folder(folder.path(), 1).unwrap().commit(&record(9), Place(0)).unwrap();
        assert!(!folder.path().join(NEW_FILE).exists());
        let mut store = Store::open_folder(folder.path(), 1).unwrap();
        assert_eq!(log_of(&mut store), record(9));
    }

    #[test]
    fn a_file_that_is_no_database_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), b"my shopping list".repeat(1000)).unwrap();
        assert!(Store::open_folder(folder.path(), 1).is_err());
        let left = std::fs::read(folder.path().join(FILE)).unwrap();
        assert_eq!(left, b"my shopping list".repeat(1000));
        assert!(matches!(
            Store::check_folder(&folder.path().join("none")).err().unwrap(),
            StoreError::NotData { .. }
        ));
    }
}
