//! The log that a simulated server's engine sees: it keeps a copy of each commit for
//! the checkers, and fails when the server is doomed.

use crate::disk::SimRoom;
use crate::medium::{LogError, OpenLog};
use fastrand::Rng;
use postrider_engine::{Log, Place, Row};
use std::ops::Range;

/// At which point of its next commit a server crashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doom {
    /// The commit is never begun.
    BeforeCommit,
    /// The power fails during the commit.
    DuringCommit,
    /// The commit is done, and this many datagrams have left.
    AfterOutputs(usize),
}

pub(crate) struct Recorder {
    pub(crate) log: OpenLog,
    pub(crate) doom: Option<Doom>,
    /// What the last commit was to write, and where.
    pub(crate) records: Vec<u8>,
    pub(crate) place: Place,
    pub(crate) state: Commit,
    pub(crate) had_room: bool,
    /// A planted bug: the last row is not read.
    pub(crate) skips_last_row: bool,
    /// A planted bug: nothing is ever dropped.
    pub(crate) drops_nothing: bool,
    room: SimRoom,
    dice: Rng,
}

/// What became of this turn's commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Commit {
    None,
    Done,
    Failed,
}

impl Recorder {
    pub(crate) fn new(log: OpenLog, room: SimRoom, dice: Rng) -> Recorder {
        Recorder {
            log,
            doom: None,
            records: Vec::new(),
            place: Place(0),
            state: Commit::None,
            had_room: true,
            skips_last_row: false,
            drops_nothing: false,
            room,
            dice,
        }
    }

    /// A turn begins.
    pub(crate) fn begin(&mut self, doom: Option<Doom>) {
        self.doom = doom;
        self.state = Commit::None;
        self.records.clear();
    }

    /// Where the log begins and ends.
    pub(crate) fn span(&self) -> Range<Place> {
        self.log.start()..self.log.end()
    }

    /// Everything that the log holds, row by row, and where each begins.
    pub(crate) fn read_all(&mut self) -> Result<Vec<(Place, Vec<u8>)>, LogError> {
        let (mut from, mut rows) = (self.log.start(), Vec::new());
        let mut bytes = Vec::new();
        while let Some(row) = self.log.read_row(from, &mut bytes)? {
            rows.push((row.start, std::mem::take(&mut bytes)));
            from = row.end;
        }
        Ok(rows)
    }

    fn is_last(&mut self, row: Row) -> Result<bool, LogError> {
        Ok(self.log.read_row(row.end, &mut Vec::new())?.is_none())
    }
}

impl Log for Recorder {
    type Error = LogError;

    fn start(&self) -> Place {
        self.log.start()
    }

    fn end(&self) -> Place {
        self.log.end()
    }

    fn commit(&mut self, records: &[u8], drop_before: Place) -> Result<(), LogError> {
        self.place = self.log.end();
        let drop_before = if self.drops_nothing { self.log.start() } else { drop_before };
        self.records.extend_from_slice(records);
        self.state = Commit::Failed;
        match self.doom {
            Some(Doom::BeforeCommit) => return Err(LogError::Power),
            Some(Doom::DuringCommit) => {
                self.log.torn_commit(records, drop_before, &mut self.dice);
                return Err(LogError::Power);
            }
            Some(Doom::AfterOutputs(_)) | None => self.log.commit(records, drop_before)?,
        }
        self.state = Commit::Done;
        Ok(())
    }

    fn read_row(&mut self, from: Place, into: &mut Vec<u8>) -> Result<Option<Row>, LogError> {
        match self.log.read_row(from, into)? {
            Some(row) if self.skips_last_row && self.is_last(row)? => Ok(None),
            row => Ok(row),
        }
    }

    fn has_room(&mut self) -> bool {
        self.had_room = self.log.has_room(&self.room);
        self.had_room
    }
}
