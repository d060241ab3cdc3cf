//! Every checker catches the bug that is planted for it.

use postrider_sim::{Bug, Disk, Options, Promise, run};
use std::time::Duration;

/// A world in which much happens, and one promise is checked.
fn options(bug: Bug, promise: Promise, seed: u64) -> Options {
    let mut options = Options {
        bug: Some(bug),
        checks: Some(promise),
        minutes: 5,
        people: 12,
        pace: Duration::from_secs(1),
        crashes: 20.0,
        moving: 0.1,
        leaving: 0.1,
        rogue: 20.0,
        disk: if seed.is_multiple_of(2) { Disk::Store } else { Disk::Memory },
        ..Options::default()
    };
    options.weather.loss = 0.1;
    match bug {
        Bug::DropsNothing => options.limits.log_slack_bytes = 2_000,
        Bug::IgnoresLimits => options.limits.waiting = 20,
        Bug::HandsOverInAdvance => options.be_gentle(),
        _ => {}
    }
    options
}

#[test]
fn every_planted_bug_is_caught_by_its_checker() {
    let mut missed = Vec::new();
    for (bug, promise) in Bug::ALL {
        let caught = (0..20).find(|seed| {
            let outcome = run(*seed, &options(bug, promise, *seed));
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
        run(1, &options).unwrap_or_else(|violation| panic!("{violation}"));
    }
}
