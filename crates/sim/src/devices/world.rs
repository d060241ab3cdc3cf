//! A world of devices: faults, then calm, then quiet.

mod acts;
mod calm;
mod troubles;

use super::bugs::Bug;
use super::check::Checkers;
use super::device::{Around, Device, address_of};
use super::options::{Given, Options};
use super::report::{Broken, Report, Verdict, Violation};
use crate::texts::number_of;
use crate::trunks::keys::Name;
use crate::trunks::net::Event;
use crate::trunks::world::World as Servers;
use postrider_client::Server;
use postrider_engine::Time;
use postrider_link::Mode;
use std::net::SocketAddr;
use std::time::Duration;
use tempfile::TempDir;

const HOUR: Duration = Duration::from_secs(3_600);

/// The next thing that a device's person does, and the next that goes wrong with a device, are
/// acts of these numbers on.
const TROUBLES: u32 = 1_000;

struct World {
    options: Options,
    servers: Servers,
    devices: Vec<Device>,
    checkers: Checkers,
    is_calm: bool,
    reinstalls: u64,
    folder: TempDir,
}

/// Runs one world. Costs some tenths of a second, and a folder among the temporary files while
/// it lasts; the same seed, and what is given, make the same report.
pub fn run(seed: u64, given: &Given) -> Result<Report, Box<Violation>> {
    run_as(seed, given, &Options::from_seed(seed, given))
}

fn run_as(seed: u64, given: &Given, options: &Options) -> Result<Report, Box<Violation>> {
    let violation = |at, Broken { promise, what }| {
        let options = Box::new(options.clone());
        Box::new(Violation { seed, given: *given, options, at, promise, what })
    };
    let mut world = World::new(seed, options).map_err(|why| violation(Time::ZERO, why))?;
    let outcome = world.live();
    outcome.map_err(|why| violation(world.servers.net.now, why))
}

impl Options {
    /// Runs a world of these options.
    pub fn run(&self, seed: u64) -> Result<Report, Box<Violation>> {
        run_as(seed, &Given::default(), self)
    }
}

impl World {
    fn new(seed: u64, options: &Options) -> Result<World, Broken> {
        let no_folder = |why: std::io::Error| Broken {
            promise: super::Promise::Ends,
            what: format!("no folder for the devices: {why}"),
        };
        let mut world = World {
            options: options.clone(),
            servers: Servers::new(seed, &options.of_servers()),
            devices: Vec::new(),
            checkers: Checkers::new(options),
            is_calm: false,
            reinstalls: 0,
            folder: tempfile::tempdir().map_err(no_folder)?,
        };
        for index in 0..options.people + options.second_devices {
            world.add_device(index)?;
        }
        Ok(world)
    }

    /// A device with wires to all servers.
    fn add_device(&mut self, index: usize) -> Verdict {
        let (ends, net) = (self.servers.sites.len(), &mut self.servers.net);
        let node = ends + index;
        let is_narrow = net.dice.f64() < self.options.servers.narrow;
        let rate = is_narrow.then_some(self.options.servers.narrow_rate);
        (0..ends).for_each(|server| net.join((server, node), rate));
        let number = number_of((index % self.options.people) as u32);
        let mut device = Device::new((index, node), number, self.folder.path(), net);
        device.forgets_its_start = self.options.bug == Some(Bug::ForgetsItsStart);
        let servers = self.some_servers(index);
        device.install(&servers, &mut self.servers.net)?;
        self.checkers.settles(&device);
        self.devices.push(device);
        Ok(())
    }

    /// Servers that a person prefers, each once; those of one number prefer the same.
    fn some_servers(&mut self, index: usize) -> Vec<Server> {
        let count = self.servers.sites.len();
        let first = index % self.options.people % count;
        let is_clear = self.servers.net.dice.f64() < self.options.clear;
        let knows_keys = self.servers.net.dice.bool();
        let server = |place: usize| Server {
            key: knows_keys.then(|| Name::new(place).public()),
            mode: if is_clear { Mode::Clear } else { Mode::Sealed },
            ..Server::at(address_of(place))
        };
        (0..count).map(|place| server((first + place) % count)).collect()
    }

    fn live(&mut self) -> Result<Report, Broken> {
        self.servers.begin()?;
        for index in 0..self.devices.len() {
            self.start(index, true)?;
            self.plan_act(index);
        }
        self.plan_troubles();
        self.pass(Duration::from_secs(60) * self.options.servers.minutes)?;
        self.calm_down()?;
        self.end_all()?;
        self.be_quiet()?;
        self.report()
    }

    /// Lets time pass.
    fn pass(&mut self, time: Duration) -> Verdict {
        let end = self.servers.net.now + time;
        while let Some((at, event)) = self.servers.net.queue.pop(end) {
            self.servers.net.now = at;
            self.happen(event)?;
            self.servers.count_event()?;
        }
        self.servers.net.now = end;
        Ok(())
    }

    fn happen(&mut self, event: Event) -> Verdict {
        let ends = self.servers.sites.len();
        match event {
            Event::Arrive { to, from, mut bytes } if to >= ends => {
                let net = &mut self.servers.net;
                net.trace.note(net.now, "arrived at", to as u64, &bytes);
                let Some(device) = self.devices.get_mut(to - ends) else { return Ok(()) };
                device.arrive(from, &mut bytes, net);
                self.work(to - ends)
            }
            Event::Wake(node) if node >= ends => self.with(node - ends, Device::wake),
            Event::Restart(node) if node >= ends => self.come_back(node - ends),
            Event::Act(act) if act >= TROUBLES => self.trouble(act - TROUBLES),
            Event::Act(device) => self.act(device as usize),
            event => {
                let verdict = self.servers.happen(event).map_err(Broken::from);
                self.checkers.judge(verdict)
            }
        }
    }

    /// Lets a device do something.
    fn with(
        &mut self,
        index: usize,
        job: impl FnOnce(&mut Device, &mut Around<'_>) -> Verdict,
    ) -> Verdict {
        let addresses: Vec<SocketAddr> =
            self.servers.sites.iter().map(|site| site.address).collect();
        let mut around = Around {
            net: &mut self.servers.net,
            checkers: &mut self.checkers,
            servers: &addresses,
            nameless: if self.is_calm { 0.0 } else { self.options.nameless },
            off_max: self.options.off_max,
        };
        let Some(device) = self.devices.get_mut(index) else { return Ok(()) };
        let verdict = job(device, &mut around);
        self.checkers.judge(verdict)
    }

    fn work(&mut self, index: usize) -> Verdict {
        self.with(index, Device::work)
    }

    fn start(&mut self, index: usize, was_off: bool) -> Verdict {
        self.with(index, |device, around| device.start(was_off, around))
    }

    fn report(&self) -> Result<Report, Broken> {
        let (delivered, returned) = self.checkers.figures();
        Ok(Report {
            servers: self.servers.sites.len(),
            devices: self.devices.len(),
            simulated: self.servers.net.now.since(Time::ZERO),
            written: self.checkers.ledger.all.len() as u64,
            delivered,
            returned,
            received: self.checkers.received()?,
            power_losses: self.devices.iter().map(|device| device.power_losses).sum(),
            reinstalls: self.reinstalls,
            crashes: self.servers.sites.iter().map(|site| site.crashes).sum(),
            datagrams: self.servers.net.datagrams,
            trace: self.servers.net.trace.hash(),
        })
    }
}
