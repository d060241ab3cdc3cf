//! The servers of a classic network, which stand in a line.

use std::fmt;
use std::net::SocketAddr;

/// A server's place in the line, from 1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServerIndex(u8);

/// Why addresses do not make a line. Nothing was kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// No address at all.
    #[error("a line has at least one server")]
    Empty,
    /// More servers than a line may have.
    #[error("a line has at most {max} servers, this has {found}", max = Line::SERVERS_MAX)]
    TooLong {
        /// How many it has.
        found: usize,
    },
    /// Two servers with the same address.
    #[error("the address {address} stands twice in the line")]
    Doubled {
        /// The address.
        address: SocketAddr,
    },
    /// An index that no server of the line has.
    #[error("the line has servers 1 to {servers}, there is no server {index}")]
    NoSuchServer {
        /// The index asked for.
        index: usize,
        /// How many servers there are.
        servers: usize,
    },
}

impl ServerIndex {
    /// The server with this place, unless it is 0 or beyond the longest line.
    pub fn from_value(value: u8) -> Option<ServerIndex> {
        (1..=Line::SERVERS_MAX).contains(&usize::from(value)).then_some(ServerIndex(value))
    }

    /// 1 to [`Line::SERVERS_MAX`].
    pub fn value(self) -> u8 {
        self.0
    }
}

impl fmt::Display for ServerIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for ServerIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "server {}", self.0)
    }
}

/// The addresses of all servers, in the order in which they stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line(Vec<SocketAddr>);

impl Line {
    /// The most servers of a line: as many as a message remembers to have been
    /// sent to, one bit each.
    pub const SERVERS_MAX: usize = 64;

    /// Checks that the addresses can be a line.
    pub fn new(addresses: Vec<SocketAddr>) -> Result<Line, LineError> {
        if addresses.is_empty() {
            return Err(LineError::Empty);
        }
        if addresses.len() > Line::SERVERS_MAX {
            return Err(LineError::TooLong { found: addresses.len() });
        }
        for (place, address) in addresses.iter().enumerate() {
            if addresses[..place].contains(address) {
                return Err(LineError::Doubled { address: *address });
            }
        }
        Ok(Line(addresses))
    }

    /// The server with this index, from 1.
    pub fn server(&self, index: usize) -> Result<ServerIndex, LineError> {
        let found = u8::try_from(index).ok().and_then(ServerIndex::from_value);
        found
            .filter(|_| index <= self.0.len())
            .ok_or(LineError::NoSuchServer { index, servers: self.0.len() })
    }

    /// The servers, from the first to the last.
    pub fn servers(&self) -> impl Iterator<Item = ServerIndex> + use<> {
        (1..=self.0.len() as u8).map(ServerIndex)
    }

    /// How many servers there are, at least one.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Where the server listens, if it is of this line.
    pub fn address(&self, server: ServerIndex) -> Option<SocketAddr> {
        self.0.get(usize::from(server.0) - 1).copied()
    }

    /// Which server has this address, IP and port.
    pub fn index_of(&self, address: SocketAddr) -> Option<ServerIndex> {
        let place = self.0.iter().position(|of_line| *of_line == address)?;
        Some(ServerIndex(place as u8 + 1))
    }
}
