//! Planted bugs: each must be caught by its checker.

use super::report::Promise;

/// A bug in the plumbing around the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// A flush says that it is done, and is not.
    FlushLies,
    /// Answers and custody leave although the commit failed.
    AnswersBeforeCommit,
    /// A server takes messages into custody, and does not tell its engine.
    SwallowsMessages,
    /// A server loses the receipts that it is handed.
    SwallowsReceipts,
    /// A reader's acknowledgment is swallowed, and the reader believes it was heard.
    SwallowsReadersAcks,
    /// What comes over trunks is handed in twice, under two epochs.
    TakesTwice,
    /// What comes over trunks is handed in without its count.
    ForgetsTheOrder,
    /// A server ignores rows.
    DeafToRows,
    /// A server's clock runs a hundred times as fast.
    ClockRunsFast,
    /// The limits are not what they are said to be.
    IgnoresLimits,
    /// Rows are not verified.
    BelievesForgers,
    /// That a number's owner has signed is not verified.
    BelievesHomes,
    /// A server that was heard says it again, for ever.
    SaysItAgain,
    /// Devices are handed receipts without their signatures.
    StripsSignatures,
    /// Devices are handed what is urgent first.
    HandsByPrecedence,
    /// A server never says to devices that it has some of their messages on disk.
    OwesCustody,
}

impl Bug {
    /// Those of worlds of trunks, each with the promise whose checker must catch it. The last three
    /// are of worlds of devices.
    pub const ALL: [(Bug, Promise); 13] = [
        (Bug::FlushLies, Promise::Accepted),
        (Bug::AnswersBeforeCommit, Promise::Accepted),
        (Bug::SwallowsMessages, Promise::Accepted),
        (Bug::SwallowsReceipts, Promise::Silence),
        (Bug::SwallowsReadersAcks, Promise::Once),
        (Bug::TakesTwice, Promise::Once),
        (Bug::ForgetsTheOrder, Promise::Order),
        (Bug::DeafToRows, Promise::Converge),
        (Bug::ClockRunsFast, Promise::Lifetime),
        (Bug::IgnoresLimits, Promise::Bounded),
        (Bug::BelievesForgers, Promise::BadInput),
        (Bug::BelievesHomes, Promise::Owner),
        (Bug::SaysItAgain, Promise::Quiet),
    ];
}
