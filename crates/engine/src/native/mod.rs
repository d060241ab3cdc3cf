//! What a server does over native trunks: rows and ways, custody, receipts.
//!
//! ```text
//!   trunk up ─► Have ─► the rows that the other has not seen      trunks/tell_rows.rs
//!   a row that is heard ─► whether it counts                      trunks/hear_rows.rs, rows.rs
//!        ─► once over each link                                   turns.rs
//!   rows ─► the graph of links ─► the next step to each station   graph.rs, links.rs
//!   a message for a number elsewhere ─► queue of its station      queue.rs
//!        ─► handed to the trunk of the next step ─► custody       trunks/hand_over.rs
//!   at home: taken once, given in order, a receipt for its end    messages.rs
//!   a line of classic servers, whose clients have rows, too       gateway.rs, into_line.rs
//!   a number with two keys: its owner is told                     disputes.rs
//!   own clients that are attached natively                        sessions.rs, sessions/
//! ```

mod blocks;
mod bound;
mod carry;
mod counts;
mod disputes;
mod gateway;
mod graph;
mod into_line;
mod invitations;
mod known;
mod links;
mod look;
mod messages;
mod queue;
mod replay;
mod routes;
mod rows;
mod seen;
mod sessions;
mod stations;
mod stuck;
mod sweep;
mod table;
mod trunks;
mod turns;

pub(crate) use blocks::Reserved;
pub use bound::Bound;
pub(crate) use bound::Judged;
pub(crate) use carry::Carried;
pub(crate) use counts::{Counts, Taken};
pub(crate) use disputes::Disputes;
pub(crate) use gateway::Gateways;
pub(crate) use graph::Graph;
pub use graph::Route;
pub use invitations::Code;
pub(crate) use invitations::Invitations;
pub(crate) use links::Links;
pub use look::{
    Home, MessageReport, MessageState, NumberReport, NumberTrace, QueueReport, StationReport, Step,
};
pub(crate) use queue::Queue;
pub use rows::Says;
pub(crate) use rows::{About, Rows};
pub(crate) use sessions::Sessions;
pub use stations::Station;
pub(crate) use stations::Stations;
pub use trunks::TrunkId;
pub(crate) use trunks::Trunks;
pub(crate) use turns::Turns;

use crate::{Place, Time};
use graph::Routes;
use postrider_proto::Number;
use postrider_proto::native::{Blocks, Epoch, Lifetime, LinePlace, MessageId, Receipt, ServerKey};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use sweep::Sweep;

/// What a server that has trunks is told when it starts.
#[derive(Clone, Copy, Debug)]
pub struct NativeConfig {
    /// Its identity.
    pub key: ServerKey,
    /// The epoch of the texts of its classic clients, drawn at random; it counts only if
    /// the log knows none.
    pub epoch: Epoch,
    /// How old classic texts may become.
    pub lifetime: Lifetime,
    /// The numbers that only this server gives out.
    pub blocks: Blocks,
    /// Who may have a new number here.
    pub claims: Claims,
    /// Where it stands in a line of classic servers, if the line has others.
    pub line: Option<LinePlace>,
}

/// Who may claim a number that no key has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Claims {
    /// Anybody.
    #[default]
    Open,
    /// Who has an invitation code that nobody has used.
    Invited,
    /// Nobody.
    Closed,
}

/// All that is native in a server's memory.
#[derive(Debug, Default)]
pub(crate) struct Native {
    pub(crate) config: Option<NativeConfig>,
    /// Known since the first start with trunks.
    pub(crate) epoch: Option<Epoch>,
    pub(crate) stations: Stations,
    /// Servers whose blocks are to count from the first turn on.
    pub(crate) known_to_operator: Vec<ServerKey>,
    pub(crate) rows: Rows,
    pub(crate) reserved: Reserved,
    /// Numbers that were found, in this run, to be bound to two first keys.
    pub(crate) disputed: BTreeSet<Number>,
    /// Of these, what their owners are told.
    pub(crate) disputes: Disputes,
    pub(crate) routes: Routes,
    pub(crate) routes_wanted: bool,
    pub(crate) routes_set: bool,
    pub(crate) gateways: Gateways,
    /// When the ways were computed last.
    pub(crate) ways_since: Time,
    pub(crate) links: Links,
    pub(crate) trunks: Trunks,
    pub(crate) turns: Turns,
    pub(crate) sessions: Sessions,
    pub(crate) invitations: Invitations,
    /// The origins of which trunks may not have been given everything yet.
    pub(crate) news: BTreeSet<Station>,
    pub(crate) queue: Queue,
    pub(crate) counts: Counts,
    pub(crate) taken: Taken,
    pub(crate) sweep: Sweep,
    /// Messages that would go straight back, and when they may, soonest first.
    pub(crate) returning: VecDeque<(Time, Number, Place)>,
    /// What became of own clients' messages, by where it is written.
    pub(crate) outcomes: BTreeMap<Place, (MessageId, Receipt)>,
    /// What other servers took into custody, and when, the latest last.
    pub(crate) handed_on: VecDeque<(MessageId, Station, Time)>,
}

/// Where a number is, as far as this server knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whereabouts {
    /// One of its own clients.
    Here,
    /// At another server of the classic line.
    Line(postrider_proto::classic::ServerIndex),
    /// At another native server.
    Station(Station),
    /// Nowhere that is known.
    Unknown,
}

impl Native {
    /// The station where a number is at home, other than this one. One of a block that is
    /// said to be at home elsewhere is at home nowhere.
    pub(crate) fn home(&self, number: Number) -> Option<Station> {
        let known = self.rows.live_number(number)?;
        let is_elsewhere = known.station != Station::ME;
        (is_elsewhere && !self.is_reserved_from(number, known.station)).then_some(known.station)
    }

    /// Whether a number is of a block that counts, of a server other than this home.
    pub(crate) fn is_reserved_from(&self, number: Number, home: Station) -> bool {
        self.reserved.of(number).is_some_and(|whose| whose != home)
    }

    /// Whether a number is bound to a key, and may be at home where it is said to be.
    pub(crate) fn is_bound(&self, number: Number) -> bool {
        let known = self.rows.bound(number).and_then(|_| self.rows.number(number));
        known.is_some_and(|known| !self.is_reserved_from(number, known.station))
    }

    /// Of two stations, whether the first one's key is the greater.
    pub(crate) fn is_greater(&self, one: Station, other: Station) -> bool {
        self.stations.key(one) > self.stations.key(other)
    }
}
