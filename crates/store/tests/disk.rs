//! Power cuts: a real server's life is recorded, write by write and flush by flush,
//! and cut off after each of them. Whatever the disk did with what had not been
//! flushed, a server that starts on the rest must know all that was promised by then,
//! and nothing that was never asked.
//!
//! Eight lives are recorded; POSTRIDER_DISK_SEED is the first one's seed.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on is to fail loudly")]

#[path = "disk/people.rs"]
mod people;
#[path = "disk/site.rs"]
mod site;
#[path = "disk/survey.rs"]
mod survey;
#[path = "disk/tape.rs"]
mod tape;
#[path = "disk/world.rs"]
mod world;

use fastrand::Rng;
use people::{Moment, People};
use postrider_engine::Time;
use site::Site;
use std::thread;
use survey::Promised;
use tape::{Cut, Disk, Event, Fate, Image, cut_everywhere};

const STEPS: usize = 40;
const LIVES: u64 = 8;

/// Of the images on which the power is cut once more, while the server starts.
const CUT_AGAIN: f64 = 0.1;

/// A recorded life.
struct Recording {
    seed: u64,
    events: Vec<Event>,
    history: Vec<Moment>,
}

/// What came of all the power cuts.
#[derive(Debug, Default)]
struct Tally {
    points: usize,
    images: usize,
    /// Cut while the folder was being made: there was nothing to lose.
    unmade: usize,
    /// Of these, a server starts on the others.
    refused: usize,
    violations: Vec<String>,
}

fn seeds() -> std::ops::Range<u64> {
    let first = std::env::var("POSTRIDER_DISK_SEED").map_or(1, |seed| seed.parse().unwrap());
    first..first + LIVES
}

impl Recording {
    fn new(seed: u64) -> Recording {
        let (disk, history) = People::new(seed).live(STEPS);
        Recording { seed, events: disk.events(), history }
    }

    /// Cuts the power after every event, or every so many.
    fn cut(&self, honest: impl Fn(usize) -> bool + Sync, every: usize) -> Tally {
        let workers = thread::available_parallelism().map_or(1, usize::from);
        let work = |worker| {
            let mut tally = Tally::default();
            cut_everywhere(Image::new(), &self.events, &honest, |at, cut| {
                if at % every == 0 && at / every % workers == worker {
                    self.examine(at, &cut, &mut tally);
                }
            });
            tally
        };
        thread::scope(|scope| {
            let all: Vec<_> =
                (0..workers).map(|worker| scope.spawn(move || work(worker))).collect();
            all.into_iter().map(|one| one.join().unwrap()).fold(Tally::default(), Tally::plus)
        })
    }

    fn examine(&self, at: usize, cut: &Cut<'_>, tally: &mut Tally) {
        let mut dice = Rng::with_seed(self.seed ^ (at as u64) << 32);
        tally.points += 1;
        for fate in Fate::ALL {
            let image = cut.image(fate, &mut dice);
            if let Err(what) = self.survey(at, image, &mut dice, tally) {
                tally.violations.push(format!("after event {at}, {fate:?} unflushed: {what}"));
            }
        }
    }

    fn survey(
        &self,
        at: usize,
        image: Image,
        dice: &mut Rng,
        tally: &mut Tally,
    ) -> Result<(), String> {
        tally.images += 1;
        let Some(promised) = self.promised(at) else {
            tally.unmade += 1;
            tally.refused += usize::from(Site::open(Disk::of(image), Time::ZERO).is_err());
            return Ok(());
        };
        let disk = Disk::of(image.clone());
        promised.survey(&disk)?;
        if dice.f64() >= CUT_AGAIN {
            return Ok(());
        }
        tally.images += 1;
        promised.survey(&Disk::of(cut_while_it_starts(image, dice)?))
    }

    /// What had been promised by this event; nothing while the folder was being made.
    fn promised(&self, at: usize) -> Option<Promised<'_>> {
        let answered = self.history.partition_point(|moment| moment.answered <= at);
        let before = &self.history[answered.checked_sub(1)?].world;
        let after = self.history.get(answered).filter(|moment| moment.began < at);
        Some(Promised { before, after: after.map(|moment| &moment.world) })
    }
}

impl Tally {
    fn plus(mut self, other: Tally) -> Tally {
        self.points += other.points;
        self.images += other.images;
        self.unmade += other.unmade;
        self.refused += other.refused;
        self.violations.extend(other.violations);
        self
    }
}

/// The power fails again, somewhere in what the server does to the disk as it starts.
fn cut_while_it_starts(image: Image, dice: &mut Rng) -> Result<Image, String> {
    let disk = Disk::of(image.clone());
    let site = Site::open(disk.clone(), Time::ZERO)?;
    let events = disk.events();
    drop(site);
    let (here, mut again) = (dice.usize(..=events.len()), Image::new());
    cut_everywhere(
        image,
        &events,
        |_| true,
        |at, cut| {
            if at == here {
                again = cut.image(Fate::SomeSectors, dice);
            }
        },
    );
    Ok(again)
}

#[test]
fn whatever_was_promised_survives_a_power_cut_at_any_write() {
    for seed in seeds() {
        println!("POSTRIDER_DISK_SEED={seed}");
        let tally = Recording::new(seed).cut(|_| true, 1);
        println!("{} points, {} images", tally.points, tally.images);
        println!("{} cut while the folder was made, {} refused", tally.unmade, tally.refused);
        assert_eq!(tally.violations, Vec::<String>::new(), "POSTRIDER_DISK_SEED={seed}");
        assert_eq!(tally.refused, 0, "an interrupted first start is begun again");
    }
}

#[test]
fn a_disk_that_lies_about_flushes_is_found_out() {
    for seed in seeds() {
        println!("POSTRIDER_DISK_SEED={seed}");
        let honest = |at: usize| !at.is_multiple_of(3);
        let tally = Recording::new(seed).cut(honest, 7);
        println!("{} of {} images show it", tally.violations.len(), tally.images);
        assert!(!tally.violations.is_empty(), "POSTRIDER_DISK_SEED={seed}");
    }
}
