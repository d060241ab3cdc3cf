//! Trunks: which are up, and what each was given that the other side has not on disk yet.

mod hand_over;
mod hear_rows;
mod tell_rows;

use super::Station;
use crate::engine::Engine;
use crate::limits::{MESSAGES_HANDED_MAX, STATIONS_MAX, STATIONS_OF_TRUNKS};
use crate::{Place, Time, Write};
use postrider_proto::Number;
use postrider_proto::native::ServerKey;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// A trunk from up to down, as the driver numbers them. The next one to the same server
/// gets another number, so that nothing of the one before is taken for its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TrunkId(pub u32);

/// What the driver was given, until the other side has it on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Given {
    Message {
        kept: Place,
        to: Number,
        hops: u8,
    },
    Row,
    /// That a number had another key, too.
    Dispute(Number),
    /// A message that came back, and stays here.
    Back,
}

/// A trunk that is up.
#[derive(Debug)]
struct Trunk {
    peer: Station,
    /// What the other side has said to have of each origin; rows go once all is said.
    has: BTreeMap<Station, u64>,
    has_said_all: bool,
    /// The origins of which there may be rows that it does not have.
    wants: BTreeSet<Station>,
    /// Until when rows of an origin wait for the other side to tell them.
    held: BTreeMap<Station, Time>,
    given: BTreeMap<u64, Given>,
    next_tag: u64,
    rows_given: usize,
    /// Of the messages given, how many have how many hops left.
    by_hops: Box<[u16; 256]>,
    /// When the other side last took a message, or was given one when it had taken all.
    heard: Time,
}

/// All trunks that are up.
#[derive(Debug, Default)]
pub(crate) struct Trunks {
    up: BTreeMap<TrunkId, Trunk>,
    by_peer: BTreeMap<Station, TrunkId>,
}

impl Trunks {
    /// The trunk to a neighbour.
    pub(super) fn to(&self, peer: Station) -> Option<TrunkId> {
        self.by_peer.get(&peer).copied()
    }

    fn get(&mut self, trunk: TrunkId) -> Option<&mut Trunk> {
        self.up.get_mut(&trunk)
    }

    pub(super) fn peer(&self, trunk: TrunkId) -> Option<Station> {
        self.up.get(&trunk).map(|trunk| trunk.peer)
    }

    pub(crate) fn len(&self) -> usize {
        self.up.len()
    }

    /// The messages that one was given and the other side does not have.
    pub(super) fn messages_of(&self, trunk: TrunkId) -> Vec<(Number, Place)> {
        let given = self.up.get(&trunk).into_iter().flat_map(|trunk| trunk.given.values());
        given.filter_map(Given::message).collect()
    }

    /// A message that one was given came back.
    pub(super) fn came_back(&mut self, trunk: TrunkId, kept: Place) {
        if let Some(trunk) = self.up.get_mut(&trunk) {
            trunk.came_back(kept);
        }
    }

    /// Of these, how many have so many hops left.
    pub(super) fn given_with(&self, trunk: TrunkId, hops: u8) -> u16 {
        self.up.get(&trunk).map_or(0, |trunk| trunk.by_hops[usize::from(hops)])
    }

    /// The tag of what is handed of a number's dispute; none if the trunk is down.
    pub(super) fn give_dispute(&mut self, id: TrunkId, number: Number, now: Time) -> Option<u64> {
        Some(self.up.get_mut(&id)?.give(Given::Dispute(number), now))
    }

    /// Whether one was given as many messages as it may be.
    pub(super) fn is_full(&self, trunk: TrunkId) -> bool {
        self.up.get(&trunk).is_some_and(Trunk::is_full)
    }

    pub(super) fn any_is_full(&self) -> bool {
        self.up.values().any(Trunk::is_full)
    }

    /// Those whose other side has taken none of its messages for so long.
    pub(super) fn silent_for(&self, now: Time, time: Duration) -> Vec<TrunkId> {
        let silent = |trunk: &Trunk| trunk.messages_given() > 0 && now.since(trunk.heard) >= time;
        self.up.iter().filter(|(_, trunk)| silent(trunk)).map(|(id, _)| *id).collect()
    }

    /// Until when rows of an origin wait at a trunk: until this, if they did not already.
    pub(super) fn holds(&mut self, id: TrunkId, origin: Station, until: Time) -> Option<Time> {
        Some(*self.up.get_mut(&id)?.held.entry(origin).or_insert(until))
    }

    /// The soonest time from now on until which something waits.
    pub(super) fn next_held(&self, now: Time) -> Option<Time> {
        let held = self.up.values().flat_map(|trunk| trunk.held.values());
        held.filter(|at| **at > now).min().copied()
    }

    /// What all trunks were given and the other sides do not have yet.
    pub(crate) fn given(&self) -> usize {
        self.up.values().map(|trunk| trunk.given.len()).sum()
    }
}

impl Given {
    fn message(&self) -> Option<(Number, Place)> {
        match *self {
            Given::Message { kept, to, .. } => Some((to, kept)),
            Given::Row | Given::Dispute(_) | Given::Back => None,
        }
    }
}

impl Trunk {
    fn new(peer: Station, now: Time) -> Trunk {
        Trunk {
            peer,
            has: BTreeMap::new(),
            has_said_all: false,
            wants: BTreeSet::new(),
            held: BTreeMap::new(),
            given: BTreeMap::new(),
            next_tag: 1,
            rows_given: 0,
            by_hops: Box::new([0; 256]),
            heard: now,
        }
    }

    fn give(&mut self, given: Given, now: Time) -> u64 {
        let tag = self.next_tag;
        self.next_tag += 1;
        match given {
            Given::Row | Given::Dispute(_) => self.rows_given += 1,
            Given::Back => {}
            Given::Message { hops, .. } => {
                if self.messages_given() == 0 {
                    self.heard = now;
                }
                self.by_hops[usize::from(hops)] += 1;
            }
        }
        self.given.insert(tag, given);
        tag
    }

    /// The other side has it.
    fn take(&mut self, tag: u64, now: Time) -> Option<Given> {
        let given = self.given.remove(&tag)?;
        match given {
            Given::Row | Given::Dispute(_) => self.rows_given -= 1,
            Given::Back => self.heard = now,
            Given::Message { hops, .. } => {
                self.by_hops[usize::from(hops)] -= 1;
                self.heard = now;
            }
        }
        Some(given)
    }

    /// It keeps its place until the other side has said that it has it.
    fn came_back(&mut self, kept: Place) {
        let is_it = |given: &&mut Given| given.message().is_some_and(|(_, of)| of == kept);
        if let Some(given) = self.given.values_mut().find(is_it)
            && let Given::Message { hops, .. } = std::mem::replace(given, Given::Back)
        {
            self.by_hops[usize::from(hops)] -= 1;
        }
    }

    fn is_full(&self) -> bool {
        self.messages_given() >= MESSAGES_HANDED_MAX
    }

    fn messages_given(&self) -> usize {
        self.given.len() - self.rows_given
    }
}

impl Engine {
    /// A trunk came up. Of an earlier one with this number, or to this server, what was
    /// given is given again.
    pub(crate) fn trunk_up(&mut self, id: TrunkId, peer: ServerKey, cost: u16) {
        self.trunk_down(id);
        let Some(peer) = self.station(peer).filter(|peer| *peer != Station::ME) else {
            self.counters.trunks_refused += 1;
            return;
        };
        if let Some(other) = self.native.trunks.to(peer) {
            self.trunk_down(other);
        }
        self.native.trunks.up.insert(id, Trunk::new(peer, self.now));
        self.native.trunks.by_peer.insert(peer, id);
        self.native.disputes.stir();
        self.link_up(peer, cost);
        self.say_what_is_seen(id);
    }

    /// It went down: what the other side does not have waits again.
    pub(crate) fn trunk_down(&mut self, id: TrunkId) {
        let Some(trunk) = self.native.trunks.up.remove(&id) else {
            return self.session_down(id);
        };
        self.native.trunks.by_peer.remove(&trunk.peer);
        for given in trunk.given.into_values() {
            match given {
                Given::Message { kept, to, .. } => {
                    self.native.queue.took_back(kept);
                    self.wait_again(kept, to);
                }
                Given::Dispute(number) => self.native.disputes.came_back(number),
                Given::Row | Given::Back => {}
            }
        }
        self.link_down(trunk.peer);
    }

    /// The short number of a server that a row names, unless it is one too many.
    fn heard_of(&mut self, key: ServerKey) -> Option<Station> {
        let is_full = self.native.stations.len() >= STATIONS_MAX - STATIONS_OF_TRUNKS;
        if is_full { self.native.stations.find(&key) } else { self.station(key) }
    }

    /// The short number of a server, which is a lasting one.
    pub(super) fn station(&mut self, key: ServerKey) -> Option<Station> {
        if let Some(found) = self.native.stations.find(&key) {
            return Some(found);
        }
        let station = self.native.stations.next(&key)?;
        self.write(&Write::Station { station, key });
        Some(station)
    }

    /// Gives every trunk what it may have.
    pub(crate) fn supply_trunks(&mut self) {
        let news = std::mem::take(&mut self.native.news);
        let trunks: Vec<TrunkId> = self.native.trunks.up.keys().copied().collect();
        for id in trunks {
            if let Some(trunk) = self.native.trunks.get(id) {
                trunk.wants.extend(&news);
            }
            self.supply_rows(id);
        }
        self.want_turns();
        self.supply_messages();
    }
}
