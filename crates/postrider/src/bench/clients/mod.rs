//! Native clients: what many of them cost a server that are only there, and how fast one is
//! served.

mod browser;
mod crowd;
mod device;
mod person;

use super::figures::Figures;
use super::limits::{append_per_s, echo_per_s};
use super::load::{Load, Sends, number, text};
use super::process::{Process, free_line};
use anyhow::Context;
pub(super) use browser::Browser;
use crowd::Crowd;
pub(super) use crowd::CrowdArgs;
pub(super) use crowd::run as run_crowd;
pub(super) use device::Device;
pub(super) use person::Attends;
use person::Home;
use postrider_proto::Number;
use postrider_proto::native::ServerKey;
use postrider_server::control::{Ask, StatusAnswer, ask};
use std::path::Path;
use std::time::{Duration, Instant};

/// Submits under way at once.
const OUTSTANDING: u64 = 1_024;
/// Texts that are signed before the link is looked at again.
const SIGNED_BETWEEN: usize = 1_024;
/// The reader of all texts.
const READER: u64 = 5_550_000_005;
const TEXTS: usize = 2_000;
/// Devices of one process: each has a socket, and a process may have so many files.
const DEVICES_PER_PROCESS: u64 = 15_000;

/// Until the last of what attaching brought has been said.
const SETTLE: Duration = Duration::from_secs(5);
/// How long clients are looked at that do nothing.
const IDLE: Duration = Duration::from_secs(60);

/// Nobody's share is what is measured.
const SETTINGS: &str = "[limits]\nmailbox = 4000000\nsender = 4000000\ntexts_per_second = 400000\n[clients]\naccept = true\n";

pub(super) fn measure(figures: &mut Figures, time: Duration, idle: u64) -> anyhow::Result<()> {
    figures.heading("Native clients: texts submitted, each on disk before its custody");
    submits(figures, time)?;
    figures.heading("From submit to an attached reader of the same server");
    latency(figures)?;
    figures.heading("Devices that are attached and do nothing");
    attached(figures, idle)
}

/// A server with a key, and that; its page is at the same port, by TCP, if it has one.
pub(super) fn start(folder: &Path, has_page: bool) -> anyhow::Result<(Process, Home)> {
    let data = folder.join("data");
    let settings = folder.join("postrider.toml");
    std::fs::write(&settings, SETTINGS)?;
    let address = free_line(1)?[0];
    let (file, at) = (settings.display().to_string(), address.to_string());
    let mut flags = vec!["--config", &file, "--listen", &at];
    if has_page {
        flags.extend(["--web", &at]);
    }
    let flags: Vec<String> = flags.into_iter().map(String::from).collect();
    let process = Process::start_with(&flags, address, &data)?;
    let status: StatusAnswer = ask(&data, &Ask::Status)?;
    let key = status.key.as_deref().and_then(postrider_server::parse_key);
    let key: ServerKey = key.context("the server has no key")?;
    Ok((process, Home { address, key }))
}

fn submits(figures: &mut Figures, time: Duration) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let (server, home) = start(folder.path(), false)?;
    let mut sender = Device::dial(number(5_550_000_001), home)?;
    sender.until(|sender| sender.is_attached)?;
    let classic = classic_per_s(time)?;
    // Signed beforehand, since what is measured is the server; the link goes on meanwhile.
    let most = (classic * 6.0 * time.as_secs_f64()) as usize;
    let mut signed = Vec::with_capacity(most);
    while signed.len() < most {
        if signed.len() % SIGNED_BETWEEN == 0 {
            sender.drive()?;
        }
        signed.push(sender.person.text(number(READER), text().as_str())?);
    }
    let (before, began, kept) = (server.usage()?, Instant::now(), sender.person.kept);
    let mut sent = kept;
    for text in &signed {
        while sent - sender.person.kept >= OUTSTANDING {
            sender.drive()?;
        }
        sender.send(text)?;
        sent += 1;
        if began.elapsed() >= time {
            break;
        }
    }
    sender.until(|sender| sender.kept >= sent)?;
    let (took, texts) = (began.elapsed().as_secs_f64(), (sent - kept) as f64);
    let cpu = server.usage()?.user_and_system() - before.user_and_system();
    figures.add("submitted_per_s", texts / took, "1,024 in flight, items packed");
    figures.add("classic_accepted_per_s", classic, "of the same build, in the same run");
    figures.add("submitted_to_classic", texts / took / classic, "");
    figures.add("server_cpu_us_per_text", cpu.as_secs_f64() * 1e6 / texts, "user and system");
    Ok(())
}

fn classic_per_s(time: Duration) -> anyhow::Result<f64> {
    let folder = tempfile::tempdir()?;
    let server = Process::start(&free_line(1)?, 1, &folder.path().join("data"))?;
    let mut load = Load::open(server.address, Sends::default())?;
    load.run(OUTSTANDING as usize, time / 8)?;
    Ok(load.run(OUTSTANDING as usize, time)?.per_s())
}

fn latency(figures: &mut Figures) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let (_server, home) = start(folder.path(), false)?;
    let mut sender = Device::dial(number(5_550_000_001), home)?;
    let mut reader = Device::dial(number(READER), home)?;
    sender.until(|sender| sender.is_attached)?;
    reader.until(|reader| reader.is_attached)?;
    let mut micros = Vec::with_capacity(TEXTS);
    for _ in 0..TEXTS {
        micros.push(one_text(&mut sender, &mut reader, number(READER))?);
    }
    micros.sort_by(f64::total_cmp);
    let (udp, disk) = (echo_per_s(1, Duration::from_millis(500))?, {
        append_per_s(folder.path(), 260, 1.0, Duration::from_millis(500))?
    });
    let sum_us = 1e6 / disk + 1.5 * 1e6 / udp;
    for (name, share) in [("submit_to_reader_p50_us", 0.5), ("submit_to_reader_p99_us", 0.99)] {
        figures.add(name, micros[(TEXTS as f64 * share) as usize], "");
    }
    figures.add("one_flush_and_three_hops_us", sum_us, "measured in the same run");
    figures.add("submit_ratio", micros[TEXTS / 2] / sum_us, "");
    Ok(())
}

/// Microseconds from a submit until its reader has it; the receipt has come back then, so that
/// nothing else is flushed while the next is under way.
pub(super) fn one_text(
    sender: &mut Device,
    reader: &mut impl Attends,
    to: Number,
) -> anyhow::Result<f64> {
    let (handed, told) = (reader.person().handed, sender.person.told);
    let text = sender.person.text(to, text().as_str())?;
    let began = Instant::now();
    sender.send(&text)?;
    while reader.person().handed <= handed {
        sender.drive()?;
        reader.drive()?;
    }
    let took = reader.person().handed_at - began;
    while sender.person.told <= told {
        sender.drive()?;
        reader.drive()?;
    }
    Ok(took.as_secs_f64() * 1e6)
}

fn attached(figures: &mut Figures, idle: u64) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let (server, home) = start(folder.path(), false)?;
    let _crowds = open(figures, &server, home, idle, false)?;
    idling(figures, &server, idle, &folder.path().join("data"))
}

/// Attaches so many, and says what that costs.
pub(super) fn open(
    figures: &mut Figures,
    server: &Process,
    home: Home,
    count: u64,
    browsers: bool,
) -> anyhow::Result<Vec<Crowd>> {
    let (empty, began) = (server.usage()?.resident_bytes, Instant::now());
    let crowds = (0..count).step_by(DEVICES_PER_PROCESS as usize).map(|from| {
        let part = DEVICES_PER_PROCESS.min(count - from);
        Crowd::start(home, 6_000_000_000 + from, part, browsers)
    });
    let mut crowds = crowds.collect::<anyhow::Result<Vec<Crowd>>>()?;
    crowds.iter_mut().try_for_each(Crowd::wait)?;
    figures.add("attached_per_s", count as f64 / began.elapsed().as_secs_f64(), "");
    let bytes = server.usage()?.resident_bytes - empty;
    let name = if browsers { "bytes_per_open_page" } else { "bytes_per_attached_client" };
    figures.add(name, bytes as f64 / count as f64, "of the server's memory");
    Ok(crowds)
}

/// What they cost a server while they do nothing.
pub(super) fn idling(
    figures: &mut Figures,
    server: &Process,
    count: u64,
    data: &Path,
) -> anyhow::Result<()> {
    std::thread::sleep(SETTLE);
    let (before, began) = (server.usage()?, Instant::now());
    std::thread::sleep(IDLE);
    let cpu = server.usage()?.user_and_system() - before.user_and_system();
    let share = cpu.as_secs_f64() / began.elapsed().as_secs_f64();
    let status: StatusAnswer = ask(data, &Ask::Status)?;
    let there = status.holds.get("sessions").copied().unwrap_or(0);
    figures.add("idle_clients", count as f64, "for a minute");
    figures.add("attached_after_it", there as f64, "of them");
    figures.add("idle_cpu_percent", 100.0 * share, "of one core");
    Ok(())
}
