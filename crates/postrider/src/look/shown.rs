//! The answers, for people.

use super::table::{bytes, table, time};
use postrider_server::control::{
    MessageAnswer, NeighbourAnswer, NumberAnswer, NumbersAnswer, PeerAnswer, PeersAnswer,
    QueueAnswer, RouteAnswer, RoutesAnswer, StatusAnswer, StepAnswer, TraceAnswer,
};
use std::collections::BTreeMap;

/// Hexadecimal digits of a key that tell servers apart at a glance.
const KEY_DIGITS: usize = 16;

pub(super) fn status(answer: &StatusAnswer) -> String {
    let mut rows = vec![
        ("name", answer.name.clone()),
        ("address", answer.address.clone()),
        ("version", answer.version.clone()),
        ("running for", time(answer.up_s)),
    ];
    if let Some(key) = &answer.key {
        rows.insert(1, ("key", key.clone()));
    }
    if let Some((me, count)) = answer.line {
        rows.push(("classic line", format!("server {me} of {count}")));
    }
    if let Some(trunks) = &answer.trunks {
        rows.push(("trunks up", format!("{}, {} configured", trunks.up, trunks.configured)));
        rows.push(("devices attached", trunks.devices.to_string()));
    }
    rows.push(("holds", figures(&answer.holds)));
    rows.push(("has", figures(&answer.done)));
    rows.push(("refused", figures(&answer.refused)));
    rows.push(("dropped", figures(&answer.dropped)));
    if let Some(trunks) = &answer.trunks {
        rows.push(("on trunks refused", figures(&trunks.refused)));
    }
    let line = |(name, what): (&str, String)| format!("{name:<18} {what}\n");
    rows.into_iter().map(line).collect()
}

pub(crate) fn figures(all: &BTreeMap<String, u64>) -> String {
    if all.is_empty() {
        return "nothing".to_owned();
    }
    let one = |(name, count): (&String, &u64)| format!("{} {count}", name.replace('_', " "));
    all.iter().map(one).collect::<Vec<_>>().join(", ")
}

pub(super) fn peers(answer: &PeersAnswer) -> String {
    let heads =
        ["server", "address", "state", "up for", "round trip", "loss", "waiting", "sent", "got"];
    let known = match answer.peers.as_slice() {
        [] => "no peers: name some in postrider.toml, or with serve --peer\n".to_owned(),
        peers => table(&heads, &peers.iter().map(peer).collect::<Vec<_>>()),
    };
    known + &answer.neighbours.iter().map(neighbour).collect::<String>()
}

fn neighbour(neighbour: &NeighbourAnswer) -> String {
    let NeighbourAnswer { name, key, address } = neighbour;
    let called = name.as_ref().map(|name| format!(", {name:?}")).unwrap_or_default();
    format!(
        "seen on the local network, not trusted: {address}{called}; \
         add its key to `trunks.allow`, if it is the right one: {key}\n"
    )
}

fn peer(peer: &PeerAnswer) -> Vec<String> {
    let or_dash = |shown: Option<String>| shown.unwrap_or_else(|| "-".to_owned());
    let clear = if peer.sealed == Some(false) { " (clear)" } else { "" };
    vec![
        server(peer.name.as_ref(), peer.key.as_deref().unwrap_or("?")),
        or_dash(peer.address.clone()),
        format!("{}{clear}", peer.state),
        or_dash(peer.up_s.map(time)),
        or_dash(peer.rtt_s.map(time)),
        or_dash(peer.loss.map(|loss| format!("{:.0} %", 100.0 * loss))),
        or_dash(peer.waiting.map(|waiting| waiting.to_string())),
        or_dash(peer.bytes_out.map(|sent| bytes(sent as f64))),
        or_dash(peer.bytes_in.map(|got| bytes(got as f64))),
    ]
}

/// A server's name, or the beginning of its key.
fn server(name: Option<&String>, key: &str) -> String {
    name.cloned().unwrap_or_else(|| key.chars().take(KEY_DIGITS).collect())
}

pub(super) fn routes(answer: &RoutesAnswer) -> String {
    let row = |one: &RouteAnswer| {
        let way = match (one.here, one.cost) {
            (true, _) => "this server".to_owned(),
            (false, None) => "no way there now".to_owned(),
            (false, Some(_)) => way(&one.way),
        };
        let cost = one.cost.map(|cost| cost.to_string()).unwrap_or_else(|| "-".to_owned());
        let key = one.key.chars().take(KEY_DIGITS).collect();
        vec![server(one.name.as_ref(), &one.key), key, cost, way, one.links.join(", ")]
    };
    let rows: Vec<_> = answer.servers.iter().map(row).collect();
    table(&["server", "key", "cost", "way", "has links to"], &rows)
}

fn way(steps: &[StepAnswer]) -> String {
    let names: Vec<String> =
        steps.iter().map(|step| server(step.name.as_ref(), &step.key)).collect();
    names.join(" → ")
}

pub(super) fn numbers(answer: &NumbersAnswer) -> String {
    let row = |one: &NumberAnswer| {
        let here = if one.here { " (here)" } else { "" };
        vec![one.number.clone(), format!("{}{here}", home(one)), owner(one).to_owned()]
    };
    let rows: Vec<_> = answer.numbers.iter().map(row).collect();
    let more = if answer.more { "…there are more: see --most\n" } else { "" };
    table(&["number", "at home at", ""], &rows) + more
}

/// What of its owner people should know.
fn owner(number: &NumberAnswer) -> &'static str {
    match (number.bound, number.disputed) {
        (_, true) => "bound to two keys, of which one counts",
        (true, false) => "bound to a key",
        (false, false) => "",
    }
}

fn home(number: &NumberAnswer) -> String {
    number.home.clone().unwrap_or_else(|| "nowhere that is known".to_owned())
}

pub(super) fn queue(answer: &QueueAnswer) -> String {
    let mut shown = format!("waiting here: {}", answer.waiting);
    if answer.given > 0 {
        shown += &format!("; on trunks, not yet on disk at the other end: {}", answer.given);
    }
    shown.push('\n');
    if !answer.servers.is_empty() {
        let rows: Vec<_> = answer.servers.iter().map(queued).collect();
        shown += &table(&["for", "waiting", "oldest", "because"], &rows);
    }
    shown + &messages(&answer.messages)
}

fn queued(queue: &postrider_server::control::QueuedFor) -> Vec<String> {
    let oldest = queue.oldest_s.map(time).unwrap_or_default();
    let name = server(queue.name.as_ref(), &queue.key);
    vec![name, queue.waiting.to_string(), oldest, queue.because.clone()]
}

fn messages(messages: &[MessageAnswer]) -> String {
    if messages.is_empty() {
        return String::new();
    }
    let row = |one: &MessageAnswer| {
        let name = one.message.clone().unwrap_or_else(|| format!("{}-{}", one.from, one.to));
        let kind = if one.kind == "text" { &one.precedence } else { &one.kind };
        let says = match one.for_s {
            Some(since) => format!("{}; for {}", one.says, time(since)),
            None => one.says.clone(),
        };
        vec![name, kind.to_owned(), one.state.clone(), says]
    };
    let rows: Vec<_> = messages.iter().map(row).collect();
    table(&["message", "kind", "state", ""], &rows)
}

pub(super) fn trace(answer: &TraceAnswer) -> String {
    let Some(number) = &answer.number else {
        return format!("{}{}", messages(&answer.messages), answer.says);
    };
    let mut shown = format!("{}: {}\n", number.number, answer.says);
    if !answer.way.is_empty() {
        shown += &format!("the way: here → {}\n", way(&answer.way));
    }
    if answer.waiting > 0 {
        let oldest = answer.oldest_s.map(time).unwrap_or_default();
        shown += &format!("waiting for it here: {}, the oldest for {oldest}\n", answer.waiting);
    }
    shown
}
