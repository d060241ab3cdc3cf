//! How long things take on a link, each with its reason.

use std::time::Duration;

const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// A packet is reported at the latest this long after it has come, even if nothing of
/// it is on disk: a flush takes less.
pub const REPORT_DELAY: Duration = millis(200);

/// Reports of what the caller keeps item by item are this far apart at the most, and an
/// eighth of a round trip if that is less.
pub const REPORT_SPACING: Duration = millis(50);

/// The end that dialled asks the other for a sign of life after this silence. Two small
/// datagrams in this time are one per 15 s, and routers forget a flow after 30 s.
pub const PING_AFTER: Duration = Duration::from_secs(30);

/// The end that was dialled gives the link up after this silence: three pings and a bit.
pub const SILENCE_MAX: Duration = Duration::from_secs(100);

/// A link on which nothing that was sent is reported is given up after this, or twelve
/// times as long as a report takes if that is more: some six probes, so that a path that
/// loses a third each way is rarely given up.
pub const UNANSWERED_MAX: Duration = Duration::from_secs(15);

/// The longest that [`UNANSWERED_MAX`] becomes on slow links.
pub const UNANSWERED_LIMIT: Duration = Duration::from_secs(60);

/// A round trip as long as none was measured.
pub const RTT_ASSUMED: Duration = millis(500);

/// The least that is added to the round trip before something counts as unanswered.
pub const PROBE_SLACK: Duration = millis(10);

/// Probes come at the latest this far apart.
pub const PROBE_MAX: Duration = Duration::from_secs(3);

/// Packets may overtake each other by this, and by a quarter of the round trip if that is
/// more, before one counts as lost.
pub const REORDER_MIN: Duration = millis(2);

/// Packets may leave this much before their time, so that timers may be coarse.
pub const PACING_SLACK: Duration = millis(1);

/// A budget may be saved up this long.
pub const BUDGET_BURST: Duration = Duration::from_secs(1);

/// Between the times at which a link is drained to see its round trip without a queue,
/// at least; 30 round trips if that is more.
pub const DRAIN_EVERY: Duration = Duration::from_secs(10);

/// The same where more is lost than usual, to see whether that is the path's nature; five
/// round trips if that is more.
pub const DRAIN_SOON: Duration = Duration::from_secs(2);

/// The first init or finish is sent again after this, the next after twice this.
pub const HANDSHAKE_RESEND: Duration = Duration::from_secs(1);

/// A handshake is given up after this.
pub const HANDSHAKE_MAX: Duration = Duration::from_secs(20);

/// An unfinished handshake that another end has begun keeps its place for this, even if there is
/// no other: a round trip by satellite and a bit.
pub const ANSWERING_FRESH: Duration = Duration::from_secs(1);

/// The first new dial comes after this, the next after twice this, each a quarter more or
/// less by chance.
pub const REDIAL_MIN: Duration = Duration::from_secs(1);

/// New dials are this far apart at the most.
pub const REDIAL_MAX: Duration = Duration::from_secs(60);

/// The secret of the cookies is changed this often; cookies of the last one count.
pub const COOKIE_SECRET: Duration = Duration::from_secs(120);

/// A session that was replaced is remembered for this, to notice that its owner is
/// still there.
pub const REPLACED_FOR: Duration = Duration::from_secs(30);
