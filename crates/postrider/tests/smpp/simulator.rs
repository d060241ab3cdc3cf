//! The message centre without a network.

use super::support::{Lines, Running, postrider, text_of};
use serde_json::json;
use std::net::SocketAddr;

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
