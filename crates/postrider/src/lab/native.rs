//! Worlds of native trunks, in any shape.

use crate::log::say;
use postrider_sim::trunks::{Figures, Given, Report, Violation, run as simulate};
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
    returned: u64,
    datagrams: u64,
    crashes: u64,
    sessions: u64,
    refused_items: u64,
    simulated: Duration,
    converged: Converged,
}

/// How servers came to agree, over the worlds in which they did not when the faults ended.
#[derive(Default)]
struct Converged {
    worlds: u64,
    time: Duration,
    longest: Duration,
    /// The time in round trips over the diameter, summed up.
    round_trips: f64,
    rows_missing: u64,
    rows_handed: u64,
    bytes_handed: u64,
}

/// Runs so many seeds from one on, each as it says but for what is given.
pub(super) fn run(seed: u64, count: u64, given: &Given, as_json: bool) -> ExitCode {
    let started = Instant::now();
    let mut total = Total::default();
    for seed in seed..seed.saturating_add(count) {
        let began = Instant::now();
        match simulate(seed, given) {
            Ok(report) => {
                total.add(&report);
                let took = began.elapsed();
                say(if as_json { json_of(seed, &report) } else { line(seed, &report, took) });
            }
            Err(violation) => {
                total.broken += 1;
                say(if as_json { violation_json(&violation) } else { violation.to_string() });
            }
        }
    }
    let took = started.elapsed();
    say(if as_json { total.json(took) } else { total.text(took) });
    if total.broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn line(seed: u64, report: &Report, took: Duration) -> String {
    format!(
        "seed {seed}: {} servers, {} links: {} texts accepted, {} delivered, {} returned, \
         {} crashes, {} sessions, {} datagrams; agreed {:?} after the last link, {} rows for {} \
         missing; {:.0} min in {:.3} s, trace {:016x}",
        report.servers,
        report.links,
        report.accepted,
        report.delivered,
        report.returned,
        report.crashes,
        report.sessions,
        report.datagrams,
        report.figures.convergence,
        report.figures.rows_handed,
        report.figures.rows_missing,
        report.simulated.as_secs_f64() / 60.0,
        took.as_secs_f64(),
        report.trace
    )
}

fn json_of(seed: u64, report: &Report) -> String {
    let Figures { convergence, diameter_round_trip, rows_missing, rows_handed, bytes_handed } =
        report.figures;
    json!({
        "seed": seed,
        "servers": report.servers,
        "links": report.links,
        "diameter": report.diameter,
        "accepted": report.accepted,
        "delivered": report.delivered,
        "returned": report.returned,
        "contradicted": report.contradicted,
        "twice_after_a_move": report.twice_after_a_move,
        "datagrams": report.datagrams,
        "bytes": report.bytes,
        "sessions": report.sessions,
        "crashes": report.crashes,
        "refused_items": report.refused_items,
        "convergence_s": convergence.as_secs_f64(),
        "diameter_round_trip_s": diameter_round_trip.as_secs_f64(),
        "rows_missing": rows_missing,
        "rows_handed": rows_handed,
        "bytes_handed": bytes_handed,
        "simulated_s": report.simulated.as_secs_f64(),
        "trace": format!("{:016x}", report.trace),
    })
    .to_string()
}

fn violation_json(violation: &Violation) -> String {
    json!({
        "seed": violation.seed,
        "given": violation.given.to_string(),
        "options": format!("{:?}", violation.options),
        "promise": format!("{:?}", violation.promise),
        "what": violation.what,
        "at_s": violation.at.as_micros() as f64 / 1e6,
    })
    .to_string()
}

impl Converged {
    fn add(&mut self, figures: &Figures) {
        if figures.convergence.is_zero() && figures.rows_missing == 0 {
            return;
        }
        self.worlds += 1;
        self.time += figures.convergence;
        self.longest = self.longest.max(figures.convergence);
        let round_trip = figures.diameter_round_trip.as_secs_f64().max(1e-6);
        self.round_trips += figures.convergence.as_secs_f64() / round_trip;
        self.rows_missing += figures.rows_missing;
        self.rows_handed += figures.rows_handed;
        self.bytes_handed += figures.bytes_handed;
    }

    fn text(&self) -> String {
        let worlds = self.worlds.max(1) as f64;
        format!(
            "{} worlds had not all heard of everything when the faults ended: they agreed {:.3} s \
             after the last link came up, at most {:.3} s, which is {:.2} round trips over the \
             diameter; {} rows were missing, {} handed over in {} bytes.",
            self.worlds,
            self.time.as_secs_f64() / worlds,
            self.longest.as_secs_f64(),
            self.round_trips / worlds,
            self.rows_missing,
            self.rows_handed,
            self.bytes_handed,
        )
    }
}

impl Total {
    fn add(&mut self, report: &Report) {
        self.worlds += 1;
        self.accepted += report.accepted;
        self.delivered += report.delivered;
        self.returned += report.returned;
        self.datagrams += report.datagrams;
        self.crashes += report.crashes;
        self.sessions += report.sessions;
        self.refused_items += report.refused_items;
        self.simulated += report.simulated;
        self.converged.add(&report.figures);
    }

    fn text(&self, took: Duration) -> String {
        format!(
            "{} worlds kept every promise, {} did not. {} texts accepted, {} delivered, {} \
             returned, {} crashes, {} sessions, {} datagrams, {} forged items refused.\n{}\n\
             {:.1} simulated hours in {:.1} s.",
            self.worlds,
            self.broken,
            self.accepted,
            self.delivered,
            self.returned,
            self.crashes,
            self.sessions,
            self.datagrams,
            self.refused_items,
            self.converged.text(),
            self.simulated.as_secs_f64() / 3600.0,
            took.as_secs_f64(),
        )
    }

    fn json(&self, took: Duration) -> String {
        json!({
            "worlds": self.worlds,
            "broken": self.broken,
            "accepted": self.accepted,
            "delivered": self.delivered,
            "returned": self.returned,
            "crashes": self.crashes,
            "sessions": self.sessions,
            "datagrams": self.datagrams,
            "refused_items": self.refused_items,
            "rows_missing": self.converged.rows_missing,
            "rows_handed": self.converged.rows_handed,
            "bytes_handed": self.converged.bytes_handed,
            "simulated_s": self.simulated.as_secs_f64(),
            "took_s": took.as_secs_f64(),
        })
        .to_string()
    }
}
