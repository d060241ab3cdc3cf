//! A native server in Python, written from the protocol's pages alone.

// Where a test has to be skipped it says why.
#![allow(clippy::print_stdout)]

use super::{Mesh, Python, Running};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The Python that has what it needs.
pub(crate) struct Cryptography(PathBuf);

impl Cryptography {
    /// The one that `./run test` makes, or else the machine's; where neither has what is
    /// needed it says so, and the test has nothing to do.
    pub(crate) fn find() -> Option<Cryptography> {
        let made = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/strangers/bin/python");
        let found = [made, PathBuf::from("python3")].into_iter().find(|python| {
            let import = Command::new(python).args(["-c", "import cryptography"]).output();
            import.is_ok_and(|done| done.status.success())
        });
        if found.is_none() {
            println!("SKIPPED: no Python with `cryptography`, which `./run test` installs");
        }
        found.map(Cryptography)
    }

    fn folder() -> PathBuf {
        Python::folder().join("native")
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.0);
        command.arg("-B");
        command
    }

    /// Runs its own tests to the end, with all vectors.
    pub(crate) fn tests(&self) -> Output {
        let mut command = self.command();
        command.args(["-m", "unittest", "discover", "-s"]).arg(Cryptography::folder());
        command.output().unwrap()
    }
}

/// It runs at the place of one of a mesh's servers.
pub(crate) struct Stranger {
    program: Running,
    pub(crate) key: String,
}

/// What people call it.
const NAME: &str = "Stranger";

impl Stranger {
    /// Starts it and waits until it is ready.
    pub(crate) fn start(
        python: &Cryptography,
        mesh: &Mesh,
        place: usize,
        flags: &[&str],
    ) -> Stranger {
        let mut command = python.command();
        command.arg(Cryptography::folder().join("peer.py")).args(["--name", NAME]);
        command.args(["--listen", &mesh.address(place).to_string()]).args(flags);
        let program = Running::start(&mut command);
        let key = program.said(|said| {
            let (line, _) = said.split_once('\n')?;
            line.rsplit_once(" key ").map(|(_, key)| key.to_owned())
        });
        Stranger { program, key }
    }

    /// As others are told of it: `KEY@ADDR`.
    pub(crate) fn peer(&self, mesh: &Mesh, place: usize) -> String {
        format!("{}@{}", self.key, mesh.address(place))
    }

    pub(crate) fn does(&mut self, words: &str) {
        self.program.type_in(&format!("{words}\n"));
    }

    /// Waits until it says so; returns all that it has said.
    pub(crate) fn says(&self, words: &str) -> String {
        self.program.says(words)
    }

    /// What it has said so far.
    pub(crate) fn spoken(&self) -> String {
        self.program.spoken()
    }
}
