//! Programs that speak SMPP, on real servers: clients that others wrote, each with its story.

// Helpers of tests fail as tests do, and say why they were skipped.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

#[path = "../support/mod.rs"]
mod support;

mod bad_clients;
mod kannel;
mod node;
mod python;
mod raw;
mod simulator;
mod site;
mod stories;
mod wireshark;

const PUMPS: &str = "5550000001";
const DESK: &str = "5550000002";
const AWAY: &str = "5550000005";
const NOBODY: &str = "5550000099";
const ALSO_NOBODY: &str = "5550000098";
