//! What a server does over native trunks: rows and ways, custody, receipts.
//!
//! ```text
//!   trunk up ─► Have ─► the rows that the other has not seen      rows.rs, trunks.rs
//!   rows ─► the graph of links ─► the next step to each station   graph.rs, links.rs
//!   a message for a number elsewhere ─► queue of its station      queue.rs
//!        ─► handed to the trunk of the next step ─► custody       trunks.rs
//!   at home: taken once, given in order, a receipt for its end    messages.rs
//!   a line of classic servers, whose clients have rows, too       gateway.rs, into_line.rs
//! ```

mod carry;
mod counts;
mod gateway;
mod graph;
mod into_line;
mod links;
mod look;
mod messages;
mod queue;
mod replay;
mod routes;
mod rows;
mod seen;
mod stations;
mod sweep;
mod trunks;

pub(crate) use carry::Carried;
pub(crate) use counts::{Counts, Taken};
pub(crate) use gateway::Gateways;
pub(crate) use graph::Graph;
pub use graph::Route;
pub(crate) use links::Links;
pub use look::{
    Home, MessageReport, MessageState, NumberReport, NumberTrace, QueueReport, StationReport, Step,
};
pub(crate) use queue::Queue;
pub use rows::Says;
pub(crate) use rows::{About, Rows};
pub use stations::Station;
pub(crate) use stations::Stations;
pub use trunks::TrunkId;
pub(crate) use trunks::Trunks;

use crate::Time;
use graph::Routes;
use postrider_proto::Number;
use postrider_proto::native::{Epoch, Lifetime, LinePlace, MessageId, Receipt, ServerKey};
use std::collections::VecDeque;
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
    /// Where it stands in a line of classic servers, if the line has others.
    pub line: Option<LinePlace>,
}

/// All that is native in a server's memory.
#[derive(Debug, Default)]
pub(crate) struct Native {
    pub(crate) config: Option<NativeConfig>,
    /// Known since the first start with trunks.
    pub(crate) epoch: Option<Epoch>,
    pub(crate) stations: Stations,
    pub(crate) rows: Rows,
    pub(crate) routes: Routes,
    pub(crate) routes_wanted: bool,
    pub(crate) routes_set: bool,
    pub(crate) gateways: Gateways,
    pub(crate) links: Links,
    pub(crate) trunks: Trunks,
    pub(crate) queue: Queue,
    pub(crate) counts: Counts,
    pub(crate) taken: Taken,
    pub(crate) sweep: Sweep,
    /// What became of own clients' messages, the latest last.
    pub(crate) outcomes: VecDeque<(MessageId, Receipt)>,
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
    /// The station where a number is at home, other than this one.
    pub(crate) fn home(&self, number: Number) -> Option<Station> {
        let known = self.rows.live_number(number)?;
        (known.station != Station::ME).then_some(known.station)
    }

    /// Of two stations, whether the first one's key is the greater.
    pub(crate) fn is_greater(&self, one: Station, other: Station) -> bool {
        self.stations.key(one) > self.stations.key(other)
    }
}
