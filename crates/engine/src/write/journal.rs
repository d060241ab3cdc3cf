//! What waits for the next commit.

use super::{Place, Write};

/// The writes of the turns since the last commit.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    start: Place,
    bytes: Vec<u8>,
    backs_a_promise: bool,
}

impl Journal {
    /// Begins anew where the log ends.
    pub(crate) fn restart(&mut self, end_of_log: Place) {
        self.start = end_of_log;
        self.bytes.clear();
        self.backs_a_promise = false;
    }

    pub(crate) fn push(&mut self, write: &Write<'_>) -> Place {
        let place = self.end();
        write.encode(&mut self.bytes);
        self.backs_a_promise |= write.backs_a_promise();
        place
    }

    pub(crate) fn end(&self) -> Place {
        Place(self.start.0 + self.bytes.len() as u64)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(crate) fn backs_a_promise(&self) -> bool {
        self.backs_a_promise
    }
}
