//! What the process tests share: programs that run, lines of servers on loopback, and
//! people who text over bare sockets.
//!
//! ```text
//!   Network ──serve(i)──► Running   a process: what it says, how it ends; killed if dropped
//!      │
//!      └────address(i)──► Person    a marked client: repeats until it is answered
//!
//!   Mesh ──serve(i)──► Running      the same of native servers, with trunks in any shape
//!      │└───look(i)──► Value        what `status`, `peers` and so on answer
//!      │├───address(i)──► Talk      two people who text without a break
//!      └────address(i)──► Stranger  a native server in Python, at a server's place
//! ```
//!
//! Nothing here waits for a time to pass: everything waits for a condition, and gives
//! up after [`PATIENCE`] with what was seen until then.

// Each test file is a crate of its own and uses a part of this one.
#![allow(dead_code, unused_imports)]

mod api;
mod capture;
mod gateways;
mod host;
mod mesh;
mod network;
mod people;
mod person;
mod python;
mod relay;
mod running;
mod smpp;
mod stranger;
mod talk;
mod wire;

pub(crate) use api::{Answer, Asks, Hook, becomes, raw};
pub(crate) use capture::Tap;
pub(crate) use gateways::Gateways;
pub(crate) use host::Host;
pub(crate) use mesh::{Mesh, UP, keygen, link_state, look, refused, rows};
pub(crate) use network::{Network, postrider};
pub(crate) use people::People;
pub(crate) use person::{Accepted, Message, Person};
pub(crate) use python::Python;
pub(crate) use relay::{Relay, Way, Weather};
pub(crate) use running::{Ended, Running};
pub(crate) use smpp::{Kannel, Lines, smpp_account, smpp_of, text_of};
pub(crate) use stranger::{Cryptography, Stranger};
pub(crate) use talk::Talk;
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
pub(crate) fn eventually<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    in_time(look).unwrap_or_else(|| panic!("in vain: {what}"))
}

/// The same; none where patience has ended.
pub(crate) fn in_time<T>(mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return Some(found);
        }
        if Instant::now() >= deadline {
            return None;
        }
        std::thread::sleep(LOOK_EVERY);
    }
}
