//! Datagrams on their way between threads, many at a time. Batches go round: what
//! one thread has emptied the other fills again.

use postrider_proto::classic::ServerIndex;
use std::net::SocketAddr;
use std::ops::Range;

/// Whom a datagram came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sender {
    /// Another server of the line.
    Server(ServerIndex),
    /// Anybody else.
    Client(SocketAddr),
}

/// Datagrams, each with an address of some kind, in one piece of memory, which
/// [`Batch::clear`] keeps.
#[derive(Debug)]
pub struct Batch<A> {
    bytes: Vec<u8>,
    entries: Vec<(A, Range<usize>)>,
}

impl<A> Default for Batch<A> {
    fn default() -> Batch<A> {
        Batch { bytes: Vec::new(), entries: Vec::new() }
    }
}

impl<A: Copy> Batch<A> {
    /// Adds a datagram.
    pub fn push(&mut self, address: A, datagram: &[u8]) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(datagram);
        self.entries.push((address, start..self.bytes.len()));
    }

    /// The datagrams, in order.
    pub fn iter(&self) -> impl Iterator<Item = (A, &[u8])> {
        self.entries.iter().map(|(address, range)| (*address, &self.bytes[range.clone()]))
    }

    /// The same, to be changed in place.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (A, &mut [u8])> {
        let Batch { bytes, entries } = self;
        let mut rest = &mut bytes[..];
        entries.iter().map(move |(address, range)| {
            let (one, after) = std::mem::take(&mut rest).split_at_mut(range.len());
            rest = after;
            (*address, one)
        })
    }

    /// Bytes of all of them.
    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Removes all.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.entries.clear();
    }
}
