//! Worlds of native trunks, each another one; the same seed is the same world.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "figures, and a helper may fail")]

use postrider_engine::limits::Limits;
use postrider_sim::trunks::{Frame, Given, Options, Report, Shape, film, run};
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

/// What is filmed is the world as it is, unchanged.
#[test]
fn a_film_shows_what_happened_and_changes_nothing() {
    let given = Given::default();
    let mut seen = Seen::default();
    for seed in 0..6 {
        let film = film(seed, &given, Duration::from_secs(1));
        let report = run(seed, &given).unwrap_or_else(|violation| panic!("{violation}"));
        assert_eq!(film.outcome.as_ref().unwrap(), &report);
        assert_eq!((film.servers.len(), film.links.len()), (report.servers, report.links));
        assert!(film.frames.is_sorted_by_key(|frame| frame.at));
        seen.add(&film.frames);
    }
    assert!(seen.down > 0 && seen.cut > 0 && seen.waiting > 0 && seen.moved > 0, "{seen:?}");
}

#[derive(Debug, Default)]
struct Seen {
    down: u64,
    cut: u64,
    waiting: u64,
    moved: u64,
}

impl Seen {
    fn add(&mut self, frames: &[Frame]) {
        for frame in frames {
            self.down += frame.servers.iter().filter(|server| !server.is_up).count() as u64;
            self.waiting += frame.servers.iter().map(|server| server.waiting as u64).sum::<u64>();
            self.cut += frame.links.iter().filter(|link| link.cut != [false; 2]).count() as u64;
            self.moved += frame.links.iter().map(|link| link.items[0] + link.items[1]).sum::<u64>();
        }
        let last = frames.last().unwrap();
        assert!(last.is_calm && last.links.iter().all(|link| link.up == [true; 2]), "{last:?}");
    }
}
