//! The program's command line: what it accepts, what it refuses, and what it says.

// Helpers of tests fail as tests do.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use nix::sys::signal::Signal;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use support::{Network, Person, PlainSocket, Running, number, postrider};

const DEMO_SERVERS: usize = 5;

#[test]
fn help_names_the_flags() {
    let serve = Running::to_end(postrider("serve").arg("--help")).well();
    for flag in ["--line", "--index", "--data", "--acknowledged", "--config", "POSTRIDER_LINE"] {
        assert!(serve.contains(flag), "{flag}: {serve}");
    }
    let classic = Running::to_end(postrider("classic").arg("--help")).well();
    for flag in ["--line", "--server", "--id", "1  send", "2  receive", "3  quit"] {
        assert!(classic.contains(flag), "{flag}: {classic}");
    }
}

#[test]
fn without_acknowledgments_a_text_is_gone_once_it_was_handed_out() {
    let network = Network::new(1);
    let server = network.serve_with(1, &["--acknowledged", "no"]);
    let (mut ann, ben) = two_people(&network);
    ann.sends(ben.number, "one");
    ann.sends(ben.number, "two");
    assert_eq!(ben.gets().unwrap().text, "one");
    assert_eq!(ben.gets().unwrap().text, "two");
    assert_eq!(ben.gets(), None);
    server.drain().well();
    let _server = network.serve_with(1, &["--acknowledged", "no"]);
    assert_eq!(ben.gets(), None);
}

#[test]
fn with_acknowledgments_a_text_is_handed_out_until_it_is_acknowledged() {
    for flags in [&[][..], &["--acknowledged", "yes"]] {
        let network = Network::new(1);
        let _server = network.serve_with(1, flags);
        let (mut ann, ben) = two_people(&network);
        ann.sends(ben.number, "one");
        ann.sends(ben.number, "two");
        let one = ben.gets().unwrap();
        assert_eq!(ben.gets().as_ref(), Some(&one));
        ben.acknowledges(&one);
        assert_eq!(ben.takes().unwrap().text, "two");
        assert_eq!(ben.gets(), None);
    }
}

#[test]
fn a_second_server_on_the_same_port_is_refused() {
    let network = Network::new(1);
    let _server = network.serve(1);
    let mut second = with_data(&network, 1, &network.folder().join("second"));
    let complaint = Running::to_end(&mut second).badly();
    let address = network.address(1);
    assert!(complaint.contains(&format!("cannot listen on {address}")), "{complaint}");
    assert!(complaint.contains("stop what listens there, or name another"), "{complaint}");
    assert_serves(&network);
}

#[test]
fn a_data_folder_in_use_is_refused() {
    let (network, other) = (Network::new(1), Network::new(1));
    let _server = network.serve(1);
    let complaint = Running::to_end(&mut with_data(&other, 1, &network.data(1))).badly();
    assert!(complaint.contains("is in use by another postrider"), "{complaint}");
    let mut check = postrider("check");
    let complaint = Running::to_end(check.arg(network.data(1))).badly();
    assert!(complaint.contains("is in use by another postrider"), "{complaint}");
    assert_serves(&network);
}

#[test]
fn the_folder_of_another_server_is_refused_and_left_alone() {
    let network = Network::new(2);
    let server = network.serve(1);
    let (mut ann, ben) = two_people(&network);
    ann.sends(ben.number, "kept");
    server.drain().well();
    let complaint = Running::to_end(&mut with_data(&network, 2, &network.data(1))).badly();
    assert!(complaint.contains("the data belongs to server 1"), "{complaint}");
    assert!(complaint.contains("name the folder of server 2, or an empty one"), "{complaint}");
    let _server = network.serve(1);
    assert_eq!(ben.receives(1), ["kept"]);
    assert_eq!(ann.sends(ben.number, "the next").seq, 1);
}

#[test]
fn an_unknown_key_in_the_file_is_refused_with_a_hint() {
    let network = Network::new(1);
    write_file(&network, &settings_file(&network, 1).replace("index", "indx"));
    let complaint = Running::to_end(&mut in_folder(&network)).badly();
    assert!(complaint.contains("postrider.toml"), "{complaint}");
    assert!(complaint.contains("unknown field `indx`"), "{complaint}");
    assert!(complaint.contains("did you mean `index`?"), "{complaint}");
    assert!(!network.data(1).exists());
}

#[test]
fn what_makes_no_line_is_refused_before_anything_is_made() {
    let network = Network::new(2);
    let (one, two) = (network.address(1).to_string(), network.address(2).to_string());
    let twice = format!("the address {one} stands twice in the line");
    let no_server = |index| format!("the line has servers 1 to 2, there is no server {index}");
    for (line, index, expected) in [
        (format!("{one},{two},{one}"), "1", twice),
        (format!("{one},{two}"), "0", no_server(0)),
        (format!("{one},{two}"), "3", no_server(3)),
        (format!("{one},nowhere"), "1", "\"nowhere\" is not an address".to_owned()),
    ] {
        let mut serve = postrider("serve");
        serve.args(["--line", &line, "--index", index, "--data"]).arg(network.data(1));
        let complaint = Running::to_end(&mut serve).badly();
        assert!(complaint.contains(&expected), "{complaint}");
    }
    assert!(!network.data(1).exists());
    let mut classic = postrider("classic");
    let complaint = Running::to_end(classic.args(["--line", &one, "--server", "2"])).badly();
    assert!(complaint.contains("there is no server 2"), "{complaint}");
}

#[test]
fn what_is_not_set_is_named_with_its_flag_and_key() {
    let network = Network::new(1);
    let complaint = Running::to_end(&mut in_folder(&network)).badly();
    assert!(
        complaint.contains("--listen or --line") && complaint.contains("`listen`"),
        "{complaint}"
    );
    let mut no_data = in_folder(&network);
    no_data.args(["--line", &network.line(), "--index", "1"]);
    let complaint = Running::to_end(&mut no_data).badly();
    assert!(complaint.contains("--data"), "{complaint}");
}

#[test]
fn a_file_alone_is_enough() {
    let network = Network::new(2);
    let written = settings_file(&network, 2) + "acknowledged = false\n";
    write_file(&network, &written);
    let _server = network.ready(2, &mut in_folder(&network));
    let mut ann = Person::at(network.address(2), number(1));
    ann.sends(ann.number, "to myself");
    assert_eq!(ann.gets().unwrap().text, "to myself");
    assert_eq!(ann.gets(), None, "the file says that nobody acknowledges");
}

#[test]
fn the_environment_goes_over_the_file_and_flags_over_both() {
    let network = Network::new(3);
    write_file(&network, &settings_file(&network, 1));
    let _one = network.ready(1, &mut in_folder(&network));

    let mut by_environment = in_folder(&network);
    by_environment.env("POSTRIDER_INDEX", "2").env("POSTRIDER_DATA", network.data(2));
    let _two = network.ready(2, &mut by_environment);
    assert!(network.data(2).is_dir());

    let mut by_flags = in_folder(&network);
    by_flags.env("POSTRIDER_INDEX", "2").env("POSTRIDER_DATA", network.data(2));
    by_flags.args(["--index", "3", "--data"]).arg(network.data(3));
    let _three = network.ready(3, &mut by_flags);
    assert!(network.data(3).is_dir());
}

#[test]
fn the_line_of_the_environment_or_a_flag_leaves_the_rest_to_the_file() {
    let (network, other) = (Network::new(1), Network::new(1));
    write_file(&network, &(settings_file(&network, 1) + "acknowledged = false\n"));
    let mut by_environment = in_folder(&network);
    other.ready(1, by_environment.env("POSTRIDER_LINE", other.line())).drain().well();

    let mut by_flag = in_folder(&network);
    by_flag.env("POSTRIDER_LINE", "192.0.2.1").args(["--line", &other.line()]);
    let _server = other.ready(1, &mut by_flag);
    let mut ann = Person::at(other.address(1), number(1));
    ann.sends(ann.number, "to myself");
    assert_eq!(ann.gets().unwrap().text, "to myself");
    assert_eq!(ann.gets(), None, "the file says that nobody acknowledges");
}

#[test]
fn a_named_file_is_read_instead_of_the_folders_own() {
    let network = Network::new(2);
    write_file(&network, "this is no settings' file");
    let named = network.folder().join("other.toml");
    std::fs::write(&named, settings_file(&network, 2)).unwrap();
    let _server = network.ready(2, in_folder(&network).arg("--config").arg(&named));
    let mut missing = in_folder(&network);
    missing.env("POSTRIDER_CONFIG", network.folder().join("none.toml"));
    let complaint = Running::to_end(&mut missing).badly();
    assert!(complaint.contains("cannot read") && complaint.contains("none.toml"), "{complaint}");
}

#[test]
fn check_says_that_a_sound_folder_is_sound_and_leaves_it_alone() {
    let network = Network::new(1);
    fill(&network, 7);
    let said = Running::to_end(postrider("check").arg(network.data(1))).well();
    assert!(said.contains("is sound: the data of server 1, 7 messages waiting"), "{said}");
    let json = Running::to_end(postrider("check").arg("--json").arg(network.data(1))).well();
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["sound"], true, "{json}");
    assert_eq!((&json["server"], &json["waiting"]), (&1.into(), &7.into()), "{json}");
    let _server = network.serve(1);
    let ben = Person::at(network.address(1), number(2));
    assert_eq!(ben.receives(7).len(), 7);
}

#[test]
fn check_tells_a_damaged_file() {
    let network = Network::new(1);
    fill(&network, 2_000);
    damage(&data_file(&network), "text number 1000 of many");
    for flags in [&[][..], &["--json"]] {
        let mut check = postrider("check");
        let complaint = Running::to_end(check.args(flags).arg(network.data(1))).badly();
        assert!(complaint.starts_with("postrider: "), "{complaint}");
        assert!(complaint.contains("orrupt") || complaint.contains("damaged"), "{complaint}");
    }
}

#[test]
fn check_tells_half_a_commit_and_the_next_start_drops_it() {
    let network = Network::new(1);
    fill(&network, 20);
    let file = std::fs::OpenOptions::new().write(true).open(data_file(&network)).unwrap();
    file.set_len(file.metadata().unwrap().len() - 1).unwrap();
    let said = Running::to_end(postrider("check").arg(network.data(1))).well();
    assert!(said.contains("19 messages waiting") && said.contains("never promised"), "{said}");
    let _server = network.serve(1);
    let ben = Person::at(network.address(1), number(2));
    assert_eq!(ben.receives(19).len(), 19);
}

#[test]
fn check_tells_a_missing_folder_and_one_without_data() {
    let network = Network::new(1);
    let missing = network.data(1);
    let complaint = Running::to_end(postrider("check").arg(&missing)).badly();
    assert!(complaint.contains("there is no folder"), "{complaint}");
    assert!(!missing.exists());
    let complaint = Running::to_end(postrider("check").arg(network.folder())).badly();
    assert!(complaint.contains("there is no log in"), "{complaint}");
}

#[test]
fn a_text_never_enters_the_log() {
    const MARKER: &str = "Zwiebelfisch";
    let network = Network::new(2);
    let serve = |index| network.serve_with(index, &["--log", "trace"]);
    let servers = [serve(1), serve(2)];
    let mut ann = Person::at(network.address(1), number(1));
    let mut ben = Person::at(network.address(2), number(2));
    ann.sends(ben.number, &format!("{MARKER} over there"));
    assert_eq!(ben.receives(1).len(), 1);
    ben.sends(ben.number, &format!("{MARKER} to myself"));
    assert_eq!(ben.receives(1).len(), 1);
    for (index, sender) in [(1, &ann), (2, &ben)] {
        let socket = PlainSocket::new();
        let too_long = format!("send/0/{}/0000000009/{}", sender.number, MARKER.repeat(15));
        socket.tell(network.address(index), too_long);
        socket.tell(network.address(index), format!("say/0/{}//{MARKER}", sender.number));
        socket.ask(network.address(index), format!("get/0/{}//{MARKER}", sender.number));
    }
    for server in servers {
        let ended = server.drain();
        assert!(ended.err.contains("drained"), "{}", ended.err);
        assert!(!ended.err.contains(MARKER), "{}", ended.err);
        assert!(!ended.out.contains(MARKER), "{}", ended.out);
    }
}

#[test]
fn the_demo_plays_its_script() {
    let network = Network::new(DEMO_SERVERS);
    let said = Running::to_end(&mut demo(&network, "--script")).well();
    let mut rest = said.as_str();
    for step in [
        "│ server 1 ├───┤ server 2 ├",
        "Ann (5550000001) attaches to server 1.",
        "Ben (5550000005) attaches to server 5.",
        "Ann to Ben: Hello from one end of the network!",
        "accepted by server 1 as number 0: it is on disk",
        "Ben receives it from server 5",
        "Ben to Ann: Hello from the other",
        "Ann receives it from server 1",
        "Server 5 is stopped.",
        "Ann to Ben: Are you there?",
        "Server 5 is started again.",
        "Ben receives it from server 5",
        "Ben moves to server 3.",
        "Ben receives it from server 3",
        "Ann to Cleo: Welcome!",
        "Cleo (5550000009) attaches to server 5.",
        "Cleo receives it from server 5",
        "Ann leaves server 1.",
        "Cleo leaves server 5.",
        "Every step was checked. All is well.",
    ] {
        let at = rest.find(step).unwrap_or_else(|| panic!("{step:?} is missing: {said}"));
        rest = &rest[at + step.len()..];
    }
}

#[test]
fn the_demo_without_a_client_serves_until_a_signal_and_keeps_what_it_accepted() {
    let network = Network::new(DEMO_SERVERS);
    for (before, signal) in [Signal::SIGTERM, Signal::SIGINT].into_iter().enumerate() {
        let demo = Running::start(&mut demo(&network, "--no-client"));
        let said = demo.says("Ctrl-C ends the demo.");
        assert!(said.contains(&format!("--line {}", network.line())), "{said}");
        let mut ann = Person::at(network.address(1), number(1));
        assert_eq!(usize::from(ann.sends(number(2), "across the demo").seq), before);
        if signal == Signal::SIGINT {
            let ben = Person::at(network.address(DEMO_SERVERS), number(2));
            assert_eq!(ben.receives(2), ["across the demo"; 2]);
        }
        demo.signal(signal);
        demo.end().well();
    }
}

fn two_people(network: &Network) -> (Person, Person) {
    let at = |one| Person::at(network.address(1), number(one));
    (at(1), at(2))
}

fn assert_serves(network: &Network) {
    let (mut ann, ben) = two_people(network);
    ann.sends(ben.number, "it serves");
    assert_eq!(ben.receives(1), ["it serves"]);
}

/// A server of this line with another data folder than its own.
fn with_data(network: &Network, index: usize, data: &Path) -> Command {
    let mut serve = in_folder(network);
    serve.args(["--line", &network.line(), "--index", &index.to_string(), "--data"]).arg(data);
    serve
}

/// `postrider serve` in the network's folder, without a word more.
fn in_folder(network: &Network) -> Command {
    let mut serve = postrider("serve");
    serve.current_dir(network.folder());
    serve
}

fn settings_file(network: &Network, index: usize) -> String {
    let line: Vec<String> =
        (1..=network.servers()).map(|index| network.address(index).to_string()).collect();
    let data = network.data(index);
    format!("data = {data:?}\n\n[classic]\nline = {line:?}\nindex = {index}\n")
}

fn write_file(network: &Network, written: &str) {
    std::fs::write(network.folder().join("postrider.toml"), written).unwrap();
}

fn data_file(network: &Network) -> PathBuf {
    network.data(1).join("log-0000000000000000")
}

/// Leaves a folder behind in which so many texts wait for number 2.
fn fill(network: &Network, texts: usize) {
    let server = network.serve(1);
    let socket = PlainSocket::new();
    for count in 0..texts {
        let text = format!("send/0/0000000001/0000000002/text number {count} of many");
        socket.ask(network.address(1), text);
    }
    server.drain().well();
}

/// Changes these words wherever they stand in a file: one place or another of them is
/// in use.
fn damage(file: &Path, words: &str) {
    let mut bytes = std::fs::read(file).unwrap();
    let stands = |at: &usize| bytes[*at..].starts_with(words.as_bytes());
    let places: Vec<usize> = (0..bytes.len()).filter(stands).collect();
    assert!(!places.is_empty());
    for place in places {
        bytes[place] ^= 0x20;
    }
    std::fs::write(file, bytes).unwrap();
}

/// A demo on this network's ports.
fn demo(network: &Network, flag: &str) -> Command {
    let mut demo = postrider("demo");
    demo.args([flag, "--port", &network.address(1).port().to_string(), "--data"]);
    demo.arg(network.folder().join("demo"));
    demo
}
