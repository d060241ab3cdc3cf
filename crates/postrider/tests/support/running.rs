//! A program that runs, what it says, and how it ends.

use super::PATIENCE;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::io::{Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Instant;

/// A process with its output. Killed when dropped.
pub(crate) struct Running {
    child: Child,
    stdin: Option<ChildStdin>,
    out: Captured,
    err: Captured,
}

/// How a process ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// The exit code; none where a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Running {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let out = Captured::of(child.stdout.take().unwrap());
        let err = Captured::of(child.stderr.take().unwrap());
        let stdin = child.stdin.take();
        Running { child, stdin, out, err }
    }

    /// Runs it to its end, without input.
    pub(crate) fn to_end(command: &mut Command) -> Ended {
        Running::start(command).end()
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits until these words stand on standard output; returns all that does.
    pub(crate) fn says(&self, words: &str) -> String {
        self.said(|out| out.contains(words).then(|| out.to_owned()))
    }

    /// Waits until standard output holds what is looked for.
    pub(crate) fn said<T>(&self, look: impl FnMut(&str) -> Option<T>) -> T {
        self.out.wait(look).unwrap_or_else(|seen| {
            panic!("it said only {seen:?}, and on standard error {:?}", self.err.text())
        })
    }

    /// Waits until these words stand on standard error; returns all that does.
    pub(crate) fn logs(&self, words: &str) -> String {
        let found = self.err.wait(|err| err.contains(words).then(|| err.to_owned()));
        found.unwrap_or_else(|seen| panic!("{words:?} is not in its log: {seen}"))
    }

    /// What stands on standard error so far.
    pub(crate) fn logged(&self) -> String {
        self.err.text()
    }

    /// What stands on standard output so far.
    pub(crate) fn spoken(&self) -> String {
        self.out.text()
    }

    /// Types into standard input.
    pub(crate) fn type_in(&mut self, typed: &str) {
        let stdin = self.stdin.as_mut().expect("its input is still open");
        stdin.write_all(typed.as_bytes()).and_then(|()| stdin.flush()).expect("it still reads");
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id() as i32), signal).unwrap();
    }

    /// Sends SIGTERM and waits for the end.
    pub(crate) fn drain(self) -> Ended {
        self.signal(Signal::SIGTERM);
        self.end()
    }

    /// Sends SIGKILL; returns once it is gone.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Ends its input and waits until it has ended by itself.
    pub(crate) fn end(mut self) -> Ended {
        self.stdin = None;
        for captured in [&self.out, &self.err] {
            let closed = captured.wait_until_closed();
            assert!(closed, "it does not end: {} {}", self.out.text(), self.err.text());
        }
        let code = self.child.wait().unwrap().code();
        Ended { code, out: self.out.text(), err: self.err.text() }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Ended {
    /// All that it said, if it ended well.
    pub(crate) fn well(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.out
    }

    /// What it complained about: it ended with an exit code that is not 0, and without
    /// a panic.
    pub(crate) fn badly(self) -> String {
        assert!(self.code.is_some_and(|code| code != 0), "{self:?}");
        assert!(!self.err.contains("panicked"), "{}", self.err);
        self.err
    }
}

/// A stream that is read as it comes.
struct Captured(Arc<(Mutex<Seen>, Condvar)>);

#[derive(Default)]
struct Seen {
    bytes: Vec<u8>,
    closed: bool,
}

impl Captured {
    fn of(mut stream: impl Read + Send + 'static) -> Captured {
        let shared = Arc::<(Mutex<Seen>, Condvar)>::default();
        let captured = Captured(Arc::clone(&shared));
        std::thread::spawn(move || {
            let mut buffer = [0; 4_096];
            loop {
                let length = stream.read(&mut buffer).unwrap_or(0);
                let mut seen = shared.0.lock().unwrap();
                seen.bytes.extend_from_slice(&buffer[..length]);
                seen.closed = length == 0;
                shared.1.notify_all();
                if length == 0 {
                    return;
                }
            }
        });
        captured
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.0.lock().unwrap()
    }

    fn text(&self) -> String {
        self.seen().text()
    }

    /// Waits for what is looked for; the error is all that there was, once the stream
    /// is closed or patience ends.
    fn wait<T>(&self, mut look: impl FnMut(&str) -> Option<T>) -> Result<T, String> {
        let mut found = None;
        let text = self.wait_while(|seen| {
            found = look(&seen.text());
            found.is_none() && !seen.closed
        });
        found.ok_or(text)
    }

    fn wait_until_closed(&self) -> bool {
        self.wait_while(|seen| !seen.closed);
        self.seen().closed
    }

    fn wait_while(&self, mut missing: impl FnMut(&Seen) -> bool) -> String {
        let deadline = Instant::now() + PATIENCE;
        let mut seen = self.seen();
        while missing(&seen) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            seen = self.0.1.wait_timeout(seen, left).unwrap().0;
        }
        seen.text()
    }
}

impl Seen {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}
