//! Lines of native servers: texts from the first to the last.

use super::figures::Figures;
use super::latency;
use super::load::{Gets, Load, RECIPIENTS, Sends};
use super::process::{Process, Usage, free_line};
use anyhow::{Context, ensure};
use postrider_server::control::{Ask, StatusAnswer, ask};
use postrider_server::{Identity, KEY_FILE};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Texts that are sent and not accepted yet.
const OUTSTANDING: usize = 1_024;

/// How long links and the directory may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Texts that wait for a trunk to come up.
const BACKLOG: u64 = 300_000;

/// A line of so many servers, whose links have datagrams of at most so many bytes.
pub(super) fn measure(
    figures: &mut Figures,
    time: Duration,
    servers: usize,
    mtu: u16,
) -> anyhow::Result<()> {
    figures.heading(&format!("A line of {servers} native servers, datagrams of {mtu} bytes"));
    let line = Line::start(servers, mtu)?;
    let name = |what: &str| format!("native_{servers}_of_{mtu}_{what}");
    let ends = (line.first(), line.last());
    latency::measure_between(figures, &name("latency"), servers, ends)?;
    // The recipients are at home at the last.
    Load::open(line.last(), Gets::default())?.run_count(64, RECIPIENTS)?;
    line.wait_until_known(RECIPIENTS)?;
    let (before, began) = (line.usage()?, Instant::now());
    let taken_before = line.taken_by_last()?;
    let accepted = Load::open(line.first(), Sends::default())?.run(OUTSTANDING, time)?;
    let taken = line.taken_by_last()? - taken_before;
    let (per_s, texts) = (taken as f64 / began.elapsed().as_secs_f64(), taken as f64);
    let used = line.usage()?.user_and_system() - before.user_and_system();
    figures.add(&name("accepted_per_s"), accepted.per_s(), "by the first, on its disk");
    figures.add(&name("taken_per_s"), per_s, "by the last, on its disk, meanwhile");
    let each = used.as_secs_f64() * 1e6 / texts / servers as f64;
    figures.add(&name("cpu_us_per_text"), each, "of each server, user and system");
    line.wait_until_empty()?;
    let all = taken_after(&line, taken_before)? as f64 / began.elapsed().as_secs_f64();
    figures.add(&name("delivered_per_s"), all, "until the last text was at its home");
    Ok(())
}

/// What one trunk carries: texts that wait at the first server while the second is away.
pub(super) fn measure_backlog(figures: &mut Figures, mtu: u16) -> anyhow::Result<()> {
    figures.heading(&format!("{BACKLOG} texts that wait for a trunk, datagrams of {mtu} bytes"));
    let mut line = Line::start(2, mtu)?;
    Load::open(line.last(), Gets::default())?.run_count(64, RECIPIENTS)?;
    line.wait_until_known(RECIPIENTS)?;
    line.stop_last();
    Load::open(line.first(), Sends::default())?.run_count(OUTSTANDING, BACKLOG)?;
    let before = line.servers[0].usage()?;
    line.start_last()?;
    line.wait(|line| Ok(line.taken_by_last()? > 0))?;
    let began = Instant::now();
    let first = line.taken_by_last()?;
    line.wait(|line| Ok(line.taken_by_last()? >= BACKLOG))?;
    let per_s = (BACKLOG - first) as f64 / began.elapsed().as_secs_f64();
    let name = |what: &str| format!("backlog_of_{mtu}_{what}");
    figures.add(&name("taken_per_s"), per_s, "by the second, on its disk");
    let each = |used: Duration| used.as_secs_f64() * 1e6 / BACKLOG as f64;
    let handing = line.servers[0].usage()?.user_and_system() - before.user_and_system();
    figures.add(&name("handing_us"), each(handing), "CPU of the first for a text");
    let taking = line.servers[1].usage()?.user_and_system();
    figures.add(&name("taking_us"), each(taking), "CPU of the second for a text");
    Ok(())
}

fn taken_after(line: &Line, before: u64) -> anyhow::Result<u64> {
    Ok(line.taken_by_last()? - before)
}

/// Servers in a line, as processes.
struct Line {
    servers: Vec<Process>,
    addresses: Vec<SocketAddr>,
    folders: Vec<PathBuf>,
    _folder: tempfile::TempDir,
}

impl Line {
    fn start(servers: usize, mtu: u16) -> anyhow::Result<Line> {
        let folder = tempfile::tempdir()?;
        let addresses = free_line(servers)?;
        let folders: Vec<PathBuf> =
            (1..=servers).map(|index| folder.path().join(index.to_string())).collect();
        let keys = folders.iter().map(|folder| key(folder)).collect::<anyhow::Result<Vec<_>>>()?;
        for (place, folder) in folders.iter().enumerate() {
            let config = config(place, &addresses, &keys, mtu);
            std::fs::write(folder.join("postrider.toml"), config)?;
        }
        let mut line = Line { servers: Vec::new(), addresses, folders, _folder: folder };
        for _ in 0..servers {
            line.start_last()?;
        }
        line.wait(|line| {
            let up = |status: &StatusAnswer| status.trunks.as_ref().map_or(0, |trunks| trunks.up);
            let ends: usize = line.statuses()?.iter().map(up).sum();
            Ok(ends == 2 * (line.servers.len() - 1))
        })?;
        Ok(line)
    }

    fn stop_last(&mut self) {
        self.servers.pop();
    }

    fn start_last(&mut self) -> anyhow::Result<()> {
        let place = self.servers.len();
        let data = &self.folders[place];
        let flags = ["--config".to_owned(), data.join("postrider.toml").display().to_string()];
        self.servers.push(Process::start_with(&flags, self.addresses[place], data)?);
        Ok(())
    }

    fn first(&self) -> SocketAddr {
        self.servers[0].address
    }

    fn last(&self) -> SocketAddr {
        self.servers[self.servers.len() - 1].address
    }

    fn statuses(&self) -> anyhow::Result<Vec<StatusAnswer>> {
        self.folders.iter().map(|folder| Ok(ask(folder, &Ask::Status)?)).collect()
    }

    fn taken_by_last(&self) -> anyhow::Result<u64> {
        let folder = self.folders.last().context("a line has servers")?;
        let status: StatusAnswer = ask(folder, &Ask::Status)?;
        Ok(status.done.get("taken_over").copied().unwrap_or(0))
    }

    /// What all servers have used.
    fn usage(&self) -> anyhow::Result<Usage> {
        let mut sum = Usage::default();
        for server in &self.servers {
            let usage = server.usage()?;
            (sum.user, sum.system) = (sum.user + usage.user, sum.system + usage.system);
        }
        Ok(sum)
    }

    fn wait_until_known(&self, numbers: u64) -> anyhow::Result<()> {
        self.wait(|line| {
            let known = |status: &StatusAnswer| status.holds.get("numbers").copied();
            Ok(line.statuses()?.iter().all(|status| known(status) >= Some(numbers)))
        })
    }

    /// Nothing waits but at the last.
    fn wait_until_empty(&self) -> anyhow::Result<()> {
        self.wait(|line| {
            let statuses = line.statuses()?;
            let waits = |status: &StatusAnswer| status.holds.get("messages").copied();
            Ok(statuses.iter().rev().skip(1).all(|status| waits(status) == Some(0)))
        })
    }

    fn wait(&self, is_done: impl Fn(&Line) -> anyhow::Result<bool>) -> anyhow::Result<()> {
        let began = Instant::now();
        while !is_done(self)? {
            ensure!(began.elapsed() < PATIENCE, "the line did not get there in time");
            std::thread::park_timeout(Duration::from_millis(20));
        }
        Ok(())
    }
}

fn key(folder: &Path) -> anyhow::Result<String> {
    std::fs::create_dir_all(folder)?;
    Ok(Identity::read_or_create(&folder.join(KEY_FILE))?.key().to_string())
}

/// Each server dials the next.
fn config(place: usize, addresses: &[SocketAddr], keys: &[String], mtu: u16) -> String {
    let mut config =
        format!("listen = \"{}\"\nname = \"server {}\"\n", addresses[place], place + 1);
    for peer in [place.wrapping_sub(1), place + 1] {
        if let (Some(address), Some(key)) = (addresses.get(peer), keys.get(peer)) {
            config += &format!("[[trunks.peer]]\nkey = \"{key}\"\nmtu = {mtu}\n");
            if peer > place {
                config += &format!("address = \"{address}\"\n");
            }
        }
    }
    config
}
