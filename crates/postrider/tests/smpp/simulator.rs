//! The message centre without a network.

use super::raw::{Raw, printed};
use super::support::{Lines, Running, postrider, text_of};
use postrider_smpp::codec::{Address, Message, Mode, Pdu, Status, command};
use serde_json::json;
use std::net::SocketAddr;

/// With a seed of its own.
fn simulated(outcomes: &str) -> (Running, SocketAddr) {
    let mut command = postrider("smpp");
    command.args(["simulate", "--listen", "127.0.0.1:0", "--seed", "7"]);
    let simulated = Running::start(command.args(["--outcome", outcomes]));
    let at = simulated.said(|out| {
        let (_, rest) = out.split_once("is simulated at ")?;
        rest.split_once('\n')?.0.parse().ok()
    });
    (simulated, at)
}

/// What `postrider smpp simulate` says it does, by a client that somebody else wrote.
#[test]
fn a_simulated_message_centre_does_what_destinations_say() {
    let mut told = Vec::new();
    for _ in 0..2 {
        let (_simulated, at) = simulated("49*=expired:0,*77=answered:0");
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

/// At once, or never while a test runs.
const OUTCOMES: &str = "*10=delivered:0,*11=expired:0,*12=answered:86400,*13=delivered:86400";

#[test]
fn a_simulated_message_centre_takes_texts_to_many_and_tells_of_each() {
    let (_simulated, at) = simulated(OUTCOMES);
    let Some(mut client) = Lines::node(at) else { return };
    assert_eq!(client.binds("transceiver", "anybody", "x"), 0);
    let to = ["5550000010", "5550000003", "5550000011", "5550000004"];
    let said = client.does("multi", json!({ "to": to, "text": "to many", "registered": 1 }));
    assert_eq!(said["status"], 0);
    assert_eq!(said["unsuccess"], json!(["5550000003", "5550000004"]));
    let id = said["ids"][0].as_str().unwrap();
    assert_eq!(client.hears_receipt(id, "DELIVRD")["source"], to[0]);
    assert_eq!(client.hears_receipt(id, "EXPIRED")["source"], to[2]);
    let nobody = client.does("multi", json!({ "to": [to[1]], "text": "to nobody" }));
    assert_eq!(nobody["status"], 0x0b);
    let data = client.does("data", json!({ "to": to[0], "text": "by data_sm", "registered": 1 }));
    client.hears_receipt(data["ids"][0].as_str().unwrap(), "DELIVRD");
}

#[test]
fn what_a_simulated_message_centre_does_not_answer_does_not_keep_a_client_from_ending() {
    let (_simulated, at) = simulated(OUTCOMES);
    let mut client = Raw::new(at);
    assert_eq!(client.binds(Mode::Transmitter, "anybody", "x"), Status::OK);
    let digits = b"5550000005";
    let destination = Address { ton: 1, npi: 1, digits };
    let message = Message { destination, text: b"hello", ..Message::default() };
    let silent = printed(&Pdu::Submit(message), 7);
    // More of them than the window has.
    client.says(&silent.repeat(2_000));
    assert_eq!(client.asks(&Pdu::Unbind, 8), (command::UNBIND | command::RESP, Status::OK, 8));
}

#[test]
fn a_simulated_message_centre_takes_back_and_replaces_what_has_not_come_to_its_end() {
    let (_simulated, at) = simulated(OUTCOMES);
    let Some(mut client) = Lines::node(at) else { return };
    assert_eq!(client.binds("transceiver", "anybody", "x"), 0);
    let submit = |to: &str| json!({ "to": to, "text": "hello", "registered": 1 });
    let over = client.sends(submit("5550000010"))[0].clone();
    client.hears_receipt(&over, "DELIVRD");
    let [first, second] =
        ["5550000012", "5550000013"].map(|to| client.sends(submit(to))[0].clone());
    drop(client);

    let mut client = Lines::node(at).unwrap();
    assert_eq!(client.binds("transceiver", "anybody", "x"), 0);
    let of = |id: &str| json!({ "message_id": id });
    let with = |id: &str| json!({ "message_id": id, "text": "bye", "registered": 1 });
    assert_eq!(client.does("query", of(&over))["state"], 2);
    assert_eq!(client.does("cancel", of(&over))["status"], 0x11);
    assert_eq!(client.does("replace", with(&over))["status"], 0x13);
    assert_eq!(client.does("query", of(&first))["state"], 1);
    assert_eq!(client.does("replace", with(&first))["status"], 0);
    assert_eq!(client.does("cancel", of(&first))["status"], 0);
    let receipt = client.hears_receipt(&first, "DELETED");
    assert!(text_of(&receipt).ends_with("text:bye"), "{receipt}");
    assert_eq!(client.does("query", of(&first))["state"], 4);
    assert_eq!(client.does("cancel", of(&first))["status"], 0x11);
    assert_eq!(client.does("query", of("1"))["status"], 0x67);

    // Of all that it has sent, only to one.
    let between = json!({ "source": "", "destination": "5550000013", "message_id": "" });
    assert_eq!(client.does("cancel", between.clone())["status"], 0);
    client.hears_receipt(&second, "DELETED");
    assert_eq!(client.does("cancel", between)["status"], 0x11);
}
