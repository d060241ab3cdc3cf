//! Wireshark, which reads along.

use super::site::{EMOJI, SHORT, Site, long, long_emoji};
use super::support::{Lines, Running, Tap};
use super::{DESK, PUMPS};
use serde_json::json;
use std::process::Command;

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
