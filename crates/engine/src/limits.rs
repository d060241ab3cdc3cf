//! All limits, each with its unit and its reason.
//!
//! At a limit new work is refused: a client's or a server's `send` gets no `ack`,
//! which tells the other side to keep it, and the refusal is counted. What was
//! accepted stays.

/// Clients known, own and others'. At worst 64 bytes of memory each, so 1 GiB.
pub const CLIENTS_MAX: usize = 16_777_216;

/// Messages that wait, in all mailboxes and to be forwarded, beside [`RESERVE`]. At worst 200
/// bytes of memory each, so 800 MB; their texts are on disk. A mailbox, a sender, a neighbour
/// and all own clients together each have at most as many as are left.
pub const WAITING_MAX: usize = 4_194_304;

/// Messages that wait for one number: more than a person reads, few enough that
/// one number cannot take all the room.
pub const MAILBOX_MAX: usize = 10_000;

/// Messages of one own client that wait, in mailboxes here and to be forwarded: more than
/// a gateway has under way, and a fortieth of the room.
pub const SENDER_MAX: usize = 100_000;

/// Texts that one own client may send within [`crate::durations::SUBMITTED`]: a thousand a
/// second, which no person types and no radio carries.
pub const SUBMITTED_MAX: usize = 10_000;

/// Places beyond [`WAITING_MAX`] for texts with the same number of hops left, and as many for
/// receipts. One would do to keep full servers going; so many make a datagram or two worth
/// while. At worst 512 times as many messages, 32,768, of 200 bytes.
pub const RESERVE: usize = 64;

/// Forwarded `send`s to one other server without an `ack` (CLASSIC.md, "Repeats").
pub const IN_FLIGHT_MAX: usize = 20;

/// Messages that are sent to a server within ten seconds after one that still has no
/// `ack`. With those in flight before it they stay under [`RECENTS_MAX`], so that its
/// repeat is recognised however many of its `ack`s get lost within them.
pub const OVERTAKE_MAX: usize = RECENTS_MAX - IN_FLIGHT_MAX;

/// Forwarded `send`s of one server that a new one is compared with (the same).
pub const RECENTS_MAX: usize = 50;

/// Fingerprints of what was forwarded to one server within ten seconds; a message
/// that could not be compared with all of them waits. 56 bytes each, and 26,000
/// messages a second to one server.
pub const LATELY_MAX: usize = 262_144;

/// Clients remembered to have said something within a quarter of a second; of
/// more, the oldest are forgotten, which only ends a doubt early. 16 bytes each.
pub const HEARD_MAX: usize = 65_536;

/// Pairs of the own list that leave in one turn, to each neighbour: some 370
/// datagrams, which a socket buffer holds.
pub const LIST_PAIRS_PER_TURN: usize = 4_096;

/// Lists within a second that go out at once; of more, those that only pass on what
/// other servers said wait a moment for each other. So lists that overtake each other,
/// each of which brings forth further ones, cannot become more and more.
pub const LISTS_AT_ONCE: usize = 10;

/// Servers known, this one included. 100 bytes each.
pub const STATIONS_MAX: usize = 4_096;

/// Of these, so many are kept for servers that have a trunk to this one, so that rows of
/// servers that somebody has made up do not keep them out.
pub const STATIONS_OF_TRUNKS: usize = 256;

/// The last row that an origin may number: the engine keeps six bytes of it. A million rows
/// a second would take nine years; who says more does not count.
pub const SEQUENCE_MAX: u64 = (1 << 48) - 1;

/// Versions that a row about a number without a key may be ahead of what is known: more than
/// anybody moves while a link is down, and so few that none is near the last one.
pub const VERSION_AHEAD_MAX: u32 = 1 << 24;

/// Numbers remembered to be bound to two first keys. 40 bytes each.
pub const DISPUTED_MAX: usize = 1_024;

/// Messages that a trunk was handed and the other side does not have on disk: what a link of
/// 200,000 messages a second holds in ten milliseconds. With half as many the two servers of a
/// fast trunk waited for each other.
pub const MESSAGES_HANDED_MAX: usize = 2_048;

/// Of each number of hops left, the messages that a trunk may be handed beyond
/// [`MESSAGES_HANDED_MAX`]: the other side may have a place for these alone. At worst 2,048
/// more.
pub const HANDED_BESIDES_MAX: u16 = 8;

/// Messages that a client's device was handed and has not on disk: enough for a window of a
/// slow link, and 40 bytes each for 100,000 devices.
pub const SESSION_HANDED_MAX: usize = 64;

/// Questions where a message is that were handed on to other servers. 64 bytes each.
pub const ASKED_MAX: usize = 1_024;

/// Rows likewise.
pub const ROWS_HANDED_MAX: usize = 256;

/// Neighbours up to which it is worked out who is nearer to whom: from each of them a walk
/// over the graph, whenever it changes. With more, rows may cross a link both ways.
pub const NEAR_TRUNKS_MAX: usize = 64;

/// Servers that may hand a text on: far more than any sound network is wide.
pub const HOPS: u8 = 64;

/// The same of a receipt or a history. More than of a text, whose way may be as long before
/// it ends: where ways keep changing, the one back is no shorter.
pub const HOPS_OF_NOTES: u8 = 255;

/// Messages that wait a moment because they would go straight back; further ones do not
/// wait. 24 bytes each.
pub const RETURNING_MAX: usize = 4_096;

/// Outcomes of own clients' messages that are remembered, the latest. 80 bytes each.
pub const OUTCOMES_MAX: usize = 65_536;

/// Messages handed on to other servers that are remembered for those who ask, the latest.
/// 40 bytes each.
pub const HANDED_ON_MAX: usize = 16_384;

/// Messages whose age is looked at in one sweep, at least.
pub const SWEPT_AT_LEAST: usize = 256;

/// Inputs of one turn: they share a flush, and the first should not wait long
/// for the last.
pub const INPUTS_PER_TURN: usize = 4_096;

/// Bytes of the log beside twice those that are live: cleaning begins beyond.
pub const LOG_SLACK_BYTES: u64 = 16 << 20;

/// Bytes of the log that one turn cleans at the most, beside twice those that it
/// writes: bounds what cleaning adds to one flush.
pub const CLEAN_BYTES_PER_TURN: u64 = 64 << 10;

/// The limits that tests make smaller, and an operator may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// See [`CLIENTS_MAX`].
    pub clients: usize,
    /// See [`WAITING_MAX`].
    pub waiting: usize,
    /// See [`MAILBOX_MAX`].
    pub mailbox: usize,
    /// See [`SENDER_MAX`].
    pub sender: usize,
    /// See [`SUBMITTED_MAX`].
    pub submitted: usize,
    /// See [`RESERVE`]. At least 1.
    pub reserve: usize,
    /// See [`LOG_SLACK_BYTES`].
    pub log_slack_bytes: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            clients: CLIENTS_MAX,
            waiting: WAITING_MAX,
            mailbox: MAILBOX_MAX,
            sender: SENDER_MAX,
            submitted: SUBMITTED_MAX,
            reserve: RESERVE,
            log_slack_bytes: LOG_SLACK_BYTES,
        }
    }
}
