//! Real native servers with trunks between them: killed, cut off, disturbed, deceived.

// Helpers of tests fail as tests do, and print the seed that brings a failure back.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

#[path = "../support/mod.rs"]
mod support;

mod bad_path;
mod blocks;
mod bytes;
mod keys;
mod killed;

use serde_json::Value;
use support::{Mesh, Person, number, rows};

/// Names a seed to bring a failure back.
const SEED: &str = "TRUNKS_SEED";

fn seed() -> u64 {
    let given = std::env::var(SEED).ok();
    let seed = given.map_or_else(|| fastrand::u64(..), |seed| seed.parse().expect("a number"));
    println!("{SEED}={seed}");
    seed
}

/// The names of a way's steps.
fn names(steps: &Value) -> Vec<&str> {
    steps.as_array().into_iter().flatten().filter_map(|step| step["name"].as_str()).collect()
}

/// Where each message of an answer is.
fn states(answer: &Value) -> Vec<&str> {
    rows(answer, "messages").iter().filter_map(|message| message["state"].as_str()).collect()
}

/// What servers have to agree on: number, name of its home, its key, version.
fn of_numbers(answer: &Value) -> Vec<[Value; 4]> {
    let row = |row: &Value| ["number", "home", "key", "version"].map(|name| row[name].clone());
    rows(answer, "numbers").iter().map(row).collect()
}

/// Somebody new at each of two servers gets a text from the other.
fn assert_texts_pass(mesh: &Mesh, one: usize, other: usize) {
    let [mut ann, mut ben] = [one, other].map(|index| {
        Person::at(mesh.address(index), number(fastrand::u64(6_000_000_000..7_000_000_000)))
    });
    ann.sends(ben.number, "there");
    assert_eq!(ben.receives(1), ["there"]);
    ben.sends(ann.number, "and back");
    assert_eq!(ann.receives(1), ["and back"]);
    assert_eq!((ann.gets(), ben.gets()), (None, None));
}
