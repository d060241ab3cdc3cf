//! The two limits that a server's rate is held against: the same datagrams through a
//! bare echo loop, and the same bytes appended and flushed in the same batches.

use super::load::{Load, Sends};
use postrider_server::{Batch, Receiver, Transmitter, bind};
use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Round trips a second of the same requests through a batched loop that only echoes.
pub(super) fn echo_per_s(outstanding: usize, time: Duration) -> anyhow::Result<f64> {
    let socket = bind((Ipv4Addr::LOCALHOST, 0).into())?;
    let address = socket.local_addr()?;
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = Arc::clone(&stop);
    let echo = std::thread::spawn(move || {
        let (mut receiver, mut transmitter) = (Receiver::new(), Transmitter::new());
        let mut batch: Batch<SocketAddr> = Batch::default();
        while !stopped.load(Ordering::Relaxed) {
            batch.clear();
            let _ = receiver.receive(&socket, |from, datagram| batch.push(from, datagram));
            transmitter.send(&socket, &batch);
        }
    });
    let mut load = Load::open(address, Sends::default())?;
    let rate = load.run(outstanding, time)?.per_s();
    stop.store(true, Ordering::Relaxed);
    let _ = echo.join();
    Ok(rate)
}

/// Records a second that a file takes, appended and flushed `batch` at a time.
pub(super) fn append_per_s(
    folder: &Path,
    record_bytes: usize,
    batch: f64,
    time: Duration,
) -> anyhow::Result<f64> {
    let file = File::create(folder.join("appended"))?;
    let bytes = vec![b'x'; (record_bytes as f64 * batch).round() as usize];
    let (mut flushes, mut at) = (0_u64, 0);
    let started = Instant::now();
    while started.elapsed() < time {
        file.write_all_at(&bytes, at)?;
        file.sync_data()?;
        at += bytes.len() as u64;
        flushes += 1;
    }
    Ok(flushes as f64 * batch / started.elapsed().as_secs_f64())
}
