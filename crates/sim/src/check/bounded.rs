//! *Bounded*: everything that a server holds stays within its limits. Nothing is
//! excused; at a limit new work is refused without an `ack`, and kept by who sent it.

use super::Turn;
use super::state::State;
use crate::report::{Promise, Verdict};
use postrider_engine::limits::{HEARD_MAX, IN_FLIGHT_MAX, LATELY_MAX, Limits, RECENTS_MAX};
use postrider_engine::{Sizes, Write};
use postrider_proto::classic::{Line, ServerIndex};

pub(crate) fn check(turn: &Turn<'_>, limits: &Limits) -> Verdict {
    let Sizes { clients, waiting, marks, in_flight, in_flight_to_one, lately, .. } = turn.sizes;
    let Sizes { timers, heard, .. } = turn.sizes;
    let Sizes { stations, numbers, trunks, queued, given, counted, taken, .. } = turn.sizes;
    let bounds = [
        ("clients", clients, limits.clients),
        ("messages", waiting, limits.waiting),
        ("marks", marks, clients),
        ("messages in flight", in_flight, waiting),
        ("messages in flight to one server", in_flight_to_one, IN_FLIGHT_MAX),
        ("recent messages", lately, Line::SERVERS_MAX * (LATELY_MAX + RECENTS_MAX)),
        ("timers", timers, waiting + clients + 5),
        ("clients heard", heard, HEARD_MAX),
        ("of native trunks", stations + numbers + trunks + queued + given + counted + taken, 0),
    ];
    for (name, found, most) in bounds {
        if found > most {
            let what = format!("{:?} holds {found} {name}, at most {most}", turn.server);
            return Promise::Bounded.broken(what);
        }
    }
    Ok(())
}

/// A mailbox, as the log tells it.
pub(crate) fn on_write(
    server: ServerIndex,
    write: &Write<'_>,
    state: &State,
    limits: &Limits,
) -> Verdict {
    let Write::Keep { to, .. } = *write else { return Ok(()) };
    if limits.mailbox > 1_000 || state.mailbox(to).count() < limits.mailbox + SLACK {
        return Ok(());
    }
    Promise::Bounded.broken(format!("{server:?} keeps too many messages for {to}"))
}

/// Messages whose removal is not yet on disk.
const SLACK: usize = 20;
