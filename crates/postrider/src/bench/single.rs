//! One server: rates, CPU and bytes, beside the limits of the machine.

use super::figures::Figures;
use super::latency;
use super::limits::{append_per_s, echo_per_s};
use super::load::{Gets, Load, RECIPIENTS, Requests, Sends};
use super::process::{Done, Process, Usage, free_line};
use std::time::Duration;

const OUTSTANDING: [usize; 3] = [1, 64, 1_024];

/// What a load has cost the server.
struct Cost {
    per_s: f64,
    user_us: f64,
    system_us: f64,
    batch: f64,
    written_bytes: f64,
    record_bytes: f64,
}

pub(super) fn measure(figures: &mut Figures, time: Duration) -> anyhow::Result<()> {
    figures.heading("One server: accepted sends, each on disk before its answer");
    for outstanding in OUTSTANDING {
        let cost = sends(outstanding, time)?;
        let name = |what: &str| match outstanding {
            1_024 => what.to_owned(),
            _ => format!("{what}_at_{outstanding}"),
        };
        limits(figures, &name, outstanding, &cost, time)?;
        if outstanding == 1_024 {
            figures.add("server_user_cpu_us_per_message", cost.user_us, "in the server itself");
            figures.add("server_system_cpu_us_per_message", cost.system_us, "in the kernel for it");
            figures.add("written_bytes_per_message", cost.written_bytes, "to the disk");
        }
    }
    figures.heading("One server: gets");
    gets(figures, time)?;
    figures.heading("One server: from send to get, nothing else going on");
    latency::measure(figures, "one", 1)
}

fn limits(
    figures: &mut Figures,
    name: &dyn Fn(&str) -> String,
    outstanding: usize,
    cost: &Cost,
    time: Duration,
) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let udp = echo_per_s(outstanding, time / 2)?;
    let disk = append_per_s(folder.path(), cost.record_bytes as usize, cost.batch, time / 2)?;
    let meaning = format!("{outstanding} outstanding");
    figures.add(&name("accepted_per_s"), cost.per_s, &meaning);
    figures.add(&name("limit_udp_per_s"), udp, "the same datagrams, echoed");
    figures.add(&name("limit_disk_per_s"), disk, "the same bytes, appended and flushed");
    figures.add(&name("messages_per_flush"), cost.batch, "");
    figures.add(&name("ratio_to_limit"), cost.per_s / udp.min(disk), "of the lesser limit");
    if outstanding == 1 {
        let sum_us = 1e6 / udp + 1e6 / disk;
        figures.add("one_flush_and_two_hops_us", sum_us, "");
        figures.add("accepted_at_1_us", 1e6 / cost.per_s, "");
        figures.add("ratio_at_1", 1e6 / cost.per_s / sum_us, "of one flush and two hops");
    }
    Ok(())
}

fn sends(outstanding: usize, time: Duration) -> anyhow::Result<Cost> {
    let folder = tempfile::tempdir()?;
    let server = Process::start(&free_line(1)?, 1, &folder.path().join("data"))?;
    let mut load = Load::open(server.address, Sends::default())?;
    load.run(outstanding, time / 8)?;
    let before = server.usage()?;
    let run = load.run(outstanding, time)?;
    let after = server.usage()?;
    let done = server.drain()?;
    Ok(cost(run.per_s(), run.answers(), before, after, done))
}

fn cost(per_s: f64, messages: u64, before: Usage, after: Usage, done: Done) -> Cost {
    let each = |total: f64| total / messages as f64;
    Cost {
        per_s,
        user_us: each((after.user - before.user).as_secs_f64() * 1e6),
        system_us: each((after.system - before.system).as_secs_f64() * 1e6),
        batch: done.accepted as f64 / done.commits as f64,
        written_bytes: each((after.written_bytes - before.written_bytes) as f64),
        record_bytes: done.log_bytes as f64 / done.accepted as f64,
    }
}

fn gets(figures: &mut Figures, time: Duration) -> anyhow::Result<()> {
    for outstanding in OUTSTANDING {
        let folder = tempfile::tempdir()?;
        let server = Process::start(&free_line(1)?, 1, &folder.path().join("data"))?;
        known_recipients(&server)?;
        let mut load = Load::open(server.address, Gets::default())?;
        let empty = load.run(outstanding, time / 2)?.per_s();
        figures.add(&format!("empty_gets_per_s_at_{outstanding}"), empty, "nothing waits");
        let messages = if outstanding == 1 { 20_000 } else { 400_000 };
        Load::open(server.address, Sends::default())?.run_count(1_024, messages)?;
        let mut load = Load::open(server.address, Gets::default())?;
        let full = load.run_count(outstanding, messages)?.per_s();
        figures.add(
            &format!("full_gets_per_s_at_{outstanding}"),
            full,
            "a message each, which is acknowledged",
        );
    }
    Ok(())
}

/// Makes the recipients clients of the server, so that their gets add nobody.
fn known_recipients(server: &Process) -> anyhow::Result<()> {
    Load::open(server.address, Gets::default())?.run_count(64, RECIPIENTS)?;
    Ok(())
}

/// The server's CPU time for each of so many texts, in microseconds.
pub(super) fn cpu_us_per_send(
    server: &Process,
    requests: impl Requests,
    messages: u64,
) -> anyhow::Result<f64> {
    let mut load = Load::open(server.address, requests)?;
    let before = server.usage()?;
    let run = load.run_count(256, messages)?;
    let after = server.usage()?;
    let cpu = (after.user + after.system) - (before.user + before.system);
    Ok(cpu.as_secs_f64() * 1e6 / run.answers() as f64)
}
