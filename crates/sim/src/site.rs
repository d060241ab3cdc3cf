//! A simulated server: the real engine and its log, what the shell around them does,
//! and its crashes.
//!
//! ```text
//!   arrive ─► inbox ─► turn ─► commit ──flush time──► datagrams leave
//!                        ▲                  ╳ crash: here, here or between any two
//!              deadline ─┘
//! ```

use crate::bugs::{Bug, Tamper};
use crate::check::{Checkers, Recovery, Seen, Turn};
use crate::disk::{SimDisk, SimRoom};
use crate::hearing::{Heard, Pairs, hear};
use crate::medium::{Medium, MemoryLog};
use crate::options::{Disk, Options};
use crate::parcels::{Parcel, parcels};
use crate::queue::Event;
use crate::recorder::{Commit, Doom, Recorder};
use crate::report::{Broken, Promise, Verdict};
use crate::texts::Texts;
use crate::wire::{Datagram, Net, Peer, addresses};
use postrider_engine::{Config, Engine, Outbox, Place, Time, Write, edge, open, records, turn};
use postrider_proto::classic::{Line, ServerIndex};
use std::time::Duration;

/// A server of the world, whether it is up or down.
pub(crate) struct Site {
    pub(crate) me: ServerIndex,
    pub(crate) commits: u64,
    pub(crate) crashes: u64,
    pub(crate) room: SimRoom,
    pub(crate) tamper: Tamper,
    config: Config,
    line: Line,
    flush: Duration,
    down_max: Duration,
    inbox: Vec<Datagram>,
    doom: Option<Doom>,
    runs: u32,
    /// What the log is kept on while the server is down.
    medium: Option<Medium>,
    process: Option<Process>,
    /// The commit that was under way at the crash.
    failed: (Place, Vec<u8>),
}

/// A run of a server.
struct Process {
    engine: Engine,
    log: Recorder,
    printer: edge::Printer,
    outbox: Outbox,
    started: Time,
    /// What leaves when the flush is done.
    leaving: Vec<Parcel>,
    is_flushing: bool,
    due_at: Option<Time>,
}

impl Site {
    pub(crate) fn new(me: ServerIndex, options: &Options, acknowledged: bool) -> Option<Site> {
        let servers = options.servers;
        let tamper = Tamper::new(options.bug, me, servers);
        let limits =
            if tamper.is(Bug::IgnoresLimits) { Default::default() } else { options.limits };
        let medium = match options.disk {
            Disk::Store => Medium::Disk(SimDisk::default()),
            Disk::Memory => Medium::Memory(MemoryLog::default()),
        };
        Some(Site {
            me,
            commits: 0,
            crashes: 0,
            room: SimRoom::default(),
            tamper,
            config: Config { me, servers, acknowledged, limits },
            line: Line::new(addresses(servers)).ok()?,
            flush: options.flush,
            down_max: options.down_max,
            inbox: Vec::new(),
            doom: None,
            runs: 0,
            medium: Some(medium),
            process: None,
            failed: (Place(0), Vec::new()),
        })
    }

    pub(crate) fn engine(&self) -> Option<&Engine> {
        self.process.as_ref().map(|process| &process.engine)
    }

    /// A datagram arrives; one that finds nobody is lost.
    pub(crate) fn arrive(
        &mut self,
        datagram: Datagram,
        net: &mut Net,
        checkers: &mut Checkers,
        texts: &Texts,
    ) -> Verdict {
        let Some(process) = &self.process else { return Ok(()) };
        self.inbox.push(datagram);
        if process.is_flushing { Ok(()) } else { self.take_turn(net, checkers, texts) }
    }

    /// The engine's deadline has come.
    pub(crate) fn due(&mut self, net: &mut Net, checkers: &mut Checkers, texts: &Texts) -> Verdict {
        let Some(process) = &mut self.process else { return Ok(()) };
        if process.due_at != Some(net.now) {
            return Ok(());
        }
        process.due_at = None;
        if process.is_flushing { Ok(()) } else { self.take_turn(net, checkers, texts) }
    }

    /// The commit is on disk: what was to be said is said.
    pub(crate) fn flushed(
        &mut self,
        run: u32,
        net: &mut Net,
        checkers: &mut Checkers,
        texts: &Texts,
    ) -> Verdict {
        let Some(process) = self.process.as_mut().filter(|_| run == self.runs) else {
            return Ok(());
        };
        process.is_flushing = false;
        let leaving = std::mem::take(&mut process.leaving);
        self.send(leaving, net, checkers)?;
        self.take_turn(net, checkers, texts)
    }

    fn take_turn(&mut self, net: &mut Net, checkers: &mut Checkers, texts: &Texts) -> Verdict {
        let batch = std::mem::take(&mut self.inbox);
        let bug = checkers.options.bug;
        let pairs = Pairs::of(&batch, &self.line, bug);
        let heard = hear(&batch, &pairs, &self.line, bug);
        let heard = match heard {
            Ok(heard) => heard,
            Err(broken) => return checkers.judge(Err(broken)),
        };
        let Some(process) = &mut self.process else { return Ok(()) };
        process.log.begin(self.doom);
        let inputs = self.tamper.inputs(&heard.seen);
        let now = process.local(net.now, self.tamper.is(Bug::ClockRunsFast));
        let taken = turn(&mut process.engine, &mut process.log, now, inputs);
        process.engine.swap_outbox(&mut process.outbox);
        self.tamper.outbox(&mut process.outbox);
        if taken.is_err() {
            return self.fail(&heard, net, checkers);
        }
        self.finish_turn(&heard, net, checkers, texts)
    }

    /// The turn is done and committed, if it had to be.
    fn finish_turn(
        &mut self,
        heard: &Heard<'_>,
        net: &mut Net,
        checkers: &mut Checkers,
        texts: &Texts,
    ) -> Verdict {
        let Some(process) = &mut self.process else { return Ok(()) };
        let committed = process.log.state == Commit::Done;
        let writes = decoded(process.log.place, &process.log.records)?;
        let seen = observed(self.me, &self.config, net.now, process, heard);
        let seen = Turn { commit: committed.then_some(&writes), ..seen };
        net.trace.explain(net.now, || format!("{seen:?}"));
        checkers.turn(&seen, texts)?;
        let parcels = parcels(
            (self.me, &self.line),
            &mut process.printer,
            &process.outbox,
            heard,
            |place, into| process.log.log.read_record(place, into),
        );
        let parcels = checked(self.me, parcels, checkers)?;
        for (_, write) in &writes {
            net.trace.explain(net.now, || format!("{write:?}"));
            net.trace.note(net.now, "written by", Peer::Server(self.me), &encoded(write));
        }
        if !committed {
            self.send(parcels, net, checkers)?;
        } else if let Some(Doom::AfterOutputs(count)) = process.log.doom {
            self.commits += 1;
            self.send(parcels.into_iter().take(count).collect(), net, checkers)?;
            self.crash(net);
            return Ok(());
        } else {
            self.commits += 1;
            process.leaving = parcels;
            process.is_flushing = true;
            net.plan(self.flush, Event::Flushed(self.me, self.runs));
        }
        self.plan_due(net);
        Ok(())
    }

    /// The commit failed, and the process ends.
    fn fail(&mut self, heard: &Heard<'_>, net: &mut Net, checkers: &mut Checkers) -> Verdict {
        let Some(process) = &mut self.process else { return Ok(()) };
        if !matches!(self.doom, Some(Doom::BeforeCommit | Doom::DuringCommit)) {
            let what = format!("{:?} cannot commit", self.me);
            return checkers.judge(Promise::Accepted.broken(what));
        }
        let seen = observed(self.me, &self.config, net.now, process, heard);
        checkers.failed_turn(&seen);
        if self.tamper.is(Bug::AnswersBeforeCommit) {
            let early = parcels(
                (self.me, &self.line),
                &mut process.printer,
                &process.outbox,
                heard,
                |_, _| Ok(()),
            );
            let early = early.unwrap_or_default();
            self.send(early, net, checkers)?;
        }
        self.crash(net);
        Ok(())
    }

    fn send(&mut self, parcels: Vec<Parcel>, net: &mut Net, checkers: &Checkers) -> Verdict {
        for parcel in parcels {
            if parcel.promises {
                checkers.promised(self.me, parcel.datagram.about)?;
            }
            let late = match parcel.datagram.to {
                Peer::Server(_) if parcel.forwards => self.tamper.forwards_late(&mut net.dice),
                _ => Duration::ZERO,
            };
            if late.is_zero() {
                net.send(parcel.datagram);
            } else {
                net.plan(late, Event::Arrive(parcel.datagram));
            }
        }
        Ok(())
    }

    fn plan_due(&mut self, net: &mut Net) {
        let fast = self.tamper.is(Bug::ClockRunsFast);
        let Some(process) = &mut self.process else { return };
        let Some(deadline) = process.engine.deadline() else { return };
        let soon = net.now + Duration::from_micros(1);
        let at = process.world(deadline, fast).max(soon);
        if process.due_at.is_none_or(|due| at < due) {
            process.due_at = Some(at);
            net.queue.plan(at, Event::Due(self.me));
        }
    }

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

    fn crash(&mut self, net: &mut Net) {
        let Some(process) = self.process.take() else { return };
        net.trace.note(net.now, "crash of", Peer::Server(self.me), &[]);
        self.crashes += 1;
        self.runs += 1;
        self.doom = None;
        self.inbox.clear();
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
        let engine = open(self.config, &mut log, LOCAL_START).map_err(|e| problem(&e))?;
        log.skips_last_row = false;
        Ok(Process {
            engine,
            log,
            printer: edge::Printer::default(),
            outbox: Outbox::default(),
            started: net.now,
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
        let recovery = Recovery { server: self.me, now, log: &log, failed: &failed, acknowledged };
        checkers.recovered(&recovery, texts)
    }
}

/// A server's own time begins here, whenever it starts.
const LOCAL_START: Time = Time::from_micros(1_000_000);

impl Process {
    fn local(&self, now: Time, fast: bool) -> Time {
        let since = now.since(self.started);
        LOCAL_START + if fast { since * 2 } else { since }
    }

    fn world(&self, local: Time, fast: bool) -> Time {
        let since = local.since(LOCAL_START);
        self.started + if fast { since / 2 } else { since }
    }
}

fn observed<'a>(
    server: ServerIndex,
    config: &Config,
    now: Time,
    process: &'a Process,
    heard: &'a Heard<'a>,
) -> Turn<'a> {
    let inputs: &[Seen<'_>] = &heard.seen;
    Turn {
        server,
        now,
        inputs,
        commit: None,
        outputs: &process.outbox.outputs,
        pairs: &process.outbox.pairs,
        sizes: process.engine.sizes(),
        had_room: process.log.had_room,
        acknowledged: config.acknowledged,
    }
}

fn decoded(start: Place, bytes: &[u8]) -> Result<Vec<(Place, Write<'_>)>, Broken> {
    let decoded: Result<Vec<_>, _> = records(start, bytes).collect();
    decoded.or_else(|damaged| Promise::Accepted.broken(damaged.to_string()))
}

fn encoded(write: &Write<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    write.encode(&mut bytes);
    bytes
}

fn checked<E: std::fmt::Display>(
    me: ServerIndex,
    parcels: Result<Vec<Parcel>, E>,
    checkers: &Checkers,
) -> Result<Vec<Parcel>, Broken> {
    let parcels = match parcels {
        Ok(parcels) => parcels,
        Err(error) => return Promise::Accepted.broken(format!("{me:?} cannot read: {error}")),
    };
    for parcel in &parcels {
        checkers.says(me, parcel)?;
    }
    Ok(parcels)
}
