//! What people may ask of a running server. Nothing here changes anything.

use super::{Station, TrunkId, Whereabouts};
use crate::engine::Engine;
use crate::limits::HANDED_ON_MAX;
use crate::mail::{Kind, Message, Stamp};
use crate::{Place, Time};
use postrider_proto::Number;
use postrider_proto::classic::{Seq, ServerIndex};
use postrider_proto::native::{MessageId, Precedence, Receipt, ServerKey, Version};
use std::time::Duration;

/// A server of the network, as this one knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StationReport {
    /// Its key.
    pub key: ServerKey,
    /// What it says that people call it; of this server, the driver knows.
    pub label: Option<String>,
    /// The way to it, the server itself last; empty where there is none, or to itself.
    pub way: Vec<Step>,
    /// The servers that it says it has links to.
    pub links: Vec<ServerKey>,
}

/// A step of a way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Where it leads.
    pub to: ServerKey,
    /// What it costs.
    pub cost: u64,
}

/// A number of the directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NumberReport {
    /// The number.
    pub number: Number,
    /// Where it is.
    pub home: Home,
    /// Which of the rows about it; none of one that has none.
    pub version: Option<Version>,
    /// Whether it is bound to a key.
    pub is_bound: bool,
    /// Whether it was found to be bound to two first keys, of which one counts.
    pub is_disputed: bool,
}

/// Where a number is, with the key of its server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home {
    /// At this server.
    Here,
    /// At another server of the classic line.
    Line(ServerIndex),
    /// At a native server.
    Station(ServerKey),
    /// Nowhere that is known.
    Unknown,
}

/// Where a text to a number would go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberTrace {
    /// The number, and where it is.
    pub report: NumberReport,
    /// The way there, the home last; empty where there is none.
    pub way: Vec<Step>,
    /// Messages for it that wait at this server.
    pub waiting: usize,
    /// How long the oldest of them has been here.
    pub oldest: Option<Duration>,
}

/// Messages that wait for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueReport {
    /// The server that they are for.
    pub to: ServerKey,
    /// How many wait; not those that the trunk has been handed.
    pub waiting: usize,
    /// How long the oldest of them has been here.
    pub oldest: Option<Duration>,
    /// The next server on the way, where there is a way.
    pub next: Option<ServerKey>,
    /// Whether the trunk to that one is up.
    pub is_up: bool,
}

/// A message that this server has, or remembers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageReport {
    /// Its sender.
    pub from: Number,
    /// Its recipient.
    pub to: Number,
    /// Its identity; none on a server that never had trunks.
    pub id: Option<MessageId>,
    /// Its number in the classic protocol, while it is here.
    pub seq: Option<Seq>,
    /// What goes first.
    pub precedence: Precedence,
    /// What it is.
    pub kind: Kind,
    /// Where it is, or was.
    pub state: MessageState,
}

/// Where a message is, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageState {
    /// In a mailbox here, and whether its reader has been handed it.
    InMailbox {
        /// How long it has been here.
        kept: Duration,
        /// The reader has not acknowledged it yet.
        is_handed_out: bool,
    },
    /// On the way to a server.
    Queued {
        /// How long it has been here.
        kept: Duration,
        /// The home of its recipient.
        home: ServerKey,
        /// The next server, where there is a way.
        next: Option<ServerKey>,
        /// Whether the trunk to that one is up.
        is_up: bool,
        /// The trunk has been handed it, and the other side does not have it on disk yet.
        is_given: bool,
    },
    /// On the way to a server of the classic line.
    InLine {
        /// How long it has been here.
        kept: Duration,
        /// The server.
        server: ServerIndex,
    },
    /// Nobody has its number, as far as this server knows.
    Unclaimed {
        /// How long it has been here.
        kept: Duration,
    },
    /// Another server has it on disk.
    HandedOn {
        /// That server.
        to: ServerKey,
        /// How long ago it took it.
        ago: Duration,
    },
    /// Its sender's server has had the receipt.
    Ended(Receipt),
}

impl Engine {
    /// Whether a trunk is up, or a session.
    pub fn has_trunk(&self, trunk: TrunkId) -> bool {
        self.native.trunks.peer(trunk).is_some() || self.native.sessions.has(trunk)
    }

    /// All servers known, this one first. Costs a search of the graph for each.
    pub fn station_reports(&self) -> Vec<StationReport> {
        let count = self.native.stations.len() as u16;
        (0..count).map(Station).filter_map(|station| self.report_station(station)).collect()
    }

    fn report_station(&self, station: Station) -> Option<StationReport> {
        let stations = &self.native.stations;
        let peers = self.native.rows.graph.peers(station);
        Some(StationReport {
            key: stations.key(station)?,
            label: stations.label(station).map(str::to_owned),
            way: self.way(station),
            links: peers.into_iter().filter_map(|peer| stations.key(peer)).collect(),
        })
    }

    /// None before it is used, which is a moment after it is heard of.
    fn way(&self, to: Station) -> Vec<Step> {
        if !self.has_way(to) {
            return Vec::new();
        }
        let stations = &self.native.stations;
        let way = self.native.rows.graph.way(to, stations.len());
        way.into_iter()
            .filter_map(|(to, cost)| Some(Step { to: stations.key(to)?, cost }))
            .collect()
    }

    /// What servers say that people call them.
    pub fn labels(&self) -> Vec<(ServerKey, String)> {
        let stations = &self.native.stations;
        let all = (0..stations.len() as u16).map(Station);
        all.filter_map(|station| {
            Some((stations.key(station)?, stations.label(station)?.to_owned()))
        })
        .collect()
    }

    /// The numbers from one to another, at most so many, in order.
    pub fn number_reports(&self, first: Number, last: Number, most: usize) -> Vec<NumberReport> {
        let own = self.directory.from(first).map(|(number, _)| number);
        let own = own.take_while(|number| *number <= last).take(most);
        let known = self.native.rows.from(first).take_while(|number| *number <= last).take(most);
        let mut numbers: Vec<Number> = own.chain(known).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers.truncate(most);
        numbers.into_iter().map(|number| self.report_number(number)).collect()
    }

    fn report_number(&self, number: Number) -> NumberReport {
        let version = self.native.rows.number(number).map(|known| known.version);
        NumberReport {
            number,
            home: self.home_report(number),
            version,
            is_bound: self.native.is_bound(number),
            is_disputed: self.native.disputed.contains(&number) || self.native.disputes.has(number),
        }
    }

    fn home_report(&self, number: Number) -> Home {
        match self.whereabouts(number) {
            Whereabouts::Here => Home::Here,
            Whereabouts::Line(server) => Home::Line(server),
            Whereabouts::Station(station) => {
                self.native.stations.key(station).map_or(Home::Unknown, Home::Station)
            }
            Whereabouts::Unknown => Home::Unknown,
        }
    }

    /// Where a text to a number would go.
    pub fn trace_number(&self, number: Number) -> NumberTrace {
        let report = self.report_number(number);
        let way = match self.whereabouts(number) {
            Whereabouts::Station(station) => self.way(station),
            _ => Vec::new(),
        };
        let oldest = self.mail.all_for(number).next().map(|(_, message)| self.kept_for(message));
        NumberTrace { report, way, waiting: self.mail.count_for(number), oldest }
    }

    /// What waits for each server, by their keys.
    pub fn queue_reports(&self) -> Vec<QueueReport> {
        let stations = self.native.queue.stations();
        stations.into_iter().filter_map(|station| self.report_queue(station)).collect()
    }

    fn report_queue(&self, station: Station) -> Option<QueueReport> {
        let (waiting, oldest) = self.native.queue.of(station);
        let oldest = oldest.into_iter().filter_map(|(kept, to)| self.mail.get(to, kept));
        let next = self.route(station).map(|route| route.next);
        Some(QueueReport {
            to: self.native.stations.key(station)?,
            waiting,
            oldest: oldest.map(|message| self.kept_for(message)).max(),
            next: next.and_then(|next| self.native.stations.key(next)),
            is_up: next.is_some_and(|next| self.native.trunks.to(next).is_some()),
        })
    }

    /// The messages for a number that wait here, oldest first, at most so many.
    pub fn waiting_reports(&self, to: Number, most: usize) -> Vec<MessageReport> {
        let waiting = self.mail.all_for(to).take(most);
        waiting.map(|(kept, message)| self.report_message(to, kept, message)).collect()
    }

    /// What this server has or remembers of the messages from one number to another, the
    /// latest last, at most so many. Costs a look at all that is remembered.
    pub fn trace(&self, from: Number, to: Number, most: usize) -> Vec<MessageReport> {
        let is_one = |id: &MessageId| id.from == from && id.to == to;
        let native = &self.native;
        let mut found: Vec<MessageReport> = Vec::new();
        for (id, receipt) in native.outcomes.values().rev().filter(|(id, _)| is_one(id)).take(most)
        {
            found.push(MessageReport::remembered(*id, MessageState::Ended(*receipt)));
        }
        for (id, station, at) in native.handed_on.iter().rev().filter(|(id, ..)| is_one(id)) {
            let is_told = found.iter().any(|told| told.id == Some(*id));
            if !is_told && let Some(state) = self.handed_on(*station, *at) {
                found.push(MessageReport::remembered(*id, state));
            }
        }
        for kept in self.mail.of_pair(to, from) {
            if let Some(message) = self.mail.get(to, kept) {
                found.push(self.report_message(to, kept, message));
            }
        }
        found.sort_by_key(|report| report.id);
        found.split_off(found.len().saturating_sub(most))
    }

    fn report_message(&self, to: Number, kept: Place, message: &Message) -> MessageReport {
        let id = message.stamp.map(|stamp| MessageId {
            from: message.from,
            to,
            epoch: stamp.epoch(),
            count: stamp.count,
        });
        MessageReport {
            from: message.from,
            to,
            id,
            seq: Some(message.seq),
            precedence: message.stamp.map_or(Precedence::Routine, |stamp| stamp.precedence()),
            kind: message.stamp.map_or(Kind::Text, |stamp| stamp.kind()),
            state: self.state_of(to, kept, message),
        }
    }

    pub(super) fn state_of(&self, to: Number, at: Place, message: &Message) -> MessageState {
        let kept = self.kept_for(message);
        match self.whereabouts(to) {
            Whereabouts::Here => {
                MessageState::InMailbox { kept, is_handed_out: self.mail.is_handed_out(to, at) }
            }
            Whereabouts::Line(server) => MessageState::InLine { kept, server },
            Whereabouts::Unknown => MessageState::Unclaimed { kept },
            Whereabouts::Station(station) => {
                let Some(home) = self.native.stations.key(station) else {
                    return MessageState::Unclaimed { kept };
                };
                let next = self.route(station).map(|route| route.next);
                MessageState::Queued {
                    kept,
                    home,
                    next: next.and_then(|next| self.native.stations.key(next)),
                    is_up: next.is_some_and(|next| self.native.trunks.to(next).is_some()),
                    is_given: self.native.queue.is_handed(at),
                }
            }
        }
    }

    /// How long it has been here.
    fn kept_for(&self, message: &Message) -> Duration {
        match message.stamp {
            Some(stamp) => {
                let ran_s = self.native.sweep.ran_s(self.now);
                Duration::from_secs(ran_s.saturating_sub(stamp.since_s).into())
            }
            None => {
                let kept_ms = self.now.wrapping_millis().wrapping_sub(message.taken_millis);
                Duration::from_millis(kept_ms.into())
            }
        }
    }

    /// Which server has taken a message over, if that is remembered.
    pub(super) fn remembers_handed_on(&self, id: MessageId) -> Option<MessageState> {
        let (_, station, at) = self.native.handed_on.iter().rev().find(|(of, ..)| *of == id)?;
        self.handed_on(*station, *at)
    }

    fn handed_on(&self, to: Station, at: Time) -> Option<MessageState> {
        let to = self.native.stations.key(to)?;
        Some(MessageState::HandedOn { to, ago: self.now.since(at) })
    }

    /// Another server has a message on disk.
    pub(super) fn remember_handed_on(&mut self, to: Number, message: &Message, station: Station) {
        let Some(stamp) = message.stamp.filter(Stamp::is_text) else { return };
        let id = MessageId { from: message.from, to, epoch: stamp.epoch(), count: stamp.count };
        let (now, handed_on) = (self.now, &mut self.native.handed_on);
        if handed_on.len() >= HANDED_ON_MAX {
            handed_on.pop_front();
        }
        handed_on.push_back((id, station, now));
    }
}

impl MessageReport {
    fn remembered(id: MessageId, state: MessageState) -> MessageReport {
        let precedence = Precedence::Routine;
        let (from, to) = (id.from, id.to);
        MessageReport { from, to, id: Some(id), seq: None, precedence, kind: Kind::Text, state }
    }
}
