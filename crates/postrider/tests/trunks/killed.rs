//! Servers on the way are killed, and those that stay say where everything is.

use super::{names, of_numbers, states};
use crate::support::{Mesh, Person, Running, Talk, UP, number, rows};
use serde_json::{Value, json};

const ANN: &str = "5550000001";
const BEN: &str = "5550000003";
const ANN_TO_BEN: &str = "5550000001-5550000003";

#[test]
fn two_people_on_a_ring_text_on_while_every_server_between_them_is_killed_in_turn() {
    let (ann, ben) = (1, 4);
    let mesh = Mesh::ring(7);
    let mut servers: Vec<Option<Running>> = mesh.serve_all().into_iter().map(Some).collect();
    mesh.is_one(&[1, 2, 3, 4, 5, 6, 7]);
    Talk::between([mesh.address(ann), mesh.address(ben)], |talk| {
        for index in [3, 5, 6, 7] {
            servers[index - 1].take().unwrap().kill();
            talk.says_more(3);
            servers[index - 1] = Some(mesh.serve(index));
            talk.goes_on(30);
        }
        // Nothing is in its hands, so all that is said while it is gone goes the other way.
        talk.goes_quiet();
        servers[1].take().unwrap().kill();
        talk.speaks_again();
        talk.goes_on(30);
        mesh.sees(ann, ("trace", &["5550000002"]), |trace| {
            (names(&trace["way"]) == ["Camp 7", "Camp 6", "Camp 5", "Camp 4"]).then_some(())
        });
        servers[1] = Some(mesh.serve(2));
        talk.goes_on(30);
    });
    mesh.is_one(&[1, 2, 3, 4, 5, 6, 7]);
    let numbers = |index| of_numbers(&mesh.look(index, "numbers", &[]));
    let expected = numbers(1);
    let homes = [(ANN, ann), ("5550000002", ben)]
        .map(|(number, home)| json!([number, Mesh::name(home), mesh.key(home)]));
    assert_eq!(
        expected.iter().map(|row| json!([row[0], row[1], row[2]])).collect::<Vec<_>>(),
        homes
    );
    for index in mesh.servers() {
        assert_eq!(numbers(index), expected, "the directory of {}", Mesh::name(index));
        let queue = mesh.look(index, "queue", &[]);
        assert_eq!((&queue["waiting"], &queue["given"]), (&json!(0), &json!(0)), "{queue}");
    }
}

#[test]
fn the_first_of_a_line_tells_where_texts_are_that_the_middle_one_held_when_it_was_killed() {
    let mesh = Mesh::line(3);
    let [_first, middle, last] = [1, 2, 3].map(|index| mesh.serve(index));
    let mut ann = Person::at(mesh.address(1), number(5_550_000_001));
    let ben = Person::at(mesh.address(3), number(5_550_000_003));
    mesh.sees(1, ("trace", &[BEN]), |trace| {
        (names(&trace["way"]) == ["Camp 2", "Camp 3"]).then_some(())
    });
    ann.sends(ben.number, "before");
    assert_eq!(ben.receives(1), ["before"]);
    all_is_told_as_delivered(&mesh, 1);

    // The middle one takes what is for the last one, which is gone.
    last.kill();
    says(&mut ann, &["held 1", "held 2"]);
    mesh.sees(1, ("trace", &[ANN_TO_BEN]), |trace| {
        (states(trace) == ["delivered", "handed on", "handed on"]).then_some(())
    });
    assert_eq!(mesh.look(2, "queue", &[])["waiting"], 2);
    middle.kill();
    says(&mut ann, &["waits 1", "waits 2", "waits 3"]);
    what_waits_for_a_link_is_told(&mesh);

    let _middle = mesh.serve(2);
    mesh.sees(2, ("queue", &["--to", BEN]), |queue| {
        (queue["waiting"] == 5 && rows(queue, "messages").len() == 5).then_some(())
    });
    let _last = mesh.serve(3);
    assert_eq!(ben.receives(5), ["held 1", "held 2", "waits 1", "waits 2", "waits 3"]);
    assert_eq!(ben.gets(), None);
    all_is_told_as_delivered(&mesh, 6);
}

fn says(ann: &mut Person, texts: &[&str]) {
    for text in texts {
        ann.sends(BEN.parse().unwrap(), text);
    }
}

/// At the first server, with the way to the last one gone.
fn what_waits_for_a_link_is_told(mesh: &Mesh) {
    // Until the link counts as down it has been handed them; for some seconds more the way
    // stands.
    let because = |queue: &Value| Some(rows(queue, "servers").first()?["because"].to_string());
    mesh.sees(1, ("queue", &[]), |queue| {
        because(queue)?.contains("waiting for the link to Camp 2").then_some(())
    });
    assert_eq!(mesh.look(1, "peers", &[])["peers"][0]["state"], "down");
    assert_eq!(mesh.look(1, "status", &[])["trunks"]["up"], 0);
    let trace = mesh.look(1, "trace", &[ANN_TO_BEN]);
    let expected = ["delivered", "handed on", "handed on", "queued", "queued", "queued"];
    assert_eq!(states(&trace), expected, "{trace}");
    let waits = &trace["messages"][3];
    assert_eq!(waits["server"], "Camp 3", "{waits}");

    mesh.sees(1, ("queue", &[]), |queue| {
        because(queue)?.contains("there is no way there now").then_some(())
    });
    let queue = mesh.look(1, "queue", &["--to", BEN]);
    assert_eq!((&queue["waiting"], &queue["given"]), (&json!(3), &json!(0)), "{queue}");
    assert_eq!(queue["servers"][0]["name"], "Camp 3", "{queue}");
    assert_eq!(queue["servers"][0]["waiting"], 3, "{queue}");
    assert_eq!(states(&queue), ["queued"; 3], "{queue}");
    let trace = mesh.look(1, "trace", &[BEN]);
    assert_eq!((&trace["number"]["home"], &trace["waiting"]), (&json!("Camp 3"), &json!(3)));
    assert!(rows(&trace, "way").is_empty(), "{trace}");
    assert!(trace["says"].as_str().unwrap().contains("no way there now"), "{trace}");
    // By its name alone it is found as well.
    let name = waits["message"].as_str().unwrap();
    assert_eq!(states(&mesh.look(1, "trace", &[name])), ["queued"]);
    assert_eq!(mesh.look(1, "status", &[])["holds"]["messages"], 3);
}

/// At the first server, which has heard of so many texts that they have arrived.
fn all_is_told_as_delivered(mesh: &Mesh, texts: usize) {
    let trace = mesh.sees(1, ("trace", &[ANN_TO_BEN]), |trace| {
        (states(trace) == vec!["delivered"; texts]).then(|| trace.clone())
    });
    for message in rows(&trace, "messages") {
        assert_eq!((&message["server"], &message["kind"]), (&json!("Camp 3"), &json!("text")));
    }
    let queue = mesh.look(1, "queue", &[]);
    assert_eq!((&queue["waiting"], &queue["given"]), (&json!(0), &json!(0)), "{queue}");
    assert!(rows(&queue, "servers").is_empty(), "{queue}");
    let status = mesh.look(1, "status", &[]);
    assert_eq!(status["key"], mesh.key(1), "{status}");
    assert_eq!(
        status["trunks"],
        json!({ "configured": 1, "configured_up": 1, "up": 1, "devices": 0, "refused": {} }),
        "{status}"
    );
    assert_eq!(status["holds"]["messages"], 0, "{status}");
    assert_eq!(status["done"]["receipts_heard"], texts, "{status}");
    let peer = &mesh.look(1, "peers", &[])["peers"][0];
    assert_eq!((&peer["state"], &peer["name"]), (&json!(UP), &json!("Camp 2")), "{peer}");
    assert_eq!((&peer["key"], &peer["sealed"]), (&json!(mesh.key(2)), &json!(true)), "{peer}");
}
