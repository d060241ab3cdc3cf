//! The history's file: what is in it, and whether it is one.

use crate::ProfileError;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

/// Of the tables below. Another one is refused.
pub(super) const VERSION: i64 = 4;
/// What older versions lack, from version 1 on. They are made one of [`VERSION`] when they are
/// opened to be written.
const GROWTH: [&str; 3] = [FIRST_KEYS, PROGRAMS_KEYS, RECEIVED];
/// `post` in ASCII: says to other tools what the file is.
const APPLICATION: i64 = 0x706f_7374;
/// Statements that are kept, more than there are.
const STATEMENTS: usize = 256;
/// Pages of the file that are kept in memory, in KiB.
const CACHE_KIB: i64 = 8_192;
/// Pages of changes, up to 16 MB, that wait beside the file until they are put into it, which takes
/// a commit two flushes more: with so many it is one commit of some hundred.
const CHANGED_PAGES: i64 = 4_096;
/// How long a reader waits for a writer; a commit takes less.
const BUSY: Duration = Duration::from_secs(5);

/// Numbers are ten digits, times milliseconds since 1970, keys and messages bytes as the
/// protocol has them, servers the first eight bytes of their key in hex.
const TABLES: &str = "
CREATE TABLE profile (name TEXT PRIMARY KEY, value) WITHOUT ROWID;

-- Each message of a text; most texts are one. What they are with others is in text_id.
CREATE TABLE messages (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  text_id INTEGER NOT NULL,          -- the id of the text's first message here
  direction TEXT NOT NULL CHECK (direction IN ('in', 'out')),
  peer TEXT NOT NULL,
  epoch INTEGER, count INTEGER,      -- null of one that has not been signed yet
  part INTEGER NOT NULL, parts INTEGER NOT NULL,
  text TEXT NOT NULL,
  precedence INTEGER NOT NULL, lifetime INTEGER NOT NULL,
  sealed INTEGER NOT NULL,           -- of one that is not signed: whether it is to be
  at INTEGER NOT NULL,
  state TEXT NOT NULL,               -- what became of it; of one that came, who wrote it
  state_at INTEGER NOT NULL, state_server TEXT, state_reason INTEGER,
  proven INTEGER NOT NULL DEFAULT 0,
  state_by TEXT,                     -- of a trace, the server that says so
  read INTEGER NOT NULL DEFAULT 0,
  key TEXT,                          -- by what a program that sends it twice knows it
  bytes BLOB                         -- what waits for a key, as it came: this text, or of one
                                     -- that was sent the receipt
);
CREATE UNIQUE INDEX messages_identity ON messages (direction, peer, epoch, count)
  WHERE count IS NOT NULL;
CREATE INDEX messages_page ON messages (peer, id) WHERE id = text_id;
CREATE INDEX messages_parts ON messages (text_id, part) WHERE parts > 1;
CREATE INDEX messages_unsigned ON messages (peer, id) WHERE state = 'waiting' AND count IS NULL;
CREATE INDEX messages_waiting ON messages (id) WHERE state = 'waiting' AND id = text_id;
CREATE INDEX messages_unjudged ON messages (peer, id) WHERE bytes IS NOT NULL;
CREATE UNIQUE INDEX messages_key ON messages (key) WHERE key IS NOT NULL;
CREATE INDEX messages_unread ON messages (peer, id) WHERE direction = 'in' AND read = 0;
CREATE INDEX messages_received ON messages (id) WHERE direction = 'in' AND id = text_id;

-- What is signed and at no server yet, in the order in which it was signed.
CREATE TABLE outbox (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  precedence INTEGER NOT NULL,
  message INTEGER,                   -- of a text
  receipt_for INTEGER,               -- of a receipt: the message that it is about
  at INTEGER NOT NULL,
  bytes BLOB NOT NULL
);
CREATE INDEX outbox_by_precedence ON outbox (precedence, seq);
CREATE INDEX outbox_receipts ON outbox (receipt_for) WHERE receipt_for IS NOT NULL;

-- The last count that was given to a message to somebody.
CREATE TABLE counts (peer TEXT PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE contacts (
  number TEXT PRIMARY KEY, name TEXT, key BLOB, new_key BLOB,
  standing TEXT NOT NULL DEFAULT 'new',
  first_key BLOB,                    -- where key is a later one; both hold from since on
  since INTEGER NOT NULL DEFAULT 0,
  new_first_key BLOB, new_since INTEGER NOT NULL DEFAULT 0,
  former_key BLOB,                   -- what its owner has replaced by key, and when that was learnt
  changed_at INTEGER
) WITHOUT ROWID;

CREATE TABLE servers (
  position INTEGER PRIMARY KEY, address TEXT NOT NULL, key BLOB, mode TEXT NOT NULL,
  mtu INTEGER NOT NULL
);
CREATE TABLE server_names (id TEXT PRIMARY KEY, label TEXT NOT NULL) WITHOUT ROWID;
";

/// Whether a commit is on disk when it returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flushes {
    /// It is.
    Always,
    /// It is with the next one that is.
    Later,
    /// It outlives the program, and not the machine: for a simulator, whose machine goes on.
    Never,
}

const FIRST_KEYS: &str = "
ALTER TABLE contacts ADD COLUMN first_key BLOB;
ALTER TABLE contacts ADD COLUMN since INTEGER NOT NULL DEFAULT 0;
ALTER TABLE contacts ADD COLUMN new_first_key BLOB;
ALTER TABLE contacts ADD COLUMN new_since INTEGER NOT NULL DEFAULT 0;
ALTER TABLE contacts ADD COLUMN former_key BLOB;
ALTER TABLE contacts ADD COLUMN changed_at INTEGER;
";

const PROGRAMS_KEYS: &str = "
ALTER TABLE messages ADD COLUMN key TEXT;
CREATE UNIQUE INDEX messages_key ON messages (key) WHERE key IS NOT NULL;
";

const RECEIVED: &str = "
CREATE INDEX messages_received ON messages (id) WHERE direction = 'in' AND id = text_id;
";

/// Makes the file.
pub(super) fn create(file: &Path, flushes: Flushes) -> Result<Connection, ProfileError> {
    // Its owner's alone, before anything is in it.
    let explain = |why| ProfileError::File { file: file.to_owned(), why };
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(file).map_err(explain)?;
    let connection = Connection::open(file)?;
    set_up(&connection, flushes)?;
    let marks = format!("PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {VERSION};");
    connection.execute_batch(&format!("BEGIN; {TABLES} {marks} COMMIT;"))?;
    undo_in_memory(&connection)?;
    Ok(connection)
}

/// Opens the file, to be read only or to be written, and looks at it: all of it when it is to
/// be written, which takes as long as reading it.
pub(crate) fn open(file: &Path, writer: Option<Flushes>) -> Result<Connection, ProfileError> {
    let damaged = |why: String| ProfileError::Damaged { file: file.to_owned(), why };
    let explain = |error: rusqlite::Error| match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => damaged(error.to_string()),
        _ => ProfileError::Database(error),
    };
    let access = if writer.is_some() {
        OpenFlags::SQLITE_OPEN_READ_WRITE
    } else {
        OpenFlags::SQLITE_OPEN_READ_ONLY
    };
    let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags).map_err(explain)?;
    connection.busy_timeout(BUSY)?;
    let mark = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    if mark("application_id").map_err(explain)? != APPLICATION {
        return Err(damaged("it is no history of postrider".to_owned()));
    }
    let found = mark("user_version").map_err(explain)?;
    let is_older = (1..VERSION).contains(&found);
    if found != VERSION && !(is_older && writer.is_some()) {
        return Err(ProfileError::Version { file: file.to_owned(), found, known: VERSION });
    }
    if let Some(flushes) = writer {
        set_up(&connection, flushes).map_err(explain)?;
        let check = "PRAGMA quick_check(1)";
        let said: String = connection.query_row(check, [], |row| row.get(0)).map_err(explain)?;
        if said != "ok" {
            return Err(damaged(said));
        }
        if is_older {
            let growth = GROWTH.iter().skip(found as usize - 1).copied().collect::<String>();
            let mark = format!("PRAGMA user_version = {VERSION};");
            connection.execute_batch(&format!("BEGIN; {growth} {mark} COMMIT;"))?;
        }
        undo_in_memory(&connection)?;
    }
    Ok(connection)
}

/// A commit is on disk when it returns, unless nothing is flushed, and readers do not wait for it.
/// Statements are not planned anew for each value.
fn set_up(connection: &Connection, flushes: Flushes) -> Result<(), rusqlite::Error> {
    connection.busy_timeout(BUSY)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "wal_autocheckpoint", CHANGED_PAGES)?;
    set_flushes(connection, flushes)
}

/// What a part of a transaction has changed is small; what an index is made of is not.
fn undo_in_memory(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.pragma_update(None, "temp_store", "memory")
}

/// From the next transaction on.
pub(super) fn set_flushes(
    connection: &Connection,
    flushes: Flushes,
) -> Result<(), rusqlite::Error> {
    let synchronous = match flushes {
        Flushes::Always => "full",
        Flushes::Later => "normal",
        Flushes::Never => "off",
    };
    connection.pragma_update(None, "synchronous", synchronous)
}
