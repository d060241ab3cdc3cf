//! What several clients are asked to do.

use super::site::{EMOJI, SHORT, Seen, Site, long, long_emoji};
use super::support::{Lines, People, eventually, text_of};
use super::{AWAY, DESK, NOBODY, PUMPS};
use serde_json::json;
use std::collections::BTreeSet;
use std::net::SocketAddr;

/// What both clients in lines do.
pub(crate) fn texts_and_receipts(site: &mut Site, client: &mut Lines, seen: &mut Seen) {
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

pub(crate) fn being_away(
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

pub(crate) fn three_ways(site: &Site, start: fn(SocketAddr) -> Option<Lines>, seen: &mut Seen) {
    for mode in ["transmitter", "receiver", "transceiver"] {
        let mut client = start(site.at).unwrap();
        assert_eq!(client.binds(mode, "pumps", &site.password), 0);
        client.does("unbind", json!({}));
    }
    seen.insert("binds three ways");
}

/// Returns the password of an account that may send one text a second.
pub(crate) fn refusals(
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
    let slow = site.account("slow", &["--number", NOBODY, "--rate", "1", "--binds", "1"]);
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

pub(crate) fn guesses(
    site: &Site,
    slow: &str,
    start: fn(SocketAddr) -> Option<Lines>,
    seen: &mut Seen,
) {
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

pub(crate) fn backwards(site: &Site, client: &mut Lines, seen: &mut Seen) {
    let text = format!("{}, from its end", long());
    client.sends(json!({ "to": DESK, "text": text, "how": "backwards" }));
    site.desk_has(&text);
    seen.insert("parts in another order");
}

pub(crate) fn payload(site: &Site, client: &mut Lines, seen: &mut Seen) {
    let text = format!("{}, as a payload", long_emoji());
    client.sends(json!({ "to": DESK, "text": text, "how": "payload" }));
    site.desk_has(&text);
    seen.insert("a payload");
}

pub(crate) fn data(site: &Site, client: &mut Lines, seen: &mut Seen) {
    let with = json!({ "to": DESK, "text": "by data_sm", "registered": 1 });
    let said = client.does("data", with);
    assert_eq!(said["status"], 0, "{said}");
    site.desk_has("by data_sm");
    client.hears_receipt(said["ids"][0].as_str().unwrap(), "DELIVRD");
    seen.insert("data_sm");
}

pub(crate) fn queries(site: &Site, client: &mut Lines, seen: &mut Seen) {
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

pub(crate) fn named(site: &Site, client: &mut Lines, seen: &mut Seen) {
    client.sends(json!({ "to": DESK, "text": "Hallo", "source": "Alarm", "ton": 5 }));
    site.desk_has("Alarm: Hallo");
    seen.insert("a sender with a name");
}

/// Only one text's client wants to know what becomes of it on its way to somebody who is not there.
pub(crate) fn notices(site: &Site, client: &mut Lines, seen: &mut Seen) {
    let people = People::new();
    people.joins(AWAY, &site.mesh, 1).well();
    let mut sends = |text: &str, registered: u8| {
        let with = json!({ "to": AWAY, "text": text, "source": PUMPS, "registered": registered });
        client.sends(with)[0].clone()
    };
    let quiet = sends("no notice", 0x01);
    let told = sends("on its way", 0x11);
    let notice = client.hears_receipt(&told, "ENROUTE");
    assert_eq!((&notice["esm_class"], &notice["tlvs"]["message_state"]), (&0x20.into(), &1.into()));
    let reading = people.begins("inbox", AWAY, &["--follow", "--ack"]);
    reading.says(&format!("{PUMPS}: on its way"));
    for id in [&quiet, &told] {
        assert_eq!(client.hears_receipt(id, "DELIVRD")["esm_class"], 0x04);
    }
    let is_notice = |event: &serde_json::Value| event["esm_class"] == 0x20;
    assert!(!client.came.iter().any(is_notice), "{:?}", client.came);
    seen.insert("is told on the way, if it asks for that");
}
