//! *Delivered*: when faults have stopped and everybody who is attached has read
//! until nothing came, nothing waits for them anywhere. What waits for people who
//! have gone may stay.

use super::Attached;
use super::state::State;
use crate::report::{Promise, Verdict};
use crate::texts::id_of;

pub(crate) fn check(states: &[State], attached: &[Attached]) -> Verdict {
    for (place, state) in states.iter().enumerate() {
        for Attached { client, .. } in attached {
            if let Some((_, message)) = state.mailbox(*client).next() {
                let (id, place) = (id_of(&message.text), place + 1);
                let what = format!("text #{id} for {client} still waits at server {place}");
                return Promise::Delivered.broken(what);
            }
        }
    }
    Ok(())
}
