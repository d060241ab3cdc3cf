//! A log in memory. What was committed is there after a restart, the rest is not.

use postrider_engine::{Log, Place, Row};
use std::collections::BTreeMap;
use std::convert::Infallible;

#[derive(Clone, Debug, Default)]
pub(crate) struct Disk {
    start: Place,
    end: Place,
    rows: BTreeMap<u64, Vec<u8>>,
    /// Whether there is no room for new texts.
    pub(crate) full: bool,
}

impl Disk {
    /// Reads what begins at the record at `place`, which must still be there: an
    /// output names only what its turn's commit has left in the log.
    pub(crate) fn read_record(&self, place: Place, into: &mut Vec<u8>) -> Result<(), Infallible> {
        let row = self.rows.range(..=place.0).next_back();
        let record = row.and_then(|(start, row)| row.get((place.0 - start) as usize..));
        let record = record.filter(|record| !record.is_empty());
        assert!(record.is_some(), "the text at {} was dropped before it could leave", place.0);
        into.extend_from_slice(record.unwrap_or_default());
        Ok(())
    }
}

impl Log for Disk {
    type Error = Infallible;

    fn start(&self) -> Place {
        self.start
    }

    fn end(&self) -> Place {
        self.end
    }

    fn commit(&mut self, records: &[u8], drop_before: Place) -> Result<(), Infallible> {
        self.rows.insert(self.end.0, records.to_vec());
        self.end = Place(self.end.0 + records.len() as u64);
        self.start = self.start.max(drop_before);
        self.rows = self.rows.split_off(&self.start.0);
        Ok(())
    }

    fn read_row(&mut self, from: Place, into: &mut Vec<u8>) -> Result<Option<Row>, Infallible> {
        let Some((start, row)) = self.rows.range(from.0..).next() else { return Ok(None) };
        assert_eq!(*start, from.0, "the log has no gap");
        into.extend_from_slice(row);
        Ok(Some(Row { start: from, end: Place(start + row.len() as u64) }))
    }

    fn has_room(&mut self) -> bool {
        !self.full
    }
}
