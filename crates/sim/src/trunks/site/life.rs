//! A server comes up, goes down, and says what it still knows.

use super::turning::decoded;
use super::{Process, Site, link_time};
use crate::medium::Medium;
use crate::recorder::{Commit, Doom, Recorder};
use crate::trunks::bugs::Bug;
use crate::trunks::check::Checkers;
use crate::trunks::keys::Verifier;
use crate::trunks::net::{Event, Net};
use crate::trunks::report::{Promise, Verdict};
use crate::trunks::site::links::Links;
use postrider_engine::edge::{Printer, TrunkPrinter};
use postrider_engine::{Outbox, Place, Time, open};
use std::net::SocketAddr;
use std::time::Duration;

/// How far apart the clocks of two runs may be: they mean nothing to each other.
const YEAR_S: u64 = 366 * 86_400;

impl Site {
    /// Crashes at once, or at a point of the next commit.
    pub(crate) fn doom(&mut self, net: &mut Net) {
        match net.dice.u8(..4) {
            0 => self.crash(net),
            1 => self.doom = Some(Doom::BeforeCommit),
            2 => self.doom = Some(Doom::DuringCommit),
            _ => self.doom = Some(Doom::AfterOutputs(net.dice.usize(..6))),
        }
    }

    /// No more crashes, and room on its disk.
    pub(crate) fn spare(&mut self) {
        self.doom = None;
        self.calm = true;
        self.room.set_full(false);
    }

    pub(super) fn crash(&mut self, net: &mut Net) {
        let Some(process) = self.process.take() else { return };
        net.trace.note(net.now, "crash of", self.me as u64, &[]);
        self.crashes += 1;
        self.runs += 1;
        self.doom = None;
        self.pending.clear();
        self.failed = match process.log.state {
            Commit::Failed => (process.log.place, process.log.records),
            Commit::None | Commit::Done => (Place(0), Vec::new()),
        };
        self.medium = Some(process.log.log.crash(&mut net.dice));
        let down = self.down_max.mul_f64(net.dice.f64());
        net.plan(down, Event::Restart(self.me));
    }

    /// Comes up, for the first time or again.
    pub(crate) fn start(
        &mut self,
        net: &mut Net,
        verifier: &mut Verifier,
        checkers: &mut Checkers,
    ) -> Verdict {
        let Some(medium) = self.medium.take() else { return Ok(()) };
        let began = Duration::from_secs(net.dice.u64(..YEAR_S));
        self.clock.start(net.now, Time::from_micros(1_000_000) + began);
        match self.open(medium, net) {
            Ok(process) => self.process = Some(process),
            Err(what) => return checkers.judge(Promise::Accepted.broken(what)),
        }
        self.check_recovery(net.now, checkers)?;
        self.work(net, verifier, checkers)
    }

    fn open(&mut self, medium: Medium, net: &mut Net) -> Result<Process, String> {
        let problem =
            |error: &dyn std::fmt::Display| format!("server {} cannot come up: {error}", self.me);
        let server = (self.me as u8).wrapping_add(1);
        let log = medium.open(server, self.room.clone()).map_err(|e| problem(&e))?;
        let mut log = Recorder::new(log, self.room.clone(), net.dice.fork());
        if self.is(Bug::FlushLies) {
            log.log.lie();
        }
        let now = self.clock.shows(net.now);
        let engine = open(self.config, &mut log, now).map_err(|e| problem(&e))?;
        self.neighbours.iter_mut().for_each(|neighbour| neighbour.dialled = neighbour.address);
        let mut seed = [0; 32];
        net.dice.fill(&mut seed);
        Ok(Process {
            engine,
            log,
            links: Links::new(
                link_time(now),
                &self.name,
                &seed,
                &self.neighbours,
                self.has_clients,
            ),
            printer: Printer::default(),
            trunk_printer: TrunkPrinter::default(),
            outbox: Outbox::default(),
            leaving: Vec::new(),
            is_flushing: false,
            wake_at: None,
        })
    }

    fn check_recovery(&mut self, now: Time, checkers: &mut Checkers) -> Verdict {
        let Some(process) = &mut self.process else { return Ok(()) };
        let rows = match process.log.read_all() {
            Ok(rows) => rows,
            Err(error) => return checkers.judge(Promise::Accepted.broken(error.to_string())),
        };
        let mut log = Vec::new();
        for (start, bytes) in &rows {
            log.extend(decoded(*start, bytes)?);
        }
        let (place, failed) = &self.failed;
        if !failed.is_empty() && process.log.span().end > *place {
            // The power failed after the last sector: it is on disk.
            checkers.committed(self.me, now, &decoded(*place, failed)?)?;
        }
        checkers.recovered(self.me, &log)
    }

    /// It has another address, which its neighbours do not know yet.
    pub(crate) fn move_away(&mut self, net: &mut Net) {
        self.moves += 1;
        self.address = net.settle(self.me, self.moves);
    }

    /// A neighbour is somewhere else by now.
    pub(crate) fn neighbour_moved(&mut self, index: usize, address: SocketAddr) {
        for neighbour in self.neighbours.iter_mut().filter(|n| n.index == index) {
            neighbour.address = address;
        }
    }
}
