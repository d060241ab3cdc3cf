//! A line of servers on loopback, each with a folder of its own.

use super::{POSTRIDER, Running};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// Ports below those that systems hand out by themselves: nobody gets one by chance
/// while the server that owns it is down.
const PORTS: std::ops::Range<u16> = 12_000..32_000;

/// Tries before it is said that no port is free.
const TRIES_MAX: usize = 10_000;

/// The addresses and folders of a line. Nothing runs until it is told to.
pub(crate) struct Network {
    addresses: Vec<SocketAddr>,
    folder: TempDir,
    /// Claims on the ports, held for as long as the line is in use.
    _claims: Vec<TcpListener>,
}

impl Network {
    /// A line of so many servers, on ports that follow each other.
    pub(crate) fn new(servers: usize) -> Network {
        let claims = claim_ports(servers);
        let addresses = claims.iter().map(|claim| claim.local_addr().unwrap()).collect();
        Network { addresses, folder: tempfile::tempdir().unwrap(), _claims: claims }
    }

    /// How many servers it has.
    pub(crate) fn servers(&self) -> usize {
        self.addresses.len()
    }

    /// Where the server with this index, from 1, listens.
    pub(crate) fn address(&self, index: usize) -> SocketAddr {
        self.addresses[index - 1]
    }

    /// The addresses as `--line` takes them.
    pub(crate) fn line(&self) -> String {
        self.addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
    }

    /// The folder that all others are in.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The data folder of a server.
    pub(crate) fn data(&self, index: usize) -> PathBuf {
        self.folder().join(format!("server{index}"))
    }

    /// `postrider serve` for a server; more flags may follow.
    pub(crate) fn command(&self, index: usize) -> Command {
        let mut command = postrider("serve");
        command.args(["--line", &self.line(), "--index", &index.to_string(), "--data"]);
        command.arg(self.data(index)).current_dir(self.folder());
        command
    }

    /// Starts a server and waits until it is ready.
    pub(crate) fn serve(&self, index: usize) -> Running {
        self.ready(index, &mut self.command(index))
    }

    /// The same, with more flags.
    pub(crate) fn serve_with(&self, index: usize, flags: &[&str]) -> Running {
        self.ready(index, self.command(index).args(flags))
    }

    /// Starts all servers.
    pub(crate) fn serve_all(&self) -> Vec<Running> {
        (1..=self.servers()).map(|index| self.serve(index)).collect()
    }

    /// `postrider classic` for a client of this line.
    pub(crate) fn classic(&self, index: usize, id: &str) -> Running {
        let mut command = postrider("classic");
        command.args(["--line", &self.line(), "--server", &index.to_string(), "--id", id]);
        Running::start(&mut command)
    }

    /// Starts a command that is to be this server, and waits until it is ready.
    pub(crate) fn ready(&self, index: usize, command: &mut Command) -> Running {
        let server = Running::start(command);
        let (servers, address) = (self.servers(), self.address(index));
        server.says(&format!("server {index} of {servers} is ready on {address}\n"));
        server
    }
}

/// A subcommand of the program, with nothing in the environment that could change it.
pub(crate) fn postrider(subcommand: &str) -> Command {
    let mut command = Command::new(POSTRIDER);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("POSTRIDER_") {
            command.env_remove(name);
        }
    }
    command.arg(subcommand);
    command
}

/// UDP ports in a row that are free, claimed by listening on the TCP ports of the same
/// numbers: servers come and go, and whoever claims ports in this way leaves them alone
/// meanwhile.
pub(super) fn claim_ports(count: usize) -> Vec<TcpListener> {
    let claimed = (0..TRIES_MAX).find_map(|_| {
        let first = fastrand::u16(PORTS);
        (first..).take(count).map(claim_port).collect()
    });
    claimed.expect("free ports on this machine")
}

fn claim_port(port: u16) -> Option<TcpListener> {
    let here = (Ipv4Addr::LOCALHOST, port);
    let claim = TcpListener::bind(here).ok()?;
    UdpSocket::bind(here).ok().map(|_| claim)
}
