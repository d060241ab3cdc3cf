//! The writer thread: sends what the turns have to say.

use crate::batch::Batch;
use crate::socket::Transmitter;
use std::net::{SocketAddr, UdpSocket};
use std::sync::mpsc;

/// What the writer needs to know.
pub(crate) struct Writer {
    pub(crate) socket: UdpSocket,
    /// From the engine.
    pub(crate) batches: mpsc::Receiver<Batch<SocketAddr>>,
    /// Emptied ones, going back.
    pub(crate) empty: mpsc::SyncSender<Batch<SocketAddr>>,
}

impl Writer {
    /// Sends until the engine is gone and everything has been sent.
    pub(crate) fn run(self) {
        let mut transmitter = Transmitter::new();
        while let Ok(mut batch) = self.batches.recv() {
            send_batch(&mut transmitter, &self.socket, &batch);
            batch.clear();
            // There is a place for each; only when the turns have ended it fails.
            let _ = self.empty.try_send(batch);
        }
    }
}

/// Sends all that the kernel takes.
pub(crate) fn send_batch(
    transmitter: &mut Transmitter,
    socket: &UdpSocket,
    batch: &Batch<SocketAddr>,
) {
    if let (refused, Some(error)) = transmitter.send(socket, batch) {
        tracing::debug!(refused, %error, "the kernel refused datagrams");
    }
}
