//! A simulated machine with a real client on it: its clocks, its power, its folder.

pub(crate) mod life;

use super::check::Checkers;
use super::report::Verdict;
use crate::trunks::net::{Event, Net};
use life::broken;
use postrider_client::{
    Device as Core, Moment, Profile, ProfileError, Resolved, Server, Stamp, Told,
};
use postrider_engine::Time;
use postrider_proto::Number;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// What all wall clocks show when a world begins, in milliseconds since 1970.
const WALL_MS: i64 = 1_800_000_000_000;

/// A client's device, whether it is on or off.
pub(crate) struct Device {
    /// Which of the devices.
    pub(crate) index: usize,
    /// Its place among the ends of wires.
    pub(crate) node: usize,
    pub(crate) number: Number,
    pub(crate) address: SocketAddr,
    /// The client, if it runs.
    pub(crate) core: Option<Core>,
    pub(crate) folder: PathBuf,
    /// How often it was installed.
    pub(crate) install: u32,
    pub(crate) power_losses: u64,
    /// How many events it has told, and the last of them.
    pub(crate) events: u64,
    pub(crate) last_event: String,
    /// Its wall clock was set, and the machine went off before anybody could notice.
    pub(crate) clock_is_wrong: bool,
    /// Loses power after so many effects.
    pub(crate) doom: Option<u32>,
    /// The machine does not say how long it ran: a planted bug.
    pub(crate) forgets_its_start: bool,
    /// How far the wall clock is from the world's.
    wall_ms: i64,
    /// How far it was when the client looked at it last.
    minded_ms: i64,
    /// The machine's starts, and when the last one was.
    boots: u32,
    booted: Time,
    /// When the client was started.
    began: Time,
    moves: u32,
    wake_at: Option<Time>,
}

/// What is next, once a device has told what there was.
enum After {
    All,
    /// Its servers have addresses, of which it calls one with its next turn.
    Connected,
    PowerFailed,
}

/// What a device has to know of the world around it.
pub(crate) struct Around<'a> {
    pub(crate) net: &'a mut Net,
    pub(crate) checkers: &'a mut Checkers,
    /// Where the servers are.
    pub(crate) servers: &'a [SocketAddr],
    /// Share of questions for an address that have no answer.
    pub(crate) nameless: f64,
    pub(crate) off_max: Duration,
}

impl Device {
    pub(crate) fn now(&self, net: &Net) -> Moment {
        let ran = (!self.forgets_its_start).then(|| net.now.since(self.booted));
        Moment { time: self.shows(net.now), stamp: self.stamp(net), ran }
    }

    pub(crate) fn stamp(&self, net: &Net) -> Stamp {
        Stamp(WALL_MS + self.wall_ms + (net.now.as_micros() / 1_000) as i64)
    }

    fn shows(&self, now: Time) -> postrider_link::Time {
        postrider_link::Time::ZERO + now.since(self.began)
    }

    /// Its wall clock is set.
    pub(crate) fn set_clock(&mut self, by_ms: i64) {
        self.wall_ms += by_ms;
    }

    /// It is somewhere else, where nothing that was sent before arrives.
    pub(crate) fn move_away(&mut self, net: &mut Net) {
        self.moves += 1;
        self.address = net.settle(self.node, self.moves);
    }

    /// A datagram arrives.
    pub(crate) fn arrive(&mut self, from: SocketAddr, bytes: &mut [u8], net: &Net) {
        let now = self.now(net);
        if let Some(core) = &mut self.core {
            core.hear(now, from, bytes);
        }
    }

    /// Its deadline has come.
    pub(crate) fn wake(&mut self, around: &mut Around<'_>) -> Verdict {
        if self.wake_at != Some(around.net.now) {
            return Ok(());
        }
        self.wake_at = None;
        self.work(around)
    }

    /// A turn, and what comes of it; power may fail at any point.
    pub(crate) fn work(&mut self, around: &mut Around<'_>) -> Verdict {
        loop {
            if self.turn(around)? {
                return Ok(());
            }
            match self.tell_all(around)? {
                After::PowerFailed => return Ok(()),
                After::Connected => {}
                After::All => break,
            }
        }
        if !self.transmit(around)? {
            self.plan_wake(around.net);
        }
        Ok(())
    }

    /// True if power fails meanwhile: then nothing of it has happened.
    fn turn(&mut self, around: &mut Around<'_>) -> Result<bool, super::report::Broken> {
        if self.core.is_none() {
            return Ok(true);
        }
        let now = self.now(around.net);
        self.with_core(|core| core.begin(now, false))?;
        while self.with_core(|core| core.step(now))? == Some(true) {
            if self.fails(around)? {
                return Ok(true);
            }
        }
        self.with_core(Core::commit)?;
        self.minded_ms = self.wall_ms;
        self.fails(around)
    }

    /// None if it is off.
    fn with_core<R>(
        &mut self,
        job: impl FnOnce(&mut Core) -> Result<R, ProfileError>,
    ) -> Result<Option<R>, super::report::Broken> {
        let done = self.core.as_mut().map(job).transpose();
        done.map_err(|why| broken(self, &why))
    }

    /// What is told.
    fn tell_all(&mut self, around: &mut Around<'_>) -> Result<After, super::report::Broken> {
        let mut after = After::All;
        while let Some(told) = self.core.as_mut().and_then(Core::poll_told) {
            match told {
                Told::Event(event) => {
                    self.events += 1;
                    self.last_event = format!("{event:?} at {:?}", around.net.now);
                    around.checkers.told(self, &event, around.net.now)?;
                }
                Told::Resolve(servers) => {
                    if self.transmit(around)? {
                        return Ok(After::PowerFailed);
                    }
                    self.connect(servers, around);
                    after = After::Connected;
                }
                Told::Status(_)
                | Told::Found { .. }
                | Told::Traced { .. }
                | Told::Unanswered(_) => {}
            }
            if self.fails(around)? {
                return Ok(After::PowerFailed);
            }
        }
        Ok(after)
    }

    fn connect(&mut self, servers: Vec<Server>, around: &mut Around<'_>) {
        let mut resolve = |server: Server| {
            let place = place_of(&server.address).and_then(|place| around.servers.get(place));
            let is_found = around.net.dice.f64() >= around.nameless;
            let found = place.copied().filter(|_| is_found).ok_or("no such name".to_owned());
            Resolved { server, found }
        };
        let resolved = servers.into_iter().map(&mut resolve).collect();
        let now = self.now(around.net);
        if let Some(core) = &mut self.core {
            core.connect(now, resolved);
        }
    }

    /// True if power fails meanwhile.
    fn transmit(&mut self, around: &mut Around<'_>) -> Result<bool, super::report::Broken> {
        let (time, mut out) = (self.shows(around.net.now), Vec::new());
        while let Some(to) = self.core.as_mut().and_then(|core| core.poll_transmit(time, &mut out))
        {
            around.net.send((self.node, self.address), to, &out);
            if self.fails(around)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// One effect more; true if it was the last.
    fn fails(&mut self, around: &mut Around<'_>) -> Result<bool, super::report::Broken> {
        match self.doom {
            Some(0) => {
                self.lose_power(around)?;
                Ok(true)
            }
            left => {
                self.doom = left.map(|left| left - 1);
                Ok(false)
            }
        }
    }

    fn plan_wake(&mut self, net: &mut Net) {
        let Some(deadline) = self.core.as_ref().and_then(Core::deadline) else { return };
        let at = self.began + Duration::from_micros(deadline.as_micros());
        let at = at.max(net.now + Duration::from_micros(1));
        if self.wake_at.is_none_or(|wake| at < wake || wake <= net.now) {
            self.wake_at = Some(at);
            net.queue.plan(at, Event::Wake(self.node));
        }
    }

    /// Its profile, if it is on.
    pub(crate) fn profile(&self) -> Option<&Profile> {
        self.core.as_ref().map(Core::profile)
    }
}

impl std::fmt::Display for Device {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "device {} of {}", self.index, self.number)
    }
}

/// A server's address, as it is written in a profile.
pub(crate) fn address_of(place: usize) -> String {
    format!("server {place}")
}

fn place_of(address: &str) -> Option<usize> {
    address.strip_prefix("server ")?.parse().ok()
}
