//! A world of trunks: faults, then calm, then quiet.

mod calm;
mod film;
mod measure;
mod spread;
mod troubles;

pub use film::{Film, Frame, LinkSeen, ServerSeen, film};
pub use spread::{News, Spread};

use super::bugs::Bug;
use super::check::Checkers;
use super::keys::{Name, Verifier};
use super::net::{Event, Net, Trouble};
use super::options::{Given, Options};
use super::people::{Ask, People};
use super::report::{Broken, Figures, Promise, Report, Verdict, Violation};
use super::rogue::Rogue;
use super::shape::{Pair, diameter};
use super::site::{Neighbour, Site};
use fastrand::Rng;
use postrider_engine::Time;
use postrider_link::LinkConfig;
use std::collections::BTreeSet;
use std::time::Duration;

/// Events in a second, for each server, that only a storm makes.
const STORM: u64 = 20_000;
const HOUR: Duration = Duration::from_secs(3_600);

pub(crate) struct World {
    options: Options,
    pub(crate) net: Net,
    pub(crate) sites: Vec<Site>,
    pub(crate) links: BTreeSet<Pair>,
    people: People,
    verifier: Verifier,
    checkers: Checkers,
    rogue: Option<Rogue>,
    calm: bool,
    figures: Figures,
    /// The simulated second that it is, and how much has happened in it.
    busy_second: (u64, u64),
    /// Where somebody looks on.
    camera: Option<film::Camera>,
}

/// Runs one world. Costs a tenth of a second or so, some seconds for large or long ones; the
/// same seed, and what is given, make the same report.
pub fn run(seed: u64, given: &Given) -> Result<Report, Box<Violation>> {
    run_as(seed, given, &Options::from_seed(seed, given))
}

/// The same, of any options.
pub(super) fn run_as(
    seed: u64,
    given: &Given,
    options: &Options,
) -> Result<Report, Box<Violation>> {
    let mut world = World::new(seed, options);
    world.live().map_err(|broken| world.violation(seed, given, broken))
}

impl Options {
    /// Runs a world of these options.
    pub fn run(&self, seed: u64) -> Result<Report, Box<Violation>> {
        run_as(seed, &Given::default(), self)
    }
}

impl World {
    pub(crate) fn new(seed: u64, options: &Options) -> World {
        let mut net = Net::new(options, Rng::with_seed(seed));
        let links = options.shape.links(options.servers, &mut net.dice);
        let sites = (0..options.servers).filter_map(|me| Site::new(me, options, &mut net));
        let sites: Vec<Site> = sites.collect();
        let people = People::new(options, &mut net);
        let mut checkers = Checkers::new(options);
        checkers.keys = sites.iter().map(Site::key).collect();
        let settled = people.all.iter().filter(|person| !person.moves && !person.is_victim);
        checkers.homes = settled.map(|person| (person.number, person.site)).collect();
        let mut world = World {
            options: options.clone(),
            net,
            sites,
            links,
            people,
            verifier: Verifier::new(options.bug == Some(Bug::BelievesHomes), options.clients > 0),
            checkers,
            rogue: None,
            calm: false,
            figures: Figures::default(),
            busy_second: (0, 0),
            camera: None,
        };
        world.join_all();
        world
    }

    /// Makes the links, narrow or wide, and the liar's.
    fn join_all(&mut self) {
        for (a, b) in self.links.clone() {
            let is_narrow = self.net.dice.f64() < self.options.narrow;
            let rate = is_narrow.then_some(self.options.narrow_rate);
            self.net.join((a, b), rate);
            let mtu = if is_narrow { 256 } else { LinkConfig::default().mtu };
            let link = LinkConfig { mtu, ..LinkConfig::default() };
            let both = self.net.dice.bool();
            for (one, other, dials) in [(a, b, true), (b, a, both)] {
                let address = self.sites[other].address;
                let neighbour = Neighbour { index: other, dials, link, address, dialled: address };
                self.sites[one].neighbours.push(neighbour);
            }
        }
        if self.options.rogue > 0.0 {
            self.let_the_liar_in();
        }
    }

    fn let_the_liar_in(&mut self) {
        let (liar, at) = (self.options.servers, self.net.dice.usize(..self.options.servers));
        self.net.join((liar, at), None);
        let key = Name::new(at).public();
        let victims = self.people.all.iter().filter(|person| person.is_victim);
        let victims = victims.map(|person| person.number).collect();
        let rogue = Rogue::new(liar, (key, self.sites[at].address), victims, &mut self.net);
        let (dials, link, address) = (false, LinkConfig::default(), rogue.address);
        let liar = Neighbour { index: liar, dials, link, address, dialled: address };
        self.sites[at].neighbours.push(liar);
        self.rogue = Some(rogue);
    }

    fn live(&mut self) -> Result<Report, Broken> {
        self.begin()?;
        self.pass(Duration::from_secs(60) * self.options.minutes)?;
        self.calm_down()?;
        self.converge()?;
        self.read_all()?;
        self.end()?;
        self.be_quiet()?;
        Ok(self.report())
    }

    fn violation(&self, seed: u64, given: &Given, broken: Broken) -> Box<Violation> {
        let Broken { promise, what } = broken;
        let options = Box::new(self.options.clone());
        Box::new(Violation { seed, given: *given, options, at: self.net.now, promise, what })
    }

    pub(crate) fn begin(&mut self) -> Verdict {
        for site in &mut self.sites {
            site.start(&mut self.net, &mut self.verifier, &mut self.checkers)?;
        }
        for person in 0..self.options.people {
            self.people.attach(person, &mut self.net);
            self.plan_act(person);
        }
        self.plan_troubles();
        if self.rogue.is_some() {
            self.net.plan(Duration::ZERO, Event::Wake(self.options.servers));
        }
        Ok(())
    }

    fn plan_act(&mut self, person: u32) {
        let wait = self.net.some_time(self.options.pace);
        self.net.plan(wait, Event::Act(person));
    }

    /// Lets time pass.
    fn pass(&mut self, time: Duration) -> Verdict {
        let end = self.net.now + time;
        while let Some((at, event)) = self.net.queue.pop(end) {
            self.look(at);
            self.net.now = at;
            self.happen(event)?;
            self.count_event()?;
        }
        self.net.now = end;
        Ok(())
    }

    /// A storm would go on for ever, and is stopped.
    pub(crate) fn count_event(&mut self) -> Verdict {
        let second = self.net.now.as_micros() / 1_000_000;
        if self.busy_second.0 != second {
            self.busy_second = (second, 0);
        }
        self.busy_second.1 += 1;
        if self.busy_second.1 < STORM * self.options.servers as u64 {
            return Ok(());
        }
        Promise::Quiet.broken("a storm: more and more is sent")
    }

    pub(crate) fn happen(&mut self, event: Event) -> Verdict {
        let (net, verifier, checkers) = (&mut self.net, &mut self.verifier, &mut self.checkers);
        match event {
            Event::Arrive { to, from, mut bytes } => match self.sites.get_mut(to) {
                Some(site) => {
                    net.trace.note(net.now, "arrived at", to as u64, &bytes);
                    site.arrive(from, &mut bytes, net);
                    site.work(net, verifier, checkers)
                }
                None => {
                    if let Some(rogue) = &mut self.rogue {
                        rogue.arrive(from, &mut bytes, net);
                    }
                    Ok(())
                }
            },
            Event::Wake(server) => match self.sites.get_mut(server) {
                Some(site) => site.wake(net, verifier, checkers),
                None => {
                    self.wake_rogue();
                    Ok(())
                }
            },
            Event::Flushed(server, run) => self.sites[server].flushed(run, net, verifier, checkers),
            Event::Restart(server) => self.sites[server].start(net, verifier, checkers),
            Event::Ask(server, asked) => {
                if let Ask::Ack { text, .. } = asked.ask {
                    checkers.acknowledged(server, text);
                }
                self.sites[server].hear(asked);
                self.sites[server].work(net, verifier, checkers)
            }
            Event::Answer(server, asked, bytes) => {
                self.people.hear(server, &asked, &bytes, net);
                Ok(())
            }
            Event::Act(person) => {
                self.act(person);
                Ok(())
            }
            Event::Trouble(trouble) => self.trouble(trouble),
        }
    }

    fn wake_rogue(&mut self) {
        let Some(rogue) = &mut self.rogue else { return };
        rogue.drive(&mut self.net);
        let soon = Duration::from_millis(50);
        if rogue.deadline().is_some() && !self.calm {
            self.net.plan(soon, Event::Wake(self.options.servers));
        }
    }

    fn act(&mut self, person: u32) {
        if self.calm {
            return;
        }
        let jumped = self.checkers.jumped;
        self.people.act(person, &mut self.net, &mut self.checkers.letters, jumped);
        self.mark_movers();
        self.plan_act(person);
    }

    /// The texts of those who have moved are exempt from what only one home can keep.
    fn mark_movers(&mut self) {
        for person in self.people.all.iter().filter(|person| person.has_moved) {
            self.checkers.letters.reader_moves(person.number);
        }
    }

    fn report(&self) -> Report {
        let sum = |of: fn(&Site) -> u64| self.sites.iter().map(of).sum();
        let letters = || self.checkers.letters.iter().map(|(_, letter)| letter);
        let count = |is: fn(&super::letters::Letter) -> bool| {
            letters().filter(|letter| is(letter)).count() as u64
        };
        Report {
            servers: self.options.servers,
            links: self.links.len(),
            diameter: diameter(self.options.servers, &self.links),
            simulated: self.net.now.since(Time::ZERO),
            accepted: count(|letter| letter.kept.is_some()),
            delivered: count(|letter| letter.shown > 0),
            returned: count(|letter| letter.shown == 0 && !letter.outcomes.is_empty()),
            contradicted: count(super::letters::Letter::is_contradicted),
            twice_after_a_move: self.checkers.twice_after_a_move,
            datagrams: self.net.datagrams,
            bytes: self.net.bytes,
            sessions: sum(|site| site.sessions),
            crashes: sum(|site| site.crashes),
            refused_items: sum(|site| site.refused_items),
            figures: self.figures,
            trace: self.net.trace.hash(),
        }
    }

    fn plan_often(&mut self, per_hour: f64, trouble: Trouble) {
        if per_hour > 0.0 && !self.calm {
            let wait = self.net.some_time(HOUR.div_f64(per_hour));
            self.net.plan(wait, Event::Trouble(trouble));
        }
    }
}
