//! Programs that speak SMPP, on real servers: clients that others wrote.

// Helpers of tests fail as tests do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod support;

use postrider_smpp::codec::{Address, Bind, Message, Mode, Pdu, Status, command, print};
use serde_json::json;
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::Command;
use support::{
    Asks, Kannel, Lines, Mesh, People, Running, Tap, eventually, postrider, smpp_account, smpp_of,
    text_of,
};

const PUMPS: &str = "5550000001";
const DESK: &str = "5550000002";
const NOBODY: &str = "5550000099";

/// Whole in one PDU, and with characters that take two of its bytes.
const SHORT: &str = "Pumpe 3: Füllstand {12} [m] ~ 5€ | \\ ^";
const EMOJI: &str = "Wasser 😀 до краёв";

fn long() -> String {
    "All pumps run at half of what they can, {and} the water has risen by 2 m. ".repeat(5)
}

fn long_emoji() -> String {
    "😀 вода поднимается ".repeat(12)
}

/// A server, with a message centre and a page for a program that texts over HTTP.
struct Site {
    mesh: Mesh,
    server: Option<Running>,
    at: SocketAddr,
    desk: Asks,
    password: String,
}

impl Site {
    fn new(words: &[&str]) -> Site {
        let mesh = Mesh::apart(1);
        let (server, at, web) = Site::serve(&mesh, "127.0.0.1:0");
        let words = [&["--number", PUMPS], words].concat();
        let password = smpp_account(&mesh, 1, "pumps", &words);
        let application = ["--application", "desk", "--number", DESK];
        let desk = Asks::with_new_key(&mesh, 1, web, &application);
        let site = Site { mesh, server: Some(server), at, desk, password };
        site.is_attached();
        site
    }

    fn serve(mesh: &Mesh, smpp: &str) -> (Running, SocketAddr, SocketAddr) {
        let mut command = mesh.command(1);
        let server = Running::start(command.args(["--web", "127.0.0.1:0", "--smpp", smpp]));
        let at = smpp_of(&server);
        let web = Asks::web_of(&server);
        (server, at, web)
    }

    fn is_attached(&self) {
        self.mesh.sees(1, ("smpp", &["status"]), |answer| {
            (answer["accounts"][0]["attached"] == 1).then_some(())
        });
        eventually("the desk is attached", || {
            (self.desk.get("/v1/number").well()["attached"] == true).then_some(())
        });
    }

    /// Kills the server, and starts it again at the same places.
    fn starts_again(&mut self) {
        self.server.take().unwrap().kill();
        let (server, at, web) = Site::serve(&self.mesh, &self.at.to_string());
        assert_eq!(at, self.at);
        (self.server, self.desk.web) = (Some(server), web);
        self.is_attached();
    }

    /// Waits until the desk has a text, and marks all of them as read.
    fn desk_has(&self, text: &str) {
        eventually(&format!("{text:?} at the desk"), || {
            let unread = self.desk.get("/v1/texts/unread").well();
            let texts = unread["texts"].as_array()?;
            let found = texts.iter().find(|one| one["text"] == text)?;
            let path = format!("/v1/texts/{}/read", found["id"]);
            self.desk.ask("POST", &path, &[], "");
            Some(())
        });
    }

    /// What waits at the desk.
    fn unread(&self) -> Vec<String> {
        let unread = self.desk.get("/v1/texts/unread").well();
        let texts = unread["texts"].as_array().unwrap();
        texts.iter().map(|one| one["text"].as_str().unwrap().to_owned()).collect()
    }
}

/// What a client was seen to do: the rows of the table in docs/smpp.md.
type Seen = BTreeSet<&'static str>;

/// Holds what was seen of a client against its column.
fn is_as_documented(client: &str, seen: &Seen) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/smpp.md");
    let page = std::fs::read_to_string(file).unwrap();
    let rows: Vec<Vec<&str>> = page
        .lines()
        .skip_while(|line| !line.starts_with("| what it does |"))
        .take_while(|line| line.starts_with('|'))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    let column = rows[0].iter().position(|head| *head == client).expect("it has a column");
    let said: BTreeSet<&str> =
        rows[2..].iter().filter(|row| row[column] == "yes").map(|row| row[0]).collect();
    assert_eq!(&said, seen, "what docs/smpp.md says of {client}");
}

/// What both clients in lines do.
fn texts_and_receipts(site: &mut Site, client: &mut Lines, seen: &mut Seen) {
    for (what, text) in [
        ("a short text, with the extension table", SHORT.to_owned()),
        ("UCS-2 with emoji", EMOJI.to_owned()),
        ("a long text", long()),
        ("a long text in UCS-2", long_emoji()),
    ] {
        let with = json!({ "to": DESK, "text": text, "source": PUMPS, "registered": 1 });
        let ids = client.sends(with);
        site.desk_has(&text);
        for id in &ids {
            assert!(id.bytes().all(|byte| byte.is_ascii_digit()) && id.parse::<i64>().is_ok());
            let receipt = client.hears_receipt(id, "DELIVRD");
            assert_eq!(
                (receipt["source"].as_str(), receipt["destination"].as_str()),
                (Some(DESK), Some(PUMPS))
            );
            assert_eq!(
                (&receipt["esm_class"], &receipt["tlvs"]["message_state"]),
                (&4.into(), &2.into())
            );
            assert_eq!(receipt["tlvs"]["receipted_message_id"], id.as_str());
        }
        seen.insert(what);
        site.desk.sends(PUMPS, &text, &ids[0]).well();
        let mut whole = String::new();
        while whole != text {
            let part = client.hears(|event| event["event"] == "deliver" && event["esm_class"] != 4);
            assert_eq!(
                (part["source"].as_str(), part["destination"].as_str()),
                (Some(DESK), Some(PUMPS))
            );
            whole += &text_of(&part);
            assert!(text.starts_with(&whole), "{whole:?}");
        }
        seen.insert("is handed the same");
    }
    seen.insert("receipts");
}

fn being_away(
    site: &mut Site,
    mut client: Lines,
    again: fn(SocketAddr) -> Option<Lines>,
    seen: &mut Seen,
) -> Lines {
    // Nothing is answered, so that it is all handed over again.
    client.does("quiet", json!({}));
    let id = &client.sends(json!({ "to": DESK, "text": "before", "registered": 1 }))[0];
    client.hears_receipt(id, "DELIVRD");
    drop(client);
    site.desk.sends(PUMPS, "while you were away", "away").well();
    let mut client = again(site.at).unwrap();
    client.does("quiet", json!({}));
    assert_eq!(client.binds("receiver", "pumps", &site.password), 0);
    client.hears_receipt(id, "DELIVRD");
    client.hears(|event| text_of(event) == "while you were away");
    drop(client);
    site.starts_again();
    let mut client = again(site.at).unwrap();
    assert_eq!(client.binds("transceiver", "pumps", &site.password), 0);
    client.hears_receipt(id, "DELIVRD");
    client.hears(|event| text_of(event) == "while you were away");
    client.does("unbind", json!({}));
    seen.insert("comes back after being away, and after the server was killed");
    let mut client = again(site.at).unwrap();
    assert_eq!(client.binds("transceiver", "pumps", &site.password), 0);
    client
}

fn three_ways(site: &Site, start: fn(SocketAddr) -> Option<Lines>, seen: &mut Seen) {
    for mode in ["transmitter", "receiver", "transceiver"] {
        let mut client = start(site.at).unwrap();
        assert_eq!(client.binds(mode, "pumps", &site.password), 0);
        client.does("unbind", json!({}));
    }
    seen.insert("binds three ways");
}

/// Returns the password of an account that may send one text a second.
fn refusals(
    site: &Site,
    client: &mut Lines,
    start: fn(SocketAddr) -> Option<Lines>,
    seen: &mut Seen,
) -> String {
    let nowhere = client.does("submit", json!({ "to": "12", "text": "a" }));
    assert_eq!(nowhere["status"], 0x0b, "{nowhere}");
    let other = client.does("submit", json!({ "to": DESK, "text": "a", "source": DESK }));
    assert_eq!(other["status"], 0x0a, "{other}");
    let mut throttled = start(site.at).unwrap();
    let slow = ["--number", NOBODY, "--rate", "1", "--binds", "1"];
    let slow = smpp_account(&site.mesh, 1, "slow", &slow);
    eventually("the new account", || {
        let status = site.mesh.look(1, "smpp", &["status"]);
        (status["accounts"].as_array()?.len() == 2).then_some(())
    });
    assert_eq!(throttled.binds("transmitter", "slow", &slow), 0);
    let statuses: BTreeSet<u64> = (0..5)
        .map(|_| throttled.does("submit", json!({ "to": DESK, "text": "a" })))
        .map(|said| said["status"].as_u64().unwrap())
        .collect();
    assert_eq!(statuses, [0, 0x58].into());
    seen.insert("is throttled");
    let mut one_too_many = start(site.at).unwrap();
    assert_eq!(one_too_many.binds("transmitter", "slow", &slow), 0x0d);
    drop((throttled, one_too_many));
    eventually("the bind is left", || {
        let status = site.mesh.look(1, "smpp", &["status"]);
        let accounts = status["accounts"].as_array()?;
        accounts.iter().any(|one| one["system_id"] == "slow" && one["binds"] == 0).then_some(())
    });
    slow
}

fn guesses(site: &Site, slow: &str, start: fn(SocketAddr) -> Option<Lines>, seen: &mut Seen) {
    let pumps = [("pumps", "wrong"); 4];
    for (system_id, password) in [("nobody", "wrong"), ("slow", "x")].into_iter().chain(pumps) {
        let mut guesser = start(site.at).unwrap();
        assert_eq!(guesser.binds("transceiver", system_id, password), 0x0e);
    }
    let mut other = start(site.at).unwrap();
    assert_eq!(other.binds("transmitter", "slow", slow), 0, "it has guessed nothing");
    let mut waits = start(site.at).unwrap();
    assert_eq!(
        waits.binds("transceiver", "pumps", &site.password),
        0x0d,
        "an address that guesses waits"
    );
    eventually("it may bind again", || {
        let mut client = start(site.at).unwrap();
        (client.binds("transceiver", "pumps", &site.password) == 0).then_some(())
    });
    seen.insert("has a wrong password");
}

fn queries(site: &Site, client: &mut Lines, seen: &mut Seen) {
    let id = client.sends(json!({ "to": DESK, "text": "asked about", "source": PUMPS }))[0].clone();
    site.desk_has("asked about");
    eventually("it is delivered", || {
        let said = client.does("query", json!({ "message_id": id, "source": PUMPS }));
        (said["state"] == 2).then_some(())
    });
    let unknown = client.does("query", json!({ "message_id": "99995550000001" }));
    assert_eq!(unknown["status"], 0x67);
    seen.insert("queries");
}

#[test]
fn smpplib_of_python() {
    let mut site = Site::new(&[]);
    let Some(mut client) = Lines::smpplib(site.at) else { return };
    let mut seen = Seen::new();
    three_ways(&site, Lines::smpplib, &mut seen);
    assert_eq!(client.binds("transceiver", "pumps", &site.password), 0);
    texts_and_receipts(&mut site, &mut client, &mut seen);
    queries(&site, &mut client, &mut seen);
    named(&site, &mut client, &mut seen);
    let mut client = being_away(&mut site, client, Lines::smpplib, &mut seen);
    let slow = refusals(&site, &mut client, Lines::smpplib, &mut seen);
    guesses(&site, &slow, Lines::smpplib, &mut seen);
    is_as_documented("smpplib 2.2.4", &seen);
}

fn named(site: &Site, client: &mut Lines, seen: &mut Seen) {
    client.sends(json!({ "to": DESK, "text": "Hallo", "source": "Alarm", "ton": 5 }));
    site.desk_has("Alarm: Hallo");
    seen.insert("a sender with a name");
}

/// It reads receipts itself, puts texts together again from SAR fields, and comes back by itself.
#[test]
fn aiosmpplib_of_python() {
    let mut site = Site::new(&["--long", "sar"]);
    let Some(mut client) = Lines::aiosmpplib(site.at) else { return };
    let mut seen = Seen::new();
    three_ways(&site, Lines::aiosmpplib, &mut seen);
    assert_eq!(client.binds("transceiver", "pumps", &site.password), 0);
    for (what, text, encoding) in [
        ("a short text, with the extension table", SHORT.to_owned(), json!(null)),
        ("UCS-2 with emoji", EMOJI.to_owned(), json!("ucs2")),
        ("a payload", long(), json!(null)),
    ] {
        let id = client.sends(json!({
            "to": DESK, "text": text, "source": PUMPS, "registered": 1, "encoding": encoding,
        }))[0]
            .clone();
        site.desk_has(&text);
        let receipt =
            client.hears(|event| event["event"] == "receipt" && event["id"] == id.as_str());
        assert_eq!((&receipt["stat"], &receipt["source"]), (&"DELIVRD".into(), &DESK.into()));
        seen.insert(what);
        site.desk.sends(PUMPS, &text, &id).well();
        let came = client.hears(|event| event["event"] == "deliver");
        assert_eq!((&came["text"], &came["source"]), (&text.into(), &DESK.into()));
    }
    seen.extend(["receipts", "is handed the same"]);
    named(&site, &mut client, &mut seen);

    site.starts_again();
    assert_eq!(client.hears(|event| event["event"] == "bind")["status"], 0);
    site.desk.sends(PUMPS, "are you back?", "back").well();
    client.hears(|event| event["text"] == "are you back?");
    client.sends(json!({ "to": DESK, "text": "and back" }));
    site.desk_has("and back");
    seen.insert("comes back after being away, and after the server was killed");
    refusals(&site, &mut client, Lines::aiosmpplib, &mut seen);
    // It tries again by itself, so that it cannot be told how often it guesses.
    let mut guesser = Lines::aiosmpplib(site.at).unwrap();
    assert_eq!(guesser.binds("transceiver", "pumps", "wrong"), 0x0e);
    seen.insert("has a wrong password");
    is_as_documented("aiosmpplib 0.7.4", &seen);
}

#[test]
fn smpp_of_node() {
    let mut site = Site::new(&[]);
    let Some(mut client) = Lines::node(site.at) else { return };
    let mut seen = Seen::new();
    three_ways(&site, Lines::node, &mut seen);
    assert_eq!(client.binds("transceiver", "pumps", &site.password), 0);
    texts_and_receipts(&mut site, &mut client, &mut seen);
    queries(&site, &mut client, &mut seen);
    named(&site, &mut client, &mut seen);

    let text = long();
    client.sends(json!({ "to": DESK, "text": text, "how": "backwards" }));
    site.desk_has(&text);
    seen.insert("parts in another order");
    client.sends(json!({ "to": DESK, "text": long_emoji(), "how": "payload" }));
    site.desk_has(&long_emoji());
    seen.insert("a payload");
    client.does("data", json!({ "to": DESK, "text": "by data_sm" }));
    site.desk_has("by data_sm");
    let many =
        client.does("multi", json!({ "to": [DESK, "12"], "text": "to many", "registered": 1 }));
    assert_eq!((&many["status"], &many["unsuccess"]), (&0.into(), &json!(["12"])));
    site.desk_has("to many");
    client.hears_receipt(many["ids"][0].as_str().unwrap(), "DELIVRD");
    seen.insert("data_sm and submit_multi");

    let later = |text: &str| {
        let schedule_delivery_time = "000001000000000R";
        json!({ "to": DESK, "text": text, "registered": 1,
                "schedule_delivery_time": schedule_delivery_time })
    };
    let id = client.sends(later("not to be sent"))[0].clone();
    assert_eq!(client.does("query", json!({ "message_id": id }))["state"], 1);
    assert_eq!(client.does("replace", json!({ "message_id": id, "text": "other" }))["status"], 0);
    assert_eq!(client.does("cancel", json!({ "message_id": id }))["status"], 0);
    assert_eq!(client.does("cancel", json!({ "message_id": id }))["status"], 0x11);
    assert_eq!(client.does("query", json!({ "message_id": id }))["state"], 4);
    let replaced = client.sends(json!({ "to": DESK, "text": "first",
        "schedule_delivery_time": "000000000003000R" }))[0]
        .clone();
    let put = client.does("replace", json!({ "message_id": replaced, "text": "second" }));
    assert_eq!(put["status"], 0);
    site.desk_has("second");
    let has_left = client.does("cancel", json!({ "message_id": replaced }));
    assert_eq!(has_left["status"], 0x11);
    assert!(!site.unread().contains(&"first".to_owned()));
    seen.insert("cancels and replaces what waits for its time");

    let mut client = being_away(&mut site, client, Lines::node, &mut seen);
    let slow = refusals(&site, &mut client, Lines::node, &mut seen);
    guesses(&site, &slow, Lines::node, &mut seen);
    is_as_documented("smpp 0.5.1 (Node)", &seen);
}

#[test]
fn kannel() {
    let mut site = Site::new(&[]);
    let Some(mut kannel) = Kannel::bind(site.at, "pumps", &site.password) else { return };
    let mut seen = Seen::new();
    for (what, text) in [
        ("a short text, with the extension table", SHORT.to_owned()),
        ("UCS-2 with emoji", EMOJI.to_owned()),
        ("a long text", long()),
        ("a long text in UCS-2", long_emoji()),
    ] {
        kannel.sends(PUMPS, DESK, &text);
        site.desk_has(&text);
        kannel.is_told(DESK, 8);
        kannel.is_told(DESK, 1);
        seen.insert(what);
    }
    seen.insert("receipts");
    for (what, text) in [("short", SHORT.to_owned()), ("emoji", EMOJI.to_owned()), ("long", long())]
    {
        site.desk.sends(PUMPS, &text, what).well();
        let mut whole = String::new();
        while whole != text {
            whole += &kannel.receives(DESK);
            assert!(text.starts_with(&whole), "{whole:?}");
        }
    }
    seen.insert("is handed the same");

    kannel.goes();
    site.desk.sends(PUMPS, "while you were away", "away").well();
    site.starts_again();
    kannel.comes();
    // What it had acknowledged shortly before it was killed may come again.
    while kannel.receives(DESK) != "while you were away" {}
    kannel.sends(PUMPS, DESK, "and back");
    site.desk_has("and back");
    kannel.is_told(DESK, 1);
    seen.insert("comes back after being away, and after the server was killed");
    is_as_documented("Kannel 1.4.5", &seen);
}

/// The story that this is there for.
#[test]
fn a_text_of_kannels_reaches_a_person_far_away_and_the_answer_comes_back_over_a_server_that_is_killed()
 {
    const BEN: &str = "5550000005";
    let (mesh, people) = (Mesh::line(5), People::new());
    let first = Running::start(mesh.command(1).args(["--smpp", "127.0.0.1:0"]));
    let at = smpp_of(&first);
    let mut others: Vec<Running> = (2..=5).map(|index| mesh.serve(index)).collect();
    mesh.is_one(&[1, 2, 3, 4, 5]);
    let password = smpp_account(&mesh, 1, "pumps", &["--number", PUMPS]);
    people.joins(BEN, &mesh, 5).well();
    let Some(kannel) = Kannel::bind(at, "pumps", &password) else { return };
    let reading = people.begins("inbox", BEN, &["--follow", "--ack"]);
    kannel.sends(PUMPS, BEN, "Pump 3 has stopped");
    reading.says(&format!("{PUMPS}: Pump 3 has stopped"));
    kannel.is_told(BEN, 1);
    let answer = people.does("send", BEN, &[PUMPS, "I am on my way", "--wait", "delivered"]);
    assert!(["delivered\n", "read\n"].contains(&answer.well().as_str()));
    assert_eq!(kannel.receives(BEN), "I am on my way");

    others.remove(1).kill();
    kannel.sends(PUMPS, BEN, "Pump 4 as well");
    let waits = people.does("send", BEN, &[PUMPS, "Which one?", "--wait", "accepted"]);
    assert_eq!(waits.well(), format!("accepted by {}\n", Mesh::name(5)));
    others.push(mesh.serve(3));
    reading.says(&format!("{PUMPS}: Pump 4 as well"));
    kannel.is_told(BEN, 1);
    assert_eq!(kannel.receives(BEN), "Which one?");
    let last = people.does("send", BEN, &[PUMPS, "I see it", "--wait", "delivered"]);
    assert!(["delivered\n", "read\n"].contains(&last.well().as_str()));
    assert_eq!(kannel.receives(BEN), "I see it");
}

/// All that is said in the capture, as Wireshark writes it.
const COMMANDS: [&str; 18] = [
    "0x00000009",
    "0x80000009",
    "0x00000004",
    "0x80000004",
    "0x00000005",
    "0x80000005",
    "0x00000103",
    "0x80000103",
    "0x00000021",
    "0x80000021",
    "0x00000003",
    "0x80000003",
    "0x00000008",
    "0x80000008",
    "0x00000007",
    "0x80000007",
    "0x00000006",
    "0x80000006",
];

#[test]
fn wireshark_reads_all_that_is_said() {
    if Command::new("tshark").arg("--version").output().is_err() {
        println!("SKIPPED: tshark is not installed");
        return;
    }
    let site = Site::new(&[]);
    let tap = Tap::before(site.at);
    let Some(mut client) = Lines::node(tap.address) else { return };
    assert_eq!(client.binds("transceiver", "pumps", &site.password), 0);
    for text in [SHORT.to_owned(), EMOJI.to_owned(), long(), long_emoji()] {
        let ids =
            client.sends(json!({ "to": DESK, "text": text, "source": PUMPS, "registered": 1 }));
        client.hears_receipt(&ids[0], "DELIVRD");
        site.desk.sends(PUMPS, &text, &ids[0]).well();
        client.hears(|event| event["event"] == "deliver" && event["esm_class"] != 4);
    }
    client.does("data", json!({ "to": DESK, "text": "by data_sm", "registered": 17 }));
    client.does("multi", json!({ "to": [DESK, "12"], "text": "to many" }));
    client.does("submit", json!({ "to": "12", "text": "nowhere" }));
    let id = client.sends(json!({ "to": DESK, "text": "last", "registered": 1 }))[0].clone();
    client.does("query", json!({ "message_id": id }));
    client.does("cancel", json!({ "message_id": id }));
    client.does("replace", json!({ "message_id": id, "text": "other" }));
    client.hears_receipt(&id, "DELIVRD");
    client.does("unbind", json!({}));

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("smpp.pcap");
    tap.write(&file);
    let tshark = |filter: &str, fields: &[&str]| {
        let mut command = Command::new("tshark");
        command.arg("-r").arg(&file).args(["-Y", filter]).args(fields);
        Running::to_end(&mut command).well()
    };
    let read = tshark("smpp", &["-T", "fields", "-e", "smpp.command_id"]);
    let commands: Vec<&str> = read
        .lines()
        .flat_map(|line| line.split('\t').next().unwrap_or_default().split(','))
        .collect();
    for command in COMMANDS {
        assert!(commands.contains(&command), "{command} is not among {commands:?}");
    }
    assert_eq!(tshark("_ws.malformed", &[]), "", "{read}");
}

/// What `postrider smpp simulate` says it does, by a client that somebody else wrote.
#[test]
fn a_simulated_message_centre_does_what_destinations_say() {
    let start = || {
        let mut command = postrider("smpp");
        command.args(["simulate", "--listen", "127.0.0.1:0", "--seed", "7"]);
        let simulated = Running::start(command.args(["--outcome", "49*=expired:0,*77=answered:0"]));
        let at: SocketAddr = simulated.said(|out| {
            let (_, rest) = out.split_once("is simulated at ")?;
            rest.split_once('\n')?.0.parse().ok()
        });
        (simulated, at)
    };
    let mut told = Vec::new();
    for _ in 0..2 {
        let (_simulated, at) = start();
        let Some(mut client) = Lines::node(at) else { return };
        assert_eq!(client.binds("transceiver", "anybody", "x"), 0);
        let submit = |to: &str| json!({ "to": to, "text": "hello", "registered": 1 });
        let ids = ["5550000077", "4955500000", "5550000002"]
            .map(|to| client.sends(submit(to))[0].clone());
        client.hears_receipt(&ids[0], "DELIVRD");
        client.hears(|event| text_of(event) == "Re: hello");
        client.hears_receipt(&ids[1], "EXPIRED");
        client.hears_receipt(&ids[2], "REJECTD");
        assert_eq!(client.does("submit", submit("5550000003"))["status"], 0x0b);
        assert_eq!(client.does("submit", submit("5550000004"))["status"], 0x58);
        told.push(ids);
    }
    assert_eq!(told[0], told[1], "the same seed");
}

#[test]
fn it_is_spoken_by_tls() {
    let mesh = Mesh::apart(1);
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    let of = |ending: &str| mesh.data(1).with_file_name(format!("smpp.{ending}"));
    std::fs::write(of("pem"), made.cert.pem()).unwrap();
    std::fs::write(of("key"), made.signing_key.serialize_pem()).unwrap();
    let [certificate, key] = ["pem", "key"].map(|ending| of(ending).display().to_string());
    let settings = format!(
        "[smpp]\nlisten_tls = \"127.0.0.1:0\"\ncertificate = {certificate:?}\nkey = {key:?}\n"
    );
    std::fs::write(of("toml"), settings).unwrap();
    let server = Running::start(mesh.command(1).arg("--config").arg(of("toml")));
    let at: SocketAddr = server.said(|out| {
        let (_, rest) = out.split_once("it speaks SMPP at ")?;
        rest.split_once(", by TLS")?.0.parse().ok()
    });
    let password = smpp_account(&mesh, 1, "pumps", &["--number", PUMPS]);
    mesh.sees(1, ("smpp", &["status"]), |answer| {
        (answer["accounts"][0]["attached"] == 1).then_some(())
    });
    let Some(mut client) = Lines::smpplib_by_tls(at, &of("pem")) else { return };
    assert_eq!(client.binds("transceiver", "pumps", &password), 0);
    let id = &client.sends(json!({ "to": PUMPS, "text": "to itself", "registered": 1 }))[0];
    client.hears_receipt(id, "DELIVRD");
}

/// A client that says what it likes.
struct Raw(TcpStream);

impl Raw {
    fn new(at: SocketAddr) -> Raw {
        let stream = TcpStream::connect(at).unwrap();
        stream.set_read_timeout(Some(support::PATIENCE)).unwrap();
        Raw(stream)
    }

    fn bound(site: &Site, mode: Mode) -> Raw {
        let mut raw = Raw::new(site.at);
        let bind = Bind {
            mode,
            system_id: b"pumps",
            password: site.password.as_bytes(),
            system_type: b"",
            interface_version: 0x34,
            range: Address::default(),
        };
        assert_eq!(raw.asks(&Pdu::Bind(bind), 1).1, Status::OK);
        raw
    }

    fn says(&mut self, bytes: &[u8]) {
        // Who was cut off hears so when it reads.
        let _ = self.0.write_all(bytes);
    }

    fn asks(&mut self, pdu: &Pdu<'_>, sequence: u32) -> (u32, Status, u32) {
        let mut bytes = Vec::new();
        print(pdu, Status::OK, sequence, &mut bytes);
        self.says(&bytes);
        self.hears().expect("an answer")
    }

    /// The next command, its status and its number; none at the end.
    fn hears(&mut self) -> Option<(u32, Status, u32)> {
        let mut head = [0; 16];
        self.0.read_exact(&mut head).ok()?;
        let word = |at: usize| u32::from_be_bytes(head[at..at + 4].try_into().unwrap());
        let mut body = vec![0; word(0) as usize - head.len()];
        self.0.read_exact(&mut body).ok()?;
        Some((word(4), Status(word(8)), word(12)))
    }
}

fn submit(text: &[u8]) -> Pdu<'_> {
    let destination = Address { ton: 1, npi: 1, digits: DESK.as_bytes() };
    Pdu::Submit(Message { destination, text, ..Message::default() })
}

#[test]
fn whatever_clients_do_what_was_taken_is_not_lost() {
    let mut site = Site::new(&[]);
    let mut client = Raw::bound(&site, Mode::Transceiver);
    client.says(&[16_u32, 0x777, 0, 5].map(u32::to_be_bytes).concat());
    assert_eq!(client.hears(), Some((command::GENERIC_NACK, Status::COMMAND, 5)));
    let taken = (command::SUBMIT_SM | command::RESP, Status::OK, 6);
    let mut strays = Vec::new();
    print(&submit(b"with strays"), Status::OK, 6, &mut strays);
    strays.extend([0, 0]);
    let length = (strays.len() as u32).to_be_bytes();
    strays[..4].copy_from_slice(&length);
    client.says(&strays);
    assert_eq!(client.hears(), Some(taken));
    site.desk_has("with strays");
    let unreadable = Message {
        data_coding: 8,
        text: b"\xd8\x00\0a",
        destination: Address { ton: 0, npi: 1, digits: DESK.as_bytes() },
        ..Message::default()
    };
    assert_eq!(client.asks(&Pdu::Submit(unreadable), 7).1, Status::OK);
    site.desk_has("\u{fffd}a");
    client.says(&[5_u32, 0, 0, 9].map(u32::to_be_bytes).concat());
    assert_eq!(client.hears(), Some((command::GENERIC_NACK, Status::COMMAND_LENGTH, 9)));
    assert_eq!(client.hears(), None);

    for one in 0..20_u32 {
        let mut client = Raw::bound(&site, Mode::Transmitter);
        assert_eq!(client.asks(&submit(format!("bind {one}").as_bytes()), one).1, Status::OK);
    }
    let mut flood: Vec<Raw> = (0..200).map(|_| Raw::new(site.at)).collect();
    flood.iter_mut().for_each(|client| client.says(b"\0\0"));
    let cut = flood.split_off(100).iter_mut().filter_map(Raw::hears).count();
    assert_eq!(cut, 0, "those that are too many are cut off");
    drop(flood);
    let mut client = eventually("others may bind", || {
        let mut raw = Raw::new(site.at);
        raw.says(&[16_u32, command::ENQUIRE_LINK, 0, 1].map(u32::to_be_bytes).concat());
        raw.hears()?;
        Some(Raw::bound(&site, Mode::Transmitter))
    });
    // All that was answered is there, although the server is killed at once.
    assert_eq!(client.asks(&submit(b"the last"), 30).1, Status::OK);
    site.starts_again();
    for one in 0..20 {
        site.desk_has(&format!("bind {one}"));
    }
    site.desk_has("the last");
}
