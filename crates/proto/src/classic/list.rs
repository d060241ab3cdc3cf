//! Lists: which client is at which server, as neighbours tell each other.

use super::fields::Malformed;
use super::{DATAGRAM_BYTES_MAX, DEFAULT_PORT};
use crate::Number;
use std::fmt::Write;
use std::net::{IpAddr, SocketAddr};

/// One datagram of a list, every pair of it checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct List<'a>(&'a str);

impl<'a> List<'a> {
    pub(super) fn parse(datagram: &'a str) -> Result<List<'a>, Malformed> {
        for written in datagram.split('?') {
            pair(written).ok_or(Malformed::Pair)?;
        }
        Ok(List(datagram))
    }

    /// The pairs, in the order of the datagram: a client and its server.
    pub fn pairs(self) -> impl Iterator<Item = (Number, SocketAddr)> + 'a {
        self.0.split('?').filter_map(pair)
    }

    /// The datagram.
    pub fn as_str(self) -> &'a str {
        self.0
    }
}

fn pair(written: &str) -> Option<(Number, SocketAddr)> {
    let (id, server) = written.split_once('/')?;
    Some((id.parse().ok()?, parse_address(server)?))
}

/// Reads a server's address as lists write it: `IP:PORT`, or `IP` alone with the
/// default port.
pub fn parse_address(written: &str) -> Option<SocketAddr> {
    let with_port = written.parse().ok();
    with_port.or_else(|| Some(SocketAddr::new(written.parse::<IpAddr>().ok()?, DEFAULT_PORT)))
}

/// Splits a list over datagrams of at most 256 bytes, none splitting a pair.
///
/// Push every pair, then call [`ListPrinter::finish`]; `emit` gets each datagram.
#[derive(Debug, Default)]
pub struct ListPrinter {
    datagram: String,
    pair: String,
}

impl ListPrinter {
    /// Adds a pair, and emits the datagram before it if that is full.
    pub fn push(&mut self, client: Number, server: SocketAddr, emit: impl FnOnce(&[u8])) {
        self.pair.clear();
        let written = match server.port() {
            DEFAULT_PORT => write!(self.pair, "{client}/{}", server.ip()),
            _ => write!(self.pair, "{client}/{server}"),
        };
        debug_assert!(written.is_ok(), "writing into a String does not fail");
        if !self.datagram.is_empty() {
            if self.datagram.len() + 1 + self.pair.len() > DATAGRAM_BYTES_MAX {
                self.finish(emit);
            } else {
                self.datagram.push('?');
            }
        }
        self.datagram.push_str(&self.pair);
    }

    /// Emits what has not been emitted yet.
    pub fn finish(&mut self, emit: impl FnOnce(&[u8])) {
        if !self.datagram.is_empty() {
            emit(self.datagram.as_bytes());
            self.datagram.clear();
        }
    }
}
