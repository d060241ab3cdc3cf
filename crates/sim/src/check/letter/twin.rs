//! The second server, and what it remembers.

use crate::check::state::{Kept, State};
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

    /// Whether there is room for a text of a client.
    pub(super) fn has_room_for_own(&self, from: Number, to: Number, had_room: bool) -> bool {
        let of_sender = |message: &&Kept| message.origin == 0 && message.from == from;
        let most = self.options.limits.sender.min(self.left());
        self.has_room_for(0, to, had_room)
            && self.state.live.values().filter(of_sender).count() < most
    }

    /// Whether there is room for what comes from a server, or from clients, which are 0:
    /// nobody has more than is left.
    pub(super) fn has_room_for(&self, source: u8, to: Number, had_room: bool) -> bool {
        let in_mailbox = self.state.mailbox(to).count();
        let share = match self.home(to) {
            Some(home) if home == self.me => in_mailbox,
            home => self.on_the_way(source, home.is_some()),
        };
        had_room && in_mailbox < self.options.limits.mailbox && share < self.left()
    }

    fn left(&self) -> usize {
        self.options.limits.waiting.saturating_sub(self.state.live.len())
    }

    /// What is to be forwarded and came from there, to known servers or to none.
    fn on_the_way(&self, source: u8, is_known: bool) -> usize {
        let goes = |to: Number| {
            let home = self.home(to);
            home != Some(self.me) && home.is_some() == is_known
        };
        let live = self.state.live.iter();
        live.filter(|((to, _), message)| message.origin == source && goes(*to)).count()
    }
}
