//! Worlds of native clients on native servers.

use crate::log::say;
use postrider_sim::devices::{Given, Report, Violation, run as simulate};
use serde_json::json;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// What all worlds came to.
#[derive(Default)]
struct Total {
    worlds: u64,
    broken: u64,
    written: u64,
    delivered: u64,
    returned: u64,
    power_losses: u64,
    reinstalls: u64,
    crashes: u64,
    datagrams: u64,
    simulated: Duration,
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
        "seed {seed}: {} servers, {} devices: {} texts written, {} delivered, {} returned, \
         power failed {} times, {} installed anew, {} crashes, {} datagrams; {:.0} min in {:.3} s, \
         trace {:016x}",
        report.servers,
        report.devices,
        report.written,
        report.delivered,
        report.returned,
        report.power_losses,
        report.reinstalls,
        report.crashes,
        report.datagrams,
        report.simulated.as_secs_f64() / 60.0,
        took.as_secs_f64(),
        report.trace
    )
}

fn json_of(seed: u64, report: &Report) -> String {
    json!({
        "seed": seed,
        "servers": report.servers,
        "devices": report.devices,
        "written": report.written,
        "delivered": report.delivered,
        "returned": report.returned,
        "received": report.received,
        "power_losses": report.power_losses,
        "reinstalls": report.reinstalls,
        "crashes": report.crashes,
        "datagrams": report.datagrams,
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

impl Total {
    fn add(&mut self, report: &Report) {
        self.worlds += 1;
        self.written += report.written;
        self.delivered += report.delivered;
        self.returned += report.returned;
        self.power_losses += report.power_losses;
        self.reinstalls += report.reinstalls;
        self.crashes += report.crashes;
        self.datagrams += report.datagrams;
        self.simulated += report.simulated;
    }

    fn text(&self, took: Duration) -> String {
        format!(
            "{} worlds kept every promise, {} did not. {} texts written, {} delivered, {} returned; \
             power failed {} times, {} devices were installed anew, {} crashes, {} datagrams.\n\
             {:.1} simulated hours in {:.1} s.",
            self.worlds,
            self.broken,
            self.written,
            self.delivered,
            self.returned,
            self.power_losses,
            self.reinstalls,
            self.crashes,
            self.datagrams,
            self.simulated.as_secs_f64() / 3600.0,
            took.as_secs_f64(),
        )
    }

    fn json(&self, took: Duration) -> String {
        json!({
            "worlds": self.worlds,
            "broken": self.broken,
            "written": self.written,
            "delivered": self.delivered,
            "returned": self.returned,
            "power_losses": self.power_losses,
            "reinstalls": self.reinstalls,
            "crashes": self.crashes,
            "datagrams": self.datagrams,
            "simulated_s": self.simulated.as_secs_f64(),
            "took_s": took.as_secs_f64(),
        })
        .to_string()
    }
}
