//! Where a PDU ends, and its header.

/// Bytes before the body.
pub const HEADER_BYTES: usize = 16;

/// What stands before a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// What it is ([`super::command`]).
    pub command: u32,
    /// What came of it; zero in what is asked.
    pub status: u32,
    /// Which: an answer has that of its question.
    pub sequence: u32,
}

/// What the beginning of a stream is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame<'a> {
    /// A whole PDU, which takes this many bytes.
    Whole {
        /// Its header.
        header: Header,
        /// What follows that.
        body: &'a [u8],
        /// Bytes of both.
        length: usize,
    },
    /// More has to come.
    Part,
    /// No PDU is so short or so long: nobody can say where the next begins.
    Broken {
        /// The sequence number, where it has come.
        sequence: Option<u32>,
    },
}

/// Looks at the beginning of a stream, in which a PDU has `most` bytes at the most.
pub fn frame(bytes: &[u8], most: usize) -> Frame<'_> {
    let word = |at: usize| {
        let word = bytes.get(at..at + 4)?;
        Some(u32::from_be_bytes(word.try_into().ok()?))
    };
    let Some(length) = word(0) else { return Frame::Part };
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    if !(HEADER_BYTES..=most).contains(&length) {
        return Frame::Broken { sequence: word(12) };
    }
    let (Some(command), Some(status), Some(sequence)) = (word(4), word(8), word(12)) else {
        return Frame::Part;
    };
    let header = Header { command, status, sequence };
    match bytes.get(HEADER_BYTES..length) {
        Some(body) => Frame::Whole { header, body, length },
        None => Frame::Part,
    }
}
