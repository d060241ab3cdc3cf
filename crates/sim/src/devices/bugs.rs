//! Planted bugs: each must be caught by its checker.

use super::report::Promise;
use crate::trunks;

/// A bug in the plumbing around servers and devices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// A server takes texts into custody, and does not tell its engine.
    SwallowsTexts,
    /// A device that comes back has its history put back from a copy, and counts anew.
    SendsAgain,
    /// Devices are handed what is urgent first.
    HandsByPrecedence,
    /// A device that loses power also loses what it had said to be on disk.
    FlushLies,
    /// Devices are handed receipts without their signatures.
    StripsSignatures,
    /// A device that comes back has its history put back from a copy.
    PutsBackACopy,
    /// A server never says that it has some of a device's messages on disk.
    OwesCustody,
    /// A machine does not say how long it ran, so that nobody sees that its clock was set.
    ForgetsItsStart,
    /// A program has its device call its servers anew, again and again.
    CallsAgain,
    /// A server comes back without the last that it had said to be on disk.
    ServersFlushLies,
}

impl Bug {
    /// All of them, each with the promise whose checker must catch it.
    pub const ALL: [(Bug, Promise); 10] = [
        (Bug::SwallowsTexts, Promise::Ends),
        (Bug::SendsAgain, Promise::Once),
        (Bug::HandsByPrecedence, Promise::Order),
        (Bug::FlushLies, Promise::Proven),
        (Bug::StripsSignatures, Promise::Signed),
        (Bug::PutsBackACopy, Promise::Further),
        (Bug::OwesCustody, Promise::Outbox),
        (Bug::ForgetsItsStart, Promise::Lifetime),
        (Bug::CallsAgain, Promise::Quiet),
        (Bug::ServersFlushLies, Promise::Servers),
    ];

    /// Where the bug is a server's, it is one of these.
    pub(crate) fn of_servers(self) -> Option<trunks::Bug> {
        match self {
            Bug::SwallowsTexts => Some(trunks::Bug::SwallowsMessages),
            Bug::StripsSignatures => Some(trunks::Bug::StripsSignatures),
            Bug::HandsByPrecedence => Some(trunks::Bug::HandsByPrecedence),
            Bug::OwesCustody => Some(trunks::Bug::OwesCustody),
            Bug::ServersFlushLies => Some(trunks::Bug::FlushLies),
            _ => None,
        }
    }

    /// Whether a device that comes back has an older history.
    pub(crate) fn is_old_history(self) -> bool {
        matches!(self, Bug::SendsAgain | Bug::FlushLies | Bug::PutsBackACopy)
    }
}
