//! After the faults: everybody reads, everything ends, and then nothing happens.

use super::World;
use crate::trunks::options::Options;
use crate::trunks::owners;
use crate::trunks::report::{Broken, Promise, Verdict};
use crate::trunks::rogue;
use crate::trunks::shape::distances;
use postrider_engine::durations;
use std::time::Duration;

/// Between two rounds of reading.
const ROUND: Duration = Duration::from_secs(20);
/// How long everything may take to end, beside the lifetime of what nobody reads: gaps are
/// waited for, and links that came and went are believed after minutes.
const ENDING_MAX: Duration = Duration::from_secs(2 * 3_600);
/// How long nothing may happen.
const QUIET: Duration = Duration::from_secs(20 * 60);
/// Keep-alives: two datagrams in 30 seconds, and a few of what was begun before.
const PER_LINK: u64 = 2 * 20 * 60 / 30 + 12;

impl World {
    /// No more faults; what is still under way arrives, and everybody comes back.
    pub(crate) fn calm_down(&mut self) -> Verdict {
        self.calm = true;
        self.net.be_calm();
        if let Some(rogue) = &mut self.rogue {
            rogue.leave(&mut self.net);
        }
        for server in 0..self.sites.len() {
            let site = &mut self.sites[server];
            site.spare();
            site.start(&mut self.net, &mut self.verifier, &mut self.checkers)?;
            self.tell_moved(server);
        }
        for index in 0..self.options.people {
            self.people.attach(index, &mut self.net);
        }
        Ok(())
    }

    /// Everybody reads, until nothing waits for anybody and every end is known.
    pub(super) fn read_all(&mut self) -> Verdict {
        let hopeless = self.options.hopeless > 0.0;
        let lifetime = if hopeless { self.options.lifetime.mul_f64(1.4) } else { Duration::ZERO };
        let until = self.net.now + ENDING_MAX + lifetime;
        // Who was taken to be elsewhere while nobody asked is found by the next question, of
        // those as well who never read.
        for index in 0..self.options.people {
            self.people.attach(index, &mut self.net);
        }
        self.pass(ROUND)?;
        while !self.is_done() && self.net.now < until {
            self.people.fetch_all(&mut self.net);
            self.pass(ROUND)?;
        }
        // Links that went down and up are told after this at the latest.
        let slowest = 1.0 / (1.0 - self.options.drift);
        self.pass(durations::LINK_UP_AGAIN_MAX.mul_f64(slowest) + ROUND)
    }

    fn is_done(&self) -> bool {
        let letters = &self.checkers.letters;
        let mut kept = letters.iter().filter(|(_, letter)| letter.kept.is_some());
        let people = || self.people.all.iter().filter(|person| !person.is_victim);
        let mut waits = people().flat_map(|person| self.checkers.held_for(person.number));
        kept.all(|(_, letter)| letter.excused || !letter.outcomes.is_empty())
            && waits.all(|(_, held)| held.text != 0 && self.checkers.letters.is_excused(held.text))
    }

    /// What servers still hold, and what it waits for, says where to look.
    fn with_what_waits(&self, broken: Broken) -> Broken {
        let mut what = broken.what;
        for site in &self.sites {
            what += &format!("\n  {}", site.state());
            let (site, Some(engine)) = (site.me, site.engine()) else { continue };
            let people = self.people.all.iter().map(|person| person.number);
            for waiting in people.flat_map(|number| engine.waiting_reports(number, 2)) {
                what += &format!("\n  server {site}: {waiting:?}");
            }
        }
        Broken { what, ..broken }
    }

    /// Everything that was promised must be so by now.
    pub(super) fn end(&mut self) -> Verdict {
        self.checkers.none_outlives(self.net.now)?;
        self.checkers.all_ended().map_err(|broken| self.with_what_waits(broken))?;
        self.all_agree()?;
        self.owners_have_theirs()?;
        for site in &self.sites {
            let Some(engine) = site.engine() else { continue };
            let distances = distances(self.options.servers, &self.links, site.me);
            self.checkers.ways(site.me, engine, &distances)?;
            for index in 0..rogue::NUMBERS {
                self.checkers.disbelieves(site.me, engine, rogue::forged(index))?;
            }
        }
        Ok(())
    }

    /// What the liar has handed on of owners' numbers, and somebody has, counts everywhere.
    fn owners_have_theirs(&self) -> Verdict {
        let Some(rogue) = &self.rogue else { return Ok(()) };
        for index in rogue.told() {
            for site in &self.sites {
                let Some(engine) = site.engine() else { continue };
                let (number, home) = (owners::owned(index), rogue.away());
                self.checkers.is_its_owners(site.me, engine, number, home)?;
            }
        }
        Ok(())
    }

    /// A while in which nobody does anything: only keep-alives.
    pub(super) fn be_quiet(&mut self) -> Verdict {
        let (items, commits) = (self.items(), self.commits());
        let datagrams = self.net.datagrams;
        self.pass(QUIET)?;
        let items = self.items() - items;
        let datagrams = self.net.datagrams - datagrams;
        // What waits for victims gets older, which is written every minute, and expires,
        // which is told to its sender.
        let Options { servers, rogue, drift, .. } = self.options;
        let told = if rogue > 0.0 { PER_LINK / 2 } else { 0 };
        let per_link = (PER_LINK + told) as f64 * (1.0 + drift);
        let most = per_link as u64 * self.links.len() as u64;
        let ages = if rogue > 0.0 { QUIET.as_secs() / 10 } else { 0 };
        let commits = (self.commits() - commits).saturating_sub((ages + 2) * servers as u64);
        let verdict = if items > 0 {
            Promise::Quiet.broken(format!("{items} items are sent for nothing"))
        } else if datagrams > most {
            Promise::Quiet.broken(format!("{datagrams} datagrams in {QUIET:?}, {most} at most"))
        } else if commits > 0 {
            Promise::Quiet.broken(format!("{commits} commits too many are made for nothing"))
        } else {
            Ok(())
        };
        self.checkers.judge(verdict)
    }

    /// Items handed over; of the directory only where a liar has been, since what it left
    /// ends one by one by its age, and is answered.
    pub(crate) fn items(&self) -> u64 {
        let lied = self.options.rogue > 0.0;
        let handed = self.sites.iter().map(|site| site.handed);
        handed.map(|handed| if lied { handed.directory } else { handed.items }).sum()
    }

    pub(crate) fn commits(&self) -> u64 {
        self.sites.iter().map(|site| site.commits).sum()
    }
}
