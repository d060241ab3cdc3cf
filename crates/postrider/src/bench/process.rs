//! Servers as processes of their own, and what the system knows of them.

use anyhow::{Context, ensure};
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A server's process. Killed when dropped.
pub(super) struct Process {
    child: Child,
    pub(super) address: SocketAddr,
    pub(super) started_in: Duration,
}

/// What the system has counted for a process so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Usage {
    pub(super) user: Duration,
    pub(super) system: Duration,
    pub(super) written_bytes: u64,
    pub(super) resident_bytes: u64,
}

impl Usage {
    pub(super) fn user_and_system(&self) -> Duration {
        self.user + self.system
    }
}

/// What a drained server says it has done.
#[derive(Clone, Copy, Debug)]
pub(super) struct Done {
    pub(super) accepted: u64,
    pub(super) commits: u64,
    pub(super) log_bytes: u64,
}

/// Free addresses on loopback, for a line.
pub(super) fn free_line(servers: usize) -> anyhow::Result<Vec<SocketAddr>> {
    let bind = |_| UdpSocket::bind((Ipv4Addr::LOCALHOST, 0));
    let sockets = (0..servers).map(bind).collect::<std::io::Result<Vec<_>>>()?;
    Ok(sockets.iter().map(UdpSocket::local_addr).collect::<std::io::Result<_>>()?)
}

impl Process {
    /// Starts server `index` of a line and waits until it is ready.
    pub(super) fn start(line: &[SocketAddr], index: usize, data: &Path) -> anyhow::Result<Process> {
        let addresses: Vec<String> = line.iter().map(ToString::to_string).collect();
        let place =
            ["--line", &addresses.join(","), "--index", &index.to_string()].map(String::from);
        Process::start_with(&place, line[index - 1], data)
    }

    /// Starts a server with these flags, beside those of any, and waits until it is ready. Nobody
    /// reads its log before it ends: one that says much is to be told to say less.
    pub(super) fn start_with(
        flags: &[String],
        address: SocketAddr,
        data: &Path,
    ) -> anyhow::Result<Process> {
        let started = Instant::now();
        let mut child = Command::new(std::env::current_exe()?)
            .args(["serve", "--log-format", "json"])
            .args(["--log", "info"].iter().filter(|_| !flags.iter().any(|flag| flag == "--log")))
            .args(flags)
            .arg("--data")
            .arg(data)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let stdout = child.stdout.take().context("a server without output")?;
        let mut ready = String::new();
        BufReader::new(stdout).read_line(&mut ready)?;
        let started_in = started.elapsed();
        let process = Process { child, address, started_in };
        ensure!(ready.contains("ready"), "the server at {address} did not start");
        Ok(process)
    }

    pub(super) fn usage(&self) -> anyhow::Result<Usage> {
        let read = |what: &str| fs::read_to_string(format!("/proc/{}/{what}", self.child.id()));
        let stat = read("stat")?;
        let after_name = stat.rsplit(')').next().unwrap_or_default();
        let fields: Vec<&str> = after_name.split_whitespace().collect();
        let ticks =
            |place: usize| fields.get(place).and_then(|field| field.parse().ok()).unwrap_or(0);
        Ok(Usage {
            user: clock_ticks(ticks(11)),
            system: clock_ticks(ticks(12)),
            written_bytes: field_of(&read("io")?, "write_bytes:"),
            resident_bytes: field_of(&read("status")?, "VmRSS:") * 1024,
        })
    }

    /// Drains the server and reads what it has done from its log.
    pub(super) fn drain(mut self) -> anyhow::Result<Done> {
        nix::sys::signal::kill(
            nix::unistd::Pid::from_raw(self.child.id() as i32),
            nix::sys::signal::Signal::SIGTERM,
        )?;
        let mut log = String::new();
        let mut stderr = self.child.stderr.take().context("a server without a log")?;
        stderr.read_to_string(&mut log)?;
        self.child.wait()?;
        let last: serde_json::Value = serde_json::from_str(log.lines().last().unwrap_or_default())
            .with_context(|| format!("the server's last words: {log}"))?;
        let field = |name: &str| last["fields"][name].as_u64().unwrap_or(0);
        Ok(Done {
            accepted: field("accepted"),
            commits: field("commits"),
            log_bytes: field("log_bytes"),
        })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Linux counts in hundredths of a second (USER_HZ).
fn clock_ticks(ticks: u64) -> Duration {
    Duration::from_millis(ticks * 10)
}

/// The first figure behind this word.
pub(super) fn field_of(text: &str, name: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
    line.split_whitespace().next().and_then(|value| value.parse().ok()).unwrap_or(0)
}
