//! After the faults: everybody says where they are and reads, and then nothing happens.

use super::World;
use crate::check::quiet::{self, Count};
use crate::check::{Attached, index};
use crate::person::{Person, Plan};
use crate::report::{Report, Verdict};
use crate::site::Site;
use postrider_engine::Engine;
use std::time::Duration;

/// Between two rounds of reading in the calm: longer than anything is held back.
const ROUND: Duration = Duration::from_secs(15);
/// Rounds of reading at the most, before something is said to be stuck.
const ROUNDS: u32 = 60;
/// How often everybody says where they are, and how far apart.
const GATHERINGS: u32 = 3;
const GATHERING: Duration = Duration::from_millis(700);
/// How long nothing may happen.
const QUIET: Duration = Duration::from_secs(3600);

impl World {
    /// No more faults; what is still under way arrives.
    pub(super) fn calm_down(&mut self) -> Verdict {
        self.calm = true;
        self.net.weather = self.net.weather.calm();
        for site in &mut self.sites {
            site.spare();
            site.start(&mut self.net, &mut self.checkers, &self.texts)?;
        }
        self.pass(self.options.weather.stray_max + ROUND)
    }

    /// Everybody who is attached says so once more, and a resident at each server, one
    /// after the other: lists are never repeated by themselves, one that was lost is
    /// told again only when a client of its own server says `handshake`, and two that
    /// cross may exchange old beliefs, so that it takes more than one round.
    pub(super) fn gather(&mut self) -> Verdict {
        let residents = self.people.iter_mut().skip(self.options.people as usize);
        for (resident, site) in residents.zip(&self.sites) {
            resident.server = Some(site.me);
        }
        for _ in 0..GATHERINGS {
            for person in 0..self.people.len() {
                if let Some(server) = self.people[person].server {
                    self.insist(person, Plan::Attach(server));
                    self.pass(GATHERING)?;
                }
            }
            self.pass(ROUND)?;
        }
        Ok(())
    }

    fn insist(&mut self, person: usize, plan: Plan) {
        self.people[person].insist(plan, &mut self.net, &mut self.texts);
    }

    /// Everybody who is attached reads, until nothing waits for them anywhere.
    pub(super) fn read_all(&mut self) -> Verdict {
        for _ in 0..ROUNDS {
            for person in 0..self.people.len() {
                if self.people[person].server.is_some() && self.people[person].is_idle() {
                    self.insist(person, Plan::Receive);
                }
            }
            self.pass(ROUND)?;
            if self.is_done() {
                break;
            }
        }
        for person in &mut self.people {
            person.rest();
        }
        Ok(())
    }

    fn is_done(&self) -> bool {
        let attached = self.attached();
        let waits = |attached: &Attached| {
            let mut states = self.checkers.states.iter();
            states.any(|state| state.mailbox(attached.client).next().is_some())
        };
        let in_flight = |site: &Site| site.engine().is_some_and(|e| e.sizes().in_flight > 0);
        !attached.iter().any(waits)
            && !self.sites.iter().any(in_flight)
            && self.people.iter().all(Person::is_idle)
    }

    fn attached(&self) -> Vec<Attached> {
        let attached = |person: &Person| {
            person.server.map(|server| Attached { client: person.number, server })
        };
        self.people.iter().filter_map(attached).collect()
    }

    pub(super) fn end(&mut self) -> Verdict {
        let attached = self.attached();
        let engines: Vec<&Engine> = self.sites.iter().filter_map(Site::engine).collect();
        self.checkers.end(&attached, &engines)
    }

    /// An hour in which nobody does anything.
    pub(super) fn be_quiet(&mut self) -> Verdict {
        self.pass(ROUND)?;
        let (before, refused) = (self.count(), self.refusals());
        self.pass(QUIET)?;
        if self.refusals() > refused {
            // Somebody's mailbox is full, and what is refused is repeated.
            return Ok(());
        }
        if self.waits_between_servers() {
            self.checkers.excused.tossed += 1;
            return Ok(());
        }
        self.checkers.judge(quiet::check(before, self.count(), self.options.servers))
    }

    /// Whether something waits for somebody who has gone, and of whom two servers each
    /// think that the other one has them: classic tosses it to and fro.
    fn waits_between_servers(&self) -> bool {
        let mut engines = self.sites.iter().filter_map(Site::engine).zip(&self.checkers.states);
        engines.any(|(engine, state)| {
            let recipients = state.live.keys().map(|(to, _)| *to);
            recipients.filter_map(|to| Some((to, engine.home(to)?))).any(|(to, home)| {
                let there = self.sites[index(home)].engine().and_then(|engine| engine.home(to));
                there.is_some_and(|there| there != home)
            })
        })
    }

    fn count(&self) -> Count {
        let commits = self.sites.iter().map(|site| site.commits).sum();
        Count { datagrams: self.net.sent, commits }
    }

    fn refusals(&self) -> u64 {
        let refused = |engine: &Engine| {
            let counters = engine.counters();
            counters.refused_mailbox + counters.refused_waiting
        };
        self.sites.iter().filter_map(Site::engine).map(refused).sum()
    }

    pub(super) fn report(&self, busy: Duration) -> Report {
        let (accepted, delivered) = self.checkers.counts();
        Report {
            simulated: self.net.now.since(self.started),
            busy,
            accepted,
            delivered,
            waiting: self.checkers.states.iter().map(|state| state.live.len() as u64).sum(),
            excused: self.checkers.excused,
            datagrams: self.net.sent,
            commits: self.count().commits,
            crashes: self.sites.iter().map(|site| site.crashes).sum(),
            moves: self.people.iter().map(|person| person.moves).sum(),
            trace: self.net.trace.hash(),
        }
    }
}
