//! The exact text, what hostile names do, and the files of `packaging` that go by it.

use super::*;
use crate::control::words::{DiskAnswer, PeerAnswer, QueuedFor, SmppAccount, TrunksAnswer};
use std::collections::BTreeSet;
use std::path::Path;

fn figures<const N: usize>(all: [(&str, u64); N]) -> BTreeMap<String, u64> {
    all.into_iter().map(|(name, figure)| (name.to_owned(), figure)).collect()
}

fn status() -> StatusAnswer {
    StatusAnswer {
        name: "Camp 1".to_owned(),
        version: "0.1.0".to_owned(),
        up_s: 12.5,
        holds: figures([("messages", 3), ("numbers", 4), ("sessions", 1)]),
        done: figures([("accepted", 7), ("commits", 5), ("log_bytes", 900)]),
        refused: figures([("disk_full", 2)]),
        dropped: figures([("from outside the configured networks", 6)]),
        trunks: Some(TrunksAnswer {
            configured: 2,
            configured_up: 1,
            up: 1,
            devices: 1,
            refused: figures([("strangers", 8)]),
        }),
        disk: Some(DiskAnswer { free_bytes: 1 << 30, reserve_bytes: 32 << 20, full: false }),
        ..StatusAnswer::default()
    }
}

fn peer(name: &str, key: &str, is_up: bool) -> PeerAnswer {
    PeerAnswer {
        name: Some(name.to_owned()),
        key: Some(key.to_owned()),
        address: Some("10.0.0.2:10410".to_owned()),
        configured: true,
        state: if is_up { "up" } else { "refused: a stranger" }.to_owned(),
        cost: 1,
        sealed: is_up.then_some(true),
        up_s: is_up.then_some(9.0),
        rtt_s: is_up.then_some(0.000_025),
        loss: is_up.then_some(0.25),
        bytes_per_s: is_up.then_some(1e6),
        waiting: is_up.then_some(3),
        awaited: is_up.then_some(4),
        bytes_out: is_up.then_some(500),
        items_out: None,
        items_in: None,
        bytes_in: is_up.then_some(600),
        refused_items: 0,
    }
}

fn peers() -> PeersAnswer {
    let peers = vec![peer("Camp 2", "aa", true), peer("a\"}\n\\x 1", "bb", false)];
    PeersAnswer { peers, neighbours: Vec::new() }
}

fn queue_for(count: usize) -> QueueAnswer {
    let server = |place: usize| QueuedFor {
        name: None,
        key: format!("{place:x}"),
        waiting: 1,
        oldest_s: Some(place as f64),
        because: String::new(),
    };
    let servers = (1..=count).map(server).collect();
    QueueAnswer { waiting: count, given: 2, servers, messages: Vec::new() }
}

fn smpp() -> SmppAnswer {
    let account = SmppAccount {
        system_id: "a\"b".to_owned(),
        attached: 1,
        binds: 2,
        done: figures([("binds", 3), ("submitted", 4)]),
        refused: figures([("ESME_RTHROTTLED", 5)]),
        ..SmppAccount::default()
    };
    SmppAnswer { accounts: vec![account], ..SmppAnswer::default() }
}

#[test]
fn a_known_answer_gives_this_very_text() {
    let text = metrics(&status(), &peers(), &queue_for(1), &smpp());
    let expected = include_str!("known.txt");
    if std::env::var_os("UPDATE_METRICS").is_some() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/control/metrics/known.txt");
        return std::fs::write(file, text).unwrap();
    }
    assert_eq!(text, expected);
}

/// One line, strictly: its name, its labels without their values, and its figure.
fn read(line: &str) -> (String, Vec<String>, f64) {
    let (series, value) = line.rsplit_once(' ').unwrap();
    let (name, mut rest) = match series.split_once('{') {
        Some((name, rest)) => (name, rest.strip_suffix('}').expect("a closing brace")),
        None => (series, ""),
    };
    let mut labels = Vec::new();
    while !rest.is_empty() {
        let (label, behind) = rest.split_once("=\"").expect("a label");
        let mut escaped = false;
        let end = behind.find(|character| {
            let is_end = character == '"' && !escaped;
            escaped = character == '\\' && !escaped;
            is_end
        });
        let (_, after) = behind.split_at(end.expect("a closing quote"));
        labels.push(label.to_owned());
        rest = after[1..].strip_prefix(',').unwrap_or(&after[1..]);
    }
    (name.to_owned(), labels, value.parse().unwrap())
}

#[test]
fn it_parses_and_keeps_to_the_conventions_whatever_others_are_called() {
    let text = metrics(&status(), &peers(), &queue_for(2), &smpp());
    let (mut kinds, mut seen) = (BTreeMap::new(), BTreeSet::new());
    for line in text.lines() {
        if let Some(about) = line.strip_prefix("# TYPE ") {
            let (name, kind) = about.split_once(' ').unwrap();
            assert!(kinds.insert(name, kind).is_none(), "{name} stands twice");
            assert_eq!(name.ends_with("_total"), kind == "counter", "{name}");
        } else if !line.starts_with("# HELP ") {
            let (name, labels, value) = read(line);
            assert!(kinds.contains_key(name.as_str()) && name.starts_with(PREFIX), "{line}");
            assert!(labels.iter().all(|label| label.bytes().all(|b| b.is_ascii_lowercase())));
            assert!(value.is_finite() && seen.insert(line.to_owned()), "{line}");
        }
    }
    assert!(seen.len() > 80, "{}", seen.len());
}

const PREFIX: &str = "postrider_";

#[test]
fn however_many_servers_there_are_the_text_stays_short() {
    let many = (0..1_000).map(|place| peer("same", &format!("{place}"), true)).collect();
    let many = PeersAnswer { peers: many, neighbours: Vec::new() };
    let text = metrics(&status(), &many, &queue_for(1_000), &smpp());
    let lines = |name: &str| text.lines().filter(|line| line.starts_with(name)).count();
    assert_eq!(lines("postrider_link_up{"), SERIES_MAX);
    assert_eq!(lines("postrider_queue_messages{"), SERIES_MAX);
    assert!(text.contains("postrider_links_omitted 744\n"));
    assert!(text.contains("{peer=\"\",key=\"3e8\"} 1000\n"), "the oldest is shown");
    let twice = PeersAnswer { peers: vec![peer("x", "aa", true); 2], neighbours: Vec::new() };
    let text = metrics(&status(), &twice, &queue_for(0), &smpp());
    assert_eq!(text.matches("postrider_link_up{").count(), 1);
}

#[test]
fn the_dashboard_and_the_alerts_name_no_figure_that_is_not_there() {
    let text = metrics(&status(), &peers(), &queue_for(1), &smpp());
    let known: BTreeSet<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '))
        .map(|(name, _)| name)
        .collect();
    for (file, least) in [("grafana.json", 20), ("alerts.yml", 8)] {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packaging").join(file);
        let written = std::fs::read_to_string(&file).unwrap();
        let words = written.split(|c: char| !c.is_ascii_lowercase() && c != '_');
        let named: BTreeSet<&str> = words.filter(|word| word.starts_with(PREFIX)).collect();
        let unknown: Vec<_> = named.difference(&known).collect();
        assert!(unknown.is_empty(), "{} has {unknown:?}", file.display());
        assert!(named.len() >= least, "{} names only {named:?}", file.display());
    }
}
