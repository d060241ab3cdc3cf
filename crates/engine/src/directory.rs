//! Which client is at which server.

use postrider_proto::Number;
use postrider_proto::classic::ServerIndex;
use std::collections::BTreeMap;

/// number → home, for all clients known.
#[derive(Debug, Default)]
pub(crate) struct Directory(BTreeMap<Number, ServerIndex>);

/// What a pair of a neighbour's list means to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum News {
    /// Known, or not to be believed from this side.
    Nothing,
    /// It contradicts what is known, from the wrong side: an old echo.
    Echo,
    /// The client is there.
    Found,
    /// The client was at this server, and is said to be there.
    Left,
}

impl Directory {
    pub(crate) fn home(&self, client: Number) -> Option<ServerIndex> {
        self.0.get(&client).copied()
    }

    pub(crate) fn set(&mut self, client: Number, home: ServerIndex) {
        self.0.insert(client, home);
    }

    pub(crate) fn remove(&mut self, client: Number) {
        self.0.remove(&client);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The pairs from this number on.
    pub(crate) fn from(&self, first: Number) -> impl Iterator<Item = (Number, ServerIndex)> {
        self.0.range(first..).map(|(client, home)| (*client, *home))
    }

    /// What it means to `me` that `teller` says that the client is at `said`.
    pub(crate) fn judge(
        &self,
        me: ServerIndex,
        teller: ServerIndex,
        client: Number,
        said: ServerIndex,
    ) -> News {
        if said == me {
            return News::Nothing;
        }
        match self.home(client) {
            None => News::Found,
            Some(known) if known == said => News::Nothing,
            Some(_) if !stands_behind(me, teller, said) => News::Echo,
            Some(known) if known == me => News::Left,
            Some(_) => News::Found,
        }
    }
}

/// Whether the teller is the neighbour on the side on which the server stands.
fn stands_behind(me: ServerIndex, teller: ServerIndex, said: ServerIndex) -> bool {
    if said < me { teller.value() + 1 == me.value() } else { teller.value() == me.value() + 1 }
}
