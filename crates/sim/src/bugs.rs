//! Planted bugs: each must be caught by its checker.

use crate::report::Promise;

/// A bug in the plumbing around the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// A flush says that it is done, and is not.
    FlushLies,
    /// Answers leave although the commit failed.
    AnswersBeforeCommit,
    /// A server takes its own handing out for the reader's `ack`.
    AcknowledgesForTheReader,
    /// Forwarded messages from one server never reach its neighbour.
    CutsAWire,
    /// Repeats of a client's text come in without their mark.
    IgnoresMarks,
    /// Repeats from a server count as from another one.
    MistakesTheServer,
    /// A reader's `ack` is swallowed.
    SwallowsReadersAcks,
    /// A forwarded message counts as handed over at once, and leaves later.
    HandsOverInAdvance,
    /// A server ignores lists from its right neighbour.
    DeafToTheRight,
    /// The limits are not what they are said to be.
    IgnoresLimits,
    /// Anybody may speak for a server.
    TrustsEverybody,
    /// Acks between servers are swallowed when all is calm.
    SwallowsServersAcks,
    /// At a restart the last row of the log is skipped.
    ForgetsTheLastRow,
    /// Lists are sent at every turn.
    ListsForEver,
    /// A server's clock runs twice as fast.
    ClockRunsFast,
    /// A client's `terminate` is not told to the others.
    LeavesInSilence,
}

impl Bug {
    /// All of them, each with the promise whose checker must catch it.
    pub const ALL: [(Bug, Promise); 16] = [
        (Bug::FlushLies, Promise::Accepted),
        (Bug::AnswersBeforeCommit, Promise::Accepted),
        (Bug::AcknowledgesForTheReader, Promise::Accepted),
        (Bug::CutsAWire, Promise::Delivered),
        (Bug::IgnoresMarks, Promise::Once),
        (Bug::MistakesTheServer, Promise::Once),
        (Bug::SwallowsReadersAcks, Promise::Once),
        (Bug::HandsOverInAdvance, Promise::Order),
        (Bug::DeafToTheRight, Promise::Converge),
        (Bug::IgnoresLimits, Promise::Bounded),
        (Bug::TrustsEverybody, Promise::BadInput),
        (Bug::SwallowsServersAcks, Promise::Quiet),
        (Bug::ForgetsTheLastRow, Promise::Numbers),
        (Bug::ListsForEver, Promise::Lists),
        (Bug::ClockRunsFast, Promise::Forwarding),
        (Bug::LeavesInSilence, Promise::Letter),
    ];
}
