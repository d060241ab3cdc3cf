//! Worlds of classic servers in a line, and what is said of them.

use super::Args;
use crate::log::say;
use anyhow::bail;
use postrider_sim::{Excused, Options, Report, Violation, run as simulate};
use serde_json::json;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// What all worlds came to.
#[derive(Default)]
struct Total {
    worlds: u64,
    broken: u64,
    accepted: u64,
    delivered: u64,
    datagrams: u64,
    crashes: u64,
    excused: u64,
    simulated: Duration,
    busy: Duration,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    if args.shape.is_some() || args.world.servers.is_some_and(|servers| servers > 12) {
        bail!("classic servers are in a line of 1 to 12; --network native has other shapes");
    }
    let started = Instant::now();
    let mut total = Total::default();
    for seed in args.seed..args.seed.saturating_add(args.count) {
        let options = if args.vary { Options::from_seed(seed) } else { args.world.options() };
        let began = Instant::now();
        match simulate(seed, &options) {
            Ok(report) => {
                total.add(&report);
                let took = began.elapsed();
                if args.json {
                    say(world_json(seed, &options, &report, took));
                } else {
                    say(world_line(seed, &options, &report, took));
                }
            }
            Err(violation) => {
                total.broken += 1;
                say(if args.json { violation_json(&violation) } else { violation.to_string() });
            }
        }
    }
    let took = started.elapsed();
    say(if args.json { total.json(took).to_string() } else { total.text(took) });
    Ok(if total.broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// How much faster than the simulated time, and than that part of it in which people
/// do things: most of the rest is a quiet hour.
fn ratio(simulated: Duration, took: Duration) -> f64 {
    simulated.as_secs_f64() / took.as_secs_f64().max(1e-9)
}

fn sum(excused: &Excused) -> u64 {
    let Excused {
        late_repeats,
        shown_from_two_copies,
        shown_from_one_copy,
        lost_to_an_old_ack,
        lost_unacknowledged,
        tossed,
        order_after_a_move,
    } = *excused;
    late_repeats
        + shown_from_two_copies
        + shown_from_one_copy
        + lost_to_an_old_ack
        + lost_unacknowledged
        + tossed
        + order_after_a_move
}

fn world_line(seed: u64, options: &Options, report: &Report, took: Duration) -> String {
    format!(
        "seed {seed}: {} servers, {} people: {} texts accepted, {} delivered, {} wait, \
         {} crashes, {} moves, {} datagrams, {} excused; {:.0} min in {:.3} s, trace {:016x}",
        options.servers,
        options.people,
        report.accepted,
        report.delivered,
        report.waiting,
        report.crashes,
        report.moves,
        report.datagrams,
        sum(&report.excused),
        report.simulated.as_secs_f64() / 60.0,
        took.as_secs_f64(),
        report.trace
    )
}

fn world_json(seed: u64, options: &Options, report: &Report, took: Duration) -> String {
    json!({
        "seed": seed,
        "options": options.to_string(),
        "accepted": report.accepted,
        "delivered": report.delivered,
        "waiting": report.waiting,
        "crashes": report.crashes,
        "moves": report.moves,
        "datagrams": report.datagrams,
        "commits": report.commits,
        "excused": sum(&report.excused),
        "simulated_s": report.simulated.as_secs_f64(),
        "busy_s": report.busy.as_secs_f64(),
        "took_s": took.as_secs_f64(),
        "trace": format!("{:016x}", report.trace),
    })
    .to_string()
}

fn violation_json(violation: &Violation) -> String {
    json!({
        "seed": violation.seed,
        "options": violation.options.to_string(),
        "promise": format!("{:?}", violation.promise),
        "what": violation.what,
        "at_s": violation.at.as_micros() as f64 / 1e6,
    })
    .to_string()
}

impl Total {
    fn add(&mut self, report: &Report) {
        self.worlds += 1;
        self.accepted += report.accepted;
        self.delivered += report.delivered;
        self.datagrams += report.datagrams;
        self.crashes += report.crashes;
        self.excused += sum(&report.excused);
        self.simulated += report.simulated;
        self.busy += report.busy;
    }

    fn text(&self, took: Duration) -> String {
        format!(
            "{} worlds kept every promise, {} did not. {} texts accepted, {} delivered, {} crashes, \
             {} datagrams; {} times something that classic cannot prevent.\n\
             {:.1} simulated hours in {:.1} s: {:.0} times faster, {:.0} times in the busy part.",
            self.worlds,
            self.broken,
            self.accepted,
            self.delivered,
            self.crashes,
            self.datagrams,
            self.excused,
            self.simulated.as_secs_f64() / 3600.0,
            took.as_secs_f64(),
            ratio(self.simulated, took),
            ratio(self.busy, took),
        )
    }

    fn json(&self, took: Duration) -> serde_json::Value {
        json!({
            "worlds": self.worlds,
            "broken": self.broken,
            "accepted": self.accepted,
            "delivered": self.delivered,
            "crashes": self.crashes,
            "datagrams": self.datagrams,
            "excused": self.excused,
            "simulated_s": self.simulated.as_secs_f64(),
            "took_s": took.as_secs_f64(),
            "ratio": ratio(self.simulated, took),
            "ratio_busy": ratio(self.busy, took),
        })
    }
}
