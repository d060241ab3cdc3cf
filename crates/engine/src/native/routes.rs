//! When ways are computed, and what own clients are told to the others.

use super::{NativeConfig, Route, Says, Station};
use crate::Write;
use crate::deadlines::{Timer, durations};
use crate::engine::Engine;
use postrider_proto::Number;
use postrider_proto::native::{MessageId, Receipt, ServerKey, Version};

impl Engine {
    /// The log has been replayed.
    pub(crate) fn begin_native(&mut self) {
        self.native.sweep.begin(self.now);
        let Some(NativeConfig { key, epoch, blocks, line, .. }) = self.native.config else {
            return;
        };
        if self.native.stations.len() == 0 {
            self.write(&Write::Station { station: Station::ME, key });
        }
        if self.native.epoch.is_none() {
            self.write(&Write::Epoch { epoch });
        }
        self.honour_known();
        let last = self.native.rows.last_of(Station::ME);
        let is_told = self.native.reserved.said(Station::ME) == blocks
            && self.native.stations.place(Station::ME) == line;
        if last == 0 || !is_told {
            let says = Says::Server { blocks, place: line };
            self.write(&Write::OwnRow { sequence: last + 1, says });
        }
        self.doubt_links();
        self.compute_routes();
        let own = self.directory.from(Number::MIN);
        let own: Vec<Number> =
            own.filter(|(_, home)| *home == self.config.me).map(|(n, _)| n).collect();
        for client in own {
            self.publish(client);
        }
        self.begin_line();
    }

    /// Tells the others where an own client is, or that it has left, if they have been told
    /// something else.
    pub(crate) fn publish(&mut self, client: Number) {
        if self.native.config.is_none() {
            return;
        }
        let home = self.directory.home(client);
        let told = self.native.rows.live_number(client);
        match told.filter(|known| known.station == Station::ME) {
            Some(told) if home == Some(self.config.me) && !told.line => {}
            Some(told) if home.is_some_and(|home| self.is_other(home)) && told.line => {}
            _ if home == Some(self.config.me) => self.say_number(client, false, false),
            Some(told) => self.say_number(client, true, told.line),
            None => {}
        }
    }

    /// The next row about a number, unless it is of somebody else's block.
    /// One that is bound to a key only its owner can move.
    pub(super) fn say_number(&mut self, number: Number, released: bool, line: bool) {
        if self.native.rows.bound(number).is_some() {
            return;
        }
        if self.native.is_reserved_from(number, Station::ME) {
            self.counters.claims_withheld += u64::from(!released);
            return;
        }
        let known = self.native.rows.number(number);
        let version = known.map_or(Some(Version::FIRST), |known| known.version.next());
        let Some(version) = version else { return };
        let sequence = self.native.rows.last_of(Station::ME) + 1;
        let says = Says::Number { number, version, released, line, bound: None };
        self.write(&Write::OwnRow { sequence, says });
    }

    /// A link has changed: the ways are computed soon, once for all that changes till then.
    pub(crate) fn want_routes(&mut self) {
        if std::mem::take(&mut self.native.routes_wanted) && !self.native.routes_set {
            self.native.routes_set = true;
            self.deadlines.set(self.now + durations::ROUTES, Timer::Routes);
        }
    }

    pub(crate) fn compute_routes(&mut self) {
        self.native.routes_set = false;
        self.native.routes = self.native.rows.graph.routes(self.native.stations.len());
        let routes = &self.native.routes;
        self.quotas.reroute(|station| routes.to(station).is_some());
        self.native.disputes.stir();
        self.compute_turns();
        self.look_at_gateways();
    }

    /// The key under which the log was begun; none where it never had trunks.
    pub fn identity(&self) -> Option<ServerKey> {
        self.native.stations.key(Station::ME)
    }

    /// What became of messages of own clients, as far as it is remembered.
    pub fn outcomes(&self) -> impl Iterator<Item = (MessageId, Receipt)> + '_ {
        self.native.outcomes.values().copied()
    }

    /// The station that this server knows by a key, if it knows one.
    pub fn station_of(&self, key: ServerKey) -> Option<Station> {
        self.native.stations.find(&key)
    }

    /// The way to a station, if there is one.
    pub fn route(&self, station: Station) -> Option<Route> {
        self.native.routes.to(station)
    }
}
