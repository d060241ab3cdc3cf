//! A server that stands in a line of classic servers and has trunks is a gateway: each
//! side sees the other's numbers through it.
//!
//! ```text
//!   the line's lists ─► the directory ─► rows that claim for this server what is at
//!                                        servers of the line that have no trunks
//!   rows ─► the list: natives at their own place in the line, or, where they have none,
//!           at the first gateway of those that reach each other: it speaks for all
//! ```
//!
//! What a list says about a number is kept until a row says something newer; what waits
//! goes into the line only by the gateway whose row claims the number, so that there is one
//! place which knows what it has had.

use super::known::Known;
use super::rows::About;
use super::{Says, Station};
use crate::Write;
use crate::deadlines::{Timer, durations};
use crate::engine::Engine;
use crate::mail::ServerSet;
use postrider_proto::Number;
use postrider_proto::classic::ServerIndex;
use postrider_proto::native::{LineId, Version};

/// Which servers of the own line have trunks, too, as far as rows and ways tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Gateways {
    /// Those that there is a way to, other than this server.
    reached: ServerSet,
    /// All of them.
    known: ServerSet,
    /// The stations that there is a way to, in the line or not.
    ways: Vec<Station>,
}

impl Engine {
    /// The line that this server joins with native ones.
    pub(super) fn own_line(&self) -> Option<LineId> {
        Some(self.native.config?.line?.line)
    }

    /// The place of a station in the own line, if it stands there.
    pub(super) fn place_of(&self, station: Station) -> Option<ServerIndex> {
        let line = self.own_line()?;
        let place = self.native.stations.place(station)?;
        (place.line == line && place.index.value() <= self.config.servers).then_some(place.index)
    }

    /// Until a server has said where it stands, that may be in the own line.
    fn may_stand_in_line(&self, station: Station) -> bool {
        self.native.rows.latest(station, About::Server).is_none()
    }

    pub(super) fn has_way(&self, station: Station) -> bool {
        self.native.routes.to(station).is_some()
    }

    /// Whether no way leads there, and none is about to be heard of.
    fn is_out_of_reach(&self, station: Station) -> bool {
        let is_steady = self.now.since(self.native.ways_since) >= durations::WAYS_STEADY;
        station != Station::ME && !self.has_way(station) && is_steady
    }

    /// Whether a server of the line is a station that there is a way to: then its rows say
    /// better what the line's lists say.
    pub(crate) fn is_reached(&self, server: ServerIndex) -> bool {
        self.native.gateways.reached.contains(server)
    }

    /// Of the gateways that reach each other the first in the line speaks for all.
    fn speaker(&self) -> ServerIndex {
        let first = self.native.gateways.reached.iter().next();
        first.map_or(self.config.me, |first| first.min(self.config.me))
    }

    /// Whether the row says that the number is at some server of the own line.
    pub(super) fn is_of_line(&self, known: Known) -> bool {
        known.line && self.place_of(known.station).is_some()
    }

    /// Whether what waits for a number which the directory has in the line may go there.
    /// Where there are trunks, it takes the own row that claims the number.
    pub(crate) fn may_use_line(&self, number: Number) -> bool {
        self.own_line().is_none() || {
            let known = self.native.rows.live_number(number);
            known.is_some_and(|known| known.station == Station::ME && known.line)
        }
    }

    /// Where in the line a number is, as the own list says.
    pub(crate) fn seen_at(&self, number: Number) -> Option<ServerIndex> {
        if let Some(home) = self.directory.home(number) {
            return Some(home);
        }
        self.own_line()?;
        let known = self.native.rows.live_number(number)?;
        match self.place_of(known.station) {
            _ if known.station == Station::ME => None,
            // Somewhere in the line; its lists say where.
            Some(_) if known.line => None,
            Some(place) => Some(place),
            None if self.may_stand_in_line(known.station) => None,
            None => self.has_way(known.station).then(|| self.speaker()),
        }
    }

    /// Where a number counts as being when the line says something else. One with a native
    /// home counts as an own client.
    pub(crate) fn counts_as_at(&self, number: Number) -> Option<ServerIndex> {
        let home = self.directory.home(number);
        home.or_else(|| self.has_other_home(number).then_some(self.config.me))
    }

    fn has_other_home(&self, number: Number) -> bool {
        let known = self.native.rows.live_number(number);
        let known = known.filter(|_| self.own_line().is_some());
        known.is_some_and(|known| known.station != Station::ME && !self.is_of_line(known))
    }

    /// So many pairs of the own list from this number on, and where to go on.
    pub(crate) fn pairs_from(
        &self,
        first: Number,
        most: usize,
    ) -> (Vec<(Number, ServerIndex)>, Option<Number>) {
        if self.own_line().is_none() {
            let mut rest = self.directory.from(first);
            let pairs = rest.by_ref().take(most).collect();
            return (pairs, rest.next().map(|(client, _)| client));
        }
        let of_line = self.directory.from(first).map(|(client, _)| client);
        let mut numbers: Vec<Number> = of_line.take(most + 1).collect();
        numbers.extend(self.native.rows.from(first).take(most + 1));
        numbers.sort_unstable();
        numbers.dedup();
        let next = numbers.get(most).copied();
        numbers.truncate(most);
        let pair = |number: Number| Some((number, self.seen_at(number)?));
        (numbers.into_iter().filter_map(pair).collect(), next)
    }

    /// Takes over a row that is news, and what follows from it.
    pub(super) fn take_row(&mut self, row: &Write<'_>, origin: Station, says: Says) {
        let Says::Number { number, version, released, line, .. } = says else {
            return self.write(row);
        };
        if self.own_line().is_none() && self.directory.home(number).is_none() {
            self.write(row);
            return self.after_row(number, released, None);
        }
        let of_line = line && self.place_of(origin).is_some();
        let is_own = self.directory.home(number) == Some(self.config.me);
        if is_own && line && !released && !self.follows_own_row(number, version) {
            self.write(row);
            return self.say_number(number, false, false);
        }
        let seen_before = self.seen_at(number);
        self.change_care(number, |engine| {
            engine.write(row);
            if is_own || released == of_line {
                engine.forget_place(number);
            }
            // A home before this one has given it up, and it is in the line.
            if released {
                engine.claim_if_due(number);
            }
        });
        self.after_row(number, released, seen_before);
    }

    /// A claim that does not follow the own row was made by who did not know it: the client
    /// is where it was.
    fn follows_own_row(&self, number: Number, version: Version) -> bool {
        let known = self.native.rows.number(number).filter(|known| known.station == Station::ME);
        known.and_then(|known| known.version.next()) == Some(version)
    }

    /// A row is newer than what the directory says.
    fn forget_place(&mut self, client: Number) {
        match self.directory.home(client) {
            Some(home) if home == self.config.me => {
                self.counters.moved_away += 1;
                self.unmark(client);
            }
            Some(_) => {}
            None => return,
        }
        self.write(&Write::Gone { client });
    }

    fn after_row(&mut self, number: Number, released: bool, seen_before: Option<ServerIndex>) {
        if !released && !self.is_cared_for(number) {
            self.tell_history(number);
        }
        if self.own_line().is_none() {
            return;
        }
        if !released {
            self.heard.push(number, self.now);
        }
        match self.seen_at(number) {
            seen if seen == seen_before => {}
            Some(_) => self.share_news(),
            None if released && seen_before == Some(self.config.me) => self.flood_terminate(number),
            None => {}
        }
    }

    /// The log has been replayed.
    pub(super) fn begin_line(&mut self) {
        self.native.gateways = self.gateways();
        self.review_line();
    }

    /// The ways have been computed.
    pub(super) fn look_at_gateways(&mut self) {
        if self.own_line().is_some() {
            self.native.ways_since = self.now;
            self.deadlines.set(self.now + durations::WAYS_STEADY, Timer::Gateways);
        }
        let gateways = self.gateways();
        if gateways != self.native.gateways {
            self.native.gateways = gateways;
            self.review_line();
            self.share_news();
        }
    }

    /// The ways may have been steady for long enough.
    pub(crate) fn look_who_is_out_of_reach(&mut self) {
        if self.now.since(self.native.ways_since) >= durations::WAYS_STEADY {
            self.review_line();
        }
    }

    fn gateways(&self) -> Gateways {
        let mut gateways = Gateways::default();
        if self.own_line().is_none() {
            return gateways;
        }
        for (station, _) in self.native.stations.places() {
            if let Some(index) = self.place_of(station).filter(|index| *index != self.config.me) {
                gateways.known.insert(index);
                if self.has_way(station) {
                    gateways.reached.insert(index);
                }
            }
        }
        let all = (0..self.native.stations.len() as u16).map(Station);
        gateways.ways = all.filter(|station| self.has_way(*station)).collect();
        gateways
    }

    /// Who speaks for whom may have changed.
    fn review_line(&mut self) {
        if self.own_line().is_none() {
            return;
        }
        let others = self.directory.from(Number::MIN).filter(|(_, home)| self.is_other(*home));
        let is_due =
            |(number, home): &_| self.is_stale(*number, *home) || self.claim_is_due(*number);
        let due: Vec<(Number, ServerIndex)> = others.filter(is_due).collect();
        for (client, home) in due {
            let is_stale = self.is_stale(client, home);
            self.change_care(client, |engine| match is_stale {
                true => engine.write(&Write::Gone { client }),
                false => engine.claim(client),
            });
        }
    }

    /// Whether what the directory has of a number is what rows say better by now.
    fn is_stale(&self, number: Number, home: ServerIndex) -> bool {
        let known = self.native.rows.live_number(number).filter(|known| !self.is_of_line(*known));
        let has_way = known.is_some_and(|known| self.has_way(known.station));
        let is_claimed = self.may_use_line(number);
        self.is_reached(home) && !is_claimed || self.native.gateways.known.contains(home) && has_way
    }

    /// Claims a number for this server that is at another one of the line, if nobody has
    /// and it is for this server to do so.
    pub(crate) fn claim_if_due(&mut self, client: Number) {
        if self.claim_is_due(client) {
            self.claim(client);
        }
    }

    fn claim(&mut self, client: Number) {
        self.say_number(client, false, true);
    }

    fn claim_is_due(&self, client: Number) -> bool {
        if self.native.is_bound(client) {
            return false;
        }
        let home = self.directory.home(client).filter(|home| self.is_other(*home));
        let Some(home) = home.filter(|_| self.own_line().is_some()) else { return false };
        let is_speaker = self.speaker() == self.config.me;
        let Some(known) = self.native.rows.live_number(client) else { return is_speaker };
        let is_out_of_reach = self.is_out_of_reach(known.station);
        if self.is_of_line(known) {
            return is_out_of_reach && is_speaker;
        }
        if known.station == Station::ME {
            return true;
        }
        // A native home that stands in the line hears itself what the line says; and another
        // gateway, which is out of reach, may only speak for a native home.
        let is_in_line = self.place_of(known.station).is_some();
        let hears_itself =
            !is_out_of_reach && (is_in_line || self.may_stand_in_line(known.station));
        is_speaker && !hears_itself && !self.native.gateways.known.contains(home)
    }
}
