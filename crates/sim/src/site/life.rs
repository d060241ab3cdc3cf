//! A server comes up, goes down, and says what it still knows.

use super::process::Process;
use super::{Site, decoded};
use crate::bugs::Bug;
use crate::check::{Checkers, Recovery};
use crate::medium::Medium;
use crate::queue::Event;
use crate::recorder::{Commit, Doom, Recorder};
use crate::report::{Promise, Verdict};
use crate::texts::Texts;
use crate::wire::{Net, Peer};
use postrider_engine::{Outbox, Place, Time, edge, open};

/// A server's own time begins here, whenever it starts.
const LOCAL_START: Time = Time::from_micros(1_000_000);

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

    /// No more crashes.
    pub(crate) fn spare(&mut self) {
        self.doom = None;
        self.tamper.calm = true;
        self.room.set_full(false);
    }

    pub(super) fn crash(&mut self, net: &mut Net) {
        let Some(process) = self.process.take() else { return };
        net.trace.note(net.now, "crash of", Peer::Server(self.me), &[]);
        self.crashes += 1;
        self.runs += 1;
        self.doom = None;
        self.inbox.clear();
        self.crashed_at = net.now;
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
        checkers: &mut Checkers,
        texts: &Texts,
    ) -> Verdict {
        let Some(medium) = self.medium.take() else { return Ok(()) };
        self.clock.start(net.now, LOCAL_START);
        match self.open(medium, net) {
            Ok(process) => self.process = Some(process),
            Err(what) => return checkers.judge(Promise::Accepted.broken(what)),
        }
        self.check_recovery(net.now, checkers, texts)?;
        net.trace.note(net.now, "start of", Peer::Server(self.me), &[]);
        self.plan_due(net);
        Ok(())
    }

    fn open(&self, medium: Medium, net: &mut Net) -> Result<Process, String> {
        let problem =
            |error: &dyn std::fmt::Display| format!("{:?} cannot come up: {error}", self.me);
        let log = medium.open(self.me.value(), self.room.clone()).map_err(|e| problem(&e))?;
        let mut log = Recorder::new(log, self.room.clone(), net.dice.fork());
        if self.tamper.is(Bug::FlushLies) {
            log.log.lie();
        }
        log.skips_last_row = self.tamper.is(Bug::ForgetsTheLastRow) && self.runs > 0;
        let engine =
            open(self.config, &mut log, self.clock.shows(net.now)).map_err(|e| problem(&e))?;
        log.skips_last_row = false;
        log.drops_nothing = self.tamper.is(Bug::DropsNothing);
        Ok(Process {
            engine,
            log,
            printer: edge::Printer::default(),
            outbox: Outbox::default(),
            leaving: Vec::new(),
            is_flushing: false,
            due_at: None,
        })
    }

    fn check_recovery(&mut self, now: Time, checkers: &mut Checkers, texts: &Texts) -> Verdict {
        let Some(process) = &mut self.process else { return Ok(()) };
        let read = process.log.read_all();
        let rows = match read {
            Ok(rows) => rows,
            Err(error) => return checkers.judge(Promise::Accepted.broken(error.to_string())),
        };
        let mut log = Vec::new();
        for (start, bytes) in &rows {
            log.extend(decoded(*start, bytes)?);
        }
        let failed = decoded(self.failed.0, &self.failed.1)?;
        let acknowledged = self.config.acknowledged;
        let (server, local, span) = (self.me, self.clock.shows(now), process.log.span());
        let (log, failed, failed_at) = (&log, &failed, self.crashed_at);
        let recovery = Recovery { server, now, local, span, log, failed, failed_at, acknowledged };
        checkers.recovered(&recovery, texts)
    }
}
