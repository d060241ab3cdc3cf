//! What the process tests share: programs that run, lines of servers on loopback, and
//! people who text over bare sockets.
//!
//! ```text
//!   Network ──serve(i)──► Running   a process: what it says, how it ends; killed if dropped
//!      │
//!      └────address(i)──► Person    a marked client: repeats until it is answered
//! ```
//!
//! Nothing here waits for a time to pass: everything waits for a condition, and gives
//! up after [`PATIENCE`] with what was seen until then.

// Each test file is a crate of its own and uses a part of this one.
#![allow(dead_code, unused_imports)]

mod network;
mod person;
mod python;
mod running;
mod wire;

pub(crate) use network::{Network, postrider};
pub(crate) use person::{Accepted, Message, Person};
pub(crate) use python::Python;
pub(crate) use running::{Ended, Running};
pub(crate) use wire::{PlainSocket, number};

use std::time::{Duration, Instant};

/// How long anything is waited for before a test gives up. No test ends sooner or
/// later because of it unless something is wrong.
pub(crate) const PATIENCE: Duration = Duration::from_secs(40);

/// The pause between two looks at something that cannot be awaited.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// The program under test.
pub(crate) const POSTRIDER: &str = env!("CARGO_BIN_EXE_postrider");

/// Looks again and again until something is there.
pub(crate) fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "in vain: {what}");
        std::thread::sleep(LOOK_EVERY);
    }
}
