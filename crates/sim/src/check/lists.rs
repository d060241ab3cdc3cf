//! *Lists* go to both neighbours whenever a client says `handshake` or is added, and
//! whenever a list held a pair that was new, never otherwise; each is the whole list.
//! Nothing is excused: what comes while a turn is under way is answered in the next.

use super::Turn;
use super::state::State;
use crate::report::{Promise, Verdict};
use postrider_engine::{Output, Write};
use postrider_proto::classic::{Request, ServerIndex};

/// Whether this turn has to end with the list, since a client has said `handshake`.
pub(crate) fn is_asked_for(turn: &Turn<'_>) -> bool {
    turn.outputs.iter().any(|output| is_handshake_done(turn, output))
}

/// Whether a write is news to the server, which has to end its turn with the list.
pub(crate) fn is_news(write: &Write<'_>, before: &State) -> bool {
    matches!(*write, Write::Home { client, server } if before.homes.get(&client) != Some(&server))
}

fn is_handshake_done(turn: &Turn<'_>, output: &Output) -> bool {
    let Output::Done { reply, .. } = output else { return false };
    let asked = turn.inputs.get(reply.0 as usize).map(|seen| seen.input);
    matches!(
        asked,
        Some(postrider_engine::Input::Request { request: Request::Handshake { .. }, .. })
    )
}

pub(crate) fn check(turn: &Turn<'_>, wanted: bool, servers: u8, after: &State) -> Verdict {
    let all: Vec<_> = after.homes.iter().map(|(client, home)| (*client, *home)).collect();
    let mut told = Vec::new();
    for output in turn.outputs {
        let Output::List { server, pairs } = output else { continue };
        if turn.pairs[pairs.clone()] != all {
            let what = format!("{:?} tells {server:?} another list than its own", turn.server);
            return Promise::Lists.broken(what);
        }
        told.push(*server);
    }
    let expected = if wanted { neighbours(turn.server, servers) } else { Vec::new() };
    if told == expected {
        return Ok(());
    }
    let what = format!("{:?} told its list to {told:?} where wanted is {wanted}", turn.server);
    Promise::Lists.broken(what)
}

/// Every neighbour once, in the line's order.
fn neighbours(me: ServerIndex, servers: u8) -> Vec<ServerIndex> {
    let places = [me.value() - 1, me.value() + 1];
    let real = places.into_iter().filter(|place| *place <= servers);
    real.filter_map(ServerIndex::from_value).collect()
}
