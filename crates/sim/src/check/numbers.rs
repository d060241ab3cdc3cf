//! *Numbers* are consecutive: the first text that a server takes from a client has
//! 0, the next 1, and after 99 comes 0 again, across restarts. Nothing is excused.

use super::state::State;
use crate::report::{Promise, Verdict};
use postrider_engine::{Origin, Write};
use postrider_proto::classic::ServerIndex;

pub(crate) fn on_write(server: ServerIndex, write: &Write<'_>, state: &State) -> Verdict {
    let seq = match *write {
        Write::Keep { origin: Origin::Client { .. }, seq, .. } | Write::Next { seq } => seq,
        _ => return Ok(()),
    };
    if seq == state.next {
        return Ok(());
    }
    Promise::Numbers.broken(format!("{server:?} gives number {seq}, {} is due", state.next))
}
