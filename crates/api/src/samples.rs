//! How a server was in the last hours.

use crate::limits::{SAMPLE_EVERY, SAMPLES_MAX};
use postrider_server::control::{PeersAnswer, StatusAnswer};
use serde::Serialize;
use std::collections::VecDeque;
use std::time::Instant;
use utoipa::ToSchema;

/// How the server was at a moment. Counts are totals since it started.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Sample {
    /// How long ago.
    ago_s: u64,
    /// Messages that waited.
    waiting: u64,
    accepted: u64,
    delivered: u64,
    expired: u64,
    refused: u64,
    bytes_out: u64,
    bytes_in: u64,
    /// Links that were up.
    links_up: u64,
    /// Servers known, this one included.
    servers: u64,
}

/// The last six hours, the oldest first; less of a server that has run for less.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct History {
    /// Seconds between two samples.
    step_s: u64,
    samples: Vec<Sample>,
}

/// What was sampled.
#[derive(Debug, Default)]
pub(crate) struct Samples(VecDeque<(Instant, Sample)>);

impl Samples {
    pub(crate) fn add(&mut self, now: Instant, status: &StatusAnswer, peers: &PeersAnswer) {
        let done = |name: &str| status.done.get(name).copied().unwrap_or(0);
        let holds = |name: &str| status.holds.get(name).copied().unwrap_or(0);
        let bytes = |which: fn(&postrider_server::control::PeerAnswer) -> Option<u64>| {
            peers.peers.iter().filter_map(which).sum()
        };
        let sample = Sample {
            ago_s: 0,
            waiting: holds("messages"),
            accepted: done("accepted"),
            delivered: done("delivered"),
            expired: done("expired"),
            refused: status.refused.values().sum(),
            bytes_out: bytes(|peer| peer.bytes_out),
            bytes_in: bytes(|peer| peer.bytes_in),
            links_up: peers.peers.iter().filter(|peer| peer.state == "up").count() as u64,
            servers: holds("servers"),
        };
        if self.0.len() == SAMPLES_MAX {
            self.0.pop_front();
        }
        self.0.push_back((now, sample));
    }

    pub(crate) fn history(&self, now: Instant) -> History {
        let aged = |(at, sample): &(Instant, Sample)| {
            let ago_s = now.saturating_duration_since(*at).as_secs();
            Sample { ago_s, ..sample.clone() }
        };
        History { step_s: SAMPLE_EVERY.as_secs(), samples: self.0.iter().map(aged).collect() }
    }
}
