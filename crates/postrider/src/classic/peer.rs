//! A scripted server for the tests, on a socket of this machine.

use postrider_proto::Number;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::thread::JoinHandle;
use std::time::Duration;

/// A patience that no busy machine exhausts, where an answer comes for certain.
pub(super) const CALM: Duration = Duration::from_secs(30);

/// A patience for waits that are meant to end in silence.
pub(super) const HASTE: Duration = Duration::from_millis(20);

/// A patience for waits that a repeat ends: short, six times it is long enough for
/// a busy machine.
pub(super) const BRISK: Duration = Duration::from_millis(200);

const STOP: &str = "stop";

/// The client of the tests.
pub(super) fn me() -> Number {
    "5550000001".parse().unwrap()
}

/// Hears one datagram after the other, and answers each as its script says.
pub(super) struct Peer {
    address: SocketAddr,
    heard: Option<JoinHandle<Vec<String>>>,
}

impl Peer {
    /// `script` gets a datagram and how many have been heard, and returns the answers.
    pub(super) fn start(script: impl FnMut(&str, usize) -> Vec<String> + Send + 'static) -> Peer {
        Peer::start_at((Ipv4Addr::LOCALHOST, 0).into(), script)
    }

    pub(super) fn start_at(
        address: SocketAddr,
        mut script: impl FnMut(&str, usize) -> Vec<String> + Send + 'static,
    ) -> Peer {
        let socket = UdpSocket::bind(address).unwrap();
        let address = socket.local_addr().unwrap();
        let heard = std::thread::spawn(move || {
            let mut heard = Vec::new();
            while let Some((datagram, from)) = hear(&socket) {
                heard.push(datagram.clone());
                for answer in script(&datagram, heard.len()) {
                    // A client that has gone already refuses, which is no concern here.
                    let _ = socket.send_to(answer.as_bytes(), from);
                }
            }
            heard
        });
        Peer { address, heard: Some(heard) }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends it and returns all that it has heard.
    pub(super) fn stop(mut self) -> Vec<String> {
        self.end()
    }

    fn end(&mut self) -> Vec<String> {
        let Some(heard) = self.heard.take() else { return Vec::new() };
        let stopper = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        stopper.send_to(STOP.as_bytes(), self.address).unwrap();
        heard.join().unwrap()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.end();
    }
}

fn hear(socket: &UdpSocket) -> Option<(String, SocketAddr)> {
    let mut buffer = [0; 1_024];
    loop {
        // Where the system reports a client's refusal here, it is not a datagram.
        let Ok((length, from)) = socket.recv_from(&mut buffer) else { continue };
        let datagram = String::from_utf8(buffer[..length].to_vec()).unwrap();
        return (datagram != STOP).then_some((datagram, from));
    }
}

/// An address where nothing listens.
pub(super) fn refusing_address() -> SocketAddr {
    UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap()
}
