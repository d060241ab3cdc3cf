//! The reader thread: receives, and admits who may speak.

use crate::batch::{Batch, Sender};
use crate::drops::{Drop, Drops};
use crate::rate::Rate;
use crate::socket::Receiver;
use ipnet::IpNet;
use postrider_proto::classic::Line;
use std::net::{IpAddr, UdpSocket};
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
    pub(crate) batches: mpsc::SyncSender<Batch<Sender>>,
    /// Emptied ones, coming back.
    pub(crate) empty: mpsc::Receiver<Batch<Sender>>,
}

impl Reader {
    /// Reads until it is told to stop or the engine is gone.
    pub(crate) fn run(mut self) {
        let mut receiver = Receiver::new();
        while !self.stop.load(Ordering::Relaxed) {
            let mut batch = self.empty.try_recv().unwrap_or_default();
            self.fill(&mut receiver, &mut batch);
            if !batch.is_empty() && self.batches.send(batch).is_err() {
                return;
            }
        }
    }

    fn fill(&mut self, receiver: &mut Receiver, batch: &mut Batch<Sender>) {
        let Reader { socket, line, networks, rate, drops, started, .. } = self;
        let now_micros = started.elapsed().as_micros() as u64;
        let received = receiver.receive(socket, |address, datagram| {
            if datagram.first().is_some_and(|first| *first >= NATIVE_FROM) {
                drops.count(Drop::Protocol);
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
