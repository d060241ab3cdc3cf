//! Every checker of trunks catches the bug that is planted for it.

#![allow(clippy::print_stdout, reason = "by which seed a bug is caught")]

use postrider_sim::Disk;
use postrider_sim::trunks::{Bug, Options, Promise};
use std::time::Duration;

/// A world in which much happens, and one promise is checked.
fn options(bug: Bug, promise: Promise, seed: u64) -> Options {
    let mut options = Options {
        servers: 3,
        people: 8,
        minutes: 5,
        pace: Duration::from_secs(2),
        crashes: 60.0,
        disk: if seed.is_multiple_of(2) { Disk::Store } else { Disk::Memory },
        checks: Some(promise),
        bug: Some(bug),
        ..Options::default()
    };
    match bug {
        Bug::IgnoresLimits => options.limits.mailbox = 2,
        Bug::BelievesForgers | Bug::BelievesHomes => options.rogue = 60.0,
        Bug::ClockRunsFast => {
            (options.lifetime, options.hopeless) = (Duration::from_secs(1_800), 0.3);
        }
        Bug::ForgetsTheOrder => options.weather.loss = 0.3,
        _ => {}
    }
    options
}

/// Worlds that a bug may survive.
const SEEDS: u64 = 6;

#[test]
fn every_planted_bug_is_caught_by_its_checker() {
    let mut missed = Vec::new();
    for (bug, promise) in Bug::ALL {
        println!("{bug:?}");
        let caught = (0..SEEDS).find(|seed| {
            let outcome = options(bug, promise, *seed).run(*seed);
            outcome.is_err_and(|violation| violation.promise == promise)
        });
        match caught {
            Some(seed) => println!("{bug:?} is caught by {promise:?} at seed {seed}"),
            None => missed.push(bug),
        }
    }
    assert!(missed.is_empty(), "not caught: {missed:?}");
}

#[test]
fn the_same_worlds_without_a_bug_are_sound() {
    for (bug, promise) in Bug::ALL {
        let options = Options { bug: None, checks: None, ..options(bug, promise, 1) };
        options.run(1).unwrap_or_else(|violation| panic!("{violation}"));
    }
}
