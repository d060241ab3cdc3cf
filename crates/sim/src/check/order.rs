//! *Order*: texts of one sender that were taken at one server, for a recipient that
//! did not move, are shown in the order in which they were taken.
//!
//! Excused, and counted: the recipient's home was changed at some server between the
//! taking of the first and the showing of it. That a home becomes known is no change.
//! Excused as well: a text that a server with `acknowledged = false` handed out, since
//! its datagram may be overtaken by the next one's.
//! A text's second showing is not a matter of order.

use super::state::State;
use crate::report::{Excused, Promise, Verdict};
use crate::texts::id_of;
use postrider_engine::{Origin, Time, Write};
use postrider_proto::Number;
use postrider_proto::classic::ServerIndex;
use std::collections::BTreeMap;

/// Where, from whom and to whom.
type Stream = (ServerIndex, Number, Number);

/// What was taken, in order, and whose homes changed when.
#[derive(Debug, Default)]
pub(crate) struct Order {
    /// Each text's stream, its place in it, and when it was taken.
    texts: BTreeMap<u32, (Stream, usize, Time)>,
    /// How many texts each stream has.
    lengths: BTreeMap<Stream, usize>,
    /// The last place of each stream that was shown.
    shown: BTreeMap<Stream, usize>,
    moved: BTreeMap<Number, Time>,
}

impl Order {
    pub(crate) fn on_write(
        &mut self,
        server: ServerIndex,
        now: Time,
        write: &Write<'_>,
        state: &State,
    ) {
        match *write {
            Write::Keep { origin: Origin::Client { .. }, from, to, text, .. } => {
                let stream = (server, from, to);
                let length = self.lengths.entry(stream).or_default();
                self.texts.entry(id_of(text.as_str())).or_insert((stream, *length, now));
                *length += 1;
            }
            Write::Home { client, server }
                if state.homes.get(&client).is_some_and(|home| *home != server) =>
            {
                self.moved.insert(client, now);
            }
            Write::Gone { client } => drop(self.moved.insert(client, now)),
            _ => {}
        }
    }

    /// A text is shown for the first time.
    pub(crate) fn shown(
        &mut self,
        text: u32,
        now: Time,
        unacknowledged: bool,
        excused: &mut Excused,
    ) -> Verdict {
        let Some((stream, place, taken)) = self.texts.get(&text).copied() else { return Ok(()) };
        let last = self.shown.entry(stream).or_default();
        if place >= *last {
            *last = place;
            return Ok(());
        }
        if self.moved.get(&stream.2).is_some_and(|moved| *moved >= taken && *moved <= now) {
            excused.order_after_a_move += 1;
            return Ok(());
        }
        if unacknowledged {
            return Ok(());
        }
        Promise::Order.broken(format!("text #{text} was shown after a later one of its sender"))
    }
}
