//! Worlds of real clients on real servers, each another one; the same seed is the same world.

#![allow(clippy::unwrap_used, reason = "a helper may fail")]

use postrider_sim::devices::{Given, Report, run};

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
fn a_hundred_and_fifty_worlds_keep_every_promise() {
    let reports = run_all(0..150);
    let sum = |of: fn(&Report) -> u64| reports.iter().map(of).sum::<u64>();
    let (delivered, losses) = (sum(|world| world.delivered), sum(|world| world.power_losses));
    assert!(delivered > 5_000, "the worlds are too quiet: {delivered} texts");
    assert!(losses > 200, "the worlds are too safe: power failed {losses} times");
    assert!(sum(|world| world.reinstalls) > 5 && sum(|world| world.crashes) > 50);
}

#[test]
fn a_seed_run_twice_gives_the_same_trace() {
    let (first, second) = (run_all(1_000..1_006), run_all(1_000..1_006));
    assert_eq!(first, second);
    assert_ne!(first[0].trace, first[1].trace);
}
