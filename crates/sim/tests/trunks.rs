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
fn two_hundred_and_fifty_worlds_keep_every_promise() {
    let reports = run_all(0..250);
    let accepted: u64 = reports.iter().map(|report| report.accepted).sum();
    let crashes: u64 = reports.iter().map(|report| report.crashes).sum();
    assert!(accepted > 10_000, "the worlds are too quiet: {accepted} texts");
    assert!(crashes > 300, "the worlds are too safe: {crashes} crashes");
}

/// What is known to go wrong: a server that holds as many messages as it may takes none into
/// custody, and two neighbours of which each is full of what the other is to have wait for
/// each other. Nor does it end by age, since what a trunk was handed does not expire while
/// the trunk is up. Four of eighty worlds whose servers
/// may hold 10 to 60 messages, and whose people write every two seconds, come to that.
#[test]
#[ignore = "full servers wait for each other; see above"]
fn servers_that_are_full_of_each_others_messages_go_on() {
    let outcome = run(388, &Given::default());
    outcome.unwrap_or_else(|violation| panic!("{violation}"));
}

#[test]
fn a_seed_run_twice_gives_the_same_trace() {
    let (first, second) = (run_all(2_000..2_010), run_all(2_000..2_010));
    assert_eq!(first, second);
    assert_ne!(first[0].trace, first[1].trace);
}
