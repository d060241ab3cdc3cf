//! What a server is like, as Prometheus reads it.

mod exposition;
mod links;
mod smpp;
#[cfg(test)]
mod tests;

use super::answers::Answerer;
use super::figures::{every_fault, every_refusal};
use super::health::Health;
use super::words::{PeersAnswer, QueueAnswer, SmppAnswer, StatusAnswer};
use crate::Asker;
use crate::drops::Drop;
use exposition::Does::{Grow, Vary};
use exposition::Exposition;
use std::collections::BTreeMap;

/// Peers, and servers that something waits for, that have figures of their own; how many more
/// there are is told.
pub const SERIES_MAX: usize = 256;

/// The answers in the text format of Prometheus (version 0.0.4): seconds and bytes, every name
/// begins with `postrider_`, what only grows ends with `_total`. Names of other servers are
/// escaped, and at most [`SERIES_MAX`] of them have figures of their own.
pub fn metrics(
    status: &StatusAnswer,
    peers: &PeersAnswer,
    queue: &QueueAnswer,
    smpp: &SmppAnswer,
) -> String {
    let mut text = Exposition::default();
    about(&mut text, status);
    holds(&mut text, status);
    done(&mut text, status);
    reasons(&mut text, status);
    disk(&mut text, status);
    links::trunks(&mut text, status);
    links::peers(&mut text, &peers.peers);
    links::queues(&mut text, queue);
    smpp::accounts(&mut text, smpp);
    text.into_text()
}

/// Of a running server; none if it has ended.
pub(crate) fn metrics_of(asker: &Asker) -> Option<String> {
    let answerer = Answerer { asker: asker.clone() };
    let (status, peers) = (answerer.status().ok()?, answerer.peers().ok()?);
    Some(metrics(&status, &peers, &answerer.waiting(None, 0).ok()?, &answerer.smpp()))
}

fn about(text: &mut Exposition, status: &StatusAnswer) {
    let version = vec![("version", status.version.clone())];
    text.all(Vary, "build_info", "1, with the program's version.", [(version, 1)]);
    text.one(Vary, "uptime_seconds", "How long the server has run.", status.up_s);
    let is_ready = u8::from(Health::of(status).is_ready());
    text.one(Vary, "ready", "Whether new texts are accepted: 1 or 0.", is_ready);
}

fn holds(text: &mut Exposition, status: &StatusAnswer) {
    let figures = [
        ("messages", "messages_waiting", "Messages that wait here, for whatever reason."),
        ("clients", "clients", "Clients that are at home here."),
        ("numbers", "numbers", "Numbers in the directory."),
        ("servers", "servers_known", "Native servers that were heard of, and this one."),
        ("sessions", "sessions", "Clients' devices that are attached."),
    ];
    for (figure, name, help) in figures {
        text.one(Vary, name, help, figure_of(&status.holds, figure));
    }
}

fn done(text: &mut Exposition, status: &StatusAnswer) {
    let figures = [
        ("accepted", "messages_accepted_total", "Texts accepted from clients."),
        ("taken_over", "messages_taken_over_total", "Messages taken over from other servers."),
        ("handed_over", "messages_handed_over_total", "Messages that other servers took over."),
        ("handed_out", "messages_handed_out_total", "Messages handed out to clients."),
        ("delivered", "messages_delivered_total", "Messages that their readers have."),
        ("expired", "messages_expired_total", "Messages that became too old."),
        ("receipts_sent", "receipts_sent_total", "Receipts written here."),
        ("receipts_heard", "receipts_heard_total", "Receipts that came for own clients."),
        ("rows_taken", "rows_taken_total", "Rows of the directory that were news."),
        ("rows_repeated", "rows_repeated_total", "Rows of the directory that were known."),
        ("rows_given", "rows_given_total", "Rows of the directory told to others."),
        ("commits", "commits_total", "Flushes of the log."),
        ("log_bytes", "log_written_bytes_total", "Bytes written to the log."),
    ];
    for (figure, name, help) in figures {
        text.one(Grow, name, help, figure_of(&status.done, figure));
    }
}

/// Each reason has a figure from the start, so that the first refusal is seen to have come.
fn reasons(text: &mut Exposition, status: &StatusAnswer) {
    let mut refused = every_refusal(&Default::default());
    refused.extend(status.refused.clone());
    text.all(Grow, "refused_total", "What was refused, by reason.", by_reason(refused));
    let dropped = Drop::all().map(|why| {
        let figure = figure_of(&status.dropped, &why.to_string());
        (vec![("reason", why.name().to_owned())], figure)
    });
    text.all(Grow, "datagrams_dropped_total", "Datagrams dropped, by reason.", dropped);
    if let Some(trunks) = &status.trunks {
        let mut faults = every_fault(&Default::default());
        faults.extend(trunks.refused.clone());
        let help = "What was not as it should be on links, by reason.";
        text.all(Grow, "link_faults_total", help, by_reason(faults));
    }
}

fn disk(text: &mut Exposition, status: &StatusAnswer) {
    let Some(disk) = &status.disk else { return };
    text.one(Vary, "disk_free_bytes", "Room left on the data folder's disk.", disk.free_bytes);
    let help = "Room that is kept for what was accepted; with less, new texts are refused.";
    text.one(Vary, "disk_reserve_bytes", help, disk.reserve_bytes);
    let help = "Whether new texts are refused for want of room: 1 or 0.";
    text.one(Vary, "disk_full", help, u8::from(disk.full));
}

fn by_reason(
    figures: BTreeMap<String, u64>,
) -> impl Iterator<Item = (Vec<(&'static str, String)>, u64)> {
    figures.into_iter().map(|(reason, count)| (vec![("reason", reason)], count))
}

fn figure_of(figures: &BTreeMap<String, u64>, name: &str) -> u64 {
    figures.get(name).copied().unwrap_or_default()
}
