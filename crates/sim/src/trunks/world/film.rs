//! What a world looks like, moment by moment. Looking changes nothing: the same seed is the same
//! world, filmed or not.

use super::World;
use crate::trunks::options::{Given, Options};
use crate::trunks::report::{Report, Violation};
use crate::trunks::shape::Pair;
use postrider_engine::Time;
use postrider_proto::native::ServerKey;
use std::time::Duration;

/// A world's pictures, and how it ended.
#[derive(Clone, Debug)]
pub struct Film {
    /// The servers' keys.
    pub servers: Vec<ServerKey>,
    /// The servers at both ends of each link.
    pub links: Vec<(usize, usize)>,
    /// Those in which something is other than in the one before, in their order.
    pub frames: Vec<Frame>,
    /// Whether every promise was kept.
    pub outcome: Result<Report, Box<Violation>>,
}

/// A world at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Frame {
    /// Since the world began.
    pub at: Duration,
    /// Whether the faults are over.
    pub is_calm: bool,
    /// As [`Film::servers`].
    pub servers: Vec<ServerSeen>,
    /// As [`Film::links`].
    pub links: Vec<LinkSeen>,
}

/// A server at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ServerSeen {
    /// Whether it runs.
    pub is_up: bool,
    /// Messages that wait there for anybody.
    pub waiting: usize,
    /// Whether its disk has no room.
    pub is_full: bool,
    /// How often it was given another address.
    pub moves: u32,
}

/// A link at one moment; of what both ends have, the first's is first.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LinkSeen {
    /// Whether each end has it up.
    pub up: [bool; 2],
    /// Whether what the end sends is cut off.
    pub cut: [bool; 2],
    /// The round trip that the first end measures.
    pub rtt: Option<Duration>,
    /// The share of datagrams that it takes for lost.
    pub loss: Option<f64>,
    /// Items that wait until the other end has them on disk.
    pub waiting: [usize; 2],
    /// Items that the other end has taken since the link is up.
    pub items: [u64; 2],
}

/// The pictures that were taken, and when the next is due.
pub(super) struct Camera {
    every: Duration,
    next: Time,
    frames: Vec<Frame>,
}

/// Runs a world and looks at it this often. Costs memory for each moment in which it changes.
pub fn film(seed: u64, given: &Given, every: Duration) -> Film {
    let options = Options::from_seed(seed, given);
    let mut world = World::new(seed, &options);
    world.camera = Some(Camera { every, next: Time::ZERO, frames: Vec::new() });
    let outcome = world.live().map_err(|broken| world.violation(seed, given, broken));
    world.look(world.net.now);
    Film {
        servers: world.sites.iter().map(|site| site.key()).collect(),
        links: world.links.iter().copied().collect(),
        frames: world.camera.take().map(|camera| camera.frames).unwrap_or_default(),
        outcome,
    }
}

impl World {
    /// Takes the pictures that are due before this.
    pub(super) fn look(&mut self, at: Time) {
        while let Some(next) = self.camera.as_ref().map(|camera| camera.next)
            && next <= at
        {
            let frame = self.frame(next);
            if let Some(camera) = &mut self.camera {
                camera.next = next + camera.every;
                let before = camera.frames.last().map_or(Duration::ZERO, |frame| frame.at);
                let same = Frame { at: before, ..frame.clone() };
                if camera.frames.last() != Some(&same) {
                    camera.frames.push(frame);
                }
            }
        }
    }

    fn frame(&self, at: Time) -> Frame {
        let servers = self.sites.iter().map(|site| ServerSeen {
            is_up: site.engine().is_some(),
            waiting: site.engine().map_or(0, |engine| engine.sizes().waiting),
            is_full: site.room.is_full(),
            moves: site.moves,
        });
        Frame {
            at: at.since(Time::ZERO),
            is_calm: self.calm,
            servers: servers.collect(),
            links: self.links.iter().map(|pair| self.link(*pair)).collect(),
        }
    }

    fn link(&self, (a, b): Pair) -> LinkSeen {
        let [one, other] =
            [(a, b), (b, a)].map(|(from, to)| self.sites[from].link_status(to, self.net.now));
        let both = [&one, &other];
        LinkSeen {
            up: both.map(Option::is_some),
            cut: [self.net.is_cut((a, b)), self.net.is_cut((b, a))],
            rtt: one.as_ref().map(|status| status.rtt),
            loss: one.as_ref().map(|status| status.loss),
            waiting: both.map(|end| end.as_ref().map_or(0, |status| status.waiting.items)),
            items: both.map(|end| end.as_ref().map_or(0, |status| status.traffic.items_out)),
        }
    }
}
