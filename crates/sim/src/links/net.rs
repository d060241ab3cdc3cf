//! Simulated wires: a queue of limited rate, then a delay, then chance.

use fastrand::Rng;
use postrider_link::Time;
use std::time::Duration;

/// One direction of a path, which several links may share.
#[derive(Clone, Debug)]
pub struct Wire {
    /// Bytes a second; none for no limit.
    pub rate: Option<f64>,
    /// Bytes that each datagram takes beside its own: the headers below UDP.
    pub header_bytes: usize,
    /// How long the queue may become.
    pub queue_max: Duration,
    /// From one end to the other.
    pub delay: Duration,
    /// Added to the delay by chance, so that packets overtake each other.
    pub jitter: Duration,
    /// The share of the packets that is lost.
    pub loss: f64,
    /// The share that arrives twice.
    pub doubled: f64,
    /// The share of which a bit is changed.
    pub damaged: f64,
    /// Nothing arrives.
    pub is_cut: bool,
    /// When the last packet in the queue has left it.
    pub free_at: Time,
    /// What went over it.
    pub seen: Seen,
}

/// What went over a wire.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen {
    /// Packets that were sent.
    pub packets: u64,
    /// Bytes of them.
    pub bytes: u64,
    /// Packets for which the queue had no room.
    pub dropped: u64,
    /// The longest that a packet waited in the queue.
    pub longest_queue: Duration,
    /// The bytes of the longest packet.
    pub longest_packet: usize,
}

impl Wire {
    /// A wire without a limit, on which nothing goes wrong.
    pub fn new(delay_ms: u64) -> Wire {
        Wire {
            rate: None,
            header_bytes: 0,
            queue_max: Duration::from_secs(3600),
            delay: Duration::from_millis(delay_ms),
            jitter: Duration::ZERO,
            loss: 0.0,
            doubled: 0.0,
            damaged: 0.0,
            is_cut: false,
            free_at: Time::ZERO,
            seen: Seen::default(),
        }
    }

    /// The same with a rate, in bytes a second.
    pub fn rate(self, bytes_per_second: f64) -> Wire {
        Wire { rate: Some(bytes_per_second), ..self }
    }

    /// The same, on which a share is lost.
    pub fn loss(self, loss: f64) -> Wire {
        Wire { loss, ..self }
    }

    /// When a packet arrives, each time that it does.
    pub fn carry(&mut self, now: Time, bytes: usize, rng: &mut Rng) -> Vec<Time> {
        self.seen.packets += 1;
        self.seen.bytes += bytes as u64;
        self.seen.longest_packet = self.seen.longest_packet.max(bytes);
        let Some(through_at) = self.through(now, bytes) else {
            self.seen.dropped += 1;
            return Vec::new();
        };
        if self.is_cut || rng.f64() < self.loss {
            return Vec::new();
        }
        let times = if rng.f64() < self.doubled { 2 } else { 1 };
        let mut late = || self.delay + self.jitter.mul_f64(rng.f64());
        (0..times).map(|_| through_at + late()).collect()
    }

    fn through(&mut self, now: Time, bytes: usize) -> Option<Time> {
        let Some(rate) = self.rate else { return Some(now) };
        let waits = self.free_at.since(now);
        if waits > self.queue_max {
            return None;
        }
        self.seen.longest_queue = self.seen.longest_queue.max(waits);
        let takes = (bytes + self.header_bytes) as f64 / rate;
        self.free_at = self.free_at.max(now) + Duration::from_secs_f64(takes);
        Some(self.free_at)
    }
}
