//! *Bounded*, the log: it never grows beyond twice what is live plus the slack, beside
//! what is younger than ten seconds.
//!
//! ```text
//!   start        written again, goes         all that the log has to hold       end
//!     ├──────── with the next commit ────────┼──────────── kept ─────────────────┤
//!                                            │   ≤ allowed, the largest of       │
//!                                            │   2 × live + slack                │
//!                                            │   what is younger than 10 s       │
//!                                            │   what was allowed before, less   │
//!                                            │   what this turn had to clean     │
//! ```
//!
//! The third case is a log that was allowed to be longer: much of it was read at once,
//! or a busy time is over. Each commit then cleans twice what it adds, and
//! [`CLEAN_BYTES_PER_TURN`] beside; what is live of that is written again, which is at
//! most once all that is live until the cleaning has gone through the whole log. So with
//! V the most that was live meanwhile, the log is at its longest 2½ V, the slack and what
//! was young, and what one turn has cleaned.
//!
//! A part of the log may count as young for a second more, and longer where nothing was
//! written after it. After a restart the ten seconds begin anew for all of it.

use super::state::State;
use super::{Recovery, Turn};
use crate::report::{Promise, Verdict};
use postrider_engine::limits::{CLEAN_BYTES_PER_TURN, Limits};
use postrider_engine::{Place, Time, Write, durations};
use std::collections::VecDeque;

/// What the store puts between the records of two commits at the most: a frame's header
/// of 12 bytes, and a segment's of 32. The engine learns of it a commit later.
const FRAMING: u64 = 12 + 32;

/// How long a server's log may be.
#[derive(Clone, Debug)]
pub(crate) struct LogSize {
    slack: u64,
    /// Where the log ended when, by the server's own clock; the first is the newest
    /// that is old.
    ends: VecDeque<(Time, Place)>,
    /// What the log may keep since its last commit.
    allowed: u64,
    /// Bytes that this turn has written again.
    again: u64,
}

impl LogSize {
    pub(crate) fn new(limits: &Limits) -> LogSize {
        let slack = limits.log_slack_bytes;
        LogSize { slack, ends: VecDeque::new(), allowed: slack, again: 0 }
    }

    /// Nothing of the log is old any more.
    pub(crate) fn restarted(&mut self, recovery: &Recovery<'_>) {
        self.ends = VecDeque::from([(recovery.local, recovery.span.end)]);
        self.allowed = recovery.span.end.0 - recovery.span.start.0;
        self.again = 0;
    }

    pub(crate) fn on_write(&mut self, write: &Write<'_>, before: &State) {
        let again = match *write {
            Write::Carry { .. } | Write::Mark { .. } | Write::Next { .. } => true,
            Write::Forget { kept, to } => {
                before.live.get(&(to, kept)).is_some_and(|message| message.has_left)
            }
            Write::Home { client, server } => before.homes.get(&client) == Some(&server),
            _ => false,
        };
        if again {
            let mut record = Vec::new();
            write.encode(&mut record);
            self.again += record.len() as u64;
        }
    }

    /// The log before this turn's commit was as long as it might be, and it is known how
    /// long it may be until the next one.
    pub(crate) fn turn(&mut self, turn: &Turn<'_>, after: &State) -> Verdict {
        let Some((_, end)) = self.ends.back().copied().filter(|_| turn.commit.is_some()) else {
            return Ok(());
        };
        let kept = end.0.saturating_sub(turn.log.start.0);
        let allowed = self.allowed;
        self.allow(turn, end, after);
        if kept <= allowed + FRAMING {
            return Ok(());
        }
        let what = format!("{:?} kept {kept} bytes of its log, at most {allowed}", turn.server);
        Promise::Bounded.broken(what)
    }

    fn allow(&mut self, turn: &Turn<'_>, end: Place, after: &State) {
        let added = turn.log.end.0 - end.0;
        let again = std::mem::take(&mut self.again);
        let cleaned = CLEAN_BYTES_PER_TURN + 2 * (added - again);
        self.ends.push_back((turn.local, turn.log.end));
        let young = turn.log.end.0 - self.old(turn.local).unwrap_or(turn.log.start).0;
        let much = 2 * after.bytes() + self.slack;
        let rest = (self.allowed + added).saturating_sub(cleaned);
        self.allowed = much.max(young).max(rest);
    }

    /// The place before which everything is old, if there is one. How far the log had
    /// grown is only known to the second.
    fn old(&mut self, now: Time) -> Option<Place> {
        let old = self.ends.partition_point(|(at, _)| now.since(*at) >= durations::EQUAL);
        let (newest, _) = *self.ends.get(old.checked_sub(1)?)?;
        let surely = self.ends.partition_point(|(at, _)| newest.since(*at) >= durations::AGE_STEP);
        self.ends.drain(..surely.saturating_sub(1));
        self.ends.front().filter(|_| surely > 0).map(|(_, place)| *place)
    }
}
