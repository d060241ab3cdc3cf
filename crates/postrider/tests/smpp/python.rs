//! `smpplib` and `aiosmpplib` of Python.

use super::site::{EMOJI, SHORT, Seen, Site, is_as_documented, long, long_emoji};
use super::stories::{
    backwards, being_away, data, guesses, named, notices, payload, queries, refusals,
    texts_and_receipts, three_ways,
};
use super::support::{Lines, Mesh, People, Running, smpp_account, text_of};
use super::{AWAY, DESK, PUMPS};
use serde_json::json;
use std::net::SocketAddr;

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
    backwards(&site, &mut client, &mut seen);
    payload(&site, &mut client, &mut seen);
    data(&site, &mut client, &mut seen);
    notices(&site, &mut client, &mut seen);
    let mut client = being_away(&mut site, client, Lines::smpplib, &mut seen);
    let slow = refusals(&site, &mut client, Lines::smpplib, &mut seen);
    guesses(&site, &slow, Lines::smpplib, &mut seen);
    is_as_documented("smpplib 2.2.4", &seen);
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
    in_parts(&site, &mut client, &mut seen);
    is_told_on_the_way(&site, &mut client, &mut seen);
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

/// It says of each part both ways which it is, and tells of all parts once.
fn in_parts(site: &Site, client: &mut Lines, seen: &mut Seen) {
    for (what, text) in [("a long text", long()), ("a long text in UCS-2", long_emoji())] {
        let text = format!("{text}, in parts");
        let with = json!({ "to": DESK, "text": text, "how": "parts", "registered": 1 });
        let last = client.sends(with)[0].clone();
        site.desk_has(&text);
        let receipt =
            client.hears(|event| event["event"] == "receipt" && event["id"] == last.as_str());
        assert_eq!(receipt["stat"], "DELIVRD");
        seen.insert(what);
    }
}

fn is_told_on_the_way(site: &Site, client: &mut Lines, seen: &mut Seen) {
    let people = People::new();
    people.joins(AWAY, &site.mesh, 1).well();
    let with = json!({ "to": AWAY, "text": "on its way", "registered": 0x11 });
    let id = client.sends(with)[0].clone();
    // The library takes it for a text.
    let notice = client.hears(|event| event["event"] == "deliver" && event["esm_class"] == 0x20);
    assert!(text_of(&notice).contains(&format!("id:{id} ")), "{notice}");
    assert!(text_of(&notice).contains("stat:ENROUTE "), "{notice}");
    let reading = people.begins("inbox", AWAY, &["--follow", "--ack"]);
    reading.says(&format!("{PUMPS}: on its way"));
    assert_eq!(client.hears(|event| event["id"] == id.as_str())["stat"], "DELIVRD");
    seen.insert("is told on the way, if it asks for that");
}
