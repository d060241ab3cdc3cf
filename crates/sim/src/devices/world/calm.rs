//! After the faults: everything ends, and then nothing happens.

use super::World;
use crate::devices::bugs::Bug;
use crate::devices::report::{Promise, Verdict};
use std::time::Duration;

/// Between two looks at what is left.
const ROUND: Duration = Duration::from_secs(20);
/// How long everything may take to end.
const ENDING_MAX: Duration = Duration::from_secs(2 * 3_600);
/// How long devices may take to get back to the server that they prefer, and links to be told.
const SETTLING: Duration = Duration::from_secs(20 * 60);
/// How long nothing may happen.
const QUIET: Duration = Duration::from_secs(20 * 60);
/// Keep-alives of a link: two datagrams in 30 seconds, and a few of what was begun before.
const PER_LINK: u64 = 2 * 20 * 60 / 30 + 12;

impl World {
    /// No more faults; everybody comes back.
    pub(super) fn calm_down(&mut self) -> Verdict {
        self.is_calm = true;
        let verdict = self.servers.calm_down().map_err(Into::into);
        self.checkers.judge(verdict)?;
        for index in 0..self.devices.len() {
            self.devices[index].doom = None;
            self.start(index, true)?;
        }
        Ok(())
    }

    /// Until every text has had its end, and nobody has anything left to say.
    pub(super) fn end_all(&mut self) -> Verdict {
        let until = self.servers.net.now + ENDING_MAX;
        self.pass(ROUND)?;
        while self.servers.net.now < until && !self.is_done()? {
            self.pass(ROUND)?;
        }
        // Who is at another server than the preferred one would call that in some hours.
        self.call_all_anew()?;
        self.pass(SETTLING)?;
        let verdict = self.checkers.end(&self.devices);
        let verdict = verdict.map_err(|mut broken| {
            for site in self.servers.sites.iter().filter(|_| self.options.checks.is_none()) {
                broken.what += &format!("\n  {}", site.state());
                let people = self.devices.iter().map(|device| device.number);
                let people: std::collections::BTreeSet<_> = people.collect();
                let reports = people
                    .into_iter()
                    .filter_map(|number| Some(site.engine()?.waiting_reports(number, 4)));
                reports.flatten().for_each(|waits| broken.what += &format!("\n    {waits:?}"));
            }
            broken
        });
        self.checkers.judge(verdict)
    }

    fn call_all_anew(&mut self) -> Verdict {
        for index in 0..self.devices.len() {
            self.devices[index].core.iter_mut().for_each(postrider_client::Device::reconnect);
            self.work(index)?;
        }
        Ok(())
    }

    fn is_done(&mut self) -> Result<bool, crate::devices::report::Broken> {
        Ok(self.servers.links_are_up() && self.checkers.is_done(&self.devices)?)
    }

    /// A while in which nobody does anything: only keep-alives.
    pub(super) fn be_quiet(&mut self) -> Verdict {
        let before = self.said();
        let datagrams = self.servers.net.datagrams;
        if self.options.bug == Some(Bug::CallsAgain) {
            self.call_all_anew()?;
        }
        self.pass(QUIET)?;
        let (items, commits, events) = self.said();
        let datagrams = self.servers.net.datagrams - datagrams;
        let links = self.servers.links.len() + self.devices.len();
        let most = (PER_LINK as f64 * (1.0 + self.options.servers.drift)) as u64 * links as u64;
        let more = (items - before.0, commits - before.1, events - before.2);
        let verdict = if more.0 + more.2 > 0 || more.1 > 2 * self.servers.sites.len() as u64 {
            let (items, commits, events) = more;
            let last: Vec<&str> =
                self.devices.iter().map(|device| &device.last_event[..]).collect();
            Promise::Quiet.broken(format!(
                "{items} items, {commits} commits and {events} events for nothing: {last:?}"
            ))
        } else if datagrams > most {
            Promise::Quiet.broken(format!("{datagrams} datagrams in {QUIET:?}, {most} at most"))
        } else {
            Ok(())
        };
        self.checkers.judge(verdict)
    }

    /// Items that servers have handed over, their commits, and what devices have told.
    fn said(&self) -> (u64, u64, u64) {
        let events = self.devices.iter().map(|device| device.events).sum();
        (self.servers.items(), self.servers.commits(), events)
    }
}
