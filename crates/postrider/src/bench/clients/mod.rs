//! Native clients: what many of them cost a server that are only there, and how fast one is
//! served.

mod device;

use super::figures::Figures;
use super::limits::{append_per_s, echo_per_s};
use super::load::{Load, Sends, number, text};
use super::process::{Process, free_line};
use anyhow::Context;
use device::{Device, Home};
use postrider_proto::native::ServerKey;
use postrider_server::control::{Ask, StatusAnswer, ask};
use std::net::Ipv4Addr;
use std::path::Path;
use std::time::{Duration, Instant};

/// Submits under way at once.
const OUTSTANDING: u64 = 1_024;
/// The reader of all texts.
const READER: u64 = 5_550_000_005;
const TEXTS: usize = 2_000;
const DEVICES_PER_ADDRESS: u64 = 20_000;
/// So many more may attach before those that are there are looked at.
const DEVICES_BETWEEN_LOOKS: usize = 2_000;
/// Between two looks at devices that do nothing.
const LOOK_EVERY: Duration = Duration::from_millis(250);

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
    let mut devices = Vec::new();
    for place in 0..idle {
        let own = Ipv4Addr::new(127, 0, 1, (place / DEVICES_PER_ADDRESS) as u8);
        let mut device = Device::dial_from(own, number(6_000_000_000 + place), home)?;
        device.until(|device| device.is_attached)?;
        devices.push(device);
        if devices.len() % DEVICES_BETWEEN_LOOKS == 0 {
            devices.iter_mut().try_for_each(Device::drive)?;
        }
    }
    figures.add("attached_per_s", idle as f64 / began.elapsed().as_secs_f64(), "one by one");
    let bytes = server.usage()?.resident_bytes - empty;
    figures.add("bytes_per_attached_client", bytes as f64 / idle as f64, "of the server's memory");
    look_after(&mut devices, Duration::from_secs(5))?;
    let (before, began) = (server.usage()?, Instant::now());
    look_after(&mut devices, Duration::from_secs(60))?;
    let cpu = server.usage()?.user_and_system() - before.user_and_system();
    let share = cpu.as_secs_f64() / began.elapsed().as_secs_f64();
    figures.add("idle_clients", idle as f64, "for a minute");
    figures.add("idle_cpu_percent", 100.0 * share, "of one core");
    Ok(())
}

fn look_after(devices: &mut [Device], time: Duration) -> anyhow::Result<()> {
    let began = Instant::now();
    while began.elapsed() < time {
        let looked = Instant::now();
        devices.iter_mut().try_for_each(Device::drive)?;
        std::thread::sleep(LOOK_EVERY.saturating_sub(looked.elapsed()));
    }
    Ok(())
}
