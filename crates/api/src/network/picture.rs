//! The network in one piece, for whoever draws it.

use postrider_server::Degrees;
use postrider_server::control::{PeerAnswer, PeersAnswer, QueueAnswer, RoutesAnswer, StatusAnswer};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The network as one server knows it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Network {
    /// This server's key.
    here: Option<String>,
    name: String,
    version: String,
    up_s: f64,
    /// All servers, this one first.
    servers: Vec<Node>,
    /// This server's own links; what others have is in `servers`.
    links: Vec<Link>,
    /// What moved over its links since the last picture; of one that was asked for, nothing.
    pub(crate) moves: Vec<Moved>,
    holds: BTreeMap<String, u64>,
    done: BTreeMap<String, u64>,
    refused: BTreeMap<String, u64>,
    dropped: BTreeMap<String, u64>,
}

/// A server.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Node {
    key: String,
    /// What it calls itself, with whatever characters.
    name: Option<String>,
    here: bool,
    /// What the way there costs; none where there is none.
    cost: Option<u64>,
    /// The servers on the way, itself last.
    way: Vec<String>,
    /// The keys of those that it says it has links to.
    links: Vec<String>,
    /// Messages that wait here for it.
    waiting: usize,
    /// How long the oldest of them has been here.
    oldest_s: Option<f64>,
    /// What they wait for, for people.
    because: Option<String>,
    /// Where it stands, if the settings say so: to the east and to the north, in degrees of a
    /// latitude's length.
    at: Option<[f64; 2]>,
}

/// Where servers stand, by their names or keys: latitude and longitude.
pub(crate) type Places = BTreeMap<String, Degrees>;

/// A link of this server.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Link {
    to: Option<String>,
    name: Option<String>,
    address: Option<String>,
    configured: bool,
    /// `up`, `down`, or why it was refused.
    state: String,
    cost: u16,
    up_s: Option<f64>,
    rtt_s: Option<f64>,
    /// The share of datagrams lost by the path's nature.
    loss: Option<f64>,
    bytes_per_s: Option<f64>,
    /// Items that wait until the other end has them on disk.
    waiting: Option<usize>,
    awaited: Option<u64>,
    bytes_out: Option<u64>,
    bytes_in: Option<u64>,
    items_out: Option<u64>,
    items_in: Option<u64>,
}

/// What moved over a link.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Moved {
    from: String,
    to: String,
    /// Texts, receipts and rows.
    texts: u64,
}

impl Network {
    pub(crate) fn of(
        status: StatusAnswer,
        peers: PeersAnswer,
        routes: RoutesAnswer,
        queue: QueueAnswer,
    ) -> Network {
        let mut queued: BTreeMap<String, _> =
            queue.servers.into_iter().map(|queued| (queued.key.clone(), queued)).collect();
        let servers = routes.servers.into_iter().map(|route| {
            let queued = queued.remove(&route.key);
            Node {
                name: route.name,
                here: route.here,
                cost: route.cost,
                way: route.way.into_iter().map(|step| step.key).collect(),
                links: route.link_keys,
                waiting: queued.as_ref().map_or(0, |queued| queued.waiting),
                oldest_s: queued.as_ref().and_then(|queued| queued.oldest_s),
                because: queued.map(|queued| queued.because),
                at: None,
                key: route.key,
            }
        });
        Network {
            servers: servers.collect(),
            here: status.key,
            name: status.name,
            version: status.version,
            up_s: status.up_s,
            links: peers.peers.into_iter().map(Link::of).collect(),
            moves: Vec::new(),
            holds: status.holds,
            done: status.done,
            refused: status.refused,
            dropped: status.dropped,
        }
    }

    /// Puts those in their places that have one. Degrees of longitude are as long as they are in
    /// the middle of all.
    pub(crate) fn place(&mut self, places: &Places) {
        let sum: f64 = places.values().map(|[latitude, _]| latitude).sum();
        let narrower = (sum / places.len().max(1) as f64).to_radians().cos();
        for server in &mut self.servers {
            let by_name = server.name.as_ref().and_then(|name| places.get(name));
            let place = places.get(&server.key).or(by_name);
            server.at = place.map(|[latitude, longitude]| [longitude * narrower, *latitude]);
        }
    }

    /// What moved since the last time, by what had gone over each link until then.
    pub(crate) fn moves_since(&self, before: &mut BTreeMap<String, (u64, u64)>) -> Vec<Moved> {
        let mut moves = Vec::new();
        let Some(here) = &self.here else { return moves };
        let mut now = BTreeMap::new();
        for link in &self.links {
            let (Some(to), Some(out), Some(into)) = (&link.to, link.items_out, link.items_in)
            else {
                continue;
            };
            // A link that came up anew begins at nothing.
            let (out_before, in_before) = before.get(to).copied().unwrap_or((out, into));
            let sent = out.checked_sub(out_before).unwrap_or(out);
            let came = into.checked_sub(in_before).unwrap_or(into);
            let way = |from: &String, to: &String, texts| Moved {
                from: from.clone(),
                to: to.clone(),
                texts,
            };
            moves.extend((sent > 0).then(|| way(here, to, sent)));
            moves.extend((came > 0).then(|| way(to, here, came)));
            now.insert(to.clone(), (out, into));
        }
        *before = now;
        moves
    }
}

impl Link {
    fn of(peer: PeerAnswer) -> Link {
        Link {
            to: peer.key,
            name: peer.name,
            address: peer.address,
            configured: peer.configured,
            state: peer.state,
            cost: peer.cost,
            up_s: peer.up_s,
            rtt_s: peer.rtt_s,
            loss: peer.loss,
            bytes_per_s: peer.bytes_per_s,
            waiting: peer.waiting,
            awaited: peer.awaited,
            bytes_out: peer.bytes_out,
            bytes_in: peer.bytes_in,
            items_out: peer.items_out,
            items_in: peer.items_in,
        }
    }
}
