//! A simulated server: the real engine and its log, what the shell around them does,
//! and its crashes.
//!
//! ```text
//!   arrive ─► inbox ─► turn ─► commit ──flush time──► datagrams leave
//!                        ▲                  ╳ crash: here, here or between any two
//!              deadline ─┘
//! ```

mod life;
mod process;

use crate::bugs::{Bug, Tamper};
use crate::check::{Checkers, Seen, Turn};
use crate::clock::{Clock, SECOND};
use crate::disk::{SimDisk, SimRoom};
use crate::hearing::{Heard, Pairs, hear};
use crate::medium::{Medium, MemoryLog};
use crate::options::{Disk, Options};
use crate::parcels::{Parcel, parcels};
use crate::queue::Event;
use crate::recorder::{Commit, Doom};
use crate::report::{Broken, Promise, Verdict};
use crate::texts::Texts;
use crate::wire::{Datagram, Net, Peer, addresses};
use postrider_engine::{Config, Engine, Place, Time, Write, records, turn};
use postrider_proto::classic::{Line, ServerIndex};
use process::Process;
use std::time::Duration;

/// A server of the world, whether it is up or down.
pub(crate) struct Site {
    pub(crate) me: ServerIndex,
    pub(crate) commits: u64,
    pub(crate) crashes: u64,
    pub(crate) room: SimRoom,
    pub(crate) tamper: Tamper,
    clock: Clock,
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
    crashed_at: Time,
}

impl Site {
    pub(crate) fn new(me: ServerIndex, options: &Options, acknowledged: bool) -> Option<Site> {
        let servers = options.servers;
        let tamper = Tamper::new(options.bug, me, servers);
        let speed = if tamper.is(Bug::ClockRunsFast) { 2 * SECOND } else { SECOND };
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
            clock: Clock::new(speed),
            config: Config { me, servers, acknowledged, limits, native: None },
            line: Line::new(addresses(servers)).ok()?,
            flush: options.flush,
            down_max: options.down_max,
            inbox: Vec::new(),
            doom: None,
            runs: 0,
            medium: Some(medium),
            process: None,
            failed: (Place(0), Vec::new()),
            crashed_at: Time::ZERO,
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
        let now = self.clock.shows(net.now);
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
        let seen = observed((self.me, &self.clock), &self.config, net.now, process, heard);
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
        let seen = observed((self.me, &self.clock), &self.config, net.now, process, heard);
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
        let Some(process) = &mut self.process else { return };
        let Some(deadline) = process.engine.deadline() else { return };
        let soon = net.now + Duration::from_micros(1);
        let at = self.clock.moment(deadline).max(soon);
        if process.due_at.is_none_or(|due| at < due) {
            process.due_at = Some(at);
            net.queue.plan(at, Event::Due(self.me));
        }
    }
}

fn observed<'a>(
    (server, clock): (ServerIndex, &Clock),
    config: &Config,
    now: Time,
    process: &'a Process,
    heard: &'a Heard<'a>,
) -> Turn<'a> {
    let inputs: &[Seen<'_>] = &heard.seen;
    Turn {
        server,
        now,
        local: clock.shows(now),
        inputs,
        commit: None,
        outputs: &process.outbox.outputs,
        pairs: &process.outbox.pairs,
        sizes: process.engine.sizes(),
        log: process.log.span(),
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
