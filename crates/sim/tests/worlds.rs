//! A thousand worlds, each another one; the same seed is the same world.

#![allow(clippy::unwrap_used)]

use postrider_sim::{Options, Report, Weather, run};
use std::time::Duration;

/// Runs seeds on two threads.
fn run_all(seeds: std::ops::Range<u64>, options: impl Fn(u64) -> Options + Sync) -> Vec<Report> {
    std::thread::scope(|scope| {
        let half = |odd: u64| {
            let (seeds, options) = (seeds.clone(), &options);
            scope.spawn(move || {
                let mine = seeds.filter(|seed| seed % 2 == odd);
                mine.map(|seed| run(seed, &options(seed)).unwrap_or_else(|v| panic!("{v}")))
                    .collect::<Vec<Report>>()
            })
        };
        let threads = [half(0), half(1)];
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}

#[test]
fn a_thousand_worlds_keep_every_promise() {
    let reports = run_all(0..1_000, Options::from_seed);
    let accepted: u64 = reports.iter().map(|report| report.accepted).sum();
    let crashes: u64 = reports.iter().map(|report| report.crashes).sum();
    assert!(accepted > 20_000, "the worlds are too quiet: {accepted} texts");
    assert!(crashes > 1_000, "the worlds are too safe: {crashes} crashes");
}

#[test]
fn a_seed_run_twice_gives_the_same_trace() {
    let seeds = 2_000..2_040;
    let first = run_all(seeds.clone(), Options::from_seed);
    let second = run_all(seeds, Options::from_seed);
    assert_eq!(first, second);
}

#[test]
fn two_seeds_give_two_traces() {
    let options = Options { minutes: 1, ..Options::default() };
    assert_ne!(run(1, &options).unwrap().trace, run(2, &options).unwrap().trace);
}

#[test]
fn in_a_gentle_world_nothing_has_to_be_excused() {
    let mut options = Options { pace: Duration::from_secs(2), ..Options::default() };
    options.be_gentle();
    for report in run_all(0..20, |_| options.clone()) {
        assert_eq!(report.excused, Default::default());
        assert!(report.accepted > 500, "{report:?}");
        assert_eq!(report.delivered, report.accepted, "{report:?}");
    }
}

#[test]
fn servers_whose_disks_are_full_refuse_and_lose_nothing() {
    let weather = Weather { loss: 0.05, ..Options::default().weather };
    let pace = Duration::from_secs(2);
    let options = Options { disk_full: 60.0, pace, weather, ..Options::default() };
    let reports = run_all(0..20, |_| options.clone());
    assert!(reports.iter().all(|report| report.accepted > 100));
}
