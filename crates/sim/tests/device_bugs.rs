//! Every checker of devices catches the bug that is planted for it.

#![allow(clippy::print_stdout, reason = "by which seed a bug is caught")]

use postrider_sim::devices::{Bug, Options, Promise};
use std::time::Duration;

/// A world in which much happens, and one promise is checked.
fn options(bug: Bug, promise: Promise) -> Options {
    let mut options = Options {
        pace: Duration::from_secs(4),
        power_losses: 120.0,
        checks: Some(promise),
        bug: Some(bug),
        ..Options::default()
    };
    options.servers.crashes = 20.0;
    match bug {
        Bug::ForgetsItsStart => (options.clocks_set, options.cuts) = (600.0, 300.0),
        Bug::ServersFlushLies => options.servers.crashes = 120.0,
        // A number that moves may have its texts in another order, and one of two devices may
        // not hear what became of a text.
        Bug::HandsByPrecedence => (options.servers.servers, options.second_devices) = (1, 0),
        _ => options.second_devices = 0,
    }
    options
}

/// Worlds that a bug may survive.
const SEEDS: u64 = 6;

#[test]
fn every_planted_bug_is_caught_by_its_checker() {
    let mut missed = Vec::new();
    for (bug, promise) in Bug::ALL {
        let caught = (0..SEEDS).find(|seed| {
            let outcome = options(bug, promise).run(*seed);
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
        let options = Options { bug: None, checks: None, ..options(bug, promise) };
        options.run(1).unwrap_or_else(|violation| panic!("{bug:?}: {violation}"));
    }
}
