//! What operators look at: figures, settings, faults, and what systemd is told.

// Helpers of tests fail as tests do, and say why they were skipped.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

#[path = "../support/mod.rs"]
mod support;

mod audit;
mod config;
mod doctor;
mod metrics;
mod packaging;
mod watchdog;

use std::process::Command;
use support::postrider;

/// `postrider COMMAND WORD` with nothing in the environment.
fn command(words: &[&str]) -> Command {
    let mut command = postrider(words[0]);
    command.args(&words[1..]);
    command
}
