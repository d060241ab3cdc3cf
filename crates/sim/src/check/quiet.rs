//! *Quiet*: when all is calm and nobody does anything, no datagram is sent for an
//! hour, and no commit happens once what was remembered for ten seconds has aged.

use crate::report::{Promise, Verdict};

/// Commits of one server that the aging may still need.
const AGING: u64 = 13;

/// What was counted before or after the quiet hour.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Count {
    pub(crate) datagrams: u64,
    pub(crate) commits: u64,
}

pub(crate) fn check(before: Count, after: Count, servers: u8) -> Verdict {
    let datagrams = after.datagrams - before.datagrams;
    if datagrams > 0 {
        return Promise::Quiet.broken(format!("{datagrams} datagrams were sent for nothing"));
    }
    let commits = after.commits - before.commits;
    if commits > AGING * u64::from(servers) {
        return Promise::Quiet.broken(format!("{commits} commits were made for nothing"));
    }
    Ok(())
}
