//! A device is installed, comes on, goes off, and is lost.

use super::{Around, Device};
use crate::devices::bugs::Bug;
use crate::devices::report::{Broken, Promise, Verdict};
use crate::trunks::net::{Event, Net};
use postrider_client::{Device as Core, Keys, Profile, ProfileError, Server};
use postrider_engine::Time;
use postrider_proto::Number;
use std::path::Path;

/// The history in a profile's folder, and a copy of it that somebody has put aside.
const HISTORY: &str = "history.db";
const COPY: &str = "copy.db";

impl Device {
    /// A machine without a profile.
    pub(crate) fn new(
        (index, node): (usize, usize),
        number: Number,
        folder: &Path,
        net: &mut Net,
    ) -> Device {
        Device {
            index,
            node,
            number,
            address: net.settle(node, 0),
            core: None,
            folder: folder.join(format!("{index}-0")),
            install: 0,
            power_losses: 0,
            events: 0,
            last_event: String::new(),
            clock_is_wrong: false,
            doom: None,
            forgets_its_start: false,
            wall_ms: 0,
            minded_ms: 0,
            boots: 0,
            booted: Time::ZERO,
            began: Time::ZERO,
            moves: 0,
            wake_at: None,
        }
    }

    /// Its number comes to it from its owner's key, with nothing of its history.
    pub(crate) fn install(&mut self, servers: &[Server], net: &mut Net) -> Verdict {
        let (mut owner, mut device) = ([7; 32], [0; 32]);
        owner[..8].copy_from_slice(&self.number.value().to_le_bytes());
        net.dice.fill(&mut device);
        let keys = Keys::from_secrets(self.number, &owner, &device);
        let made = Profile::create_simulated(&self.folder, &keys, &seed(net));
        let made = made.and_then(|mut profile| profile.set_servers(servers));
        made.map_err(|why| broken(self, &why))
    }

    /// It is lost, and its number comes back on a new one.
    pub(crate) fn reinstall(&mut self, servers: &[Server], around: &mut Around<'_>) -> Verdict {
        around.checkers.is_lost(self)?;
        self.core = None;
        self.doom = None;
        self.install += 1;
        self.folder.set_file_name(format!("{}-{}", self.index, self.install));
        self.clock_is_wrong = false;
        self.install(servers, around.net)?;
        self.start(true, around)
    }

    /// Its power fails, or its program is killed: what it had on disk is what it has.
    pub(crate) fn lose_power(&mut self, around: &mut Around<'_>) -> Verdict {
        if self.core.take().is_none() {
            return Ok(());
        }
        around.net.trace.note(around.net.now, "power fails at", self.node as u64, &[]);
        self.power_losses += 1;
        (self.doom, self.wake_at) = (None, None);
        if around.checkers.bug.is_some_and(Bug::is_old_history) {
            self.put_back_a_copy()?;
        }
        let off = around.off_max.mul_f64(around.net.dice.f64());
        around.net.plan(off, Event::Restart(self.node));
        Ok(())
    }

    /// It comes on; its machine was off, or only the program.
    pub(crate) fn start(&mut self, was_off: bool, around: &mut Around<'_>) -> Verdict {
        if self.core.is_some() {
            return Ok(());
        }
        let net = &mut *around.net;
        if was_off || self.boots == 0 {
            (self.boots, self.booted) = (self.boots + 1, net.now);
            self.clock_is_wrong |= self.wall_ms != self.minded_ms;
        }
        self.began = net.now;
        let mut profile =
            Profile::simulated(&self.folder, &seed(net)).map_err(|why| broken(self, &why))?;
        if around.checkers.bug == Some(Bug::SendsAgain) {
            profile.count_anew().map_err(|why| broken(self, &why))?;
        }
        let boot = Some(self.boots.to_string());
        self.core = Some(Core::new(self.now(net), profile, boot));
        around.checkers.look_at(self)?;
        self.work(around)
    }

    /// What was written since the copy is lost, and it is copied again.
    fn put_back_a_copy(&self) -> Verdict {
        let (history, copy) = (self.folder.join(HISTORY), self.folder.join(COPY));
        let done = if copy.exists() {
            std::fs::copy(&copy, &history).and_then(|_| std::fs::remove_file(&copy))
        } else {
            std::fs::copy(&history, &copy).map(drop)
        };
        done.or_else(|why| Promise::Ends.broken(format!("{self}: {why}")))
    }
}

fn seed(net: &mut Net) -> [u8; 32] {
    let mut seed = [0; 32];
    net.dice.fill(&mut seed);
    seed
}

pub(crate) fn broken(device: &Device, why: &ProfileError) -> Broken {
    Broken { promise: Promise::Ends, what: format!("{device}: {why}") }
}
