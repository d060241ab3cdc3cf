//! Which end of a link tells of an origin first, so that a row crosses each link once.
//!
//! Where there are circles, both ends of a link hear of a row by other links, and each
//! would tell the other. So the end that is further from the origin waits a moment, in
//! which the nearer one, which has the row or soon will, tells it. Nothing depends on it
//! but the number of rows: who waited in vain tells after all.

use super::{Station, TrunkId};
use crate::Time;
use crate::deadlines::{Timer, durations};
use crate::engine::Engine;
use crate::limits::NEAR_TRUNKS_MAX;
use std::collections::BTreeMap;

/// How far everybody is from this server and from its neighbours.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    /// From each neighbour, and from this server, to each station.
    distances: BTreeMap<Station, Vec<Option<u64>>>,
    /// Since when the graph has been as it is.
    since: Time,
    /// When the next row that waits is to be told.
    wake_at: Option<Time>,
}

impl Engine {
    /// The graph has changed.
    pub(super) fn compute_turns(&mut self) {
        let native = &mut self.native;
        native.turns.since = self.now;
        native.turns.distances.clear();
        let peers: Vec<Station> = native.rows.graph.peers(Station::ME);
        if peers.len() > NEAR_TRUNKS_MAX {
            return;
        }
        let stations = native.stations.len();
        for from in peers.into_iter().chain([Station::ME]) {
            let distances = native.rows.graph.distances(from, stations);
            native.turns.distances.insert(from, distances);
        }
    }

    /// Whether the other end is the one to tell of this origin. While the graph changes,
    /// nobody waits: the ends may not see it alike, and rows are to be fast.
    pub(super) fn is_their_turn(&self, peer: Station, origin: Station) -> bool {
        let turns = &self.native.turns;
        let from = |station: Station| {
            turns.distances.get(&station)?.get(origin.index()).copied().flatten()
        };
        let (Some(theirs), Some(ours)) = (from(peer), from(Station::ME)) else { return false };
        let is_nearer =
            theirs < ours || theirs == ours && self.native.is_greater(Station::ME, peer);
        is_nearer && self.now.since(turns.since) >= durations::GRAPH_STEADY
    }

    /// Whether rows of an origin wait for the other end of a trunk to tell them.
    pub(super) fn waits_its_turn(&mut self, id: TrunkId, origin: Station) -> bool {
        let Some(peer) = self.native.trunks.peer(id) else { return false };
        if !self.is_their_turn(peer, origin) {
            return false;
        }
        let at = self.now + durations::THEIR_TURN;
        let at = self.native.trunks.holds(id, origin, at);
        at.is_some_and(|at| at > self.now)
    }

    /// Sets when rows that wait are looked at again.
    pub(super) fn want_turns(&mut self) {
        let next = self.native.trunks.next_held(self.now);
        if next == self.native.turns.wake_at {
            return;
        }
        if let Some(before) = self.native.turns.wake_at.take() {
            self.deadlines.clear(before, Timer::Rows);
        }
        if let Some(at) = next {
            self.native.turns.wake_at = Some(at);
            self.deadlines.set(at, Timer::Rows);
        }
    }
}
