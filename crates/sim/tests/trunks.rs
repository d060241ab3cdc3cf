//! Worlds of native trunks, each another one; the same seed is the same world.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "figures, and a helper may fail")]

use postrider_engine::limits::Limits;
use postrider_sim::trunks::{Given, Options, Report, Shape, run};
use std::time::Duration;

/// Runs seeds on two threads.
fn run_all(seeds: std::ops::Range<u64>) -> Vec<Report> {
    std::thread::scope(|scope| {
        let half = |odd: u64| {
            let seeds = seeds.clone();
            scope.spawn(move || {
                let mine = seeds.filter(|seed| seed % 2 == odd);
                let run = |seed| run(seed, &Given::default()).unwrap_or_else(|v| panic!("{v}"));
                mine.map(run).collect::<Vec<Report>>()
            })
        };
        let threads = [half(0), half(1)];
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}

#[test]
fn two_thousand_worlds_keep_every_promise() {
    let reports = run_all(0..2_000);
    let accepted: u64 = reports.iter().map(|report| report.accepted).sum();
    let crashes: u64 = reports.iter().map(|report| report.crashes).sum();
    assert!(accepted > 100_000, "the worlds are too quiet: {accepted} texts");
    assert!(crashes > 3_000, "the worlds are too safe: {crashes} crashes");
}

/// Two neighbours, each full of what the other is to have, waited for each other in these.
#[test]
fn servers_that_are_full_of_each_others_messages_go_on() {
    for seed in [388, 652] {
        run(seed, &Given::default()).unwrap_or_else(|violation| panic!("{violation}"));
    }
}

/// Rings whose servers have room for a few messages, and people who write more than that.
#[test]
fn rings_of_full_servers_keep_every_promise() {
    for seed in 0..24 {
        let servers = 3 + seed as usize % 10;
        let waiting = 4 + seed as usize % 7;
        let options = Options {
            servers,
            shape: Shape::Ring,
            people: 2 * servers as u32,
            minutes: 1,
            pace: Duration::from_millis(300),
            crashes: if seed % 2 == 0 { 0.0 } else { 60.0 },
            limits: Limits { waiting, reserve: 1, ..Limits::default() },
            ..Options::default()
        };
        options.run(seed).unwrap_or_else(|violation| panic!("{violation}"));
    }
}

#[test]
fn a_seed_run_twice_gives_the_same_trace() {
    let (first, second) = (run_all(2_000..2_010), run_all(2_000..2_010));
    assert_eq!(first, second);
    assert_ne!(first[0].trace, first[1].trace);
}
