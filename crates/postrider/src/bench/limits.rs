//! The two limits that a server's figures are held against: the same datagrams through a
//! bare echo loop, and the same bytes appended and flushed in the same batches.

use super::load::{Load, Sends};
use postrider_server::{Batch, Receiver, Transmitter, bind};
use std::fs::File;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A batched loop that only sends back, until it is dropped.
pub(super) struct Echo {
    pub(super) address: SocketAddr,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Echo {
    pub(super) fn start() -> anyhow::Result<Echo> {
        let socket = bind((Ipv4Addr::LOCALHOST, 0).into())?;
        let address = socket.local_addr()?;
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let (mut receiver, mut transmitter) = (Receiver::new(), Transmitter::new());
            let mut batch: Batch<SocketAddr> = Batch::default();
            while !stopped.load(Ordering::Relaxed) {
                batch.clear();
                let _ = receiver.receive(&socket, |from, datagram| batch.push(from, datagram));
                transmitter.send(&socket, &batch);
            }
        });
        Ok(Echo { address, stop, thread: Some(thread) })
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// A file that grows by a flush at a time.
pub(super) struct Appended {
    file: File,
    bytes: Vec<u8>,
    at: u64,
}

impl Appended {
    /// By so many bytes at a time.
    pub(super) fn create(folder: &Path, bytes: usize) -> io::Result<Appended> {
        let file = File::create(folder.join("appended"))?;
        Ok(Appended { file, bytes: vec![b'x'; bytes], at: 0 })
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.file.write_all_at(&self.bytes, self.at)?;
        self.file.sync_data()?;
        self.at += self.bytes.len() as u64;
        Ok(())
    }
}

/// Round trips a second of the same requests through a batched loop that only echoes.
pub(super) fn echo_per_s(outstanding: usize, time: Duration) -> anyhow::Result<f64> {
    let echo = Echo::start()?;
    let mut load = Load::open(echo.address, Sends::default())?;
    Ok(load.run(outstanding, time)?.per_s())
}

/// Records a second that a file takes, appended and flushed `batch` at a time.
pub(super) fn append_per_s(
    folder: &Path,
    record_bytes: usize,
    batch: f64,
    time: Duration,
) -> anyhow::Result<f64> {
    let bytes = (record_bytes as f64 * batch).round() as usize;
    let mut appended = Appended::create(folder, bytes)?;
    let mut flushes = 0_u64;
    let started = Instant::now();
    while started.elapsed() < time {
        appended.flush()?;
        flushes += 1;
    }
    Ok(flushes as f64 * batch / started.elapsed().as_secs_f64())
}
