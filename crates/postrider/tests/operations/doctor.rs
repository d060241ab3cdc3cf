//! `postrider doctor`, with each fault really made.

use crate::command;
use crate::support::{Host, Mesh, Running, rows};
use nix::unistd::geteuid;
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, UdpSocket};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;

/// A server's folder and address of its own, where nothing is wrong.
struct Site(Mesh);

impl Site {
    fn new() -> Site {
        Site(Mesh::apart(2))
    }

    fn data(&self) -> std::path::PathBuf {
        self.0.data(1)
    }

    /// For its settings, with more flags.
    fn command(&self, flags: &[&str]) -> Command {
        let mut doctor = command(&["doctor", "--json"]);
        if !flags.contains(&"--listen") {
            doctor.args(["--listen", &self.0.address(1).to_string()]);
        }
        doctor.args(flags).arg("--data").arg(self.data());
        doctor
    }

    fn finds(&self, flags: &[&str]) -> Found {
        Found::by(&mut self.command(flags))
    }
}

/// What it found.
struct Found(Value, Option<i32>);

impl Found {
    fn by(doctor: &mut Command) -> Found {
        let ended = Running::to_end(doctor);
        let found = serde_json::from_str(&ended.out).unwrap_or_else(|_| panic!("{ended:?}"));
        Found(found, ended.code)
    }

    /// That a check found this, in such a state, and that the exit code goes with it.
    fn has(&self, check: &str, state: &str, words: &str) {
        let is_it = |finding: &&Value| {
            let all = format!("{} {}", finding["says"], finding["advice"]);
            finding["check"] == check && finding["state"] == state && all.contains(words)
        };
        assert!(
            rows(&self.0, "findings").iter().any(|one| is_it(&one)),
            "{check} {state} {words}: {:#}",
            self.0
        );
        let has_faults = rows(&self.0, "findings").iter().any(|one| one["state"] == "fault");
        assert_eq!(self.1, Some(i32::from(has_faults)));
        assert!(state != "fault" || has_faults);
    }
}

#[test]
fn where_nothing_is_wrong_nothing_is_found() {
    let site = Site::new();
    let found = site.finds(&[]);
    for check in ["settings", "data folder", "key", "address", "networks", "running server"] {
        found.has(check, "fine", "");
    }
    let _server = site.0.serve(1);
    site.finds(&[]).has("running server", "fine", "\\\"Camp 1\\\" answers");
    let mut people = command(&["doctor", "--data"]);
    let said = Running::to_end(people.arg(site.data())).well();
    assert!(said.contains("ok    running server"), "{said}");
}

#[test]
fn a_port_that_is_taken_is_found_with_who_has_it() {
    let site = Site::new();
    let _udp = UdpSocket::bind(site.0.address(1)).unwrap();
    let me = format!("process {}", std::process::id());
    site.finds(&[]).has("address", "fault", &me);
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let web = tcp.local_addr().unwrap().to_string();
    site.finds(&["--web", &web]).has("page for browsers", "fault", &me);
    site.finds(&["--listen", "192.0.2.1"]).has("address", "fault", "no such address");
}

#[test]
fn a_data_folder_that_cannot_be_used_is_found() {
    let site = Site::new();
    let key = fs::read(site.data().join("identity.key")).unwrap();
    fs::remove_dir_all(site.data()).unwrap();
    site.finds(&[]).has("data folder", "fine", "a start makes it");
    fs::write(site.data(), "a file").unwrap();
    site.finds(&[]).has("data folder", "fault", "is not a folder");
    fs::remove_file(site.data()).unwrap();
    fs::create_dir(site.data()).unwrap();
    if !geteuid().is_root() {
        return println!("SKIPPED: only root gives files to others");
    }
    fs::write(site.data().join("identity.key"), key).unwrap();
    std::os::unix::fs::chown(site.data(), Some(4_321), None).unwrap();
    site.finds(&[]).has("data folder", "fault", "chown -R 4321");
    // Somebody who is not root, and does not have the folder.
    let doctor = site.command(&[]);
    let program = shared_copy(&site);
    let mut other = Command::new("setpriv");
    other.args(["--reuid", "4322", "--regid", "4322", "--clear-groups"]).arg(program);
    other.args(doctor.get_args());
    if Command::new("setpriv").arg("--version").output().is_err() {
        return println!("SKIPPED: setpriv is not installed");
    }
    Found::by(&mut other).has("data folder", "fault", "user 4322 cannot write");
}

/// The program where any user may run it, in a folder that any may pass.
fn shared_copy(site: &Site) -> std::path::PathBuf {
    let above = site.data().parent().unwrap().to_owned();
    fs::set_permissions(&above, PermissionsExt::from_mode(0o755)).unwrap();
    let program = above.join("postrider");
    fs::copy(crate::support::POSTRIDER, &program).unwrap();
    program
}

#[test]
fn a_disk_with_little_room_is_found() {
    let site = Site::new();
    let on_a_disk = |megabytes: u32| {
        let doctor = site.command(&[]);
        let mount =
            format!("mount -t tmpfs -o size={megabytes}m tmpfs \"$1\" && shift && exec \"$@\"");
        let mut outer = Command::new("unshare");
        outer.args(["--user", "--map-root-user", "--mount", "sh", "-c", &mount, "sh"]);
        outer.arg(site.data()).arg(doctor.get_program()).args(doctor.get_args());
        outer
    };
    let mut tried = Command::new("unshare");
    tried.args(["--user", "--map-root-user", "--mount", "true"]);
    if !tried.output().is_ok_and(|done| done.status.success()) {
        return println!("SKIPPED: this system does not let a test mount a disk of its own");
    }
    Found::by(&mut on_a_disk(20)).has("disk", "fault", "new texts are refused");
    Found::by(&mut on_a_disk(100)).has("disk", "hint", "make room before");
}

#[test]
fn a_key_that_others_may_read_or_that_is_lost_is_found() {
    let site = Site::new();
    site.0.serve(1).drain().well();
    let key = site.data().join("identity.key");
    fs::set_permissions(&key, PermissionsExt::from_mode(0o644)).unwrap();
    site.finds(&[]).has("key", "fault", "chmod 600");
    fs::remove_file(&key).unwrap();
    site.finds(&[]).has("key", "fault", "restore the key file");
}

#[test]
fn what_the_system_does_not_grant_is_found() {
    let site = Site::new();
    let doctor = site.command(&[]);
    let mut few = Command::new("sh");
    few.args(["-c", "ulimit -n 200; exec \"$@\"", "sh"])
        .arg(doctor.get_program())
        .args(doctor.get_args());
    Found::by(&mut few).has("open files", "hint", "200 may be open");
    let granted = fs::read_to_string("/proc/sys/net/core/rmem_max").unwrap();
    if granted.trim().parse::<usize>().unwrap() >= 8 << 20 {
        return println!("SKIPPED: this system grants buffers to everybody");
    }
    // Nobody but root of the machine gets more than the limit.
    let mut user = Command::new("unshare");
    user.args(["--user", "--map-root-user"]).arg(doctor.get_program()).args(doctor.get_args());
    Found::by(&mut user).has("receive buffer", "hint", "sysctl -w net.core.rmem_max=8388608");
}

#[test]
fn peers_that_do_not_answer_are_found_with_the_reason() {
    let mut site = Site(Mesh::apart(3));
    site.0.tell(1, site.0.peer(2));
    site.0.tell(1, site.0.peer(3));
    let _first = site.0.serve(1);
    // It does not know the first.
    let _second = site.0.serve(2);
    site.0.sees_link(1, 2, "refused by the other end");
    let found = site.finds(&[]);
    found.has("peer", "fault", &format!("has to name this server's key there: {}", site.0.key(1)));
    found.has("peer", "hint", "nobody listens at UDP");
    found.has("running server", "hint", "none of the 2 configured peers is connected");
}

#[test]
fn classic_clients_that_nobody_lets_in_are_found() {
    let site = Site::new();
    let port = site.0.address(1).port();
    let anywhere = format!("0.0.0.0:{port}");
    site.finds(&["--listen", &anywhere]).has("networks", "hint", "--networks");
    let flags = ["--listen", &anywhere, "--networks", "10.0.0.0/8"];
    site.finds(&flags).has("networks", "fine", "10.0.0.0/8");
}

#[test]
fn a_local_network_that_cannot_be_heard_is_found() {
    if !Host::can_be_made() {
        return;
    }
    let (site, alone, other) = (Site::new(), Host::new(), Host::new());
    let doctor = site.command(&["--listen", "0.0.0.0", "--discover"]);
    Found::by(&mut alone.within(&doctor)).has("discovery", "fault", "no interface");
    alone.cable("one", &other, "two");
    alone.ip("addr add 10.1.1.1/24 dev one");
    Found::by(&mut alone.within(&doctor)).has("discovery", "fine", "heard on one");
}

#[test]
fn a_server_of_another_version_is_found() {
    let site = Site::new();
    let status = r#"{"name":"old","key":null,"address":"127.0.0.1:1","version":"0.0.9","up_s":1,"line":null,"holds":{},"done":{},"refused":{},"dropped":{},"trunks":null}"#;
    answers(&site.data(), status);
    site.finds(&[]).has("running server", "hint", "it is of version 0.0.9");
    answers(&site.data(), r#"{"other":"words"}"#);
    site.finds(&[]).has("running server", "fault", "is it of the same version?");
}

/// Something that answers every question at the control socket with this line.
fn answers(data: &Path, line: &str) {
    let socket = data.join("control.sock");
    let _ = fs::remove_file(&socket);
    let (listener, line) = (UnixListener::bind(socket).unwrap(), format!("{line}\n"));
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let _ = BufReader::new(&stream).read_line(&mut String::new());
            let _ = stream.write_all(line.as_bytes());
        }
    });
}

#[test]
fn what_a_killed_server_leaves_is_found_and_harmless() {
    let site = Site::new();
    site.0.serve(1).kill();
    site.finds(&[]).has("running server", "hint", "a killed one has left its control socket");
    site.0.serve(1).drain().well();
    site.finds(&[]).has("running server", "fine", "none runs");
    let folder = fs::File::open(site.data()).unwrap();
    folder.try_lock().unwrap();
    site.finds(&[]).has("running server", "fault", "does not answer");
}

#[test]
fn settings_that_cannot_be_used_are_found_and_the_folder_is_looked_at_all_the_same() {
    let site = Site::new();
    let found = site.finds(&["--listen", "example"]);
    found.has("settings", "fault", "is not an address");
    found.has("data folder", "fine", "can be written");
    let nothing = tempfile::tempdir().unwrap();
    let found = Found::by(command(&["doctor", "--json"]).current_dir(&nothing));
    found.has("settings", "fault", "is not set");
}
