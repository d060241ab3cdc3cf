//! A simulated server with trunks: the real engine, log and link, what the shell around
//! them does, and its crashes.
//!
//! ```text
//!   datagram ─► Endpoint ─► pending ─► turn ─► commit ──flush time──► effects, one by one:
//!   question ───────────────►                                        answer, custody, item
//!                                                     ╳ crash: here, or between any two
//! ```

mod life;
mod links;
mod turning;

use super::bugs::Bug;
use super::keys::{Name, Verifier};
use super::net::{Event, Net};
use super::options::Options;
use super::people::Asked;
use crate::clock::{Clock, SECOND};
use crate::disk::{SimDisk, SimRoom};
use crate::medium::{Medium, MemoryLog};
use crate::options::Disk;
use crate::recorder::{Doom, Recorder};
use links::Links;
use postrider_engine::edge::{Identity, Printer, TrunkPrinter};
use postrider_engine::{Claims, Config, Engine, NativeConfig, Outbox, Place, Time, TrunkId};
use postrider_link::{ItemId, LinkConfig};
use postrider_proto::classic::{Line, ServerIndex};
use postrider_proto::native::{Blocks, Epoch, Lifetime, Precedence, ServerKey};
use std::net::SocketAddr;
use std::time::Duration;

/// Whom a server has a link with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Neighbour {
    pub(crate) index: usize,
    /// Whether this end dials.
    pub(crate) dials: bool,
    pub(crate) link: LinkConfig,
    /// Where it is, as far as this end has heard.
    pub(crate) address: SocketAddr,
    /// Where it is dialled.
    pub(crate) dialled: SocketAddr,
}

/// What waits for the next turn.
#[derive(Debug)]
enum Pending {
    Asked(Asked),
    Up { trunk: TrunkId, peer: ServerKey },
    Down { trunk: TrunkId },
    Item { trunk: TrunkId, item: u64, bytes: Vec<u8>, is_forged: bool },
    Custody { trunk: TrunkId, tag: u64 },
}

/// What leaves after a commit.
#[derive(Debug)]
enum Effect {
    Answer { asked: Asked, bytes: Vec<u8> },
    Took { text: u32, id: ItemId },
    Hand { trunk: TrunkId, tag: u64, precedence: Precedence, bytes: Vec<u8> },
    Cut { trunk: TrunkId },
}

/// A run of a server.
struct Process {
    engine: Engine,
    log: Recorder,
    links: Links,
    printer: Printer,
    trunk_printer: TrunkPrinter,
    outbox: Outbox,
    leaving: Vec<Effect>,
    is_flushing: bool,
    wake_at: Option<Time>,
}

/// A server of the world, whether it is up or down.
pub(crate) struct Site {
    pub(crate) me: usize,
    pub(crate) address: SocketAddr,
    pub(crate) moves: u32,
    pub(crate) crashes: u64,
    pub(crate) room: SimRoom,
    pub(crate) neighbours: Vec<Neighbour>,
    pub(crate) handed: Handed,
    pub(crate) refused_items: u64,
    pub(crate) sessions: u64,
    pub(crate) commits: u64,
    name: Name,
    clock: Clock,
    config: Config,
    line: Line,
    flush: Duration,
    down_max: Duration,
    bug: Option<Bug>,
    has_clients: bool,
    calm: bool,
    pending: Vec<Pending>,
    doom: Option<Doom>,
    runs: u32,
    /// What the log is kept on while the server is down.
    medium: Option<Medium>,
    process: Option<Process>,
    /// The commit that was under way at the crash.
    failed: (Place, Vec<u8>),
}

/// What a server has handed to its trunks of the directory.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Handed {
    pub(crate) rows: u64,
    pub(crate) bytes: u64,
    /// Rows and summaries.
    pub(crate) directory: u64,
    /// Items of any kind.
    pub(crate) items: u64,
}

impl Site {
    pub(crate) fn new(me: usize, options: &Options, net: &mut Net) -> Option<Site> {
        let address = net.settle(me, 0);
        let name = Name::new(me);
        let drift = options.drift * (net.dice.f64() * 2.0 - 1.0);
        let is_buggy = options.bug == Some(Bug::ClockRunsFast);
        let speed = if is_buggy { 100 * SECOND } else { (SECOND as f64 * (1.0 + drift)) as u64 };
        let native = NativeConfig {
            key: name.key(),
            epoch: Epoch::from_value(net.dice.u32(..1 << 24))?,
            lifetime: Lifetime::at_least(options.lifetime),
            blocks: Blocks::NONE,
            claims: Claims::Open,
            line: None,
        };
        let ignores = options.bug == Some(Bug::IgnoresLimits);
        let limits = if ignores { Default::default() } else { options.limits };
        let index = ServerIndex::from_value(1)?;
        Some(Site {
            me,
            address,
            moves: 0,
            crashes: 0,
            room: SimRoom::default(),
            neighbours: Vec::new(),
            handed: Handed::default(),
            refused_items: 0,
            sessions: 0,
            commits: 0,
            name,
            clock: Clock::new(speed),
            config: Config {
                me: index,
                servers: 1,
                acknowledged: true,
                limits,
                native: Some(native),
            },
            line: Line::new(vec![([127, 0, 0, 1], 10_410).into()]).ok()?,
            flush: options.flush,
            down_max: options.down_max,
            bug: options.bug,
            has_clients: options.clients > 0,
            calm: false,
            pending: Vec::new(),
            doom: None,
            runs: 0,
            medium: Some(match options.disk {
                Disk::Store => Medium::Disk(SimDisk::default()),
                Disk::Memory => Medium::Memory(MemoryLog::default()),
            }),
            process: None,
            failed: (Place(0), Vec::new()),
        })
    }

    pub(crate) fn engine(&self) -> Option<&Engine> {
        self.process.as_ref().map(|process| &process.engine)
    }

    /// Trunks that are up to servers before this one.
    pub(crate) fn trunks_up(&self, before: usize) -> usize {
        let links = self.process.as_ref().map(|process| &process.links);
        links.map_or(0, |links| (0..before).filter(|index| links.is_up(*index)).count())
    }

    /// What it is about to do, for whoever looks for a fault.
    pub(crate) fn state(&self) -> String {
        let Some(process) = &self.process else { return format!("server {} is down", self.me) };
        let (pending, offered) = (self.pending.len(), process.links.offered());
        let Process { is_flushing, wake_at, engine, .. } = process;
        let (deadline, sizes) = (engine.deadline(), engine.sizes());
        format!(
            "server {}: flushing {is_flushing}, pending {pending}, offered {offered}, \
             wakes {wake_at:?}, deadline {deadline:?}, {sizes:?}",
            self.me
        )
    }

    /// Whether the trunk to a server is up at this end.
    pub(crate) fn is_up(&self, index: usize) -> bool {
        self.process.as_ref().is_some_and(|process| process.links.is_up(index))
    }

    /// The trunk to a server as this end has it, while it is up.
    pub(crate) fn link_status(&self, index: usize, at: Time) -> Option<postrider_link::Status> {
        let links = &self.process.as_ref()?.links;
        let peer = links.peers.get(&index).filter(|_| links.is_up(index))?;
        links.endpoint.status(link_time(self.clock.shows(at)), *peer)
    }

    pub(crate) fn key(&self) -> ServerKey {
        self.name.key()
    }

    fn is(&self, bug: Bug) -> bool {
        self.bug == Some(bug)
    }

    /// Its clock is ahead by this much more.
    pub(crate) fn jump(&mut self, ahead: Duration, net: &mut Net) {
        self.clock.jump(net.now, ahead);
        if let Some(process) = &mut self.process {
            process.wake_at = None;
        }
        self.plan_wake(net);
    }

    /// A question arrives; one that finds nobody is lost.
    pub(crate) fn hear(&mut self, asked: Asked) {
        if self.process.is_some() {
            self.pending.push(Pending::Asked(asked));
        }
    }

    /// A datagram arrives.
    pub(crate) fn arrive(&mut self, from: SocketAddr, bytes: &mut [u8], net: &Net) {
        let now = link_time(self.clock.shows(net.now));
        if let Some(process) = &mut self.process {
            process.links.endpoint.handle(now, from, bytes);
        }
    }

    /// Lets the links do what is due, and takes what they tell.
    fn drive(&mut self, net: &mut Net, verifier: &mut Verifier) {
        let Some(process) = &mut self.process else { return };
        let now = link_time(self.clock.shows(net.now));
        process.links.endpoint.handle_due(now);
        process.links.dial_anew(now, &mut self.neighbours);
        let before = process.links.refused;
        process.links.hear(now, &mut self.pending, verifier, self.name.key(), self.bug);
        self.refused_items += process.links.refused - before;
        self.sessions += std::mem::take(&mut process.links.sessions);
        let mut datagram = Vec::new();
        while let Some(to) = process.links.endpoint.poll_transmit(now, &mut datagram) {
            net.send((self.me, self.address), to, &datagram);
        }
    }

    fn plan_wake(&mut self, net: &mut Net) {
        let Some(process) = &mut self.process else { return };
        let engine = process.engine.deadline().filter(|_| !process.is_flushing);
        let link = process.links.endpoint.deadline();
        let link = link.map(|deadline| Time::from_micros(deadline.at.as_micros()));
        let offers = process.links.next_offer().filter(|_| !process.is_flushing);
        let Some(deadline) = [engine, link, offers].into_iter().flatten().min() else { return };
        let at = self.clock.moment(deadline).max(net.now + Duration::from_micros(1));
        if process.wake_at.is_none_or(|wake| at < wake || wake <= net.now) {
            process.wake_at = Some(at);
            net.queue.plan(at, Event::Wake(self.me));
        }
    }
}

pub(crate) fn link_time(time: Time) -> postrider_link::Time {
    postrider_link::Time::from_micros(time.as_micros())
}
