//! A server whose disk is full refuses new texts and serves the old ones.
//!
//! The disk is a small one in memory that only the server's process sees, in a user
//! and mount namespace of its own; where the system forbids that, the test says so.

// Helpers of tests fail as tests do, and say why they were skipped.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod support;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use support::{Mesh, Network, Person, PlainSocket, Running, UP, number};

const DISK_BYTES: usize = 64 << 20;

/// With this much beside the server's data, less is left than it keeps in reserve.
const OTHERS_BYTES: usize = 40 << 20;

/// Mounts a disk of `$1` bytes on the folder `$2`, then becomes the rest.
const ON_A_DISK: &str = r#"mount -t tmpfs -o size="$1" tmpfs "$2" && shift 2 && exec "$@""#;

#[test]
fn a_full_disk_refuses_texts_until_there_is_room_and_what_waits_still_leaves() {
    let network = Network::new(1);
    std::fs::create_dir(network.data(1)).unwrap();
    if let Err(why) = may_mount(&network.data(1)) {
        println!("SKIPPED: this system does not let a test mount a disk of its own: {why}");
        return;
    }
    let server = network.ready(1, &mut on_a_disk(&network.data(1), &network.command(1)));
    let address = network.address(1);
    let (ann, ben) = (number(1), Person::at(address, number(2)));
    for text in ["one", "two", "three"] {
        assert!(is_accepted(address, text));
    }

    let others = as_seen_by(&server, &network.data(1)).join("somebody else's");
    std::fs::write(&others, vec![7; OTHERS_BYTES]).unwrap();
    assert!(!is_accepted(address, "refused"));
    assert_eq!(ben.receives(2), ["one", "two"]);
    assert!(!is_accepted(address, "refused again"));
    log_of_refusals(&server, &ben, "disk_full=2");

    std::fs::remove_file(others).unwrap();
    assert!(is_accepted(address, "accepted again"));
    assert_eq!(ben.receives(2), ["three", "accepted again"]);
    assert_eq!(ben.gets(), None);
    assert_eq!(Person::at(address, ann).gets(), None);
    server.drain().well();
}

#[test]
fn what_came_over_a_trunk_while_the_disk_was_full_is_taken_once_there_is_room() {
    let mesh = Mesh::line(2);
    let data = mesh.data(2);
    if let Err(why) = may_mount(&data) {
        println!("SKIPPED: this system does not let a test mount a disk of its own: {why}");
        return;
    }
    let key = data.with_extension("key");
    std::fs::copy(data.join("identity.key"), &key).unwrap();
    let first = mesh.serve(1);
    let mut second = on_a_disk(&data, mesh.command(2).arg("--key-file").arg(key));
    let second = Running::start(&mut second);
    second.says(&format!("{} is ready", Mesh::name(2)));
    mesh.sees_link(1, 2, UP);
    let mut ann = Person::at(mesh.address(1), number(1));
    let ben = Person::at(mesh.address(2), number(2));
    ann.sends(number(2), "before");
    assert_eq!(ben.receives(1), ["before"]);

    let others = as_seen_by(&second, &data).join("somebody else's");
    std::fs::write(&others, vec![7; OTHERS_BYTES]).unwrap();
    ann.sends(number(2), "meanwhile");
    log_of_refusals(&second, &ben, "disk_full=");
    assert_eq!(ben.gets(), None);

    std::fs::remove_file(others).unwrap();
    assert_eq!(ben.receives(1), ["meanwhile"]);
    first.drain().well();
    second.drain().well();
}

/// Sends a text once, and a question after it. Answers come in the order of what they
/// answer, so the first one tells what became of the text.
fn is_accepted(server: SocketAddr, text: &str) -> bool {
    let socket = PlainSocket::new();
    socket.tell(server, format!("send/0/0000000001/0000000002/{text}"));
    let answer = socket.ask(server, "get/0/0000000001//");
    assert!(answer.starts_with("ack/") || answer == "send/0//0000000001/", "{answer}");
    answer.starts_with("ack/")
}

/// Waits until the server's log tells of so many refusals: of the first at once, of more
/// ten seconds later. It does so when it has something to do, so it is given that.
fn log_of_refusals(server: &Running, anybody: &Person, refusals: &str) {
    support::eventually("a word about refusals in the log", || {
        anybody.gets();
        let log = server.logged();
        let is_told = log.contains("refused since the start; what was accepted is kept");
        (is_told && log.contains(refusals)).then_some(())
    });
}

fn may_mount(folder: &Path) -> Result<(), String> {
    let mut tried = on_a_disk(folder, &Command::new("true"));
    let done = tried.stdin(Stdio::null()).output().map_err(|error| format!("unshare: {error}"))?;
    let complaint = String::from_utf8_lossy(&done.stderr).trim().to_owned();
    done.status.success().then_some(()).ok_or(complaint)
}

/// A command to be run with a small disk mounted on this folder, which it alone sees.
fn on_a_disk(folder: &Path, command: &Command) -> Command {
    let mut mounted = Command::new("unshare");
    mounted.args(["--user", "--map-root-user", "--mount", "sh", "-c", ON_A_DISK, "sh"]);
    mounted.arg(DISK_BYTES.to_string()).arg(folder);
    mounted.arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => mounted.env(name, value),
            None => mounted.env_remove(name),
        };
    }
    mounted
}

/// A folder as a process sees it.
fn as_seen_by(process: &Running, folder: &Path) -> PathBuf {
    let root = PathBuf::from(format!("/proc/{}/root", process.pid()));
    root.join(folder.strip_prefix("/").expect("a whole path"))
}
