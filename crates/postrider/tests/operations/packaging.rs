//! The files that packages install.

use crate::command;
use crate::support::Running;
use std::path::{Path, PathBuf};

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packaging").join(name)
}

/// The sample with all that stands behind `#` taken for written, but for explanations.
#[test]
fn the_sample_of_the_settings_can_be_used_as_it_is_and_with_everything_in_it() {
    let written = std::fs::read_to_string(file("postrider.toml")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let whole: String = written
        .lines()
        .map(|line| line.strip_prefix('#').unwrap_or(line).to_owned() + "\n")
        .collect();
    // An explanation stands behind "# ", a setting behind "#".
    let whole: String = whole
        .lines()
        .filter(|line| !line.starts_with(' '))
        .map(|line| format!("{line}\n"))
        .collect();
    assert!(whole.lines().count() > 20, "{whole}");
    for (name, settings) in [("sample.toml", &written), ("whole.toml", &whole)] {
        let path = folder.path().join(name);
        std::fs::write(&path, settings).unwrap();
        let mut show = command(&["config", "show", "--config"]);
        let shown = Running::to_end(show.arg(&path)).well();
        assert!(shown.contains("/var/lib/postrider"), "{shown}");
    }
}

#[test]
fn the_unit_starts_what_there_is() {
    let unit = std::fs::read_to_string(file("postrider.service")).unwrap();
    for line in ["Type=notify", "WatchdogSec=", "NoNewPrivileges=yes", "ProtectSystem=strict"] {
        assert!(unit.lines().any(|found| found.starts_with(line)), "{line}");
    }
    let start = unit.lines().find_map(|line| line.strip_prefix("ExecStart=/usr/bin/postrider "));
    let words: Vec<&str> = start.unwrap().split(' ').collect();
    assert_eq!(words, ["serve", "--config", "/etc/postrider/postrider.toml"]);
}
