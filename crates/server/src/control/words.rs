//! Questions and answers, as JSON. Times are in seconds, keys in hexadecimal digits.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A question.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case", deny_unknown_fields)]
pub enum Ask {
    /// How the server is: [`StatusAnswer`].
    Status,
    /// Its links: [`PeersAnswer`].
    Peers,
    /// The servers of the network and the ways to them: [`RoutesAnswer`].
    Routes,
    /// The numbers of the directory: [`NumbersAnswer`].
    Numbers {
        /// From this number on.
        first: String,
        /// Up to this one.
        last: String,
        /// At most so many, and never more than 10,000.
        most: usize,
    },
    /// What waits: [`QueueAnswer`].
    Queue {
        /// The messages for this number, one by one.
        to: Option<String>,
        /// At most so many of them, and never more than 10,000.
        most: usize,
    },
    /// Invitations for new numbers, which are given out by this: [`InviteAnswer`].
    Invite {
        /// How many, 1 to 100.
        count: usize,
    },
    /// Its message centre: [`SmppAnswer`].
    Smpp,
    /// Where a text to a number would go, or where messages are: [`TraceAnswer`].
    Trace {
        /// `NUMBER`, `FROM-TO`, or a message's name, `FROM-TO-EPOCH-COUNT`.
        what: String,
        /// At most so many messages, and never more than 10,000.
        most: usize,
    },
}

/// How the server's message centre is.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct SmppAnswer {
    /// Where clients bind by TCP; none where they do not.
    pub plain: Option<String>,
    /// Where they bind by TLS.
    pub tls: Option<String>,
    /// The accounts that run.
    pub accounts: Vec<SmppAccount>,
}

/// An account of the message centre.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct SmppAccount {
    /// What it is called.
    pub system_id: String,
    /// Its numbers.
    pub numbers: Vec<String>,
    /// How many of them are attached to the server.
    pub attached: u64,
    /// Clients that are bound.
    pub binds: u64,
    /// The first of them.
    pub bound: Vec<SmppBind>,
    /// What was done since the start, by name.
    pub done: BTreeMap<String, u64>,
    /// What was refused, by the status that was answered.
    pub refused: BTreeMap<String, u64>,
}

/// A client that is bound.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct SmppBind {
    /// `transmitter`, `receiver` or `transceiver`.
    pub mode: String,
    /// From where.
    pub from: String,
    /// For how long.
    pub up_s: f64,
}

/// Why there is no answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// For people.
    pub error: String,
}

/// Invitations, each for one new number.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct InviteAnswer {
    /// The codes.
    pub codes: Vec<String>,
}

/// How a server is.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct StatusAnswer {
    /// What people call it.
    pub name: String,
    /// By what other servers know it, where it has trunks.
    pub key: Option<String>,
    /// Where it listens.
    pub address: String,
    /// The program's version.
    pub version: String,
    /// How long it has run.
    pub up_s: f64,
    /// Its place in a classic line, and how many servers that has.
    pub line: Option<(u8, usize)>,
    /// What it holds: messages waiting, clients and so on.
    pub holds: BTreeMap<String, u64>,
    /// What it has done since it started.
    pub done: BTreeMap<String, u64>,
    /// What it has refused since it started.
    pub refused: BTreeMap<String, u64>,
    /// Datagrams dropped since it started, by reason.
    pub dropped: BTreeMap<String, u64>,
    /// Its links, where it has trunks.
    pub trunks: Option<TrunksAnswer>,
    /// The room on its data folder's disk; none of a server that was built before there was this.
    #[serde(default)]
    pub disk: Option<DiskAnswer>,
}

/// The disk of a data folder.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct DiskAnswer {
    /// Bytes that are left.
    pub free_bytes: u64,
    /// Bytes that are kept for what was accepted.
    pub reserve_bytes: u64,
    /// Whether new texts are refused, since less is left than that.
    pub full: bool,
}

/// Its links in figures.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct TrunksAnswer {
    /// Peers of the settings.
    pub configured: usize,
    /// Those of them whose links are up.
    #[serde(default)]
    pub configured_up: usize,
    /// Links that are up, configured or not.
    pub up: usize,
    /// Clients' devices whose links are up.
    #[serde(default)]
    pub devices: usize,
    /// What was not as it should be on the links, by reason.
    pub refused: BTreeMap<String, u64>,
}

/// The links of a server.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PeersAnswer {
    /// Those of the settings first.
    pub peers: Vec<PeerAnswer>,
    /// Who else is on the local network, and is not trusted.
    pub neighbours: Vec<NeighbourAnswer>,
}

/// A server that was seen on the local network and is nobody's peer. Nothing of it is
/// proved.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NeighbourAnswer {
    /// What it is said to be called.
    pub name: Option<String>,
    /// The key that it is said to have.
    pub key: String,
    /// Where it is said to be.
    pub address: String,
}

/// A link with another server.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PeerAnswer {
    /// What people call the server, where it has said so.
    pub name: Option<String>,
    /// Its key, where it is known.
    pub key: Option<String>,
    /// Where it is, or is dialled.
    pub address: Option<String>,
    /// Whether the settings name it.
    pub configured: bool,
    /// `up`, `down`, or why it was refused.
    pub state: String,
    /// What it costs to send there.
    pub cost: u16,
    /// Whether nobody on the way can read what it is sent; none while it is down.
    pub sealed: Option<bool>,
    /// How long it has been up.
    pub up_s: Option<f64>,
    /// The round trip.
    pub rtt_s: Option<f64>,
    /// The share of datagrams lost by the path's nature.
    pub loss: Option<f64>,
    /// Bytes a second that it may send.
    pub bytes_per_s: Option<f64>,
    /// Items that wait until the other end has them on disk.
    pub waiting: Option<usize>,
    /// Items of the other end that this server does not have on disk yet.
    pub awaited: Option<u64>,
    /// Bytes sent.
    pub bytes_out: Option<u64>,
    /// Bytes received.
    pub bytes_in: Option<u64>,
    /// Items, such as texts, receipts and rows, of which the other end has taken custody.
    #[serde(default)]
    pub items_out: Option<u64>,
    /// Items that came.
    #[serde(default)]
    pub items_in: Option<u64>,
    /// Items that were not right.
    pub refused_items: u64,
}

/// The servers of the network.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RoutesAnswer {
    /// This one first.
    pub servers: Vec<RouteAnswer>,
}

/// A server, and the way to it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RouteAnswer {
    /// What people call it.
    pub name: Option<String>,
    /// Its key.
    pub key: String,
    /// Whether it is this server.
    pub here: bool,
    /// What the way costs; none where there is no way.
    pub cost: Option<u64>,
    /// The steps, the server itself last.
    pub way: Vec<StepAnswer>,
    /// The servers that it says it has links to, as people call them.
    pub links: Vec<String>,
    /// The same by their keys.
    #[serde(default)]
    pub link_keys: Vec<String>,
}

/// A step of a way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StepAnswer {
    /// What people call the server that it leads to.
    pub name: Option<String>,
    /// Its key.
    pub key: String,
    /// What the step costs.
    pub cost: u64,
}

/// A part of the directory.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NumbersAnswer {
    /// In order.
    pub numbers: Vec<NumberAnswer>,
    /// Whether there are more.
    pub more: bool,
}

/// A number.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NumberAnswer {
    /// Ten digits.
    pub number: String,
    /// Where it is at home: a server's name, or its key.
    pub home: Option<String>,
    /// That server's key; none of one of the classic line.
    pub key: Option<String>,
    /// Whether that is this server.
    pub here: bool,
    /// Which of the rows about it.
    pub version: Option<u32>,
    /// Whether it is bound to a key.
    pub bound: bool,
    /// Whether it was found, since the server started, to be bound to two first keys, of
    /// which one counts.
    pub disputed: bool,
}

/// What waits.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct QueueAnswer {
    /// Messages that wait here, for whatever reason.
    pub waiting: usize,
    /// Those handed to trunks of which the other side does not have custody yet.
    pub given: usize,
    /// What waits for other native servers.
    pub servers: Vec<QueuedFor>,
    /// The messages for the number that was asked about.
    pub messages: Vec<MessageAnswer>,
}

/// What waits for a server.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct QueuedFor {
    /// What people call it.
    pub name: Option<String>,
    /// Its key.
    pub key: String,
    /// How many messages wait.
    pub waiting: usize,
    /// How long the oldest has been here.
    pub oldest_s: Option<f64>,
    /// What they wait for, for people.
    pub because: String,
}

/// A message.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MessageAnswer {
    /// Its name, where it has one: `FROM-TO-EPOCH-COUNT`.
    pub message: Option<String>,
    /// Its sender.
    pub from: String,
    /// Its recipient.
    pub to: String,
    /// `text`, `receipt`, or `history`: what its recipient's home before tells the new one.
    pub kind: String,
    /// `routine`, `priority`, `immediate` or `flash`.
    pub precedence: String,
    /// `in mailbox`, `handed out`, `queued`, `on the trunk`, `in the line`, `unclaimed`,
    /// `handed on`, `delivered`, `expired` or `refused`.
    pub state: String,
    /// How long it has been so.
    pub for_s: Option<f64>,
    /// The server that it is for, that took it, or where it ended.
    pub server: Option<String>,
    /// All of it, for people.
    pub says: String,
}

/// A way, or messages.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TraceAnswer {
    /// Of a number: where it is.
    pub number: Option<NumberAnswer>,
    /// The way there, its home last.
    pub way: Vec<StepAnswer>,
    /// Messages for it that wait here.
    pub waiting: usize,
    /// How long the oldest of them has been here.
    pub oldest_s: Option<f64>,
    /// Of messages: where each is, or was.
    pub messages: Vec<MessageAnswer>,
    /// All of it, for people.
    pub says: String,
}
