//! Trunks: what is handed to each, and what of it the other side has on disk.

use super::rows::Known;
use super::{About, Says, Station};
use crate::engine::Engine;
use crate::limits::{MESSAGES_HANDED_MAX, ROWS_HANDED_MAX};
use crate::output::{Handed, Output, RowAt};
use crate::{Place, Write};
use postrider_proto::Number;
use postrider_proto::native::{Fact, Have, Row, SentRow, ServerKey};
use std::collections::BTreeMap;

/// A trunk from up to down, as the driver numbers them. The next one to the same server
/// gets another number, so that nothing of the one before is taken for its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TrunkId(pub u32);

/// What the driver was given, until the other side has it on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Given {
    Message { kept: Place, to: Number },
    Row,
}

/// A trunk that is up.
#[derive(Debug)]
struct Trunk {
    peer: Station,
    /// What the other side has said to have of each origin; rows go once all is said.
    has: BTreeMap<Station, u64>,
    has_said_all: bool,
    given: BTreeMap<u64, Given>,
    next_tag: u64,
    rows_given: usize,
}

/// All trunks that are up.
#[derive(Debug, Default)]
pub(crate) struct Trunks {
    up: BTreeMap<TrunkId, Trunk>,
    by_peer: BTreeMap<Station, TrunkId>,
}

impl Trunks {
    /// The trunk to a neighbour.
    pub(crate) fn to(&self, peer: Station) -> Option<TrunkId> {
        self.by_peer.get(&peer).copied()
    }

    fn get(&mut self, trunk: TrunkId) -> Option<&mut Trunk> {
        self.up.get_mut(&trunk)
    }

    pub(crate) fn peer(&self, trunk: TrunkId) -> Option<Station> {
        self.up.get(&trunk).map(|trunk| trunk.peer)
    }

    pub(crate) fn len(&self) -> usize {
        self.up.len()
    }

    /// What all trunks were given and the other sides do not have yet.
    pub(crate) fn given(&self) -> usize {
        self.up.values().map(|trunk| trunk.given.len()).sum()
    }
}

impl Trunk {
    fn give(&mut self, given: Given) -> u64 {
        let tag = self.next_tag;
        self.next_tag += 1;
        self.rows_given += usize::from(given == Given::Row);
        self.given.insert(tag, given);
        tag
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
        let trunk = Trunk {
            peer,
            has: BTreeMap::new(),
            has_said_all: false,
            given: BTreeMap::new(),
            next_tag: 1,
            rows_given: 0,
        };
        self.native.trunks.up.insert(id, trunk);
        self.native.trunks.by_peer.insert(peer, id);
        self.link_up(peer, cost);
        self.say_what_is_seen(id);
    }

    /// It went down: what the other side does not have waits again.
    pub(crate) fn trunk_down(&mut self, id: TrunkId) {
        let Some(trunk) = self.native.trunks.up.remove(&id) else { return };
        self.native.trunks.by_peer.remove(&trunk.peer);
        for given in trunk.given.into_values() {
            if let Given::Message { kept, to } = given {
                self.native.queue.took_back(kept);
                self.wait_again(kept, to);
            }
        }
        self.link_down(trunk.peer);
    }

    /// The short number of a server, which is a lasting one.
    pub(crate) fn station(&mut self, key: ServerKey) -> Option<Station> {
        if let Some(found) = self.native.stations.find(&key) {
            return Some(found);
        }
        let station = self.native.stations.next(&key)?;
        self.write(&Write::Station { station, key });
        Some(station)
    }

    fn say_what_is_seen(&mut self, trunk: TrunkId) {
        let start = self.outbox.seen.len();
        let native = &self.native;
        let seen = native.stations.by_id().filter_map(|(id, station)| {
            let up_to = native.rows.seen(station)?.up_to();
            (up_to > 0).then_some((id, up_to))
        });
        self.outbox.seen.extend(seen);
        let seen = start..self.outbox.seen.len();
        self.output(Output::Hand { trunk, tag: 0, what: Handed::Have { seen } });
    }

    /// The other side says what it has.
    pub(crate) fn hear_have(&mut self, id: TrunkId, item: u64, have: &Have<'_>) {
        self.output(Output::Took { trunk: id, item });
        let stations = &self.native.stations;
        let Some(trunk) = self.native.trunks.up.get_mut(&id) else { return };
        for (origin, up_to) in have.entries() {
            if let Some(origin) = stations.find_id(origin) {
                trunk.has.insert(origin, up_to.value());
            }
        }
        trunk.has_said_all |= !have.has_more();
    }

    /// The other side says something of the directory.
    pub(crate) fn hear_row(&mut self, id: TrunkId, item: u64, sent: &SentRow<'_>) {
        let Row { entry, .. } = sent.row();
        let Some(origin) = self.station(entry.origin) else {
            self.counters.rows_refused += 1;
            return self.output(Output::Took { trunk: id, item });
        };
        self.output(Output::Took { trunk: id, item });
        let sequence = entry.sequence.value();
        self.has_too(id, origin, sent.after(), sequence);
        if self.native.rows.has_seen(origin, sequence) {
            self.counters.rows_known += 1;
            // It may say that there is nothing between, which was not known.
            if !self.native.rows.has_seen_all(origin, sent.after(), sequence) {
                self.write(&Write::Passed { origin, after: sent.after(), sequence });
            }
            return;
        }
        self.counters.rows_taken += 1;
        match self.says(&entry.fact) {
            Some(says) if origin != Station::ME && self.is_news(origin, sequence, says) => {
                let peer = match says {
                    Says::Link { peer, .. } => Some(peer),
                    Says::Number { .. } | Says::Server { .. } => None,
                };
                self.take_row(&Write::Row { origin, peer, sent: *sent }, origin, says);
            }
            _ => self.write(&Write::Passed { origin, after: sent.after(), sequence }),
        }
    }

    fn is_news(&self, origin: Station, sequence: u64, says: Says) -> bool {
        let native = &self.native;
        native.rows.is_news(origin, sequence, says, |one, other| native.is_greater(one, other))
    }

    /// What a fact says; none where there are too many servers to tell.
    fn says(&mut self, fact: &Fact<'_>) -> Option<Says> {
        Some(match fact {
            Fact::Number(row) => Says::of_number(row),
            Fact::Link(link) => Says::Link { peer: self.station(link.peer)?, cost: link.cost },
            Fact::Server(row) => Says::Server { place: row.line },
        })
    }

    /// What the other side has sent it need not be sent.
    fn has_too(&mut self, id: TrunkId, origin: Station, after: u64, sequence: u64) {
        if let Some(trunk) = self.native.trunks.get(id) {
            let has = trunk.has.entry(origin).or_default();
            if after <= *has {
                *has = sequence.max(*has);
            }
        }
    }

    /// The other side has on disk what was given under this tag.
    pub(crate) fn hear_custody(&mut self, id: TrunkId, tag: u64) {
        let Some(trunk) = self.native.trunks.get(id) else { return };
        let station = trunk.peer;
        match trunk.given.remove(&tag) {
            Some(Given::Message { kept, to }) => {
                self.native.queue.took_back(kept);
                // Its recipient may have come home meanwhile: then the copy that was handed
                // over comes back, and is the repeat.
                if !self.is_cared_for(to)
                    && let Some(message) = self.mail.get(to, kept).copied()
                {
                    self.counters.handed_over += 1;
                    self.remember_handed_on(to, &message, station);
                    self.write(&Write::HandOn { kept, to, station });
                }
            }
            Some(Given::Row) => trunk.rows_given -= 1,
            None => self.counters.custody_unmatched += u64::from(tag != 0),
        }
    }

    /// Gives every trunk what it may have.
    pub(crate) fn supply_trunks(&mut self) {
        let trunks: Vec<TrunkId> = self.native.trunks.up.keys().copied().collect();
        for trunk in trunks {
            self.supply_rows(trunk);
        }
        self.supply_messages();
    }

    fn supply_rows(&mut self, id: TrunkId) {
        let origins = self.native.stations.len() as u16;
        for origin in (0..origins).map(Station) {
            while let Some((after, sequence, row)) = self.next_row(id, origin) {
                let Some(trunk) = self.native.trunks.get(id) else { return };
                trunk.has.insert(origin, sequence);
                let tag = trunk.give(Given::Row);
                self.counters.rows_given += 1;
                let what = Handed::Row { after, sequence, row };
                self.output(Output::Hand { trunk: id, tag, what });
            }
        }
    }

    /// The next row of an origin that the other side does not have: where it has gone on
    /// from, the row's number, and where it is.
    fn next_row(&self, id: TrunkId, origin: Station) -> Option<(u64, u64, RowAt)> {
        let trunk = self.native.trunks.up.get(&id)?;
        if !trunk.has_said_all || trunk.peer == origin || trunk.rows_given >= ROWS_HANDED_MAX {
            return None;
        }
        let after = trunk.has.get(&origin).copied().unwrap_or(0);
        let (sequence, about, place) = self.native.rows.next_live(origin, after)?;
        let row = match about {
            _ if origin != Station::ME => RowAt::Log(place),
            About::Link(peer) => {
                let cost = self.native.rows.graph.cost(Station::ME, peer);
                RowAt::Link { peer: self.native.stations.key(peer)?, cost }
            }
            About::Number(number) => {
                let known = self.native.rows.number(number)?;
                let Known { version, released, line, .. } = known;
                RowAt::Number { number, version, released, line }
            }
            About::Server => RowAt::Server { place: self.native.stations.place(Station::ME) },
        };
        Some((after, sequence, row))
    }

    /// The most urgent first, whatever station it is for.
    fn supply_messages(&mut self) {
        let mut ways: Vec<(Station, TrunkId)> = self.ways();
        while let Some(most) = ways.iter().filter_map(|(to, _)| self.native.queue.first(*to)).max()
        {
            let before = self.native.queue.len();
            ways.retain(|(to, id)| {
                self.native.queue.first(*to).is_some() && self.has_room_for_messages(*id)
            });
            for (to, id) in &ways {
                if self.native.queue.first(*to) == Some(most) && self.has_room_for_messages(*id) {
                    self.give_message(*to, *id);
                }
            }
            if self.native.queue.len() == before {
                break;
            }
        }
    }

    /// The stations for which something waits, and the trunk of the next step to each,
    /// where it is up.
    fn ways(&self) -> Vec<(Station, TrunkId)> {
        let native = &self.native;
        let trunk = |to: &Station| native.trunks.to(native.routes.to(*to)?.next);
        let stations = native.queue.stations();
        stations.into_iter().filter_map(|to| Some((to, trunk(&to)?))).collect()
    }

    fn has_room_for_messages(&self, id: TrunkId) -> bool {
        let trunk = self.native.trunks.up.get(&id);
        trunk.is_some_and(|trunk| trunk.messages_given() < MESSAGES_HANDED_MAX)
    }

    fn give_message(&mut self, station: Station, id: TrunkId) {
        let Some((kept, to)) = self.native.queue.hand(station, id) else { return };
        let what = self.mail.get(to, kept).copied().and_then(|message| self.handed(to, &message));
        let (Some(what), Some(trunk)) = (what, self.native.trunks.get(id)) else {
            debug_assert!(false, "what is queued waits, and its trunk is up");
            return;
        };
        let tag = trunk.give(Given::Message { kept, to });
        self.counters.given += 1;
        self.output(Output::Hand { trunk: id, tag, what });
    }
}
