//! Hosts of their own on this machine: network namespaces, and cables between them.

// Where a test has to be skipped it says why.
#![allow(clippy::print_stdout)]

use super::Running;
use nix::sched::{CloneFlags, setns};
use std::fs::File;
use std::process::Command;

/// A network namespace. It ends, with its interfaces, when the last process in it does:
/// those are killed when they are dropped, and the one that holds it ends with its input.
pub(crate) struct Host {
    holder: Running,
    net: File,
}

impl Host {
    /// Whether this machine and this user can make some; it says so where not.
    pub(crate) fn can_be_made() -> bool {
        let works = |command: &mut Command| {
            let done = command.stdin(std::process::Stdio::null()).output();
            match done {
                Ok(output) if output.status.success() => Ok(()),
                Ok(output) => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
                Err(error) => Err(format!("{command:?}: {error}")),
            }
        };
        let made = works(Command::new("ip").arg("-V"))
            .and_then(|()| works(Command::new("nsenter").arg("--version")))
            .and_then(|()| works(Command::new("unshare").args(["--net", "ip", "link", "show"])));
        if let Err(why) = &made {
            println!("SKIPPED: network namespaces cannot be made here: {}", why.trim());
        }
        made.is_ok()
    }

    /// One with nothing but a loopback.
    pub(crate) fn new() -> Host {
        // Killed with the test or not, it ends when nobody can write to it any more.
        let mut holder = Running::start(Command::new("unshare").args(["--net", "cat"]));
        holder.type_in("ready\n");
        holder.says("ready\n");
        let net = File::open(format!("/proc/{}/ns/net", holder.pid())).unwrap();
        let host = Host { holder, net };
        host.ip("link set lo up");
        host
    }

    /// A cable from this host to another, with the name that its end has at each.
    pub(crate) fn cable(&self, end: &str, other: &Host, other_end: &str) {
        let to = other.holder.pid();
        self.ip(&format!("link add {end} type veth peer name {other_end} netns {to}"));
        self.ip(&format!("link set {end} up"));
        other.ip(&format!("link set {other_end} up"));
    }

    /// Changes its interfaces, addresses or routes.
    pub(crate) fn ip(&self, what: &str) {
        let mut command = Command::new("ip");
        command.args(what.split(' '));
        Running::to_end(&mut self.within(&command)).well();
    }

    /// A command that is run on this host.
    pub(crate) fn within(&self, command: &Command) -> Command {
        let mut outer = Command::new("nsenter");
        outer.args(["--target", &self.holder.pid().to_string(), "--net", "--"]);
        outer.arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => outer.env(name, value),
                None => outer.env_remove(name),
            };
        }
        outer
    }

    /// The calling thread is on this host from now on, and with it all its new sockets.
    pub(crate) fn enter(&self) {
        setns(&self.net, CloneFlags::CLONE_NEWNET).unwrap();
    }
}
