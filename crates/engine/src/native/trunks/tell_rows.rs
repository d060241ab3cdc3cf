//! Rows that each trunk is given: those of which the other side has not heard.

use super::{Given, Trunk, TrunkId};
use crate::Place;
use crate::engine::Engine;
use crate::limits::ROWS_HANDED_MAX;
use crate::native::known::Known;
use crate::native::{About, Station};
use crate::output::{Handed, Output, RowAt};

impl Engine {
    pub(super) fn say_what_is_seen(&mut self, trunk: TrunkId) {
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

    pub(super) fn supply_rows(&mut self, id: TrunkId) {
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
        Some((after, sequence, self.row_at(origin, about, place)?))
    }

    /// A row that counts: another server's as it is in the log, an own one to be signed.
    pub(in crate::native) fn row_at(
        &self,
        origin: Station,
        about: About,
        place: Place,
    ) -> Option<RowAt> {
        Some(match about {
            _ if origin != Station::ME => RowAt::Log(place),
            About::Link(peer) => {
                let cost = self.native.rows.graph.cost(Station::ME, peer);
                RowAt::Link { peer: self.native.stations.key(peer)?, cost }
            }
            About::Number(number) if self.native.rows.bound(number).is_some() => {
                RowAt::Bound(place)
            }
            About::Number(number) => {
                let known = self.native.rows.number(number)?;
                let Known { version, released, line, .. } = known;
                RowAt::Number { number, version, released, line }
            }
            About::Server => RowAt::Server { place: self.native.stations.place(Station::ME) },
        })
    }

    /// The others were told that there is no such row: it is given to those that have room.
    /// It alone, since the rows after it may be many.
    pub(super) fn tell_hidden(&mut self, teller: TrunkId, origin: Station, sequence: u64) {
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
}
