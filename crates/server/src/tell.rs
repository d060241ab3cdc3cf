//! Tells the log what a server refuses and drops.

use crate::server::Server;
use postrider_engine::Counters;
use std::time::{Duration, Instant};

/// The first refusal or drop is told at once, what follows at most this often.
const TELL_EVERY: Duration = Duration::from_secs(10);

/// What has been told, and when.
#[derive(Debug, Default)]
pub struct Teller {
    told_at: Option<Instant>,
    refused: u64,
    dropped: u64,
}

impl Teller {
    /// To be called again and again; says nothing where nothing more was refused or dropped.
    pub fn tell(&mut self, server: &Server) {
        let now = Instant::now();
        if self.told_at.is_some_and(|at| now - at < TELL_EVERY) {
            return;
        }
        let (counters, drops) = (server.status().counters, server.drops());
        let (refused, dropped) = (counters.refused(), drops.total());
        if refused > self.refused {
            warn_of_refusals(&counters);
        }
        if dropped > self.dropped {
            tracing::info!(datagrams = %drops.summary(), "dropped since the start");
        }
        if (refused, dropped) != (self.refused, self.dropped) {
            (self.told_at, self.refused, self.dropped) = (Some(now), refused, dropped);
        }
    }
}

fn warn_of_refusals(counters: &Counters) {
    tracing::warn!(
        disk_full = counters.refused_disk,
        mailbox_full = counters.refused_mailbox,
        too_many_waiting = counters.refused_waiting,
        too_many_clients = counters.refused_clients,
        "refused since the start; what was accepted is kept"
    );
}
