//! The figures of a running server, as Prometheus' own library reads them.

use crate::support::{Mesh, Person, Running, UP, number, postrider};
use std::path::{Path, PathBuf};
use std::process::Command;

const READ: &str = "
import sys
from prometheus_client.parser import text_string_to_metric_families
for family in text_string_to_metric_families(sys.stdin.read()):
    for sample in family.samples:
        print(family.type, sample.name, sample.labels.get('peer', '-'), float(sample.value))
";

/// Python with `prometheus_client`, which `./run test` installs.
fn python() -> Option<PathBuf> {
    let made = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/strangers/bin/python");
    let has = Command::new(&made).args(["-c", "import prometheus_client"]).output();
    has.is_ok_and(|done| done.status.success()).then_some(made)
}

#[test]
fn prometheus_reads_the_figures_of_a_running_server() {
    let mesh = Mesh::line(2);
    let _servers = mesh.serve_all();
    mesh.sees_link(1, 2, UP);
    // Its name comes a moment after its link.
    mesh.sees(1, ("peers", &[]), |peers| peers["peers"][0]["name"].as_str().map(drop));
    let mut ann = Person::at(mesh.address(1), number(1));
    ann.sends(number(2), "counted");
    let mut status = postrider("status");
    let text = Running::to_end(status.arg("--metrics").arg("--data").arg(mesh.data(1))).well();
    assert!(text.contains("\npostrider_messages_accepted_total 1\n"), "{text}");
    let Some(python) = python() else {
        return println!(
            "SKIPPED: no Python with `prometheus_client`, which `./run test` installs"
        );
    };
    let mut reader = Running::start(Command::new(python).args(["-c", READ]));
    reader.type_in(&text);
    let read = reader.end().well();
    let link = format!("gauge postrider_link_up {} 1.0", Mesh::name(2));
    let expected =
        ["counter postrider_messages_accepted_total - 1.0", "gauge postrider_ready - 1.0", &link];
    for line in expected {
        assert!(read.lines().any(|found| found == line), "{line}: {read}");
    }
}
