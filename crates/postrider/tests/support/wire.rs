//! Bare datagrams.

use super::PATIENCE;
use postrider_proto::Number;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

/// The largest datagram of UDP.
const DATAGRAM_BYTES: usize = 65_535;

/// A number by its value.
pub(crate) fn number(value: u64) -> Number {
    Number::from_value(value).expect("at most ten digits")
}

/// A socket that sends any bytes and hears what comes.
pub(crate) struct PlainSocket(UdpSocket);

impl PlainSocket {
    /// A client's: on any port.
    pub(crate) fn new() -> PlainSocket {
        PlainSocket::at((Ipv4Addr::LOCALHOST, 0).into())
    }

    /// One at this address.
    pub(crate) fn at(address: SocketAddr) -> PlainSocket {
        PlainSocket(UdpSocket::bind(address).unwrap())
    }

    pub(crate) fn tell(&self, server: SocketAddr, datagram: impl AsRef<[u8]>) {
        self.0.send_to(datagram.as_ref(), server).unwrap();
    }

    /// The next datagram, from whomever, if one comes in time.
    pub(crate) fn hear_within(&self, time: Duration) -> Option<(SocketAddr, String)> {
        let deadline = Instant::now() + time;
        let mut buffer = [0; DATAGRAM_BYTES];
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            self.0.set_read_timeout(Some(left.max(Duration::from_millis(1)))).unwrap();
            match self.0.recv_from(&mut buffer) {
                Ok((length, from)) => {
                    return Some((from, String::from_utf8_lossy(&buffer[..length]).into_owned()));
                }
                // Also where the whole process was halted for a while.
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock && left.is_zero() => {
                    return None;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => panic!("cannot receive: {error}"),
            }
        }
    }

    /// Waits for a datagram that is looked for; others are passed over.
    pub(crate) fn hear<T>(&self, mut look: impl FnMut(SocketAddr, &str) -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        let mut heard = Vec::new();
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let Some((from, datagram)) = self.hear_within(left) else { break };
            if let Some(found) = look(from, &datagram) {
                return found;
            }
            heard.push(datagram);
        }
        panic!("not heard, but {heard:?}");
    }

    /// Says something, and returns the first answer.
    pub(crate) fn ask(&self, server: SocketAddr, datagram: impl AsRef<[u8]>) -> String {
        self.tell(server, datagram);
        self.hear(|from, answer| (from == server).then(|| answer.to_owned()))
    }
}
