//! The corpora of the fuzz targets, replayed: what a fuzzer once found interesting
//! keeps being tried by every `cargo test`.

#![allow(clippy::expect_used, reason = "a corpus that cannot be read is to fail loudly")]
#![allow(clippy::print_stdout, reason = "the test harness shows it only where it fails")]

#[path = "../../../fuzz/src/lib.rs"]
#[allow(unreachable_pub, reason = "the fuzz targets need it public")]
mod fuzz;

use std::fs;
use std::path::Path;

fn replay(target: &str, run: impl Fn(&[u8])) {
    let corpora = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    let folder = corpora.join(target);
    let mut files: Vec<_> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|file| file.expect("a folder that can be read").path())
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{} is empty", folder.display());
    for file in files {
        let bytes = fs::read(&file).expect("a file that can be read");
        // The last one shown is the one that fails.
        println!("fuzz/corpus/{target}/{}", file.file_name().unwrap_or_default().display());
        run(&bytes);
    }
}

#[test]
fn no_bytes_confuse_the_classic_parser() {
    replay("classic_parser", fuzz::classic_parser::run);
}

#[test]
fn no_bytes_confuse_the_log() {
    replay("log_records", fuzz::log_records::run);
}

#[test]
fn no_life_stops_a_turn_or_replays_differently() {
    replay("turn", fuzz::turn::run);
}
