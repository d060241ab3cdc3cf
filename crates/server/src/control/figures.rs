//! Counters and sizes, by the names that people and scripts know them by.

use super::words::TrunksAnswer;
use crate::trunks::{LinkState, PeerReport, TrunksReport};
use postrider_engine::{Counters, Sizes};
use std::collections::BTreeMap;

fn named<const N: usize>(figures: [(&str, u64); N]) -> BTreeMap<String, u64> {
    figures.into_iter().map(|(name, figure)| (name.to_owned(), figure)).collect()
}

pub(super) fn holds(sizes: &Sizes) -> BTreeMap<String, u64> {
    named([
        ("messages", sizes.waiting as u64),
        ("clients", sizes.clients as u64),
        ("numbers", sizes.numbers as u64),
        ("servers", sizes.stations as u64),
        ("sessions", sizes.sessions as u64),
    ])
}

pub(super) fn done(counters: &Counters) -> BTreeMap<String, u64> {
    named([
        ("accepted", counters.accepted),
        ("taken_over", counters.taken_over),
        ("handed_over", counters.handed_over),
        ("handed_out", counters.handed_out),
        ("delivered", counters.delivered),
        ("expired", counters.expired),
        ("receipts_sent", counters.receipts),
        ("receipts_heard", counters.learned),
        ("rows_taken", counters.rows_taken),
        ("rows_repeated", counters.rows_known),
        ("rows_given", counters.rows_given),
        ("commits", counters.commits),
        ("log_bytes", counters.committed_bytes),
    ])
}

/// Without what has not happened.
pub(super) fn refused(counters: &Counters) -> BTreeMap<String, u64> {
    without_none(every_refusal(counters))
}

fn without_none(mut figures: BTreeMap<String, u64>) -> BTreeMap<String, u64> {
    figures.retain(|_, count| *count > 0);
    figures
}

pub(super) fn every_refusal(counters: &Counters) -> BTreeMap<String, u64> {
    named([
        ("disk_full", counters.refused_disk),
        ("mailbox_full", counters.refused_mailbox),
        ("too_many_waiting", counters.refused_waiting),
        ("too_many_clients", counters.refused_clients),
        ("neighbours_share", counters.refused_share),
        ("senders_share", counters.refused_sender),
        ("senders_rate", counters.refused_rate),
        ("attaches", counters.attaches_refused),
        ("clients_not_at_home", counters.submits_early),
        ("not_a_clients_to_say", counters.submits_refused),
        ("unproved", counters.refused_unproved),
        ("hop_limit", counters.refused_hops),
        ("trunks", counters.trunks_refused),
        ("no_custody", counters.trunks_cut),
        ("rows", counters.rows_refused),
        ("rows_not_of_the_owner", counters.rows_not_owners),
        ("rows_far_ahead", counters.rows_far_ahead),
        ("rows_of_blocks_elsewhere", counters.rows_reserved),
        ("rows_of_disputed_numbers", counters.rows_disputed),
        ("claims_in_blocks_elsewhere", counters.claims_withheld),
        ("bound_to_a_key", counters.refused_bound),
        ("rows_hidden", counters.rows_hidden),
        ("custody_unmatched", counters.custody_unmatched),
    ])
}

pub(super) fn trunks(report: &TrunksReport) -> TrunksAnswer {
    let is_up = |peer: &&PeerReport| peer.state == LinkState::Up;
    let configured = || report.peers.iter().filter(|peer| peer.is_configured);
    TrunksAnswer {
        configured: configured().count(),
        configured_up: configured().filter(is_up).count(),
        up: report.peers.iter().filter(is_up).count(),
        devices: report.devices,
        refused: without_none(every_fault(report)),
    }
}

pub(super) fn every_fault(report: &TrunksReport) -> BTreeMap<String, u64> {
    let c = &report.counters;
    named([
        ("malformed_datagrams", c.malformed),
        ("unknown_links", c.unknown),
        ("not_authentic", c.not_authentic),
        ("replayed", c.replayed),
        ("bad_handshakes", c.bad_handshakes),
        ("wrong_keys", c.wrong_keys),
        ("strangers", c.strangers),
        ("own_key", c.own_key),
        ("other_mode", c.other_mode),
        ("refused_by_peer", c.refused_by_peer),
        ("twins", c.twins),
        ("rules_broken", c.rules_broken),
        ("no_room", c.busy),
        ("overload", c.overload),
        ("malformed_items", report.malformed),
        ("bad_signatures", report.signature),
        ("devices_unattached", report.unattached),
    ])
}
