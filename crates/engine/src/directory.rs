//! Which client is at which server.

use crate::Place;
use postrider_proto::Number;
use postrider_proto::classic::ServerIndex;
use std::collections::BTreeMap;

/// number → home, for all clients known, and where in the log that is written.
#[derive(Debug, Default)]
pub(crate) struct Directory(BTreeMap<Number, Known>);

/// What is known of a client, in eight bytes, since there may be millions.
#[derive(Clone, Copy, Debug)]
struct Known {
    home: ServerIndex,
    /// The low seven bytes of the place of the newest record; a log of more than 64 PB
    /// would only rewrite a record once more than it has to.
    written: [u8; 7],
}

impl Known {
    fn new(home: ServerIndex, place: Place) -> Known {
        let [written @ .., _] = place.0.to_le_bytes();
        Known { home, written }
    }
}

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
        self.0.get(&client).map(|known| known.home)
    }

    /// Whether the record at this place is the newest one of the client's home.
    pub(crate) fn is_written_at(&self, client: Number, place: Place) -> bool {
        let here = |known: &Known| known.written == Known::new(known.home, place).written;
        self.0.get(&client).is_some_and(here)
    }

    pub(crate) fn set(&mut self, client: Number, home: ServerIndex, written: Place) {
        self.0.insert(client, Known::new(home, written));
    }

    pub(crate) fn remove(&mut self, client: Number) {
        self.0.remove(&client);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The pairs from this number on.
    pub(crate) fn from(&self, first: Number) -> impl Iterator<Item = (Number, ServerIndex)> {
        self.0.range(first..).map(|(client, known)| (*client, known.home))
    }
}

/// What it means to `me` that `teller` says of a client, which is `known` to be at a
/// server, that it is at another one, `said`.
pub(crate) fn judge(
    me: ServerIndex,
    teller: ServerIndex,
    known: Option<ServerIndex>,
    said: ServerIndex,
) -> News {
    match known {
        None => News::Found,
        Some(_) if !stands_behind(me, teller, said) => News::Echo,
        Some(known) if known == me => News::Left,
        Some(_) => News::Found,
    }
}

/// Whether the teller is the neighbour on the side on which the server stands.
pub(crate) fn stands_behind(me: ServerIndex, teller: ServerIndex, said: ServerIndex) -> bool {
    if said < me { teller.value() + 1 == me.value() } else { teller.value() == me.value() + 1 }
}
