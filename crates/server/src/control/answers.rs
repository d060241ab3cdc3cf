//! The answers: what the engine and the links know, in people's words.

use super::figures::{done, holds, refused, trunks};
use super::line_of;
use super::phrases::{Names, message_answer, neighbour_answer, peer_answer, queued_for, steps};
use super::words::{
    Ask, DiskAnswer, Failure, NumberAnswer, NumbersAnswer, PeersAnswer, QueueAnswer, RouteAnswer,
    RoutesAnswer, SmppAnswer, StatusAnswer, TraceAnswer,
};
use crate::Asker;
use crate::audit::Audit;
use crate::drops::Drops;
use crate::settings::Settings;
use postrider_engine::{Home, NumberReport, StationReport};
use postrider_proto::Number;
use postrider_proto::classic::{Line, ServerIndex};
use postrider_proto::native::{MessageId, ServerKey};
use postrider_store::RESERVE_BYTES;
use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

/// Rows of one answer, at most.
const ROWS_MAX: usize = 10_000;

/// What a server knows of itself from the start.
pub(crate) struct About {
    pub(crate) name: String,
    pub(crate) key: Option<ServerKey>,
    pub(crate) address: SocketAddr,
    pub(crate) line: Line,
    pub(crate) me: ServerIndex,
    pub(crate) started: Instant,
    pub(crate) drops: Arc<Drops>,
    pub(crate) data: PathBuf,
    pub(crate) audit: Audit,
    /// How its message centre is; unset where it has none.
    pub(crate) smpp: OnceLock<Box<dyn Fn() -> SmppAnswer + Send + Sync>>,
}

impl About {
    pub(crate) fn of(
        settings: &Settings,
        key: Option<ServerKey>,
        address: SocketAddr,
        started: Instant,
        drops: &Arc<Drops>,
    ) -> About {
        let (name, line, me) = (settings.name(), settings.line.clone(), settings.me);
        let (drops, data) = (Arc::clone(drops), settings.data.clone());
        let audit = Audit::of(&data);
        About { name, key, address, line, me, started, drops, data, audit, smpp: OnceLock::new() }
    }
}

impl fmt::Debug for About {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "About({:?})", self.name)
    }
}

/// Answers questions about a running server.
pub(crate) struct Answerer {
    pub(crate) asker: Asker,
}

/// The server has ended.
pub(super) struct Ended;

impl Answerer {
    /// See [`Asker::answer`].
    pub(crate) fn answer(&self, ask: &Ask, who: Option<u32>) -> Vec<u8> {
        let answered = match ask {
            Ask::Status => self.status().map(|answer| line_of(&answer)),
            Ask::Peers => self.peers().map(|answer| line_of(&answer)),
            Ask::Routes => self.routes().map(|answer| line_of(&answer)),
            Ask::Numbers { first, last, most } => self.numbers(first, last, *most),
            Ask::Queue { to, most } => self.queue(to.as_deref(), *most),
            Ask::Invite { count } => self.invite(*count, who),
            Ask::Smpp => Ok(line_of(&self.smpp())),
            Ask::Trace { what, most } => self.trace(what, *most),
        };
        answered.unwrap_or_else(|Ended| failure("the server is ending"))
    }

    pub(super) fn status(&self) -> Result<StatusAnswer, Ended> {
        let (counters, sizes) =
            self.asker.engine(|engine| (engine.counters(), engine.sizes())).ok_or(Ended)?;
        let About { name, key, address, line, me, started, drops, data, .. } = &*self.asker.about;
        Ok(StatusAnswer {
            name: name.clone(),
            key: key.map(|key| key.to_string()),
            address: address.to_string(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            up_s: started.elapsed().as_secs_f64(),
            line: (line.count() > 1).then(|| (me.value(), line.count())),
            holds: holds(&sizes),
            done: done(&counters),
            refused: refused(&counters),
            dropped: drops.counts(),
            trunks: self.asker.trunks().map(|report| trunks(&report)),
            disk: Some(disk(data)),
        })
    }

    pub(super) fn smpp(&self) -> SmppAnswer {
        self.asker.about.smpp.get().map(|smpp| smpp()).unwrap_or_default()
    }

    pub(super) fn peers(&self) -> Result<PeersAnswer, Ended> {
        let names = self.names()?;
        let (peers, neighbours) = match self.asker.trunks() {
            Some(report) => (report.peers, report.neighbours),
            None => Default::default(),
        };
        Ok(PeersAnswer {
            peers: peers.iter().map(|peer| peer_answer(peer, &names)).collect(),
            neighbours: neighbours.into_iter().map(neighbour_answer).collect(),
        })
    }

    fn routes(&self) -> Result<RoutesAnswer, Ended> {
        let stations = self.asker.engine(|engine| engine.station_reports()).ok_or(Ended)?;
        let names = self.names_of(&stations);
        let own = self.asker.about.key;
        let servers = stations.into_iter().map(|station| RouteAnswer {
            name: names.of(station.key),
            key: station.key.to_string(),
            here: own == Some(station.key),
            cost: (!station.way.is_empty()).then(|| station.way.iter().map(|s| s.cost).sum()),
            way: steps(&station.way, &names),
            links: station.links.iter().map(|key| names.shown(*key)).collect(),
            link_keys: station.links.iter().map(ServerKey::to_string).collect(),
        });
        Ok(RoutesAnswer { servers: servers.collect() })
    }

    fn numbers(&self, first: &str, last: &str, most: usize) -> Result<Vec<u8>, Ended> {
        let (Ok(first), Ok(last)) = (first.parse::<Number>(), last.parse::<Number>()) else {
            return Ok(failure("a number has ten digits"));
        };
        let most = most.min(ROWS_MAX);
        let mut found = self
            .asker
            .engine(move |engine| engine.number_reports(first, last, most + 1))
            .ok_or(Ended)?;
        let more = found.len() > most;
        found.truncate(most);
        let names = self.names()?;
        let numbers = found.iter().map(|number| self.number_answer(number, &names)).collect();
        Ok(line_of(&NumbersAnswer { numbers, more }))
    }

    fn number_answer(&self, report: &NumberReport, names: &Names) -> NumberAnswer {
        let key = match report.home {
            Home::Here => self.asker.about.key,
            Home::Station(key) => Some(key),
            Home::Line(_) | Home::Unknown => None,
        };
        let home = match report.home {
            Home::Here => Some(self.asker.about.name.clone()),
            Home::Station(key) => Some(names.shown(key)),
            Home::Line(server) => Some(format!("server {server} of the line")),
            Home::Unknown => None,
        };
        NumberAnswer {
            number: report.number.to_string(),
            home,
            key: key.map(|key| key.to_string()),
            here: report.home == Home::Here,
            version: report.version.map(|version| version.value()),
            bound: report.is_bound,
            disputed: report.is_disputed,
        }
    }

    fn queue(&self, to: Option<&str>, most: usize) -> Result<Vec<u8>, Ended> {
        match to.map(str::parse::<Number>).transpose() {
            Err(_) => Ok(failure("a number has ten digits")),
            Ok(to) => self.waiting(to, most).map(|answer| line_of(&answer)),
        }
    }

    pub(super) fn waiting(&self, to: Option<Number>, most: usize) -> Result<QueueAnswer, Ended> {
        let most = most.min(ROWS_MAX);
        let (sizes, queues, messages) = self
            .asker
            .engine(move |engine| {
                let messages = to.map(|to| engine.waiting_reports(to, most)).unwrap_or_default();
                (engine.sizes(), engine.queue_reports(), messages)
            })
            .ok_or(Ended)?;
        let names = self.names()?;
        Ok(QueueAnswer {
            waiting: sizes.waiting,
            given: sizes.given,
            servers: queues.iter().map(|queue| queued_for(queue, &names)).collect(),
            messages: messages.iter().map(|message| message_answer(message, &names)).collect(),
        })
    }

    fn trace(&self, what: &str, most: usize) -> Result<Vec<u8>, Ended> {
        let most = most.min(ROWS_MAX);
        if let Ok(number) = what.parse::<Number>() {
            return self.trace_number(number);
        }
        let (from, to, id) = match (MessageId::from_text(what), pair(what)) {
            (Some(id), _) => (id.from, id.to, Some(id)),
            (None, Some((from, to))) => (from, to, None),
            (None, None) => {
                return Ok(failure(
                    "name a number (5550000001), two (5550000001-5550000003) or a message \
                     (5550000001-5550000003-0a1b2c-7)",
                ));
            }
        };
        let look = if id.is_some() { usize::MAX } else { most };
        let mut found =
            self.asker.engine(move |engine| engine.trace(from, to, look)).ok_or(Ended)?;
        found.retain(|message| id.is_none() || message.id == id);
        let names = self.names()?;
        let messages: Vec<_> = found.iter().map(|one| message_answer(one, &names)).collect();
        let says = if messages.is_empty() {
            "this server has no such message, and remembers none".to_owned()
        } else {
            String::new()
        };
        let (number, way, waiting, oldest_s) = (None, Vec::new(), 0, None);
        Ok(line_of(&TraceAnswer { number, way, waiting, oldest_s, messages, says }))
    }

    fn trace_number(&self, number: Number) -> Result<Vec<u8>, Ended> {
        let trace = self.asker.engine(move |engine| engine.trace_number(number)).ok_or(Ended)?;
        let names = self.names()?;
        let report = trace.report;
        let says = match report.home {
            Home::Here => "it is at home here".to_owned(),
            Home::Line(server) => format!("it is at server {server} of the classic line"),
            Home::Station(key) if trace.way.is_empty() => {
                format!("it is at {}; there is no way there now, so texts wait", names.shown(key))
            }
            Home::Station(key) => format!("it is at {}", names.shown(key)),
            Home::Unknown => "nobody has it, as far as this server knows; texts wait".to_owned(),
        };
        Ok(line_of(&TraceAnswer {
            number: Some(self.number_answer(&report, &names)),
            way: steps(&trace.way, &names),
            waiting: trace.waiting,
            oldest_s: trace.oldest.map(|oldest| oldest.as_secs_f64()),
            messages: Vec::new(),
            says,
        }))
    }

    fn names(&self) -> Result<Names, Ended> {
        let labels = self.asker.engine(|engine| engine.labels()).ok_or(Ended)?;
        Ok(self.with_own(labels.into_iter().collect()))
    }

    fn names_of(&self, stations: &[StationReport]) -> Names {
        let named = |station: &StationReport| Some((station.key, station.label.clone()?));
        self.with_own(stations.iter().filter_map(named).collect())
    }

    fn with_own(&self, mut names: BTreeMap<ServerKey, String>) -> Names {
        if let Some(key) = self.asker.about.key {
            names.insert(key, self.asker.about.name.clone());
        }
        Names(names)
    }
}

/// As the store decides: where the room cannot be told there is none.
fn disk(data: &Path) -> DiskAnswer {
    let free_bytes = postrider_store::free_bytes(data).unwrap_or_default();
    let full = free_bytes < RESERVE_BYTES;
    DiskAnswer { free_bytes, reserve_bytes: RESERVE_BYTES, full }
}

pub(super) fn failure(error: &str) -> Vec<u8> {
    line_of(&Failure { error: error.to_owned() })
}

fn pair(what: &str) -> Option<(Number, Number)> {
    let (from, to) = what.split_once('-')?;
    Some((from.parse().ok()?, to.parse().ok()?))
}
