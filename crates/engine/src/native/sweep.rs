//! Messages get older, and expire. No clock is trusted: an age is the time that servers
//! have measured while they kept the message, each by how long it ran.

use crate::deadlines::{Timer, durations};
use crate::engine::Engine;
use crate::limits::SWEPT_AT_LEAST;
use crate::mail::{Key, Stamp};
use crate::{Place, Time, Write};
use postrider_proto::Number;

/// How long this server has run, in all its runs, and how far its messages are swept.
#[derive(Debug, Default)]
pub(crate) struct Sweep {
    /// Before this run.
    ran_before_s: u32,
    began: Option<Time>,
    /// What was last written of it.
    written_s: u32,
    next: Option<(Number, Place)>,
    is_set: bool,
}

impl Sweep {
    /// The run begins.
    pub(crate) fn begin(&mut self, now: Time) {
        self.began = Some(now);
    }

    /// What the log says of the runs before; nothing where this run has begun.
    pub(crate) fn replay(&mut self, ran_s: u32) {
        if self.began.is_none() {
            self.ran_before_s = self.ran_before_s.max(ran_s);
            self.written_s = self.ran_before_s;
        }
    }

    /// How long this server has run, in whole seconds.
    pub(crate) fn ran_s(&self, now: Time) -> u32 {
        let this_run = self.began.map_or(0, |began| now.since(began).as_secs());
        self.ran_before_s.saturating_add(u32::try_from(this_run).unwrap_or(u32::MAX))
    }
}

impl Engine {
    /// Something has an age: it has to be looked at.
    pub(crate) fn want_sweep(&mut self) {
        if self.native.epoch.is_some() && !self.native.sweep.is_set && self.mail.len() > 0 {
            self.native.sweep.is_set = true;
            self.deadlines.set(self.now + durations::SWEEP, Timer::Sweep);
        }
    }

    /// Looks at a part of what waits; all of it within a minute.
    pub(crate) fn sweep(&mut self) {
        self.native.sweep.is_set = false;
        let share = (self.mail.len() / durations::SWEEPS_PER_ROUND).max(SWEPT_AT_LEAST);
        let (over, next) = self.mail.look(self.native.sweep.next, share, |message| {
            self.age_of(message).is_some_and(|(age, lifetime)| lifetime.is_over(age))
        });
        self.hand_besides(self.native.sweep.next, share);
        self.look_for_gaps(self.native.sweep.next, share);
        self.native.sweep.next = next;
        for (to, kept) in over {
            self.expire(to, kept);
        }
        self.cut_silent_trunks();
        let ran_s = self.native.sweep.ran_s(self.now);
        if ran_s >= self.native.sweep.written_s + durations::RAN_EVERY_S {
            self.native.sweep.written_s = ran_s;
            self.write(&Write::Ran { seconds: ran_s });
        }
        self.want_sweep();
    }

    /// What has waited for a gap long enough may be given to its sessions.
    fn look_for_gaps(&mut self, from: Option<Key>, share: usize) {
        if !self.native.sessions.has_attached() {
            return;
        }
        let ran_s = self.native.sweep.ran_s(self.now);
        let (late, _) = self.mail.look(from, share, |message| {
            let waited_s = |stamp: Stamp| ran_s.saturating_sub(stamp.since_s);
            message.stamp.is_some_and(|stamp| waited_s(stamp) >= durations::GAP_S)
        });
        for (to, _) in late {
            self.native.sessions.stir(to);
        }
    }
}
