//! All deadlines: what is due without an input, and when.

use crate::native::Station;
use crate::{Place, Time};
use postrider_proto::Number;
use postrider_proto::classic::ServerIndex;
use std::collections::BTreeSet;

/// How long things take, as CLASSIC.md says where it says it.
pub mod durations {
    use std::time::Duration;

    /// A forwarded `send` is repeated until its `ack` comes.
    pub const RESEND: Duration = Duration::from_secs(1);
    /// A message does not go straight back to the server that it came from.
    pub const NOT_BACK: Duration = Duration::from_secs(1);
    /// Equal forwarded `send`s are repeats; the forwarding side holds them apart.
    pub const EQUAL: Duration = Duration::from_secs(10);
    /// A list that contradicts a client which spoke this recently may be an echo.
    pub const DOUBT: Duration = Duration::from_millis(250);
    /// A write that backs no promise waits this long for a flush to share.
    pub const LAZY: Duration = Duration::from_millis(100);
    /// Between the parts of a list that is too long for one turn.
    pub const LIST_PART: Duration = Duration::from_millis(20);
    /// More than [`crate::limits::LISTS_AT_ONCE`] lists within this time are many.
    pub const LISTS_BUSY: Duration = Duration::from_secs(1);
    /// After many lists, what other servers say is passed on this long after the last.
    pub const NEWS_WAIT: Duration = Duration::from_millis(50);
    /// A link that is down for less than this is not told to anybody.
    pub const LINK_DOWN: Duration = Duration::from_secs(3);
    /// A trunk whose other side has taken none of its messages for so long is cut: the
    /// slowest link carries a message in seconds, and a full server with readers has room
    /// again by then.
    pub const NO_CUSTODY: Duration = Duration::from_secs(600);
    /// So is one that still has a message so long after it expired.
    pub const OVERDUE: Duration = Duration::from_secs(3_600);
    /// How often a link went down is forgotten after this.
    pub const LINK_FORGIVEN: Duration = Duration::from_secs(600);
    /// A link that came back for the second time is told so much later, and twice as much
    /// each further time.
    pub const LINK_UP_AGAIN: Duration = Duration::from_secs(5);
    /// But at most so much.
    pub const LINK_UP_AGAIN_MAX: Duration = Duration::from_secs(300);
    /// Between two computations of the ways.
    pub const ROUTES: Duration = Duration::from_millis(100);
    /// A server of the line is out of reach only when the ways have been the same for so long:
    /// more than a row takes through a network of usual links.
    pub const WAYS_STEADY: Duration = Duration::from_secs(1);
    /// The end of a link that is further from a row's origin waits this long for the nearer
    /// one to tell it: more than a row takes through a network of usual links.
    pub const THEIR_TURN: Duration = Duration::from_secs(1);
    /// And only where no link has changed for this long.
    pub const GRAPH_STEADY: Duration = Duration::from_secs(10);
    /// Between two looks at the ages of what waits.
    pub const SWEEP: Duration = Duration::from_secs(1);
    /// Sweeps after which all have been looked at.
    pub const SWEEPS_PER_ROUND: usize = 60;
    /// Within this time answers to a question that was handed on to another server count.
    pub const ASKED: Duration = Duration::from_secs(10);
    /// How long the server has run is written this often, in seconds.
    pub const RAN_EVERY_S: u32 = 60;
    /// A message behind a gap waits this long that the gap closes, in seconds: longer than
    /// [`LINK_UP_AGAIN_MAX`], which may hold up the one that is missing.
    pub const GAP_S: u32 = 600;
    /// Within this time a client may send [`crate::limits::SUBMITTED_MAX`] texts.
    pub const SUBMITTED: Duration = Duration::from_secs(10);
    /// Between the samples of how far the log had grown when.
    pub const AGE_STEP: Duration = Duration::from_secs(1);
}

/// What may be due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Timer {
    /// The log has been replayed: what was to be forwarded goes on.
    Start,
    /// A forwarded message has had no `ack` for [`durations::RESEND`].
    Resend(ServerIndex, Place),
    /// A message that had to be held back may go.
    Release(ServerIndex, Place),
    /// A client has been silent for [`durations::DOUBT`] since it was said to have moved.
    Doubt(Number),
    /// A part of the log is older than [`durations::EQUAL`].
    Age,
    /// The oldest lazy write has waited [`durations::LAZY`].
    Flush,
    /// The next part of a long list may go.
    ListPart,
    /// The list may be shared for what other servers said.
    News,
    /// What is true of the own end of a link is to be told.
    Link(Station),
    /// The ways may be computed again.
    Routes,
    /// Who of the line is out of reach may be known.
    Gateways,
    /// Rows have waited for the other end of a link to tell them.
    Rows,
    /// The oldest message that came from where it has to go back to may go.
    Return,
    /// Ages are to be looked at.
    Sweep,
}

/// The timers that are set, soonest first.
#[derive(Debug, Default)]
pub(crate) struct Deadlines(BTreeSet<(Time, Timer)>);

impl Deadlines {
    pub(crate) fn set(&mut self, at: Time, timer: Timer) {
        self.0.insert((at, timer));
    }

    pub(crate) fn clear(&mut self, at: Time, timer: Timer) {
        self.0.remove(&(at, timer));
    }

    pub(crate) fn next(&self) -> Option<Time> {
        self.0.first().map(|(at, _)| *at)
    }

    /// Takes the soonest timer that is due by now.
    pub(crate) fn pop_due(&mut self, now: Time) -> Option<Timer> {
        let (at, timer) = *self.0.first()?;
        (at <= now).then(|| {
            self.0.pop_first();
            timer
        })
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}
