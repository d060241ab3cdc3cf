//! A world: faults, then calm, then quiet.

mod calm;

use crate::bugs::Bug;
use crate::check::{Checkers, index};
use crate::options::Options;
use crate::person::{Habits, Person};
use crate::queue::{Event, Queue};
use crate::report::{Broken, Promise, Report, Verdict, Violation};
use crate::rogue;
use crate::site::Site;
use crate::texts::Texts;
use crate::trace::Trace;
use crate::wire::{Datagram, Net, Peer};
use fastrand::Rng;
use postrider_engine::Time;
use postrider_proto::classic::ServerIndex;
use std::collections::BTreeMap;
use std::time::Duration;

/// Events in a second, for each server, that only a storm makes.
const STORM: u64 = 4_000;
const HOUR: Duration = Duration::from_secs(3600);

struct World {
    options: Options,
    habits: Habits,
    net: Net,
    sites: Vec<Site>,
    people: Vec<Person>,
    texts: Texts,
    checkers: Checkers,
    calm: bool,
    started: Time,
    /// The simulated second that it is, and how much has happened in it.
    busy_second: (u64, u64),
}

/// Runs one world. Costs a few milliseconds of processor time for each simulated
/// minute; the same seed and options give the same report.
pub fn run(seed: u64, options: &Options) -> Result<Report, Violation> {
    World::new(seed, options, false).outcome(seed)
}

/// Runs one world, and tells everything that happened, a line each. Costs some
/// hundred bytes of memory for each datagram.
pub fn tell(seed: u64, options: &Options) -> (Result<Report, Violation>, Vec<String>) {
    let mut world = World::new(seed, options, true);
    let outcome = world.outcome(seed);
    (outcome, world.net.trace.lines.take().unwrap_or_default())
}

impl World {
    fn new(seed: u64, options: &Options, written: bool) -> World {
        let mut dice = Rng::with_seed(seed);
        let servers = (1..=options.servers).filter_map(ServerIndex::from_value);
        let sites = servers.filter_map(|me| {
            let acknowledged = dice.f64() >= options.unacknowledged;
            Site::new(me, options, acknowledged)
        });
        let sites = sites.collect();
        let marks = |index| Person::new(index, dice.f64() >= options.unmarked);
        let mut people: Vec<Person> = (0..options.people).map(marks).collect();
        let residents = (0..u32::from(options.servers)).map(|i| options.people + i);
        people.extend(residents.map(|index| Person::new(index, true)));
        let Options { servers, people: count, moving, leaving, .. } = *options;
        World {
            habits: Habits { servers, people: count, moving, leaving },
            net: net(options, dice, written),
            sites,
            people,
            texts: Texts::default(),
            checkers: Checkers::new(options),
            calm: false,
            started: Time::ZERO,
            busy_second: (0, 0),
            options: options.clone(),
        }
    }

    fn outcome(&mut self, seed: u64) -> Result<Report, Violation> {
        self.live().map_err(|Broken { promise, what }| Violation {
            seed,
            options: Box::new(self.options.clone()),
            at: self.net.now,
            promise,
            what,
        })
    }

    fn live(&mut self) -> Result<Report, Broken> {
        self.begin()?;
        self.pass(Duration::from_secs(60) * self.options.minutes)?;
        self.calm_down()?;
        self.gather()?;
        self.read_all()?;
        let busy = self.net.now.since(self.started);
        self.end()?;
        self.be_quiet()?;
        Ok(self.report(busy))
    }

    fn begin(&mut self) -> Verdict {
        for site in &mut self.sites {
            site.start(&mut self.net, &mut self.checkers, &self.texts)?;
        }
        for person in 0..self.options.people {
            self.plan_act(person);
        }
        for server in self.servers() {
            self.plan_often(self.options.crashes, Event::Crash(server));
            self.plan_often(self.options.disk_full, Event::Disk(server, true));
        }
        self.plan_often(self.options.rogue * 60.0, Event::Rogue);
        Ok(())
    }

    fn servers(&self) -> Vec<ServerIndex> {
        self.sites.iter().map(|site| site.me).collect()
    }

    fn plan_act(&mut self, person: u32) {
        let wait = self.net.some_time(self.options.pace);
        self.net.plan(wait, Event::Act(person));
    }

    /// Plans something that happens so often an hour, if it happens at all.
    fn plan_often(&mut self, per_hour: f64, event: Event) {
        if per_hour > 0.0 && !self.calm {
            let wait = self.net.some_time(HOUR.div_f64(per_hour));
            self.net.plan(wait, event);
        }
    }

    /// Lets time pass.
    fn pass(&mut self, time: Duration) -> Verdict {
        let end = self.net.now + time;
        while let Some((at, event)) = self.net.queue.pop(end) {
            self.net.now = at;
            self.happen(event)?;
            self.count_event()?;
        }
        self.net.now = end;
        Ok(())
    }

    /// A storm would go on for ever, and is stopped.
    fn count_event(&mut self) -> Verdict {
        let second = self.net.now.as_micros() / 1_000_000;
        if self.busy_second.0 != second {
            self.busy_second = (second, 0);
        }
        self.busy_second.1 += 1;
        if self.busy_second.1 < STORM * u64::from(self.options.servers) {
            return Ok(());
        }
        let verdict = Promise::Quiet.broken("a storm: more and more is sent".to_owned());
        self.checkers.judge(verdict)
    }

    fn happen(&mut self, event: Event) -> Verdict {
        let (net, checkers, texts) = (&mut self.net, &mut self.checkers, &self.texts);
        match event {
            Event::Arrive(datagram) => self.arrive(datagram),
            Event::Due(server) => self.sites[index(server)].due(net, checkers, texts),
            Event::Flushed(server, run) => {
                self.sites[index(server)].flushed(run, net, checkers, texts)
            }
            Event::Restart(server) => self.sites[index(server)].start(net, checkers, texts),
            Event::Crash(server) => {
                if !self.calm {
                    self.sites[index(server)].doom(net);
                }
                self.plan_often(self.options.crashes, Event::Crash(server));
                Ok(())
            }
            Event::Disk(server, full) => {
                self.disk(server, full);
                Ok(())
            }
            Event::Act(person) => {
                self.act(person);
                Ok(())
            }
            Event::Impatient(person, question) => {
                self.people[person as usize].wait_no_more(question, &self.habits, net);
                Ok(())
            }
            Event::Rogue => {
                self.say_nonsense();
                Ok(())
            }
        }
    }

    fn arrive(&mut self, datagram: Datagram) -> Verdict {
        let (net, checkers, texts) = (&mut self.net, &mut self.checkers, &mut self.texts);
        net.trace
            .explain(net.now, || format!("to {:?} came from {:?}", datagram.to, datagram.from));
        net.trace.note(net.now, "arrived at", datagram.to, &datagram.bytes);
        match datagram.to {
            Peer::Server(server) => {
                self.sites[index(server)].arrive(datagram, net, checkers, texts)
            }
            Peer::Person(person) => {
                let Some(person) = self.people.get_mut(person as usize) else { return Ok(()) };
                match person.hear(&datagram, self.options.people, net, texts) {
                    Some(shown) => checkers.shown(net.now, shown, texts),
                    None => Ok(()),
                }
            }
        }
    }

    fn disk(&mut self, server: ServerIndex, full: bool) {
        if self.calm {
            return;
        }
        self.sites[index(server)].room.set_full(full);
        if full {
            let wait = self.net.some_time(Duration::from_secs(20));
            self.net.plan(wait, Event::Disk(server, false));
            self.plan_often(self.options.disk_full, Event::Disk(server, true));
        }
    }

    fn act(&mut self, person: u32) {
        if !self.calm {
            let who = &mut self.people[person as usize];
            who.act(&self.habits, &mut self.net, &mut self.texts);
            self.plan_act(person);
        }
    }

    fn say_nonsense(&mut self) {
        let (servers, people) = (self.options.servers, self.options.people);
        if self.calm {
            return;
        }
        if let Some(datagram) = rogue::datagram(servers, people, &mut self.net.dice) {
            self.net.send(datagram);
        }
        self.plan_often(self.options.rogue * 60.0, Event::Rogue);
    }
}

fn net(options: &Options, dice: Rng, written: bool) -> Net {
    let cut = (ServerIndex::from_value(1), ServerIndex::from_value(2));
    let is_cut = options.bug == Some(Bug::CutsAWire);
    Net {
        now: Time::ZERO,
        dice,
        queue: Queue::default(),
        weather: options.weather,
        trace: Trace::new(written),
        sent: 0,
        lost: 0,
        last_arrivals: BTreeMap::new(),
        cut: cut.0.zip(cut.1).filter(|_| is_cut),
    }
}
