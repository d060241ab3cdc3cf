//! The second server, and what it remembers.

use crate::check::state::State;
use crate::options::Options;
use postrider_engine::{Place, Time, Write};
use postrider_proto::Number;
use postrider_proto::classic::ServerIndex;
use std::collections::BTreeMap;

/// A client that is said to have moved, and spoke here less than a quarter of a
/// second ago.
#[derive(Clone, Copy, Debug)]
pub(super) struct Doubt {
    pub(super) said: ServerIndex,
    pub(super) due: Time,
    pub(super) spoke_again: bool,
}

#[derive(Clone)]
pub(super) struct Twin {
    pub(super) options: Options,
    pub(super) me: ServerIndex,
    pub(super) state: State,
    pub(super) handed: BTreeMap<Number, Place>,
    pub(super) spoke: BTreeMap<Number, Time>,
    pub(super) doubts: BTreeMap<Number, Doubt>,
    /// Changes that were not committed yet, since no answer relies on them.
    pub(super) lazy: Vec<Write<'static>>,
}

impl Twin {
    pub(super) fn new(me: ServerIndex, options: Options, state: State) -> Twin {
        let (handed, spoke) = (BTreeMap::new(), BTreeMap::new());
        Twin { options, me, state, handed, spoke, doubts: BTreeMap::new(), lazy: Vec::new() }
    }

    pub(super) fn home(&self, client: Number) -> Option<ServerIndex> {
        self.state.homes.get(&client).copied()
    }

    pub(super) fn others(&self) -> impl Iterator<Item = ServerIndex> + use<> {
        let me = self.me;
        let all = (1..=self.options.servers).filter_map(ServerIndex::from_value);
        all.filter(move |server| *server != me)
    }

    pub(super) fn hear(&mut self, client: Number, now: Time) {
        self.spoke.insert(client, now);
        if let Some(doubt) = self.doubts.get_mut(&client) {
            doubt.spoke_again = true;
        }
    }

    pub(super) fn has_room_for(&self, to: Number, had_room: bool) -> bool {
        let limits = &self.options.limits;
        had_room
            && self.state.live.len() < limits.waiting
            && self.state.mailbox(to).count() < limits.mailbox
    }
}
