//! A stranger's native server, written from the protocol's pages alone, and ours.
//!
//! ```text
//!   Ann ── server 1 ══ the stranger (Ben is at home there) ══ server 3 ── Cleo
//! ```

// Helpers of tests fail as tests do, and say why they were skipped.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod support;

use serde_json::Value;
use std::fs;
use support::{Cryptography, Mesh, Person, Relay, Running, Stranger, UP, Weather, number, rows};

/// The stranger's place among the addresses of a mesh.
const PLACE: usize = 2;

const ANN: u64 = 5_550_000_001;
const BEN: u64 = 5_550_000_002;

/// Packets under one key, and some more.
const MORE_THAN_A_GENERATION: usize = 70_000;

#[test]
fn the_strangers_own_tests_pass() {
    let Some(python) = Cryptography::find() else { return };
    let ended = python.tests();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success() && said.contains("Ran "), "{said}");
}

#[test]
fn texts_and_receipts_pass_whoever_dials_and_however_the_link_is() {
    let Some(python) = Cryptography::find() else { return };
    std::thread::scope(|scope| {
        for dials in [Dials::Ours, Dials::Theirs, Dials::Both] {
            for (name, flags, settings) in LINKS {
                let python = &python;
                let thread = std::thread::Builder::new().name(format!("{dials:?}, {name}"));
                let story = move || Joined::start(python, dials, flags, settings).texts_pass();
                thread.spawn_scoped(scope, story).unwrap();
            }
        }
    });
}

#[test]
fn a_stranger_between_two_of_ours_hands_on() {
    let Some(python) = Cryptography::find() else { return };
    let mesh = Mesh::apart(3);
    let dial = format!("{}@{}", mesh.key(1), mesh.address(1));
    let flags = ["--dial", &dial, "--allow", mesh.key(3)];
    let stranger = Stranger::start(&python, &mesh, PLACE, &flags);
    let start = |index, peer: &str| {
        let server = Running::start(mesh.command(index).args(["--peer", peer]));
        server.says("is ready on");
        server
    };
    let _servers = [start(1, &stranger.key), start(3, &stranger.peer(&mesh, PLACE))];
    mesh.is_one(&[1, 3]);
    let [mut ann, mut cleo] = [(1, ANN), (3, 5_550_000_003)]
        .map(|(index, value)| Person::at(mesh.address(index), number(value)));
    for count in 0..5 {
        ann.sends(cleo.number, &format!("over the stranger, {count}"));
    }
    let heard: Vec<_> = (0..5).map(|count| format!("over the stranger, {count}")).collect();
    assert_eq!(cleo.receives(5), heard);
    cleo.sends(ann.number, "and back");
    assert_eq!(ann.receives(1), ["and back"]);
    is_delivered(&mesh, 1, &format!("{}-{}", ann.number, cleo.number), &Mesh::name(3), 5);
    assert_eq!((ann.gets(), cleo.gets()), (None, None));
}

#[test]
fn texts_reach_a_stranger_once_and_in_order_over_a_path_that_loses_a_third() {
    let Some(python) = Cryptography::find() else { return };
    let mesh = Mesh::apart(2);
    let relay = Relay::between(mesh.address(1), mesh.address(PLACE), fastrand::u64(..));
    relay.has(Weather::BAD);
    let dial = format!("{}@{}", mesh.key(1), relay.for_other());
    let stranger = Stranger::start(&python, &mesh, PLACE, &["--dial", &dial]);
    let mut joined = Joined::with(mesh, stranger, &[], "");
    joined.ben_is_known();
    let mut ann = joined.ann();
    for count in 0..60 {
        ann.sends(number(BEN), &format!("the {count}th"));
        joined.stranger.does(&format!("text {BEN} {ANN} back {count}"));
    }
    let heard: Vec<_> = (0..60).map(|count| format!("back {count}")).collect();
    assert_eq!(ann.receives(60), heard);
    let said = joined.stranger.says(&format!("text {ANN} {BEN} the 59th\n"));
    let texts = said.lines().filter_map(|line| line.strip_prefix(&format!("text {ANN} {BEN} ")));
    assert!(texts.eq((0..60).map(|count| format!("the {count}th"))), "{said}");
    let harm = relay.harm();
    assert!(harm.lost > 0 && harm.doubled > 0, "{harm:?}");
}

#[test]
fn either_end_comes_with_a_cookie_to_the_other_under_load() {
    let Some(python) = Cryptography::find() else { return };
    let mesh = Mesh::apart(2);
    let mut stranger = Stranger::start(&python, &mesh, PLACE, &["--allow", mesh.key(1)]);
    stranger.does("busy");
    let peer = stranger.peer(&mesh, PLACE);
    let joined = Joined::with(mesh, stranger, &["--peer", &peer], "");
    let said = joined.stranger.says(&format!("up {}", joined.mesh.key(1)));
    assert!(said.contains("asks a cookie"), "{said}");

    // A crowd that finishes no handshake, and then one who does.
    let Joined { mesh, mut stranger, server } = joined;
    let address = mesh.address(1);
    stranger.does(&format!("crowd {address}"));
    stranger.says("the crowd is asked for a cookie");
    drop(stranger);
    let dial = format!("{}@{address}", mesh.key(1));
    let second = Stranger::start(&python, &mesh, PLACE, &["--dial", &dial]);
    second.says("is asked for a cookie");
    // It is nobody whom this server knows, and is told so.
    second.says(&format!("not up with {} not allowed", mesh.key(1)));
    server.drain().well();
}

#[test]
fn keys_are_renewed_with_a_stranger() {
    let Some(python) = Cryptography::find() else { return };
    let mut joined = Joined::start(&python, Dials::Theirs, &[], "");
    joined.ben_is_known();
    joined.stranger.does(&format!("pings {MORE_THAN_A_GENERATION}"));
    joined.stranger.says("pinged ");
    joined.texts_pass();
}

#[test]
fn a_stranger_of_another_mode_is_told_so() {
    let Some(python) = Cryptography::find() else { return };
    let joined = Joined::start(&python, Dials::Theirs, &["--clear"], "");
    joined.stranger.says("other mode");
    assert!(!joined.stranger.spoken().contains("\nup "), "it came up");
}

/// Names, the stranger's flags, and lines of our server's settings of it.
const LINKS: [(&str, &[&str], &str); 3] = [
    ("sealed", &[], ""),
    ("clear", &["--clear"], "clear = true"),
    ("narrow", &["--mtu", "256"], "mtu = 256"),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dials {
    Ours,
    Theirs,
    Both,
}

/// One of our servers and the stranger.
struct Joined {
    mesh: Mesh,
    stranger: Stranger,
    server: Running,
}

impl Joined {
    fn start(python: &Cryptography, dials: Dials, flags: &[&str], settings: &str) -> Joined {
        let mesh = Mesh::apart(2);
        let ours = format!("{}@{}", mesh.key(1), mesh.address(1));
        let mut all =
            if dials == Dials::Ours { vec!["--allow", mesh.key(1)] } else { vec!["--dial", &ours] };
        all.extend(flags);
        let stranger = Stranger::start(python, &mesh, PLACE, &all);
        let address = mesh.address(PLACE);
        let dialled = if dials == Dials::Theirs {
            String::new()
        } else {
            format!("address = \"{address}\"\n")
        };
        Joined::with(mesh, stranger, &[], &format!("{dialled}{settings}"))
    }

    /// Starts our server; the settings are lines about the stranger.
    fn with(mesh: Mesh, stranger: Stranger, flags: &[&str], settings: &str) -> Joined {
        let file = mesh.data(1).join("postrider.toml");
        let peer = format!("[[trunks.peer]]\nkey = \"{}\"\n{settings}\n", stranger.key);
        fs::write(&file, peer).unwrap();
        let server = Running::start(mesh.command(1).arg("--config").arg(file).args(flags));
        server.says("is ready on");
        Joined { mesh, stranger, server }
    }

    fn ann(&self) -> Person {
        Person::at(self.mesh.address(1), number(ANN))
    }

    fn ben_is_known(&mut self) {
        self.stranger.does(&format!("attach {BEN}"));
        let ben = number(BEN).to_string();
        self.mesh.sees(1, ("numbers", &[&ben]), |answer| {
            rows(answer, "numbers").iter().any(|row| row["home"] == "Stranger").then_some(())
        });
    }

    fn texts_pass(mut self) {
        self.ben_is_known();
        let mut ann = self.ann();
        ann.sends(number(BEN), "hello, stranger ✓");
        self.stranger.says(&format!("text {ANN} {BEN} hello, stranger ✓\n"));
        is_delivered(&self.mesh, 1, &format!("{ANN}-{BEN}"), "Stranger", 1);

        // As long as a text may be, so that on a narrow link it goes in parts.
        let long = "à".repeat(80) + &"✓".repeat(20);
        self.stranger.does(&format!("text {BEN} {ANN} {long}"));
        assert_eq!(ann.receives(1), [long]);
        self.stranger.says(&format!("receipt {BEN}-{ANN}-"));
        let said = self.stranger.says(" delivered ");
        assert!(said.contains(&format!("delivered {}", &self.mesh.key(1)[..16])), "{said}");
        let peers = self.mesh.look(1, "peers", &[]);
        let state = support::link_state(&peers, &self.stranger.key);
        assert!(state.is_some_and(|state| state.starts_with(UP)), "{peers:#}");
        self.server.drain().well();
        self.stranger.says(&format!("down {} goodbye\n", self.mesh.key(1)));
    }
}

/// Waits until so many messages have been delivered there, by what the receipts say.
fn is_delivered(mesh: &Mesh, index: usize, pair: &str, server: &str, count: usize) {
    let told = |message: &Value| {
        let says = message["says"].as_str().unwrap_or_default();
        message["state"] == "delivered" && says.starts_with(&format!("delivered at {server}"))
    };
    mesh.sees(index, ("trace", &[pair]), |answer| {
        (rows(answer, "messages").iter().filter(|message| told(message)).count() == count)
            .then_some(())
    });
}
