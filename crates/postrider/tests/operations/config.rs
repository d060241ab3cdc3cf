//! `postrider config`.

use crate::command;
use crate::support::{Mesh, Running};
use serde_json::Value;
use std::path::Path;

fn write(folder: &Path, written: &str) {
    std::fs::write(folder.join("postrider.toml"), written).unwrap();
}

#[test]
fn each_setting_is_shown_with_where_it_comes_from() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "data = \"d\"\nlisten = \"10.0.0.1\"\nname = \"of the file\"\n");
    let mut show = command(&["config", "show", "--name", "Camp 9"]);
    show.current_dir(&folder).env("POSTRIDER_NETWORKS", "10.0.0.0/8");
    let people = Running::to_end(&mut show).well();
    assert!(people.lines().any(|line| line.starts_with("name ") && line.ends_with("flag --name")));
    let shown: Value = serde_json::from_str(&Running::to_end(show.arg("--json")).well()).unwrap();
    let of = |name: &str| (shown[name]["value"].clone(), shown[name]["from"].clone());
    assert_eq!(of("name"), ("Camp 9".into(), "flag --name".into()));
    assert_eq!(of("listen"), ("10.0.0.1:10410".into(), "file postrider.toml".into()));
    assert_eq!(of("limits.mailbox"), (10_000.into(), "default".into()));
    let (networks, from) = of("classic.networks");
    assert_eq!(
        (networks[0].as_str(), from.as_str().unwrap()),
        (Some("10.0.0.0/8"), "environment POSTRIDER_NETWORKS")
    );
    assert_eq!(of("trunks.key_file"), ("d/identity.key".into(), "default".into()));
    assert!(!folder.path().join("d").exists(), "nothing was made");
}

#[test]
fn what_is_wrong_is_said_with_file_and_line_and_nothing_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let wrong = [
        ("data = \"d\"\nlisten = \"example\"\n", "postrider.toml:2: \"example\" is not an address"),
        (
            "data = \"d\"\nlisten = \"127.0.0.1\"\n[limits]\n# sender = 0\nsender = 0\n",
            "postrider.toml:5: limits.sender",
        ),
        (
            "data = \"d\"\nlisten = \"127.0.0.1\"\n[trunks]\nblocks = [\"6\"]\n",
            "postrider.toml:4: ",
        ),
        (
            "data = \"d\"\nlisten = \"127.0.0.1\"\n[[trunks.peer]]\naddress = \"10.0.0.2\"\ncost = 0\n",
            "postrider.toml:4: the peer 10.0.0.2",
        ),
        ("data = \"d\"\nlisen = \"127.0.0.1\"\n", "did you mean `listen`?"),
        ("data = \n", "line 1"),
        ("listen = \"127.0.0.1\"\n", "the data folder is not set"),
    ];
    for (written, expected) in wrong {
        write(folder.path(), written);
        let ended = Running::to_end(command(&["config", "check"]).current_dir(&folder));
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.out.contains(expected), "{expected}: {}", ended.out);
    }
    assert!(!folder.path().join("d").exists());
}

#[test]
fn what_the_settings_name_is_looked_at_while_a_server_runs_as_well() {
    let mesh = Mesh::apart(2);
    let check = |index| {
        let mut check = command(&["config", "check", "--listen", &mesh.address(1).to_string()]);
        Running::to_end(check.arg("--data").arg(mesh.data(index)))
    };
    check(1).well();
    let server = mesh.serve(1);
    check(1).well();
    let other = check(2);
    assert_eq!(other.code, Some(1), "{other:?}");
    assert!(
        other.out.contains(&format!("by \"postrider\", process {}", server.pid())),
        "{}",
        other.out
    );
    assert!(!mesh.data(2).join("log-0000000000000000").exists(), "nothing was made");
}
