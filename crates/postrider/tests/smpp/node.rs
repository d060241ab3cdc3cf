//! `smpp` of Node.

use super::DESK;
use super::site::{Seen, Site, is_as_documented};
use super::stories::{
    backwards, being_away, data, guesses, named, notices, payload, queries, refusals,
    texts_and_receipts, three_ways,
};
use super::support::Lines;
use serde_json::json;

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

    backwards(&site, &mut client, &mut seen);
    payload(&site, &mut client, &mut seen);
    data(&site, &mut client, &mut seen);
    notices(&site, &mut client, &mut seen);
    let many =
        client.does("multi", json!({ "to": [DESK, "12"], "text": "to many", "registered": 1 }));
    assert_eq!((&many["status"], &many["unsuccess"]), (&0.into(), &json!(["12"])));
    site.desk_has("to many");
    client.hears_receipt(many["ids"][0].as_str().unwrap(), "DELIVRD");
    seen.insert("submit_multi");

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
