//! Links, and what waits for other servers.

use super::SERIES_MAX;
use super::exposition::Does::{self, Grow, Vary};
use super::exposition::Exposition;
use crate::control::words::{PeerAnswer, QueueAnswer, QueuedFor, StatusAnswer};

type Labels = Vec<(&'static str, String)>;

pub(super) fn trunks(text: &mut Exposition, status: &StatusAnswer) {
    let Some(trunks) = &status.trunks else { return };
    text.one(Vary, "links_configured", "Peers of the settings.", trunks.configured);
    let help = "Peers of the settings whose links are up.";
    text.one(Vary, "links_configured_up", help, trunks.configured_up);
    let help = "Links with servers that are up, configured or not.";
    text.one(Vary, "links_up", help, trunks.up);
    text.one(Vary, "devices_up", "Clients' devices whose links are up.", trunks.devices);
}

/// A figure of one link; none while it is down.
type Figure = fn(&PeerAnswer) -> Option<String>;

const FIGURES: [(Does, &str, &str, Figure); 9] = [
    (Vary, "link_up_seconds", "How long the link has been up.", |peer| shown(peer.up_s)),
    (Vary, "link_rtt_seconds", "The round trip.", |peer| shown(peer.rtt_s)),
    (Vary, "link_loss_ratio", "The share of datagrams lost by the path.", |peer| shown(peer.loss)),
    (Vary, "link_rate_bytes_per_second", "What may be sent there in a second.", |peer| {
        shown(peer.bytes_per_s)
    }),
    (Vary, "link_waiting_items", "Items that the other end does not have on disk yet.", |peer| {
        shown(peer.waiting)
    }),
    (Vary, "link_awaited_items", "Items of the other end that are not on disk here yet.", |peer| {
        shown(peer.awaited)
    }),
    (Grow, "link_sent_bytes_total", "Bytes sent on the link.", |peer| shown(peer.bytes_out)),
    (Grow, "link_received_bytes_total", "Bytes received on the link.", |peer| shown(peer.bytes_in)),
    (Grow, "link_refused_items_total", "Items of the other end that were not right.", |peer| {
        Some(peer.refused_items.to_string())
    }),
];

pub(super) fn peers(text: &mut Exposition, peers: &[PeerAnswer]) {
    let first: Vec<(Labels, &PeerAnswer)> =
        peers.iter().take(SERIES_MAX).map(|peer| (labels(peer), peer)).collect();
    let all = || first.iter().map(|(labels, peer)| (labels.clone(), *peer));
    let up = all().map(|(mut labels, peer)| {
        labels.push(("configured", peer.configured.to_string()));
        (labels, u8::from(peer.state == "up"))
    });
    text.all(Vary, "link_up", "Whether the link is up: 1 or 0.", up);
    let refused = all().map(|(labels, peer)| (labels, u8::from(peer.state.starts_with("refused"))));
    text.all(Vary, "link_refused", "Whether an end refuses the link: 1 or 0.", refused);
    for (does, name, help, figure) in FIGURES {
        let figures = all().filter_map(|(labels, peer)| Some((labels, figure(peer)?)));
        text.all(does, name, help, figures);
    }
    let omitted = peers.len().saturating_sub(SERIES_MAX);
    text.one(Vary, "links_omitted", "Links that have no figures of their own here.", omitted);
}

/// Those whose oldest has waited longest go first.
pub(super) fn queues(text: &mut Exposition, queue: &QueueAnswer) {
    let help = "Messages on trunks that the other side does not have on disk yet.";
    text.one(Vary, "messages_on_trunks", help, queue.given);
    let mut servers: Vec<&QueuedFor> = queue.servers.iter().collect();
    let age = |one: &QueuedFor| one.oldest_s.unwrap_or_default();
    servers.sort_by(|one, other| age(other).total_cmp(&age(one)));
    let first: Vec<(Labels, &QueuedFor)> =
        servers.iter().take(SERIES_MAX).map(|one| (named(&one.name, &one.key), *one)).collect();
    let all = || first.iter().map(|(labels, one)| (labels.clone(), *one));
    let waiting = all().map(|(labels, one)| (labels, one.waiting));
    text.all(Vary, "queue_messages", "Messages that wait for another server.", waiting);
    let help = "How long the oldest message for another server has been here.";
    let oldest = all().filter_map(|(labels, one)| Some((labels, shown(one.oldest_s)?)));
    text.all(Vary, "queue_oldest_age_seconds", help, oldest);
    let omitted = servers.len().saturating_sub(SERIES_MAX);
    text.one(Vary, "queues_omitted", "Servers that have no such figures of their own.", omitted);
}

/// One whose key is not known is told apart by its address.
fn labels(peer: &PeerAnswer) -> Labels {
    let key = peer.key.as_ref().or(peer.address.as_ref());
    named(&peer.name, key.map(String::as_str).unwrap_or_default())
}

fn named(name: &Option<String>, key: &str) -> Labels {
    vec![("peer", name.clone().unwrap_or_default()), ("key", key.to_owned())]
}

fn shown(figure: Option<impl ToString>) -> Option<String> {
    figure.map(|figure| figure.to_string())
}
