//! The strangers' programs: a classic client and server written from the protocol's
//! page alone.

// Where a test has to be skipped it says why.
#![allow(clippy::print_stdout)]

use super::{Network, Running};
use serde_json::Value;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The interpreter that they need.
pub(crate) struct Python(());

impl Python {
    /// The interpreter; where this machine has none it says so, and the test has
    /// nothing to do.
    pub(crate) fn find() -> Option<Python> {
        let found = Command::new("python3").arg("--version").output().is_ok();
        if !found {
            println!("SKIPPED: python3 is not installed, and the strangers' programs need it");
        }
        found.then_some(Python(()))
    }

    /// The folder of their programs.
    pub(crate) fn folder() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/strangers")
    }

    /// The interpreter, told to leave nothing behind.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new("python3");
        command.arg("-B");
        command
    }

    /// Starts a stranger's server and waits until it is ready.
    pub(crate) fn serve(&self, network: &Network, index: usize) -> Running {
        let mut command = self.command();
        command.arg(Python::folder().join("classic_server.py"));
        command.args(["--line", &network.line(), "--index", &index.to_string()]);
        let server = Running::start(&mut command);
        server.says("ready\n");
        server
    }

    /// Runs a stranger's client once, and returns what it reports.
    pub(crate) fn client(&self, server: SocketAddr, id: &str, does: &[&str]) -> Vec<Value> {
        let mut command = self.command();
        command.arg(Python::folder().join("classic_client.py"));
        command.args(["--server", &server.to_string(), "--id", id]).args(does);
        let reports = Running::to_end(&mut command).well();
        reports.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Sends a text.
    pub(crate) fn sends(&self, server: SocketAddr, id: &str, to: &str, text: &str) {
        let reports = self.client(server, id, &["send", to, text]);
        assert!(reports.iter().any(|report| report["event"] == "sent"), "{reports:?}");
    }

    /// Asks until a message comes, which has to be this one.
    pub(crate) fn receives(&self, server: SocketAddr, id: &str, from: &str, text: &str) {
        let messages = super::eventually("a message for the stranger's client", || {
            let reports = self.client(server, id, &["receive"]);
            let messages: Vec<_> = reports.iter().filter_map(message).collect();
            (!messages.is_empty()).then_some(messages)
        });
        assert_eq!(messages, [(from.to_owned(), text.to_owned())]);
    }

    /// Runs their own tests to the end, however long they take.
    pub(crate) fn tests(&self) -> Output {
        let mut command = self.command();
        command.args(["-m", "unittest", "discover", "-s"]).arg(Python::folder());
        command.output().unwrap()
    }
}

fn message(report: &Value) -> Option<(String, String)> {
    let field = |name: &str| report[name].as_str().unwrap_or_default().to_owned();
    (report["event"] == "message").then(|| (field("from"), field("text")))
}
