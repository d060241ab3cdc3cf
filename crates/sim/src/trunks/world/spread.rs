//! How the directory spreads where nothing goes wrong but what is asked for: a number
//! moves, the network falls into two and heals, and nothing happens.

use super::World;
use crate::options::Disk;
use crate::trunks::options::{Options, Weather};
use crate::trunks::report::{Broken, Promise};
use crate::trunks::shape::{Pair, Shape, diameter, distances};
use std::collections::BTreeSet;
use std::ops::Range;
use std::time::Duration;

/// People who come in a second, at first.
const PER_SECOND: u32 = 2_000;
/// How finely the time until all agree is looked at.
const STEP: Duration = Duration::from_millis(1);
/// How long a cut lasts: every link has noticed, and told it.
const CUT: Duration = Duration::from_secs(300);
/// How long anything may take at the most.
const PATIENCE: Duration = Duration::from_secs(3_600);
/// Of links between servers: how long a datagram takes at least, and at most.
const DELAYS: [Duration; 2] = [Duration::from_millis(20), Duration::from_millis(30)];

/// Servers in a random graph that agree on everything.
pub struct Spread {
    world: World,
}

/// What it took until all servers agreed on something new.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct News {
    /// From when it was said at its first server, or from when links that are up joined all
    /// servers again, until the last server knew it.
    pub time: Duration,
    /// That time, in round trips over as many links as the diameter of the graph of the
    /// links that were up then.
    pub diameters: f64,
    /// Rows that were handed to links.
    pub rows: u64,
    /// Bytes of these, and of the summaries.
    pub row_bytes: u64,
    /// Datagrams on all links meanwhile, of any kind.
    pub datagrams: u64,
    /// Bytes of them.
    pub bytes: u64,
}

impl Spread {
    /// So many servers, joined at random, that are at peace with so many numbers. Costs
    /// memory and time for each number at each server.
    pub fn new(seed: u64, servers: usize, numbers: u32) -> Result<Spread, String> {
        let options = options(servers, numbers);
        let mut spread = Spread { world: World::new(seed, &options) };
        spread.settle_down().map_err(said)?;
        Ok(spread)
    }

    fn settle_down(&mut self) -> Result<(), Broken> {
        let world = &mut self.world;
        world.calm = true;
        for site in &mut world.sites {
            site.start(&mut world.net, &mut world.verifier, &mut world.checkers)?;
        }
        for person in 0..world.options.people {
            world.people.attach(person, &mut world.net);
            if person % PER_SECOND == PER_SECOND - 1 {
                world.pass(Duration::from_secs(1))?;
            }
        }
        world.converge()?;
        // Ways have been computed, and what was handed over is in custody.
        world.pass(Duration::from_secs(60))
    }

    /// Links of the graph.
    pub fn links(&self) -> usize {
        self.world.links.len()
    }

    /// The most links between two servers.
    pub fn diameter(&self) -> usize {
        diameter(self.world.options.servers, &self.world.links)
    }

    /// A number moves to another server, and all hear of it.
    pub fn change_home(&mut self, person: u32) -> Result<News, String> {
        let before = self.so_far();
        self.move_person(person);
        self.agree(before, person..person + 1).map_err(said)
    }

    /// The network falls into two; so many numbers move within it, and after some minutes it
    /// is whole again.
    pub fn part_and_heal(&mut self, changes: u32) -> Result<News, String> {
        let pairs = self.across();
        pairs.iter().for_each(|pair| self.world.net.cut(*pair));
        self.world.pass(CUT).map_err(said)?;
        (0..changes).for_each(|person| self.move_person(person));
        self.world.pass(CUT).map_err(said)?;
        pairs.iter().for_each(|pair| self.world.net.heal(*pair));
        let before = self.so_far();
        self.agree(before, 0..changes).map_err(said)
    }

    /// Nothing happens for so long: datagrams for each link in 15 seconds, and rows handed
    /// over.
    pub fn be_quiet(&mut self, time: Duration) -> Result<(f64, u64), String> {
        let before = self.so_far();
        self.world.pass(time).map_err(said)?;
        let after = self.so_far();
        let times = time.as_secs_f64() / 15.0;
        let each = (after.datagrams - before.datagrams) as f64 / self.links() as f64 / times;
        Ok((each, after.rows - before.rows))
    }

    fn move_person(&mut self, index: u32) {
        let world = &mut self.world;
        let servers = world.options.servers;
        if let Some(person) = world.people.all.get_mut(index as usize) {
            person.site = (person.site + 1 + world.net.dice.usize(..servers - 1)) % servers;
            person.has_moved = true;
        }
        world.people.attach(index, &mut world.net);
    }

    /// The links between two halves, each way.
    fn across(&self) -> Vec<Pair> {
        let half = |server: usize| server < self.world.options.servers / 2;
        let across = self.world.links.iter().filter(|(a, b)| half(*a) != half(*b));
        across.flat_map(|(a, b)| [(*a, *b), (*b, *a)]).collect()
    }

    fn so_far(&self) -> News {
        let (rows, row_bytes) = self.world.handed();
        let (datagrams, bytes) = (self.world.net.datagrams, self.world.net.bytes);
        News { rows, row_bytes, datagrams, bytes, ..News::default() }
    }

    /// Whether all servers know where these people are; the last to move are looked at first.
    fn know(&self, people: Range<u32>) -> bool {
        let world = &self.world;
        let people = people.rev().filter_map(|index| world.people.all.get(index as usize));
        let mut pairs =
            people.flat_map(|person| world.sites.iter().map(move |site| (person, site)));
        pairs.all(|(person, site)| {
            let seat = (person.number, Some(person.site));
            let engine = site.engine();
            engine.is_some_and(|engine| world.checkers.agrees(site.me, engine, seat).is_ok())
        })
    }

    /// Waits until the links that are up join all servers, and then until all know where
    /// these people are.
    fn agree(&mut self, before: News, who: Range<u32>) -> Result<News, Broken> {
        let servers = self.world.options.servers;
        self.wait(|spread| is_joined(servers, &spread.up()))?;
        let (from, across) = (self.world.net.now, diameter(servers, &self.up()));
        self.wait(|spread| spread.know(who.clone()))?;
        let time = self.world.net.now.since(from);
        // The other links come up, and what is under way arrives.
        self.wait(|spread| spread.world.links_are_up())?;
        self.world.pass(Duration::from_secs(10))?;
        Ok(self.since(before, time, across))
    }

    fn wait(&mut self, is_so: impl Fn(&Spread) -> bool) -> Result<(), Broken> {
        let end = self.world.net.now + PATIENCE;
        while !is_so(self) {
            if self.world.net.now > end {
                return Promise::Converge.broken("the servers do not agree");
            }
            self.world.pass(STEP)?;
        }
        Ok(())
    }

    /// The links that are up at both ends.
    fn up(&self) -> BTreeSet<Pair> {
        let sites = &self.world.sites;
        let is_up = |(a, b): &&Pair| sites[*a].is_up(*b) && sites[*b].is_up(*a);
        self.world.links.iter().filter(is_up).copied().collect()
    }

    fn since(&self, before: News, time: Duration, across: usize) -> News {
        let after = self.so_far();
        let round_trip = 2 * DELAYS[1] * across as u32;
        News {
            time,
            diameters: time.as_secs_f64() / round_trip.as_secs_f64(),
            rows: after.rows - before.rows,
            row_bytes: after.row_bytes - before.row_bytes,
            datagrams: after.datagrams - before.datagrams,
            bytes: after.bytes - before.bytes,
        }
    }
}

fn is_joined(servers: usize, links: &BTreeSet<Pair>) -> bool {
    links.len() + 1 >= servers && !distances(servers, links, 0).contains(&usize::MAX)
}

fn options(servers: usize, numbers: u32) -> Options {
    let [delay_min, delay_max] = DELAYS;
    let weather = Weather { delay_min, delay_max, ..Options::default().weather }.calm();
    Options {
        servers,
        shape: Shape::Random,
        people: numbers,
        minutes: 0,
        weather,
        cuts: 0.0,
        partitions: 0.0,
        flaps: 0.0,
        address_changes: 0.0,
        crashes: 0.0,
        disk_full: 0.0,
        disk: Disk::Memory,
        ..Options::default()
    }
}

fn said(broken: Broken) -> String {
    broken.what
}
