//! People with numbers of their own, by the program's commands.

use super::{Ended, Mesh, Running, postrider};
use std::path::PathBuf;
use std::process::Command;
use tempfile::TempDir;

/// Profiles, each in a folder of its own.
pub(crate) struct People {
    folder: TempDir,
}

impl People {
    pub(crate) fn new() -> People {
        People { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn profile(&self, who: &str) -> PathBuf {
        self.folder.path().join(who)
    }

    pub(crate) fn command(&self, what: &str, who: &str, words: &[&str]) -> Command {
        let mut command = postrider(what);
        command.arg("--profile").arg(self.profile(who)).args(words);
        command
    }

    /// Begins, and is not waited for.
    pub(crate) fn begins(&self, what: &str, who: &str, words: &[&str]) -> Running {
        Running::start(&mut self.command(what, who, words))
    }

    pub(crate) fn does(&self, what: &str, who: &str, words: &[&str]) -> Ended {
        Running::to_end(&mut self.command(what, who, words))
    }

    /// Somebody comes for the first time, at that server.
    pub(crate) fn joins(&self, who: &str, mesh: &Mesh, server: usize) -> Ended {
        let at = mesh.address(server).to_string();
        self.does("id", who, &["new", who, "--server", &at])
    }
}
