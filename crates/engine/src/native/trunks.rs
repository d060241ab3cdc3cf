//! Trunks: what is handed to each, and what of it the other side has on disk.

use super::known::Known;
use super::{About, Judged, Says, Station};
use crate::engine::Engine;
use crate::limits::{DISPUTED_MAX, MESSAGES_HANDED_MAX, ROWS_HANDED_MAX, SEQUENCE_MAX};
use crate::output::{Handed, Output, RowAt};
use crate::{Place, Time, Write};
use postrider_proto::Number;
use postrider_proto::native::{Fact, Have, Row, SentRow, ServerKey};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// A trunk from up to down, as the driver numbers them. The next one to the same server
/// gets another number, so that nothing of the one before is taken for its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TrunkId(pub u32);

/// What the driver was given, until the other side has it on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Given {
    Message { kept: Place, to: Number, hops: u8 },
    Row,
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

    /// The messages that one was given and the other side does not have.
    pub(super) fn messages_of(&self, trunk: TrunkId) -> Vec<(Number, Place)> {
        let given = self.up.get(&trunk).into_iter().flat_map(|trunk| trunk.given.values());
        given.filter_map(Given::message).collect()
    }

    /// Of these, how many have so many hops left.
    pub(super) fn given_with(&self, trunk: TrunkId, hops: u8) -> u16 {
        self.up.get(&trunk).map_or(0, |trunk| trunk.by_hops[usize::from(hops)])
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

    /// The soonest time until which something waits.
    pub(super) fn next_held(&self) -> Option<Time> {
        self.up.values().flat_map(|trunk| trunk.held.values()).min().copied()
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
            Given::Row => None,
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
            Given::Row => self.rows_given += 1,
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
            Given::Row => self.rows_given -= 1,
            Given::Message { hops, .. } => {
                self.by_hops[usize::from(hops)] -= 1;
                self.heard = now;
            }
        }
        Some(given)
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
        self.link_up(peer, cost);
        self.say_what_is_seen(id);
    }

    /// It went down: what the other side does not have waits again.
    pub(crate) fn trunk_down(&mut self, id: TrunkId) {
        let Some(trunk) = self.native.trunks.up.remove(&id) else { return };
        self.native.trunks.by_peer.remove(&trunk.peer);
        for given in trunk.given.into_values() {
            if let Given::Message { kept, to, .. } = given {
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
        trunk.wants.extend((0..stations.len() as u16).map(Station));
    }

    /// The other side says something of the directory.
    pub(crate) fn hear_row(&mut self, id: TrunkId, item: u64, sent: &SentRow<'_>) {
        self.output(Output::Took { trunk: id, item });
        let Row { entry, .. } = sent.row();
        let sequence = entry.sequence.value();
        let origin = (sequence <= SEQUENCE_MAX).then(|| self.station(entry.origin)).flatten();
        let Some(origin) = origin else {
            self.counters.rows_refused += 1;
            return;
        };
        self.has_too(id, origin, sent.after(), sequence);
        let says = self.says(&entry.fact);
        let counts =
            origin != Station::ME && says.is_some_and(|says| self.counts(origin, sequence, says));
        // What is news counts although somebody has said that there is nothing.
        let has_seen = self.native.rows.has_seen(origin, sequence);
        let is_hidden = has_seen && counts;
        if has_seen && !is_hidden {
            self.counters.rows_known += 1;
            // It may say that there is nothing between, which was not known.
            if !self.native.rows.has_seen_all(origin, sent.after(), sequence) {
                self.write(&Write::Passed { origin, after: sent.after(), sequence });
            }
            return;
        }
        self.counters.rows_taken += 1;
        match says {
            Some(says) if counts => {
                let peer = match says {
                    Says::Link { peer, .. } => Some(peer),
                    Says::Number { .. } | Says::Server { .. } => None,
                };
                self.take_row(&Write::Row { origin, peer, sent: *sent }, origin, says);
                if is_hidden {
                    self.counters.rows_hidden += 1;
                    self.tell_hidden(id, origin, sequence);
                }
            }
            _ => self.write(&Write::Passed { origin, after: sent.after(), sequence }),
        }
    }

    /// Whether a row counts from now on. One that nobody may say is counted.
    fn counts(&mut self, origin: Station, sequence: u64, says: Says) -> bool {
        if let Some(counts) = self.counts_by_block(origin, says) {
            return counts;
        }
        let native = &self.native;
        let is_greater = |one, other| native.is_greater(one, other);
        let judged = native.rows.judge(origin, sequence, says, is_greater);
        match judged {
            Judged::News | Judged::Old => {}
            Judged::Won | Judged::Lost => self.dispute(says),
            Judged::NotTheOwner => self.counters.rows_not_owners += 1,
            Judged::FarAhead => self.counters.rows_far_ahead += 1,
        }
        matches!(judged, Judged::News | Judged::Won)
    }

    /// A number is bound to two first keys, of which one counts.
    fn dispute(&mut self, says: Says) {
        self.counters.rows_disputed += 1;
        if let Says::Number { number, .. } = says
            && self.native.disputed.len() < DISPUTED_MAX
        {
            self.native.disputed.insert(number);
        }
    }

    /// What a fact says; none where there are too many servers to tell.
    fn says(&mut self, fact: &Fact<'_>) -> Option<Says> {
        Some(match fact {
            Fact::Number(row) => Says::of_number(row),
            Fact::Link(link) => Says::Link { peer: self.station(link.peer)?, cost: link.cost },
            Fact::Server(row) => Says::Server { blocks: row.blocks, place: row.line },
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

    /// The others were told that there is no such row: it is given to those that have room.
    /// It alone, since the rows after it may be many.
    fn tell_hidden(&mut self, teller: TrunkId, origin: Station, sequence: u64) {
        let next = self.native.rows.next_live(origin, sequence - 1);
        let Some((_, _, place)) = next.filter(|(found, ..)| *found == sequence) else { return };
        let was_told = |trunk: &Trunk| {
            trunk.peer != origin && trunk.has.get(&origin).is_some_and(|has| *has >= sequence)
        };
        let mut given = Vec::new();
        for (id, trunk) in &mut self.native.trunks.up {
            if *id != teller && was_told(trunk) && trunk.rows_given < ROWS_HANDED_MAX {
                given.push((*id, trunk.give(Given::Row, self.now)));
            }
        }
        for (trunk, tag) in given {
            self.counters.rows_given += 1;
            let what = Handed::Row { after: sequence - 1, sequence, row: RowAt::Log(place) };
            self.output(Output::Hand { trunk, tag, what });
        }
    }

    /// The other side has on disk what was given under this tag.
    pub(crate) fn hear_custody(&mut self, id: TrunkId, tag: u64) {
        let now = self.now;
        let Some(trunk) = self.native.trunks.get(id) else { return };
        let station = trunk.peer;
        match trunk.take(tag, now) {
            Some(Given::Message { kept, to, .. }) => {
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
            Some(Given::Row) => {}
            None => self.counters.custody_unmatched += u64::from(tag != 0),
        }
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

    fn supply_rows(&mut self, id: TrunkId) {
        let Some(trunk) = self.native.trunks.get(id).filter(|trunk| trunk.has_said_all) else {
            return;
        };
        let origins: Vec<Station> = trunk.wants.iter().copied().collect();
        for origin in origins {
            while let Some((after, sequence, row)) = self.next_row(id, origin) {
                if self.waits_its_turn(id, origin) {
                    break;
                }
                let Some(trunk) = self.native.trunks.get(id) else { return };
                trunk.has.insert(origin, sequence);
                let tag = trunk.give(Given::Row, self.now);
                self.counters.rows_given += 1;
                let what = Handed::Row { after, sequence, row };
                self.output(Output::Hand { trunk: id, tag, what });
            }
            self.let_go_of(id, origin);
        }
    }

    /// Once the other side was given all of an origin that is here, nothing waits any more.
    fn let_go_of(&mut self, id: TrunkId, origin: Station) {
        let has_more = self.next_row(id, origin).is_some();
        let Some(trunk) = self.native.trunks.get(id) else { return };
        let is_full = trunk.rows_given >= ROWS_HANDED_MAX;
        if !has_more && !is_full {
            trunk.wants.remove(&origin);
            trunk.held.remove(&origin);
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
                    self.give_first(*to, *id);
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
        trunk.is_some_and(|trunk| !trunk.is_full())
    }

    fn give_first(&mut self, station: Station, id: TrunkId) {
        if let Some((kept, to)) = self.native.queue.hand(station, id) {
            self.give_message(id, kept, to);
        }
    }

    /// Gives a trunk a message that the queue counts as handed to it.
    pub(super) fn give_message(&mut self, id: TrunkId, kept: Place, to: Number) {
        let message = self.mail.get(to, kept).copied();
        let hops = message.and_then(|message| message.stamp).map_or(0, |stamp| stamp.hops);
        let what = message.and_then(|message| self.handed(to, &message));
        let (Some(what), Some(trunk)) = (what, self.native.trunks.get(id)) else {
            debug_assert!(false, "what is queued waits, and its trunk is up");
            return;
        };
        let tag = trunk.give(Given::Message { kept, to, hops }, self.now);
        self.counters.given += 1;
        self.output(Output::Hand { trunk: id, tag, what });
    }
}
