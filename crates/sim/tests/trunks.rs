//! Worlds of native trunks, each another one; the same seed is the same world.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "figures, and a helper may fail")]

use postrider_sim::trunks::{Given, Report, run};

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
fn three_hundred_worlds_keep_every_promise() {
    let reports = run_all(0..300);
    let accepted: u64 = reports.iter().map(|report| report.accepted).sum();
    let crashes: u64 = reports.iter().map(|report| report.crashes).sum();
    assert!(accepted > 10_000, "the worlds are too quiet: {accepted} texts");
    assert!(crashes > 300, "the worlds are too safe: {crashes} crashes");
}

#[test]
fn a_seed_run_twice_gives_the_same_trace() {
    let (first, second) = (run_all(2_000..2_010), run_all(2_000..2_010));
    assert_eq!(first, second);
    assert_ne!(first[0].trace, first[1].trace);
}
