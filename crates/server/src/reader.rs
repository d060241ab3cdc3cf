//! The reader thread: receives, and admits who may speak.

use crate::batch::{Batch, Sender};
use crate::drops::{Drop, Drops};
use crate::passing::ForTurns;
use crate::rate::Rate;
use crate::socket::{Receiver, Transmitter};
use crate::trunks::Door;
use ipnet::IpNet;
use postrider_proto::classic::Line;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::Instant;

/// A native datagram begins with a byte from here up, a classic one below.
const NATIVE_FROM: u8 = 0x80;

/// What the reader needs to know.
pub(crate) struct Reader {
    pub(crate) socket: UdpSocket,
    pub(crate) line: Line,
    pub(crate) networks: Vec<IpNet>,
    pub(crate) rate: Rate,
    pub(crate) drops: Arc<Drops>,
    pub(crate) stop: Arc<AtomicBool>,
    pub(crate) started: Instant,
    /// Towards the engine.
    pub(crate) turns: mpsc::SyncSender<ForTurns>,
    /// Emptied ones, coming back.
    pub(crate) empty: mpsc::Receiver<Batch<Sender>>,
    /// Where there are trunks.
    pub(crate) trunks: Option<NativeEnd>,
}

/// The reader's end of what is between it and the trunks.
pub(crate) struct NativeEnd {
    pub(crate) trunks: Door,
    /// Emptied batches, coming back.
    pub(crate) empty: mpsc::Receiver<Batch<SocketAddr>>,
}

impl Reader {
    /// Reads until it is told to stop or the engine is gone.
    pub(crate) fn run(mut self) {
        let (mut receiver, mut transmitter) = (Receiver::new(), Transmitter::new());
        while !self.stop.load(Ordering::Relaxed) {
            let mut batch = self.empty.try_recv().unwrap_or_default();
            let native = self.trunks.as_ref().map(|end| end.empty.try_recv().unwrap_or_default());
            let mut native: Batch<SocketAddr> = native.unwrap_or_default();
            self.fill(&mut receiver, &mut batch, &mut native);
            self.give_to_trunks(native, batch.is_empty(), &mut transmitter);
            if !batch.is_empty() && self.turns.send(ForTurns::Datagrams(batch)).is_err() {
                break;
            }
        }
        if let Some(end) = self.trunks {
            end.trunks.stop();
        }
    }

    /// What the trunks have no room for is dropped: their senders send it again, and
    /// nothing else has to wait. With classic datagrams in hand it does not begin to work.
    fn give_to_trunks(&self, native: Batch<SocketAddr>, may: bool, transmitter: &mut Transmitter) {
        let Some(end) = self.trunks.as_ref().filter(|_| !native.is_empty()) else { return };
        for _ in 0..end.trunks.receive(native, may, transmitter) {
            self.drops.count(Drop::Busy);
        }
    }

    fn fill(
        &mut self,
        receiver: &mut Receiver,
        batch: &mut Batch<Sender>,
        native: &mut Batch<SocketAddr>,
    ) {
        let Reader { socket, line, networks, rate, drops, started, trunks, .. } = self;
        let now_micros = started.elapsed().as_micros() as u64;
        let received = receiver.receive(socket, |address, datagram| {
            if datagram.first().is_some_and(|first| *first >= NATIVE_FROM) {
                if trunks.is_some() {
                    native.push(address, datagram);
                } else {
                    drops.count(Drop::Protocol);
                }
            } else if let Some(server) = line.index_of(address) {
                batch.push(Sender::Server(server), datagram);
            } else if !is_admitted(networks, address.ip()) {
                drops.count(Drop::Network);
            } else if !rate.admits(address.ip(), now_micros) {
                drops.count(Drop::Rate);
            } else {
                batch.push(Sender::Client(address), datagram);
            }
        });
        if let Err(error) = received {
            // What ICMP reports of an earlier datagram; the next call goes on.
            tracing::debug!(%error, "receiving");
        }
    }
}

fn is_admitted(networks: &[IpNet], address: IpAddr) -> bool {
    let address = address.to_canonical();
    address.is_loopback() || networks.iter().any(|network| network.contains(&address))
}
