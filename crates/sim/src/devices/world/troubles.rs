//! What goes wrong with devices.

use super::{HOUR, TROUBLES, World};
use crate::devices::report::Verdict;
use crate::trunks::net::{Event, Trouble};

/// The longest that a clock is set to or fro at once.
const SET_MAX_MS: f64 = 366.0 * 86_400_000.0;

/// Acts of these numbers.
const POWER: u32 = 0;
const ADDRESS: u32 = 1;
const ROAM: u32 = 2;
const CUT: u32 = 3;
const CLOCK: u32 = 4;
const REINSTALL: u32 = 5;

impl World {
    pub(super) fn plan_troubles(&mut self) {
        (POWER..=REINSTALL).for_each(|trouble| self.plan_trouble(trouble));
    }

    fn plan_trouble(&mut self, trouble: u32) {
        let options = &self.options;
        let per_hour = match trouble {
            POWER => options.power_losses,
            ADDRESS => options.address_changes,
            ROAM => options.roams,
            CUT => options.cuts,
            CLOCK => options.clocks_set,
            _ => options.reinstalls,
        };
        if per_hour > 0.0 && !self.is_calm {
            let wait = self.servers.net.some_time(HOUR.div_f64(per_hour));
            self.servers.net.plan(wait, Event::Act(TROUBLES + trouble));
        }
    }

    pub(super) fn trouble(&mut self, trouble: u32) -> Verdict {
        if self.is_calm {
            return Ok(());
        }
        let index = self.servers.net.dice.usize(..self.devices.len());
        match trouble {
            POWER => self.doom(index)?,
            ADDRESS => self.devices[index].move_away(&mut self.servers.net),
            ROAM => self.roam(index)?,
            CUT => self.cut(index),
            CLOCK => self.set_clock(index),
            _ => self.reinstall(index)?,
        }
        self.plan_trouble(trouble);
        Ok(())
    }

    /// Power fails at once, or after some of what the device does next.
    fn doom(&mut self, index: usize) -> Verdict {
        match self.servers.net.dice.u32(..40) {
            0 => self.with(index, |device, around| device.lose_power(around)),
            effects => {
                self.devices[index].doom = Some(effects);
                Ok(())
            }
        }
    }

    /// The machine was off, or only the program.
    pub(super) fn come_back(&mut self, index: usize) -> Verdict {
        let was_off = self.servers.net.dice.bool();
        self.start(index, was_off)
    }

    fn roam(&mut self, index: usize) -> Verdict {
        let mut servers = self.some_servers(index);
        self.servers.net.dice.shuffle(&mut servers);
        self.with(index, |device, around| {
            let now = device.now(around.net);
            let Some(core) = &mut device.core else { return Ok(()) };
            let set = core.profile_to_change(now).set_servers(&servers);
            set.map_err(|why| crate::devices::device::life::broken(device, &why))?;
            if let Some(core) = &mut device.core {
                core.reconnect();
            }
            device.work(around)
        })
    }

    /// Nothing comes from a server, or gets there, or both, for a while.
    fn cut(&mut self, index: usize) {
        let (net, node) = (&mut self.servers.net, self.devices[index].node);
        let server = net.dice.usize(..self.servers.sites.len());
        let pairs = match net.dice.u8(..3) {
            0 => vec![(server, node)],
            1 => vec![(node, server)],
            _ => vec![(server, node), (node, server)],
        };
        pairs.iter().for_each(|pair| net.cut(*pair));
        let lasts = self.options.servers.cut_max.mul_f64(net.dice.f64());
        net.plan(lasts, Event::Trouble(Trouble::Heal(pairs)));
    }

    fn set_clock(&mut self, index: usize) {
        let dice = &mut self.servers.net.dice;
        let by_ms = SET_MAX_MS * dice.f64().powi(4) * if dice.bool() { 1.0 } else { -1.0 };
        self.devices[index].set_clock(by_ms as i64);
    }

    fn reinstall(&mut self, index: usize) -> Verdict {
        self.reinstalls += 1;
        let servers = self.some_servers(index);
        self.with(index, |device, around| device.reinstall(&servers, around))?;
        self.checkers.settles(&self.devices[index]);
        Ok(())
    }
}
