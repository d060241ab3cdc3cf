//! The own ends of links: what is told to the others of trunks that come and go.

use super::{Says, Station};
use crate::deadlines::{Timer, durations};
use crate::engine::Engine;
use crate::{Time, Write};
use std::collections::BTreeMap;
use std::time::Duration;

/// So often a link went down of which it is believed last of all that it is up.
const MANY_DOWNS: u32 = 8;

/// An own end of a link.
#[derive(Clone, Copy, Debug, Default)]
struct Link {
    /// What it costs, while the trunk is up.
    up: Option<u16>,
    /// When what is true is to be told, if it is not what was told.
    tell_at: Option<Time>,
    /// How often it went down lately.
    downs: u32,
    last_down: Option<Time>,
}

/// All own ends of links.
#[derive(Debug, Default)]
pub(crate) struct Links {
    links: BTreeMap<Station, Link>,
}

impl Link {
    /// One that keeps coming and going is believed later and later, up to five minutes.
    fn up_delay(&self, now: Time) -> Duration {
        match self.last_down {
            Some(at) if now.since(at) < durations::LINK_FORGIVEN && self.downs > 1 => {
                let doubled = durations::LINK_UP_AGAIN * (1 << (self.downs - 2).min(6));
                doubled.min(durations::LINK_UP_AGAIN_MAX)
            }
            _ => Duration::ZERO,
        }
    }
}

impl Engine {
    /// The trunk to this station came up, and its link costs this.
    pub(super) fn link_up(&mut self, peer: Station, cost: u16) {
        let now = self.now;
        let link = self.native.links.links.entry(peer).or_default();
        link.up = Some(cost.max(1));
        let delay = link.up_delay(now);
        self.tell_link_in(peer, delay);
    }

    /// It went down. A cut that is shorter than some seconds is nobody else's business.
    pub(super) fn link_down(&mut self, peer: Station) {
        let now = self.now;
        let link = self.native.links.links.entry(peer).or_default();
        link.up = None;
        if link.last_down.is_some_and(|at| now.since(at) >= durations::LINK_FORGIVEN) {
            link.downs = 0;
        }
        link.downs += 1;
        link.last_down = Some(now);
        self.tell_link_in(peer, durations::LINK_DOWN);
    }

    /// The trunk to this station was cut, since nothing came of it: that is told at once, and
    /// that it is up again is believed as late as of one that went down all the time.
    pub(super) fn distrust_link(&mut self, peer: Station) {
        let Some(link) = self.native.links.links.get_mut(&peer) else { return };
        link.downs = link.downs.max(MANY_DOWNS);
        if let Some(before) = link.tell_at.take() {
            self.deadlines.clear(before, Timer::Link(peer));
        }
        self.tell_link(peer);
    }

    fn tell_link_in(&mut self, peer: Station, delay: Duration) {
        let at = self.now + delay;
        let link = self.native.links.links.entry(peer).or_default();
        if let Some(before) = link.tell_at.replace(at) {
            self.deadlines.clear(before, Timer::Link(peer));
        }
        self.deadlines.set(at, Timer::Link(peer));
    }

    /// What is true of the link now is told, if something else was.
    pub(crate) fn tell_link(&mut self, peer: Station) {
        let Some(link) = self.native.links.links.get_mut(&peer) else { return };
        link.tell_at = None;
        let cost = link.up.unwrap_or(0);
        if self.native.rows.graph.cost(Station::ME, peer) != cost {
            let sequence = self.native.rows.last_of(Station::ME) + 1;
            self.write(&Write::OwnRow { sequence, says: Says::Link { peer, cost } });
        }
    }

    /// After a start no trunk is up: links that were told are taken back in a while.
    pub(super) fn doubt_links(&mut self) {
        for peer in self.native.rows.graph.peers(Station::ME) {
            if !self.native.links.links.contains_key(&peer) {
                self.tell_link_in(peer, durations::LINK_DOWN);
            }
        }
    }
}
