//! *Converge*, *Owner* and *BadInput*: when faults stop, every server agrees on every number's home
//! and knows the shortest way there; and nobody believes what a forger has said.
//!
//! Exempt are numbers without a key that a lying server claims for itself.

use super::Checkers;
use crate::trunks::report::{Promise, Verdict};
use postrider_engine::{Engine, Whereabouts};
use postrider_proto::Number;
use postrider_proto::native::ServerKey;

/// Where a number is at home: the server's index, none where it has been given up.
pub(crate) type Place = (Number, Option<usize>);

impl Checkers {
    /// The server at which one of them has a number at home.
    pub(crate) fn home(&self, site: usize, engine: &Engine, number: Number) -> Option<usize> {
        match engine.whereabouts(number) {
            Whereabouts::Here => Some(site),
            Whereabouts::Station(station) => {
                let key = self.station(site, station.value())?;
                self.keys.iter().position(|other| *other == key)
            }
            Whereabouts::Line(_) | Whereabouts::Unknown => None,
        }
    }

    /// Whether a server knows where a number is.
    pub(crate) fn agrees(&self, site: usize, engine: &Engine, seat: Place) -> Verdict {
        let (number, home) = seat;
        let found = self.home(site, engine, number);
        if found == home {
            return Ok(());
        }
        let what = format!("server {site} has {number} at {found:?}, and it is at {home:?}");
        self.judge(Promise::Converge.broken(what))
    }

    /// Whether a server's ways are as short as they can be.
    pub(crate) fn ways(&self, site: usize, engine: &Engine, distances: &[usize]) -> Verdict {
        for (station, key) in &self.stations[site] {
            let Some(to) = self.keys.iter().position(|other| other == key) else { continue };
            let Some(named) = engine.station_of(*key) else { continue };
            debug_assert_eq!(named.value(), *station);
            let cost = engine.route(named).map(|route| route.cost);
            if to != site && cost != Some(distances[to] as u64) {
                let what = format!(
                    "server {site} is {} links from {to}, and goes {cost:?}",
                    distances[to]
                );
                return self.judge(Promise::Converge.broken(what));
            }
        }
        Ok(())
    }

    /// *Owner*: a number that is bound to a key is where its owner has it, whatever others
    /// have said of it.
    pub(crate) fn is_its_owners(
        &self,
        site: usize,
        engine: &Engine,
        number: Number,
        home: ServerKey,
    ) -> Verdict {
        let found = match engine.whereabouts(number) {
            Whereabouts::Station(station) => self.station(site, station.value()),
            _ => None,
        };
        if found == Some(home) {
            return Ok(());
        }
        let what = format!("server {site} has {number} at {found:?}, and its owner at {home}");
        self.judge(Promise::Owner.broken(what))
    }

    /// Nobody believes that this number, which only a forger spoke of, is anywhere.
    pub(crate) fn disbelieves(&self, site: usize, engine: &Engine, number: Number) -> Verdict {
        match engine.whereabouts(number) {
            Whereabouts::Unknown => Ok(()),
            found => {
                let what = format!("server {site} believes a forged row: {number} at {found:?}");
                self.judge(Promise::BadInput.broken(what))
            }
        }
    }
}
