//! Many devices in a process of their own, which are attached and do nothing until its standard
//! input ends.

use super::browser::Browser;
use super::device::Device;
use super::person::{Attends, Home};
use crate::bench::load::number;
use crate::log::say;
use anyhow::{Context, ensure};
use postrider_proto::Number;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Devices that are being attached at once.
const DEVICES_AT_ONCE: usize = 32;
/// Between two looks at those.
const ATTACH_EVERY: Duration = Duration::from_micros(300);
/// Between two looks at devices that do nothing.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// What a crowd says when all are attached.
const ATTACHED: &str = "attached";

/// Devices that are attached and do nothing. This is a part of the bench.
#[derive(clap::Args)]
pub(in crate::bench) struct CrowdArgs {
    #[arg(long)]
    server: SocketAddr,
    #[arg(long)]
    key: String,
    #[arg(long)]
    from: u64,
    #[arg(long)]
    count: u64,
    /// As browsers are, and not by links of their own
    #[arg(long)]
    browsers: bool,
}

/// A process of many devices. Killed when dropped.
pub(in crate::bench) struct Crowd(Child);

impl Crowd {
    /// Starts one with these numbers.
    pub(in crate::bench) fn start(
        home: Home,
        from: u64,
        count: u64,
        browsers: bool,
    ) -> anyhow::Result<Crowd> {
        let key = postrider_link::PublicKey::from_bytes(home.key.0);
        let key = key.context("the server has no key")?.to_string();
        let child = Command::new(std::env::current_exe()?)
            .args(["bench", "crowd", "--server", &home.address.to_string(), "--key", &key])
            .args(["--from", &from.to_string(), "--count", &count.to_string()])
            .args(browsers.then_some("--browsers"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        Ok(Crowd(child))
    }

    /// Waits until all are attached.
    pub(in crate::bench) fn wait(&mut self) -> anyhow::Result<()> {
        let stdout = self.0.stdout.take().context("a crowd without output")?;
        let mut said = String::new();
        BufReader::new(stdout).read_line(&mut said)?;
        ensure!(said.trim() == ATTACHED, "not all devices could be attached");
        Ok(())
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Attaches them, says so, and keeps them.
pub(in crate::bench) fn run(args: &CrowdArgs) -> anyhow::Result<ExitCode> {
    let key = postrider_server::parse_key(&args.key).context("--key is no key")?;
    let home = Home { address: args.server, key };
    match args.browsers {
        true => keep(args, |number| Browser::dial(number, home)),
        false => keep(args, |number| Device::dial(number, home)),
    }
}

fn keep<D: Attends>(
    args: &CrowdArgs,
    dial: impl Fn(Number) -> anyhow::Result<D>,
) -> anyhow::Result<ExitCode> {
    let mut devices: Vec<D> = Vec::new();
    let (mut numbers, mut looked) = ((args.from..args.from + args.count).map(number), 0);
    while devices.len() < args.count as usize {
        let first = devices.len();
        for number in numbers.by_ref().take(DEVICES_AT_ONCE) {
            devices.push(dial(number)?);
        }
        attach(&mut devices[first..])?;
        // Those that are there are not to be forgotten meanwhile.
        let again = looked..(looked + 2 * DEVICES_AT_ONCE).min(devices.len());
        looked = if again.end == devices.len() { 0 } else { again.end };
        devices[again].iter_mut().try_for_each(D::drive)?;
    }
    say(ATTACHED);
    look_after(&mut devices, &input_ends())?;
    Ok(ExitCode::SUCCESS)
}

fn attach(devices: &mut [impl Attends]) -> anyhow::Result<()> {
    let began = Instant::now();
    while !devices.iter().all(|device| device.person().is_attached) {
        devices.iter_mut().try_for_each(Attends::drive)?;
        ensure!(began.elapsed().as_secs() < 60, "the server does not answer");
        std::thread::sleep(ATTACH_EVERY);
    }
    Ok(())
}

/// Becomes true when the standard input ends, as when its other end has died.
fn input_ends() -> Arc<AtomicBool> {
    let ended = Arc::new(AtomicBool::new(false));
    let told = ended.clone();
    std::thread::spawn(move || {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        told.store(true, Ordering::Relaxed);
    });
    ended
}

fn look_after(devices: &mut [impl Attends], ended: &AtomicBool) -> anyhow::Result<()> {
    while !ended.load(Ordering::Relaxed) {
        let looked = Instant::now();
        devices.iter_mut().try_for_each(Attends::drive)?;
        std::thread::sleep(LOOK_EVERY.saturating_sub(looked.elapsed()));
    }
    Ok(())
}
