//! The native client as people and scripts use it, through three servers in a line.
//!
//! ```text
//!   Ann ── Camp 1 ══ Camp 2 ══ Camp 3 ── Ben
//! ```

// Helpers of tests fail as tests do, and say why they were skipped.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod support;

use nix::sys::signal::Signal;
use serde_json::Value;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use support::{Mesh, Network, Running, eventually, postrider};
use tempfile::TempDir;

const ANN: &str = "5550000001";
const BEN: &str = "5550000002";

/// Longer than anything here takes.
const LONG: &str = "40";

#[test]
fn texts_arrive_once_and_in_order_although_servers_are_killed() {
    let (mesh, mut servers) = line();
    let (ann, ben) = (User::at(mesh.address(1), ANN), User::at(mesh.address(3), BEN));
    let inbox = Running::start(ben.command("inbox").args(["--follow", "--ack", "--json"]));
    let sent = ann.runs("send", &[BEN, "text 0", "--wait", "delivered", "--timeout", LONG]);
    assert!(["delivered\n", "read\n"].contains(&sent.as_str()), "{sent}");

    servers.remove(1).kill();
    for count in 1..4 {
        ann.runs("send", &[BEN, &format!("text {count}"), "--timeout", LONG]);
    }
    servers.insert(1, mesh.serve(2));
    inbox.says("text 3");

    servers.remove(2).kill();
    for count in 4..7 {
        ann.runs("send", &[BEN, &format!("text {count}"), "--timeout", LONG]);
    }
    servers.insert(2, mesh.serve(3));
    ann.runs("send", &[BEN, "text 7", "--wait", "delivered", "--timeout", LONG]);
    inbox.says("text 7");
    let heard = inbox.drain().well();
    let heard: Vec<Value> = heard.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let texts: Vec<_> = heard.iter().map(|text| text["text"].as_str().unwrap()).collect();
    assert_eq!(texts, (0..8).map(|count| format!("text {count}")).collect::<Vec<_>>());
    for text in &heard {
        assert_eq!((&text["with"], &text["verified"]), (&ANN.into(), &true.into()));
    }
    assert_eq!(ben.runs("inbox", &[]), "");
}

#[test]
fn scripts_use_a_profile_that_another_program_has_open() {
    let (mesh, _servers) = line();
    let (ann, ben) = (User::at(mesh.address(1), ANN), User::at(mesh.address(3), BEN));
    let inbox = Running::start(ben.command("inbox").args(["--follow"]));
    ann.runs("send", &[BEN, "a question", "--timeout", LONG]);
    inbox.says("a question");
    ben.runs("contacts", &["add", ANN, "Ann"]);
    ben.runs("send", &[ANN, "an answer", "--timeout", LONG]);
    let twice = Running::to_end(ben.command("inbox").arg("--follow")).badly();
    assert!(twice.contains("another program uses the profile"), "{twice}");
    assert!(ben.runs("id", &[]).contains(&mesh.address(3).to_string()));
    assert!(ben.runs("contacts", &[]).contains("Ann"));
    assert!(ben.runs("inbox", &["--ack"]).contains("a question"));
    assert_eq!(ben.runs("inbox", &[]), "");
    inbox.signal(Signal::SIGINT);
    inbox.end().well();

    assert!(ann.runs("inbox", &["--wait", LONG]).contains("an answer"));
    assert!(ann.runs("inbox", &["--ack", "--wait", LONG]).contains("an answer"));
    assert_eq!(ann.runs("inbox", &["--wait", LONG]), "");
}

#[test]
fn people_chat_full_screen() {
    let Some(screen) = Screen::find() else { return };
    let (mesh, _servers) = line();
    let ben = User::at(mesh.address(3), BEN);
    let inbox = Running::start(ben.command("inbox").args(["--follow", "--ack"]));
    let ann = User::new();
    screen.starts(&["chat", "--profile", ann.profile().to_str().unwrap()]);
    screen.shows("Your number");
    screen.types(ANN);
    screen.presses("Enter");
    screen.shows("Your server");
    screen.types(&mesh.address(1).to_string());
    screen.presses("Enter");
    screen.shows("attached to Camp 1");
    screen.presses("F2");
    screen.shows("The other's number");
    screen.types(BEN);
    screen.presses("Enter");
    screen.shows("Type one, and press Enter");
    screen.types("Is anybody there?");
    screen.shows("17/160");
    screen.presses("Enter");
    screen.shows("Is anybody there?\n");
    inbox.says("Is anybody there?");
    screen.shows("you: read");
    ben.runs("send", &[ANN, "I am.", "--timeout", LONG]);
    screen.shows("I am.");
    ann.runs("send", &[BEN, "from a script", "--wait", "delivered", "--timeout", LONG]);
    screen.shows("from a script");
    screen.presses("C-q");
    eventually("the end of the chat", || (!screen.is_there()).then_some(()));
    ann.runs("id", &[]);
}

#[test]
fn the_demo_opens_a_conversation_with_somebody_who_answers() {
    let Some(screen) = Screen::find() else { return };
    let network = Network::new(5);
    let (port, folder) = (network.address(1).port().to_string(), network.folder().join("demo"));
    let demo = ["demo", "--port", &port, "--data", folder.to_str().unwrap()];
    screen.starts(&demo);
    screen.shows("Hello! I am a program at server 5.");
    screen.shows("F9 classic client");
    screen.types("Is anybody there?");
    screen.presses("Enter");
    screen.shows("It has come.");
    screen.shows("you: read");
    screen.presses("C-q");
    eventually("the end of the demo", || (!screen.is_there()).then_some(()));

    let again = Screen::find().unwrap();
    again.starts(&demo);
    again.shows("Is anybody there?");
    again.presses("F9");
    // What is typed before a question is asked may be lost.
    for (question, typed) in [
        ("Server (1 to 5):", "2"),
        ("Your ID (ten digits):", "5550000001"),
        ("3 quit:", "1"),
        ("To (ten digits):", "5550000004"),
        ("Text:", "Hello from the classic client"),
    ] {
        again.answers(question, typed);
    }
    let asks = || {
        if again.asks("3 quit:") {
            again.types("2");
            again.presses("Enter");
        }
        again.captured().contains("It has come.").then_some(())
    };
    eventually("an answer", asks);
    let leaves = || {
        if again.asks("3 quit:") {
            again.types("3");
            again.presses("Enter");
        }
        (!again.is_there()).then_some(())
    };
    eventually("the end of the demo", leaves);
}

/// The servers, once each has a way to the others.
fn line() -> (Mesh, Vec<Running>) {
    let mesh = Mesh::line(3);
    let servers = mesh.serve_all();
    mesh.is_one(&[1, 2, 3]);
    (mesh, servers)
}

/// A profile.
struct User {
    folder: TempDir,
}

impl User {
    fn new() -> User {
        User { folder: tempfile::tempdir().unwrap() }
    }

    /// Somebody whose number is at home at a server.
    fn at(server: SocketAddr, number: &str) -> User {
        let user = User::new();
        let server = server.to_string();
        user.runs("id", &["new", number, "--server", &server]);
        user
    }

    fn profile(&self) -> PathBuf {
        self.folder.path().join("profile")
    }

    fn command(&self, what: &str) -> Command {
        let mut command = postrider(what);
        command.arg("--profile").arg(self.profile()).env("TZ", "UTC");
        command
    }

    /// What a command says that ends well.
    fn runs(&self, what: &str, words: &[&str]) -> String {
        Running::to_end(self.command(what).args(words)).well()
    }
}

/// A terminal of 80 columns and 24 lines. It is gone when this is dropped.
struct Screen {
    folder: TempDir,
}

impl Screen {
    /// None, and a word about it, where tmux is not installed.
    fn find() -> Option<Screen> {
        if Command::new("tmux").arg("-V").output().is_err() {
            println!("skipped: tmux is not installed");
            return None;
        }
        Some(Screen { folder: tempfile::tempdir().unwrap() })
    }

    fn tmux(&self, words: &[&str]) -> std::process::Output {
        let mut tmux = Command::new("tmux");
        tmux.arg("-S").arg(self.folder.path().join("socket")).args(["-f", "/dev/null"]);
        tmux.env("LC_ALL", "C.UTF-8").env_remove("TMUX").args(words).output().unwrap()
    }

    fn starts(&self, words: &[&str]) {
        let program = [&[support::POSTRIDER], words].concat();
        let size = ["new-session", "-d", "-x", "80", "-y", "24"];
        let started = self.tmux(&[&size[..], &program].concat());
        assert!(started.status.success(), "{started:?}");
    }

    fn types(&self, text: &str) {
        self.tmux(&["send-keys", "-l", text]);
    }

    fn presses(&self, key: &str) {
        self.tmux(&["send-keys", key]);
    }

    fn is_there(&self) -> bool {
        self.tmux(&["has-session"]).status.success()
    }

    /// Answers a question that is asked on the last line.
    fn answers(&self, question: &str, typed: &str) {
        eventually(question, || self.asks(question).then_some(()));
        self.types(typed);
        self.presses("Enter");
    }

    fn asks(&self, question: &str) -> bool {
        self.captured().trim_end().ends_with(question)
    }

    fn captured(&self) -> String {
        let captured = self.tmux(&["capture-pane", "-p"]).stdout;
        String::from_utf8_lossy(&captured).into_owned()
    }

    /// Waits until these words are on the screen.
    fn shows(&self, words: &str) {
        let mut last = String::new();
        let found = support::in_time(|| {
            last = self.captured();
            last.contains(words).then_some(())
        });
        assert!(found.is_some(), "{words:?} is not on the screen:\n{last}");
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.tmux(&["kill-server"]);
    }
}
