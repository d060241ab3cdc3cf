//! The order of a turn, which the server and the simulator share.

use crate::limits::CLEAN_BYTES_PER_TURN;
use crate::{Config, Damaged, Engine, Input, Place, Time};

/// A part of the log, of whole records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The place of its first byte.
    pub start: Place,
    /// The place after its last byte.
    pub end: Place,
}

/// What keeps the engine's writes.
pub trait Log {
    /// Why the log could not do what it was asked. Nothing of it was promised.
    type Error;

    /// The place of the oldest byte that is still kept.
    fn start(&self) -> Place;
    /// The place where the next byte goes.
    fn end(&self) -> Place;
    /// Appends whole records, drops what is before `drop_before`, and flushes. On
    /// return all of it is on disk; after an error, all or nothing of it may be.
    fn commit(&mut self, records: &[u8], drop_before: Place) -> Result<(), Self::Error>;
    /// Reads the oldest part that begins at `from` or after, into an empty buffer.
    fn read_row(&mut self, from: Place, into: &mut Vec<u8>) -> Result<Option<Row>, Self::Error>;
    /// Whether there is room for new texts, beside what the old ones need to leave.
    fn has_room(&mut self) -> bool;
}

/// Why a log could not be replayed. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError<E> {
    /// It could not be read.
    #[error(transparent)]
    Log(E),
    /// It holds something that this program did not write.
    #[error(transparent)]
    Damaged(#[from] Damaged),
}

/// The engine as the log left it: replays every write, in order.
pub fn open<L: Log>(config: Config, log: &mut L, now: Time) -> Result<Engine, OpenError<L::Error>> {
    let mut engine = Engine::new(config, now);
    let mut bytes = Vec::new();
    let mut from = log.start();
    while let Some(row) = log.read_row(from, &mut bytes).map_err(OpenError::Log)? {
        engine.replay(row.start, &bytes)?;
        bytes.clear();
        from = row.end;
    }
    engine.begin_at(log.end());
    Ok(engine)
}

/// One turn: all inputs that wait, then what is due, then the commit. The outputs,
/// in the engine's outbox, may leave once this has returned without an error.
///
/// After an error the process must end: nothing of this turn was promised, and a
/// restart replays what was flushed.
pub fn turn<'a, L: Log>(
    engine: &mut Engine,
    log: &mut L,
    now: Time,
    inputs: impl IntoIterator<Item = Input<'a>>,
) -> Result<(), OpenError<L::Error>> {
    engine.begin_turn(now, log.has_room());
    for input in inputs {
        engine.step(input);
    }
    engine.handle_due();
    if engine.wants_commit() {
        let drop_before = clean(engine, log)?;
        log.commit(engine.uncommitted(), drop_before).map_err(OpenError::Log)?;
        engine.committed(log.end());
    }
    Ok(())
}

/// The last turn: commits what waited for a flush to share.
pub fn drain<L: Log>(engine: &mut Engine, log: &mut L) -> Result<(), L::Error> {
    if !engine.uncommitted().is_empty() {
        log.commit(engine.uncommitted(), log.start())?;
        engine.committed(log.end());
    }
    Ok(())
}

/// Rewrites what is still live of the oldest part of the log, and says up to where
/// the log may be dropped: not yet what this turn rewrites, since its outputs may
/// name texts that are there.
fn clean<L: Log>(engine: &mut Engine, log: &mut L) -> Result<Place, OpenError<L::Error>> {
    let drop_before = log.start().max(engine.carried);
    let mut start = drop_before;
    let mut left = CLEAN_BYTES_PER_TURN + 2 * engine.uncommitted().len() as u64;
    let mut bytes = Vec::new();
    while left > 0 && engine.wants_cleaning(start) {
        bytes.clear();
        let Some(row) = log.read_row(start, &mut bytes).map_err(OpenError::Log)? else {
            break;
        };
        if !engine.may_clean(row) {
            break;
        }
        engine.carry_over(row.start, &bytes)?;
        start = row.end;
        left = left.saturating_sub(bytes.len() as u64);
    }
    engine.carried = start;
    Ok(drop_before)
}
