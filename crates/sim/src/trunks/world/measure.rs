//! How long it takes to agree once links are up, and how much is said for it.

use super::World;
use crate::trunks::report::{Figures, Promise, Verdict};
use crate::trunks::shape::diameter;
use postrider_engine::Time;
use std::collections::BTreeSet;
use std::time::Duration;

/// How finely the time until all agree is looked at.
const STEP: Duration = Duration::from_millis(5);
/// How long links may take to come up, and servers to agree, at the most.
const PATIENCE: Duration = Duration::from_secs(900);

impl World {
    /// Waits until all links are up and all servers agree, and measures it.
    pub(super) fn converge(&mut self) -> Verdict {
        let (rows, bytes) = self.handed();
        self.figures.rows_missing = self.checkers.rows_missing();
        let began = self.net.now;
        let mut all_up: Option<Time> = None;
        loop {
            let are_up = self.links_are_up();
            if !are_up {
                all_up = None;
            } else if all_up.is_none() {
                all_up = Some(self.net.now);
            }
            let verdict = self.all_say_the_same();
            if are_up && verdict.is_ok() {
                break;
            }
            if self.net.now.since(began) > PATIENCE {
                self.checkers.judge(verdict)?;
                return self.checkers.judge(Promise::Converge.broken("a link does not come up"));
            }
            self.pass(STEP)?;
        }
        let (rows_after, bytes_after) = self.handed();
        let delay = self.net.weather.delay_max;
        let hops = diameter(self.options.servers, &self.links) as u32;
        self.figures = Figures {
            convergence: all_up.map_or(Duration::ZERO, |at| self.net.now.since(at)),
            diameter_round_trip: 2 * delay * hops,
            rows_handed: rows_after - rows,
            bytes_handed: bytes_after - bytes,
            ..self.figures
        };
        Ok(())
    }

    pub(super) fn handed(&self) -> (u64, u64) {
        let handed = self.sites.iter().map(|site| site.handed);
        handed.fold((0, 0), |(rows, bytes), h| (rows + h.rows, bytes + h.bytes))
    }

    pub(crate) fn links_are_up(&self) -> bool {
        let ends: usize = self.sites.iter().map(|site| site.trunks_up(self.sites.len())).sum();
        ends >= 2 * self.links.len()
    }

    /// Whether every server has everybody at the same home. It may not be where somebody is
    /// who moved while servers could not hear each other, until the next word from there.
    fn all_say_the_same(&self) -> Verdict {
        // Those who came last are known last.
        for person in self.people.all.iter().rev().filter(|person| !person.is_victim) {
            let engines = self.sites.iter().filter_map(|site| Some((site.me, site.engine()?)));
            let says = engines.map(|(me, engine)| self.checkers.home(me, engine, person.number));
            let says: BTreeSet<Option<usize>> = says.collect();
            if says.len() > 1 {
                let what = format!("{} is at home at each of {says:?}", person.number);
                return Promise::Converge.broken(what);
            }
        }
        Ok(())
    }

    /// Whether every server knows where everybody is.
    pub(super) fn all_agree(&self) -> Verdict {
        for person in self.people.all.iter().filter(|person| !person.is_victim) {
            let seat = (person.number, person.is_there.then_some(person.site));
            for site in &self.sites {
                if let Some(engine) = site.engine() {
                    self.checkers.agrees(site.me, engine, seat)?;
                }
            }
        }
        Ok(())
    }
}
