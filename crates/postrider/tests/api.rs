//! Programs that text over HTTP, on real servers.

// Helpers of tests fail as tests do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod support;

use serde_json::{Value, json};
use std::net::SocketAddr;
use support::{Asks, Hook, Mesh, Running, becomes, eventually, postrider, raw};

const PUMPS: &str = "5550000001";
const DESK: &str = "5550000002";

fn serve(mesh: &Mesh, index: usize) -> (Running, SocketAddr) {
    let server = Running::start(mesh.command(index).args(["--web", "127.0.0.1:0"]));
    let web = Asks::web_of(&server);
    (server, web)
}

fn application(mesh: &Mesh, index: usize, web: SocketAddr, name: &str, number: &str) -> Asks {
    Asks::with_new_key(mesh, index, web, &["--application", name, "--number", number])
}

#[test]
fn a_program_texts_another_once_and_learns_what_became_of_it_over_a_crash() {
    let mesh = Mesh::line(2);
    let ((first, web), (_second, other)) = (serve(&mesh, 1), serve(&mesh, 2));
    mesh.is_one(&[1, 2]);
    let pumps = application(&mesh, 1, web, "pumps", PUMPS);
    let desk = application(&mesh, 2, other, "desk", DESK);
    eventually("attached", || {
        let own = desk.get("/v1/number").well();
        let is_so = own["number"] == DESK && own["says"] == "attached to Camp 2";
        (is_so && own["attached"] == true).then_some(())
    });

    let sent = pumps.sends(DESK, "the pump is on", "alarm-7");
    assert_eq!(sent.status, 201);
    let id = sent.body["id"].clone();
    becomes(&pumps, &id, "delivered");
    let came = desk.get("/v1/texts/unread").well();
    let text = &came["texts"][0];
    assert_eq!((&text["text"], &text["verified"]), (&"the pump is on".into(), &true.into()));

    first.kill();
    let (_first, web) = serve(&mesh, 1);
    let pumps = Asks { web, ..pumps };
    let again = pumps.sends(DESK, "the pump is on", "alarm-7");
    assert_eq!((again.status, &again.body["id"]), (200, &id));
    let other_text = pumps.sends(DESK, "the pump is off", "alarm-7");
    assert!(other_text.badly(409).contains("another text"));
    assert_eq!(desk.ask("POST", &format!("/v1/texts/{}/read", text["id"]), &[], "").status, 204);
    becomes(&pumps, &id, "read");
    assert_eq!(pumps.get(&format!("/v1/texts?with={DESK}")).well()["texts"], {
        json!([pumps.get(&format!("/v1/texts/{id}")).well()])
    });
    assert_eq!(desk.get("/v1/texts/unread").well(), json!({ "texts": [] }));
}

#[test]
fn the_network_is_shown_with_its_links_and_what_waits_for_whom() {
    let mesh = Mesh::line(3);
    let places = "[web.places]\n\"Camp 3\" = [60.0, 10.0]\n\"Camp 9\" = [60.0, 0.0]\n";
    let (_first, web) = serve_with_settings(&mesh, places);
    let (second, third) = (mesh.serve(2), serve(&mesh, 3));
    mesh.is_one(&[1, 2, 3]);
    let operator = Asks::with_new_key(&mesh, 1, web, &["--good-for", "network"]);
    let pumps = application(&mesh, 1, web, "pumps", PUMPS);
    let desk = application(&mesh, 3, third.1, "desk", DESK);
    eventually("attached", || (desk.get("/v1/number").well()["attached"] == true).then_some(()));
    eventually("a way to the desk", || {
        let found = operator.get(&format!("/v1/network/trace?what={DESK}")).well();
        found["way"].as_array().is_some_and(|way| way.len() == 2).then_some(())
    });
    let network = operator.get("/v1/network").well();
    let of = |index: usize, name: &str| {
        let servers = network["servers"].as_array().unwrap();
        servers.iter().find(|server| server["key"] == mesh.key(index)).unwrap()[name].clone()
    };
    assert_eq!((&network["here"], of(2, "name")), (&mesh.key(1).into(), "Camp 2".into()));
    let mut links = of(2, "links").as_array().unwrap().clone();
    links.sort_by_key(|key| key != mesh.key(1));
    assert_eq!(links, [Value::from(mesh.key(1)), Value::from(mesh.key(3))]);
    assert_eq!(of(2, "at"), Value::Null);
    // At 60 degrees north those of longitude are half as long.
    let at: Vec<f64> = serde_json::from_value(of(3, "at")).unwrap();
    assert!((at[0] - 5.0).abs() < 1e-9 && at[1] == 60.0, "{at:?}");
    assert_eq!(of(3, "way"), json!([mesh.key(2), mesh.key(3)]));
    assert_eq!(network["links"][0]["state"], "up");

    second.drain().well();
    eventually("no way", || {
        let network = operator.get("/v1/network").well();
        let gone = |server: &&Value| server["key"] == mesh.key(3);
        network["servers"].as_array()?.iter().find(gone)?["cost"].is_null().then_some(())
    });
    pumps.sends(DESK, "for the desk", "1").well();
    let why = eventually("it waits for its server", || {
        let network = operator.get("/v1/network").well();
        let servers = network["servers"].as_array()?;
        let waits = servers.iter().find(|server| server["waiting"] == 1)?;
        assert_eq!(waits["key"], mesh.key(3));
        waits["because"].as_str().map(str::to_owned)
    });
    let trace = operator.get(&format!("/v1/network/trace?what={PUMPS}-{DESK}")).well();
    let says = trace["messages"][0]["says"].as_str().unwrap();
    assert!(says.contains("Camp 3"), "{why}; {says}");
}

#[test]
fn a_key_opens_what_it_is_good_for_until_it_is_removed() {
    let mesh = Mesh::apart(1);
    let (_server, web) = serve(&mesh, 1);
    let pumps = application(&mesh, 1, web, "pumps", PUMPS);
    let only_send = ["--application", "pumps", "--good-for", "send"];
    let sender = Asks::with_new_key(&mesh, 1, web, &only_send);
    let operator = Asks::with_new_key(&mesh, 1, web, &["--good-for", "network"]);

    assert_eq!(pumps.get("/v1/number").status, 200);
    assert_eq!(sender.sends(DESK, "a", "1").status, 201);
    assert!(sender.get("/v1/number").badly(403).contains("`read`"));
    assert_eq!(operator.get("/v1/network").well()["name"], "Camp 1");
    assert_eq!(operator.get("/v1/network/numbers?prefix=5550").well()["more"], false);
    assert!(operator.get("/v1/number").badly(403).contains("`read`"));
    assert!(pumps.get("/v1/network").badly(403).contains("`network`"));

    assert_eq!(raw(web, "GET", "/readyz", &[], "").status, 200);
    assert_eq!(raw(web, "GET", "/healthz", &[], "").status, 200);
    operator.get("/metrics").badly(403);
    let monitor = Asks::with_new_key(&mesh, 1, web, &["--good-for", "metrics"]);
    assert_eq!(monitor.get("/metrics").status, 200);

    let nobody = raw(web, "GET", "/v1/number", &[], "");
    assert!(nobody.head.contains("www-authenticate: bearer"), "{nobody:?}");
    assert!(nobody.badly(401).contains("postrider keys add"));
    let wrong = Asks { key: format!("{}0", pumps.key), ..pumps.clone() };
    assert!(wrong.get("/v1/number").badly(401).contains("not good"));
    let elsewhere = [format!("Authorization: Bearer {}", pumps.key), "Host: evil.example".into()];
    let elsewhere: Vec<&str> = elsewhere.iter().map(String::as_str).collect();
    assert_eq!(raw(web, "GET", "/v1/number", &elsewhere, "").status, 421);

    let data = mesh.data(1);
    let list = Running::to_end(postrider("keys").arg("list").arg("--data").arg(&data)).well();
    assert!(!list.contains(&pumps.key[12..]), "{list}");
    let id = &pumps.key[3..11];
    Running::to_end(postrider("keys").args(["remove", id]).arg("--data").arg(&data)).well();
    assert_eq!(pumps.get("/v1/number").status, 401);
    assert_eq!(sender.sends(DESK, "a", "1").status, 200, "the others are as good as before");
}

#[test]
fn what_is_not_as_it_should_be_is_told_and_nothing_is_sent() {
    let mesh = Mesh::apart(1);
    let (_server, web) = serve(&mesh, 1);
    let pumps = application(&mesh, 1, web, "pumps", PUMPS);
    for (body, why) in [
        (json!({ "to": "12", "text": "a" }), "ten digits"),
        (json!({ "to": DESK, "text": "" }), "at least one character"),
        (json!({ "to": DESK, "text": "a".repeat(2_561) }), "2560"),
        (json!({ "to": DESK, "text": "a", "priority": 1 }), "unknown field"),
        (json!({ "to": DESK, "text": "a", "precedence": "now" }), "unknown variant"),
        (json!({ "to": DESK, "text": "a", "lifetime_s": 0 }), "at least 1"),
        (json!({ "to": DESK }), "missing field"),
        (json!([]), "the body is not as it should be"),
    ] {
        let refused = pumps.put("POST", "/v1/texts", &body).badly(422);
        assert!(refused.contains(why), "{body}: {refused}");
    }
    let kind = ["Content-Type: application/json"];
    assert_eq!(pumps.ask("POST", "/v1/texts", &kind, "{").status, 422);
    assert_eq!(pumps.ask("POST", "/v1/texts", &[], "{}").status, 415);
    assert_eq!(pumps.ask("POST", "/v1/texts", &kind, &" ".repeat(64 * 1_024)).status, 413);
    assert_eq!(pumps.sends(DESK, "a", &"k".repeat(201)).status, 422);
    for (path, status) in [
        ("/v1/texts", 422),
        ("/v1/texts?with=12", 422),
        ("/v1/texts?with=5550000002&limit=-1", 422),
        ("/v1/texts?with=5550000002&limit=501", 422),
        ("/v1/texts/9", 404),
        ("/v1/texts/nine", 404),
        ("/v1/texts/9/trace", 404),
        ("/v1/numbers/x", 422),
        ("/v1/hook", 404),
        ("/v1/nothing", 404),
    ] {
        pumps.get(path).badly(status);
    }
    pumps.ask("DELETE", "/v1/number", &[], "").badly(405);
    assert_eq!(pumps.get(&format!("/v1/texts?with={DESK}")).well(), json!({ "texts": [] }));
}

/// A server whose applications' hooks may be on this machine.
fn serve_with_local_hooks(mesh: &Mesh) -> (Running, SocketAddr) {
    serve_with_settings(mesh, "[web]\nhooks = [\"127.0.0.0/8\"]\n")
}

fn serve_with_settings(mesh: &Mesh, written: &str) -> (Running, SocketAddr) {
    let settings = mesh.data(1).with_extension("toml");
    std::fs::write(&settings, written).unwrap();
    let mut command = mesh.command(1);
    let server = Running::start(command.args(["--web", "127.0.0.1:0", "--config"]).arg(&settings));
    let web = Asks::web_of(&server);
    (server, web)
}

fn told(call: &(String, Value)) -> (&str, &str) {
    let text = &call.1["text"];
    let state = text["state"].as_str().unwrap_or("received");
    (text["text"].as_str().unwrap(), state)
}

#[test]
fn a_hook_is_told_all_in_order_until_it_answers_and_over_a_crash() {
    let mesh = Mesh::apart(1);
    let (server, web) = serve_with_local_hooks(&mesh);
    let pumps = application(&mesh, 1, web, "pumps", PUMPS);
    let desk = application(&mesh, 1, web, "desk", DESK);
    pumps.sends(DESK, "before the hook", "0");
    eventually("the first text", || {
        let unread = desk.get("/v1/texts/unread").well();
        unread["texts"][0].is_object().then_some(())
    });
    let hook = Hook::listen();
    let address = format!("http://{}/postrider?x=1", hook.address);
    let set = desk.put("PUT", "/v1/hook", &json!({ "address": address })).well();
    assert!(set["secret"].as_str().unwrap().starts_with("whsec_"), "{set}");
    for text in ["one", "two", "three"] {
        assert_eq!(pumps.sends(DESK, text, text).status, 201);
    }
    // A redirect and an error are no answers: it is told again, under the same name.
    let first = hook.is_told("302 Found");
    assert_eq!(told(&first), ("one", "received"));
    let again = hook.is_told("500 Internal Server Error");
    assert_eq!(again.0, first.0);
    let trouble = desk.get("/v1/hook").well();
    assert_eq!(trouble["address"], address);
    assert_eq!(trouble["secret"], Value::Null, "it is shown once");
    assert_eq!(hook.is_told("200 OK").0, first.0);
    assert_eq!(told(&hook.is_told("204 No Content")), ("two", "received"));

    server.kill();
    let (_server, web) = serve_with_local_hooks(&mesh);
    let (pumps, desk) = (Asks { web, ..pumps }, Asks { web, ..desk });
    // What was being told when the server was killed may be told twice.
    let mut next = hook.is_told("200 OK");
    while told(&next).0 == "two" || next.0 == first.0 {
        next = hook.is_told("200 OK");
    }
    assert_eq!(told(&next), ("three", "received"));

    desk.sends(PUMPS, "an answer", "4");
    let mut states = Vec::new();
    while states.last() != Some(&"delivered".to_owned()) {
        let call = hook.is_told("200 OK");
        assert_eq!((told(&call).0, &call.1["kind"]), ("an answer", &"changed".into()));
        states.push(told(&call).1.to_owned());
    }
    assert!(states.iter().all(|state| ["accepted", "delivered"].contains(&state.as_str())));
    assert_eq!(desk.ask("DELETE", "/v1/hook", &[], "").status, 204);
    let last = pumps.sends(DESK, "after the hook", "5").well();
    becomes(&pumps, &last["id"], "delivered");
    assert!(hook.is_told_nothing());
}

#[test]
fn a_hook_at_a_local_address_is_refused_unless_the_settings_allow_it() {
    let mesh = Mesh::apart(1);
    let (_server, web) = serve(&mesh, 1);
    let pumps = application(&mesh, 1, web, "pumps", PUMPS);
    for (address, status) in [
        ("http://127.0.0.1:9/", 403),
        ("http://localhost/", 403),
        ("http://[::1]/", 403),
        ("https://127.0.0.1:9/", 403),
        ("ftp://192.0.1.1/", 422),
        ("http://", 422),
        ("http://user@192.0.1.1/", 422),
    ] {
        let refused = pumps.put("PUT", "/v1/hook", &json!({ "address": address }));
        refused.badly(status);
    }
    assert_eq!(pumps.get("/v1/hook").status, 404);
}

/// `POSTRIDER_WRITE=1` writes it anew.
#[test]
fn the_document_in_the_repository_is_what_the_code_says() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");
    let document = postrider_api::document();
    if std::env::var_os("POSTRIDER_WRITE").is_some() {
        std::fs::write(file, &document).unwrap();
    }
    let written = std::fs::read_to_string(file).unwrap_or_default();
    assert!(written == document, "docs/openapi.json: write it with POSTRIDER_WRITE=1");
}

/// What a program of others makes of the document: each answer is one that is written there,
/// and nothing that is not written there is taken.
#[test]
fn a_stranger_that_asks_everything_finds_what_the_document_says() {
    let Some(stranger) = strangers_program("schemathesis") else { return };
    let mesh = Mesh::apart(1);
    let (_server, web) = serve(&mesh, 1);
    let all = "send,read,contacts,hooks,network,metrics";
    let words = ["--application", "pumps", "--number", PUMPS, "--good-for", all];
    let asks = Asks::with_new_key(&mesh, 1, web, &words);
    pumps_knows_something(&asks);
    let mut command = std::process::Command::new(stranger);
    command.args(["run", &format!("http://{web}/v1/openapi.json"), "--max-examples", "20"]);
    command.args(["--header", &format!("Authorization: Bearer {}", asks.key), "--seed", "1"]);
    command.args(["--phases", "examples,coverage,fuzzing", "--exclude-path-regex", "live$"]);
    let said = Running::to_end(command.current_dir(mesh.data(1)));
    assert_eq!(said.code, Some(0), "{}", said.out);
}

fn pumps_knows_something(asks: &Asks) {
    asks.sends(DESK, "the pump is on", "1").well();
    asks.put("PATCH", &format!("/v1/contacts/{DESK}"), &json!({ "name": "the desk" })).well();
}

/// A program that `./run test` installs; where it is not there the test says so.
fn strangers_program(name: &str) -> Option<std::path::PathBuf> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/strangers/bin");
    let program = std::path::Path::new(folder).join(name);
    if !program.exists() {
        println!("SKIPPED: no {name}, which `./run test` installs");
    }
    program.exists().then_some(program)
}

/// The examples of docs/api.md, one after the other in one shell.
#[test]
fn the_examples_of_the_document_for_people_do_what_they_say() {
    let document = include_str!("../../../docs/api.md");
    let mesh = Mesh::apart(1);
    let (_server, web) = serve_with_local_hooks(&mesh);
    let desk = application(&mesh, 1, web, "desk", DESK);
    let pumps = application(&mesh, 1, web, "pumps", PUMPS);
    desk.sends(PUMPS, "is the pump on?", "1").well();
    eventually("a text for the example", || {
        let unread = pumps.get("/v1/texts/unread").well();
        unread["texts"][0].is_object().then_some(())
    });
    let blocks: Vec<&str> =
        document.split("```sh\n").skip(1).map(|block| block.split("```").next().unwrap()).collect();
    assert!(blocks.len() >= 6, "{blocks:?}");
    let hook = Hook::listen();
    let script = format!("set -euo pipefail\n{}", blocks.concat());
    let mut command = std::process::Command::new("bash");
    command.args(["-c", &script]).current_dir(mesh.data(1));
    command.env("SERVER", format!("http://{web}")).env("KEY", &pumps.key);
    command.env("HOOK", format!("http://{}/", hook.address));
    command.env("NETWORK_KEY", Asks::with_new_key(&mesh, 1, web, &["--good-for", "network"]).key);
    let said = Running::to_end(&mut command).well();
    for words in ["the pump is on", "is the pump on?", "\"attached\":true", "whsec_"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    let came = desk.get("/v1/texts/unread").well();
    assert_eq!(came["texts"].as_array().unwrap().len(), 1, "sent twice, under one key: {came}");
}
