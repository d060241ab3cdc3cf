//! Native clients: what many of them cost a server that are only there, and how fast one is
//! served.

mod crowd;
mod device;

use super::figures::Figures;
use super::limits::{append_per_s, echo_per_s};
use super::load::{Load, Sends, number, text};
use super::process::{Process, free_line};
use anyhow::Context;
use crowd::Crowd;
pub(super) use crowd::CrowdArgs;
pub(super) use crowd::run as run_crowd;
use device::{Device, Home};
use postrider_proto::native::ServerKey;
use postrider_server::control::{Ask, StatusAnswer, ask};
use std::path::Path;
use std::time::{Duration, Instant};

/// Submits under way at once.
const OUTSTANDING: u64 = 1_024;
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

/// A server with a key, and that.
fn start(folder: &Path) -> anyhow::Result<(Process, Home)> {
    let data = folder.join("data");
    let settings = folder.join("postrider.toml");
    std::fs::write(&settings, SETTINGS)?;
    let address = free_line(1)?[0];
    let flags = ["--config", &settings.display().to_string(), "--listen", &address.to_string()];
    let process = Process::start_with(&flags.map(String::from), address, &data)?;
    let status: StatusAnswer = ask(&data, &Ask::Status)?;
    let key = status.key.as_deref().and_then(postrider_server::parse_key);
    let key: ServerKey = key.context("the server has no key")?;
    Ok((process, Home { address, key }))
}

fn submits(figures: &mut Figures, time: Duration) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let (server, home) = start(folder.path())?;
    let mut sender = Device::dial(number(5_550_000_001), home)?;
    sender.until(|device| device.is_attached)?;
    let classic = classic_per_s(time)?;
    // Signed beforehand: what is measured is the server.
    let most = (classic * 6.0 * time.as_secs_f64()) as usize;
    let signed = (0..most).map(|_| sender.text(number(READER), text().as_str()));
    let signed = signed.collect::<anyhow::Result<Vec<_>>>()?;
    let (before, began, kept) = (server.usage()?, Instant::now(), sender.kept);
    let mut sent = kept;
    for text in &signed {
        while sent - sender.kept >= OUTSTANDING {
            sender.drive()?;
        }
        sender.send(text)?;
        sent += 1;
        if began.elapsed() >= time {
            break;
        }
    }
    sender.until(|device| device.kept >= sent)?;
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
    let (_server, home) = start(folder.path())?;
    let mut sender = Device::dial(number(5_550_000_001), home)?;
    let mut reader = Device::dial(number(READER), home)?;
    sender.until(|device| device.is_attached)?;
    reader.until(|device| device.is_attached)?;
    let mut micros = Vec::with_capacity(TEXTS);
    for place in 0..TEXTS as u64 {
        let text = sender.text(number(READER), text().as_str())?;
        let began = Instant::now();
        sender.send(&text)?;
        while reader.handed <= place {
            sender.drive()?;
            reader.drive()?;
        }
        micros.push((reader.handed_at - began).as_secs_f64() * 1e6);
        // Nothing else is flushed while the next is under way.
        while sender.told <= place {
            sender.drive()?;
            reader.drive()?;
        }
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

fn attached(figures: &mut Figures, idle: u64) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let (server, home) = start(folder.path())?;
    let empty = server.usage()?.resident_bytes;
    let began = Instant::now();
    let crowds = (0..idle).step_by(DEVICES_PER_PROCESS as usize).map(|from| {
        let count = DEVICES_PER_PROCESS.min(idle - from);
        Crowd::start(home, 6_000_000_000 + from, count)
    });
    let mut crowds = crowds.collect::<anyhow::Result<Vec<Crowd>>>()?;
    crowds.iter_mut().try_for_each(Crowd::wait)?;
    figures.add("attached_per_s", idle as f64 / began.elapsed().as_secs_f64(), "");
    let bytes = server.usage()?.resident_bytes - empty;
    figures.add("bytes_per_attached_client", bytes as f64 / idle as f64, "of the server's memory");
    std::thread::sleep(SETTLE);
    let (before, began) = (server.usage()?, Instant::now());
    std::thread::sleep(IDLE);
    let cpu = server.usage()?.user_and_system() - before.user_and_system();
    let share = cpu.as_secs_f64() / began.elapsed().as_secs_f64();
    let status: StatusAnswer = ask(&folder.path().join("data"), &Ask::Status)?;
    let there = status.holds.get("sessions").copied().unwrap_or(0);
    figures.add("idle_clients", idle as f64, "for a minute");
    figures.add("attached_after_it", there as f64, "of them");
    figures.add("idle_cpu_percent", 100.0 * share, "of one core");
    Ok(())
}
