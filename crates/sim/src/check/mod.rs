//! The checkers, one for each promise.
//!
//! ```text
//!   a server's turn:  inputs ─► writes (from the commit) ─► outputs     ┐
//!   a restart:        what the log still says                           ├─► checkers
//!   a reader:         a text was shown                                  │
//!   the end:          who is where, what still waits                    ┘
//! ```
//!
//! They know CLASSIC.md and the log's form, and nothing of the engine's memory.

mod accepted;
pub(crate) mod bad_input;
mod bounded;
mod converge;
mod delivered;
mod forwarding;
mod letter;
mod lists;
mod log_size;
mod numbers;
mod once;
mod order;
pub(crate) mod quiet;
pub(crate) mod state;

pub(crate) use converge::Attached;

use crate::options::{Checks, Options};
use crate::parcels::Parcel;
use crate::person::Shown;
use crate::report::{Broken, Excused, Promise, Verdict};
use crate::texts::Texts;
use crate::wire::About;
use postrider_engine::{Engine, Input, Output, Place, Sizes, Time, Write};
use postrider_proto::Number;
use postrider_proto::classic::ServerIndex;
use state::State;
use std::ops::Range;

/// An input as it came from the wire.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen<'a> {
    pub(crate) input: Input<'a>,
    pub(crate) about: About,
}

/// A server's turn, as seen from outside. The reply of an input is its place.
#[derive(Debug)]
pub(crate) struct Turn<'a> {
    pub(crate) server: ServerIndex,
    pub(crate) now: Time,
    /// The same moment by the server's own clock.
    pub(crate) local: Time,
    pub(crate) inputs: &'a [Seen<'a>],
    /// What was committed, if anything was.
    pub(crate) commit: Option<&'a [(Place, Write<'a>)]>,
    pub(crate) outputs: &'a [Output],
    pub(crate) pairs: &'a [(Number, ServerIndex)],
    pub(crate) sizes: Sizes,
    /// What the log holds after the turn.
    pub(crate) log: Range<Place>,
    pub(crate) had_room: bool,
    pub(crate) acknowledged: bool,
}

/// What a log said when its server came back.
pub(crate) struct Recovery<'a> {
    pub(crate) server: ServerIndex,
    pub(crate) now: Time,
    /// The same moment by the server's own clock.
    pub(crate) local: Time,
    /// Where the log begins and ends.
    pub(crate) span: Range<Place>,
    /// Every write that is on disk.
    pub(crate) log: &'a [(Place, Write<'a>)],
    pub(crate) acknowledged: bool,
    /// The writes of a commit that was under way at the crash.
    pub(crate) failed: &'a [(Place, Write<'a>)],
    /// When that was.
    pub(crate) failed_at: Time,
}

/// All checkers of a world.
pub(crate) struct Checkers {
    only: Checks,
    pub(crate) options: Options,
    pub(crate) states: Vec<State>,
    pub(crate) excused: Excused,
    accepted: accepted::Accepted,
    once: once::Once,
    order: order::Order,
    lists: lists::Lists,
    forwarding: forwarding::Forwarding,
    letter: letter::Letter,
    log_sizes: Vec<log_size::LogSize>,
}

impl Checkers {
    pub(crate) fn new(options: &Options) -> Checkers {
        let servers = usize::from(options.servers);
        Checkers {
            only: options.checks,
            options: options.clone(),
            states: vec![State::default(); servers],
            excused: Excused::default(),
            accepted: accepted::Accepted::new(servers),
            once: once::Once::default(),
            order: order::Order::default(),
            lists: lists::Lists::default(),
            forwarding: forwarding::Forwarding::default(),
            letter: letter::Letter::new(options),
            log_sizes: vec![log_size::LogSize::new(&options.limits); servers],
        }
    }

    /// Lets a finding pass if its promise is not the one that is checked.
    pub(crate) fn judge(&self, verdict: Verdict) -> Verdict {
        match verdict {
            Err(Broken { promise, .. }) if self.only.is_some_and(|only| only != promise) => Ok(()),
            verdict => verdict,
        }
    }

    fn wants(&self, promise: Promise) -> bool {
        self.only.is_none_or(|only| only == promise)
    }

    /// A turn has been taken, and its outputs are about to leave.
    pub(crate) fn turn(&mut self, turn: &Turn<'_>, texts: &Texts) -> Verdict {
        let before = &self.states[index(turn.server)];
        self.accepted.hear(turn);
        self.accepted.hand_out(turn, before);
        self.once.begin(turn, before);
        let mut reasons = lists::Reasons::of(turn);
        for (place, write) in turn.commit.unwrap_or_default() {
            reasons.add(turn.server, write, &self.states[index(turn.server)]);
            self.on_write(turn, *place, write, texts)?;
        }
        let after = &self.states[index(turn.server)];
        let verdicts = [
            self.once.end(turn),
            self.lists.turn(turn, reasons, &self.options, after),
            bounded::check(turn, &self.options.limits),
            self.forwarding.turn(turn, after),
            self.log_sizes[index(turn.server)].turn(turn, after),
        ];
        for verdict in verdicts {
            self.judge(verdict)?;
        }
        if self.wants(Promise::Letter) {
            let verdict = self.letter.turn(turn);
            self.judge(verdict)?;
        }
        Ok(())
    }

    fn on_write(
        &mut self,
        turn: &Turn<'_>,
        place: Place,
        write: &Write<'_>,
        texts: &Texts,
    ) -> Verdict {
        let state = &self.states[index(turn.server)];
        let gentle = self.options.is_gentle();
        let excused = &mut self.excused;
        self.order.on_write(turn.server, turn.now, write, state);
        self.forwarding.on_write(turn.server, write, state);
        self.log_sizes[index(turn.server)].on_write(write, state);
        let verdicts = [
            numbers::on_write(turn.server, write, state),
            bounded::on_write(turn.server, write, state, &self.options.limits),
            self.once.on_write(turn.server, write, state, texts, gentle, excused),
            self.accepted.on_write(turn, write, state),
        ];
        for verdict in verdicts {
            self.judge(verdict)?;
        }
        self.states[index(turn.server)].apply(place, write, turn.now);
        if turn.commit.and_then(<[_]>::last).is_some_and(|(last, _)| *last == place) {
            self.accepted.committed(turn.server);
        }
        Ok(())
    }

    /// An answer that promises something leaves a server.
    pub(crate) fn promised(&self, server: ServerIndex, about: About) -> Verdict {
        self.judge(self.accepted.promised(server, about))
    }

    /// What leaves carries the text that its server keeps.
    pub(crate) fn says(&self, server: ServerIndex, parcel: &Parcel) -> Verdict {
        let Some((to, at)) = parcel.carries else { return Ok(()) };
        let kept = self.states[index(server)].at(to, at);
        let right =
            kept.is_none_or(|(_, kept)| parcel.datagram.bytes.ends_with(kept.text.as_bytes()));
        if right {
            return Ok(());
        }
        self.judge(Promise::Letter.broken(format!("{server:?} sends another text than it keeps")))
    }

    /// A server has come back.
    pub(crate) fn recovered(&mut self, recovery: &Recovery<'_>, texts: &Texts) -> Verdict {
        let before = self.states[index(recovery.server)].clone();
        let mut read = State::default();
        for (place, write) in recovery.log {
            read.apply(*place, write, recovery.now);
            read.began = Place(place.0 + 1);
        }
        let verdict = accepted::compare(&before, &read, recovery);
        match self.judge(verdict) {
            Ok(()) if before.difference(&read).is_some() => self.catch_up(recovery, texts)?,
            verdict => verdict?,
        }
        self.accepted.committed(recovery.server);
        self.once.restarted(recovery.server);
        self.lists.restarted(recovery.server);
        self.forwarding.restarted(recovery.server, &read);
        self.letter.restarted(recovery.server, &read);
        self.log_sizes[index(recovery.server)].restarted(recovery);
        self.states[index(recovery.server)] = read;
        Ok(())
    }

    /// The commit that was under way at the crash is on disk.
    fn catch_up(&mut self, recovery: &Recovery<'_>, texts: &Texts) -> Verdict {
        let turn = Turn {
            server: recovery.server,
            now: recovery.failed_at,
            local: recovery.local,
            inputs: &[],
            commit: Some(recovery.failed),
            outputs: &[],
            pairs: &[],
            sizes: Sizes::default(),
            log: recovery.span.clone(),
            had_room: true,
            acknowledged: recovery.acknowledged,
        };
        self.once.catch_up(recovery.server, recovery.now, recovery.failed);
        for (place, write) in recovery.failed {
            self.on_write(&turn, *place, write, texts)?;
        }
        Ok(())
    }

    /// The inputs of a turn whose commit failed: it may be on disk nevertheless.
    pub(crate) fn failed_turn(&mut self, turn: &Turn<'_>) {
        self.accepted.hear(turn);
    }

    /// A text was shown to its reader.
    pub(crate) fn shown(&mut self, now: Time, shown: Shown, texts: &Texts) -> Verdict {
        let Some(written) = texts.get(shown.about.text).filter(|text| text.to == shown.reader)
        else {
            let what = format!("{} was shown what nobody wrote", shown.reader);
            return self.judge(Promise::Letter.broken(what));
        };
        let gentle = self.options.is_gentle();
        let first = !self.once.was_shown(shown.about.text);
        let once = self.once.shown(now, shown.about, written.marked, gentle, &mut self.excused);
        self.judge(once)?;
        if first {
            let loose = self.accepted.is_unacknowledged(shown.about.text);
            let order = self.order.shown(shown.about.text, now, loose, &mut self.excused);
            self.judge(order)?;
        }
        Ok(())
    }

    /// The calm is over: everything that was accepted has arrived, or waits.
    pub(crate) fn end(&mut self, attached: &[Attached], engines: &[&Engine]) -> Verdict {
        let (accepted, once) = (&self.accepted, &self.once);
        let lost = accepted.end(&self.states, |text| once.was_shown(text), &mut self.excused);
        self.judge(lost)?;
        let crowded = engines.iter().any(|engine| engine.counters().refused_clients > 0);
        if crowded {
            return Ok(());
        }
        self.judge(delivered::check(&self.states, attached))?;
        self.judge(converge::check(engines, attached))
    }

    /// How many texts servers have taken, and how many were shown.
    pub(crate) fn counts(&self) -> (u64, u64) {
        (self.accepted.count(), self.once.count())
    }
}

pub(crate) fn index(server: ServerIndex) -> usize {
    usize::from(server.value()) - 1
}
