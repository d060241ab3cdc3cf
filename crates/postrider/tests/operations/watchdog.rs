//! What systemd is told: that the server is ready, and that it lives, but only while it does.

use crate::support::{Mesh, PATIENCE, Running};
use nix::sys::ptrace;
use nix::sys::signal::Signal;
use nix::sys::wait::WaitPidFlag;
use nix::sys::wait::waitpid;
use nix::unistd::Pid;
use std::io::ErrorKind;
use std::os::unix::net::UnixDatagram;
use std::time::Duration;

/// After this long without a word systemd takes the service for dead.
const DEAD_AFTER: Duration = Duration::from_millis(600);

/// More than can be on their way when the engine stops.
const WORDS_MAX: usize = 20;

/// What comes next; none if nothing does within the time.
fn word(socket: &UnixDatagram, within: Duration) -> Option<String> {
    socket.set_read_timeout(Some(within)).unwrap();
    let mut buffer = [0; 256];
    match socket.recv(&mut buffer) {
        Ok(length) => Some(String::from_utf8_lossy(&buffer[..length]).trim().to_owned()),
        Err(error) if error.kind() == ErrorKind::WouldBlock => None,
        Err(error) => panic!("{error}"),
    }
}

/// The thread of a process with this name.
fn thread(pid: u32, name: &str) -> Pid {
    let all = std::fs::read_dir(format!("/proc/{pid}/task")).unwrap().map(|task| task.unwrap());
    let named = |task: &std::fs::DirEntry| {
        std::fs::read_to_string(task.path().join("comm")).is_ok_and(|comm| comm.trim() == name)
    };
    let task = all.into_iter().find(named).expect("such a thread");
    Pid::from_raw(task.file_name().to_str().unwrap().parse().unwrap())
}

/// A thread that does nothing. A process with one of these cannot be killed and waited for, so it
/// goes on when this is dropped, at the end of a test that fails as well.
struct Stopped(Pid);

impl Stopped {
    /// By the system's own means; the error where it does not let a test do that.
    fn new(thread: Pid) -> nix::Result<Stopped> {
        ptrace::seize(thread, ptrace::Options::empty())?;
        ptrace::interrupt(thread)?;
        waitpid(thread, Some(WaitPidFlag::__WALL))?;
        Ok(Stopped(thread))
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        // It may have ended.
        let _ = ptrace::detach(self.0, None::<Signal>);
    }
}

#[test]
fn systemd_hears_nothing_once_the_engine_does_nothing() {
    let mesh = Mesh::apart(1);
    let file = mesh.data(1).with_extension("notify");
    let socket = UnixDatagram::bind(&file).unwrap();
    let mut command = mesh.command(1);
    command.env("NOTIFY_SOCKET", &file);
    command.env("WATCHDOG_USEC", DEAD_AFTER.as_micros().to_string());
    let server = Running::start(&mut command);
    assert_eq!(word(&socket, PATIENCE).as_deref(), Some("READY=1"));
    for _ in 0..3 {
        assert_eq!(word(&socket, PATIENCE).as_deref(), Some("WATCHDOG=1"));
    }

    let stopped = match Stopped::new(thread(server.pid(), "turns")) {
        Ok(stopped) => stopped,
        Err(why) => {
            return println!("SKIPPED: this system does not let a test stop a thread: {why}");
        }
    };
    // Some words may have been on their way; then there is silence.
    let late = (0..WORDS_MAX).take_while(|_| word(&socket, DEAD_AFTER).is_some()).count();
    assert!(late < WORDS_MAX, "it says that it lives, {late} times");

    drop(stopped);
    assert_eq!(word(&socket, PATIENCE).as_deref(), Some("WATCHDOG=1"));
    server.drain().well();
    while word(&socket, PATIENCE).expect("a last word") != "STOPPING=1" {}
}
