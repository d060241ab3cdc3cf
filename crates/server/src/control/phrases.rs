//! What the engine and the links report, in people's words.

use super::words::{MessageAnswer, NeighbourAnswer, PeerAnswer, QueuedFor, StepAnswer};
use crate::trunks::{LinkState, Neighbour, PeerReport};
use postrider_engine::{Kind, MessageReport, MessageState, QueueReport, Step};
use postrider_link::Refusal;
use postrider_proto::native::{Outcome, Precedence, Receipt, ServerKey};
use std::collections::BTreeMap;
use std::time::Duration;

/// What servers are called.
pub(super) struct Names(pub(super) BTreeMap<ServerKey, String>);

impl Names {
    pub(super) fn of(&self, key: ServerKey) -> Option<String> {
        self.0.get(&key).cloned()
    }

    /// The name, or the short key of one that has none.
    pub(super) fn shown(&self, key: ServerKey) -> String {
        self.of(key).unwrap_or_else(|| key.id().to_string())
    }
}

pub(super) fn peer_answer(peer: &PeerReport, names: &Names) -> PeerAnswer {
    let link = peer.link.as_ref();
    PeerAnswer {
        name: peer.key.and_then(|key| names.of(key)),
        key: peer.key.map(|key| key.to_string()),
        address: peer.address.map(|address| address.to_string()),
        configured: peer.is_configured,
        state: state(peer),
        cost: peer.cost,
        sealed: peer.is_sealed(),
        up_s: link.map(|link| link.up_for.as_secs_f64()),
        rtt_s: link.map(|link| link.rtt.as_secs_f64()),
        loss: link.map(|link| link.loss),
        bytes_per_s: link.map(|link| link.rate),
        waiting: link.map(|link| link.waiting.items),
        awaited: link.map(|link| link.awaited),
        bytes_out: link.map(|link| link.traffic.bytes_out),
        bytes_in: link.map(|link| link.traffic.bytes_in),
        items_out: link.map(|link| link.traffic.items_out),
        items_in: link.map(|link| link.traffic.items_in),
        refused_items: peer.refused_items,
    }
}

pub(super) fn neighbour_answer(neighbour: Neighbour) -> NeighbourAnswer {
    let Neighbour { key, name, address } = neighbour;
    NeighbourAnswer { name, key: key.to_string(), address: address.to_string() }
}

fn state(peer: &PeerReport) -> String {
    let why = match peer.state {
        LinkState::Up => return "up".to_owned(),
        LinkState::Down => return "down".to_owned(),
        LinkState::Refused(why, shown) => (why, shown),
    };
    match why {
        (Refusal::WrongKey, Some(shown)) => format!("refused: it shows another key, {shown}"),
        (Refusal::WrongKey, None) => "refused: it shows another key".to_owned(),
        (Refusal::Stranger, _) => "refused: a stranger".to_owned(),
        (Refusal::OwnKey, _) => "refused: it is this server, or has its key".to_owned(),
        (Refusal::OtherMode, _) => "refused: one end is sealed, the other clear".to_owned(),
        (Refusal::Full, _) => "refused: too many links".to_owned(),
        (Refusal::ByPeer(reason), _) => format!("refused by the other end: {reason:?}"),
    }
}

pub(super) fn steps(way: &[Step], names: &Names) -> Vec<StepAnswer> {
    let step = |step: &Step| StepAnswer {
        name: names.of(step.to),
        key: step.to.to_string(),
        cost: step.cost,
    };
    way.iter().map(step).collect()
}

pub(super) fn queued_for(queue: &QueueReport, names: &Names) -> QueuedFor {
    let because = waits_for(queue.next, queue.is_up, names);
    QueuedFor {
        name: names.of(queue.to),
        key: queue.to.to_string(),
        waiting: queue.waiting,
        oldest_s: queue.oldest.map(|oldest| oldest.as_secs_f64()),
        because,
    }
}

fn waits_for(next: Option<ServerKey>, is_up: bool, names: &Names) -> String {
    match (next, is_up) {
        (None, _) => "there is no way there now".to_owned(),
        (Some(next), false) => format!("waiting for the link to {}", names.shown(next)),
        (Some(next), true) => format!("going by {}", names.shown(next)),
    }
}

pub(super) fn message_answer(report: &MessageReport, names: &Names) -> MessageAnswer {
    let (state, for_s, server, says) = describe(&report.state, names);
    MessageAnswer {
        message: report.id.map(|id| id.to_string()),
        from: report.from.to_string(),
        to: report.to.to_string(),
        kind: match report.kind {
            Kind::Text => "text",
            Kind::Receipt => "receipt",
            Kind::History => "history",
        }
        .to_owned(),
        precedence: match report.precedence {
            Precedence::Routine => "routine",
            Precedence::Priority => "priority",
            Precedence::Immediate => "immediate",
            Precedence::Flash => "flash",
        }
        .to_owned(),
        state: state.to_owned(),
        for_s: for_s.map(|time| time.as_secs_f64()),
        server,
        says,
    }
}

fn describe(
    state: &MessageState,
    names: &Names,
) -> (&'static str, Option<Duration>, Option<String>, String) {
    match *state {
        MessageState::InMailbox { kept, is_handed_out: false } => {
            ("in mailbox", Some(kept), None, "in its recipient's mailbox here".to_owned())
        }
        MessageState::InMailbox { kept, is_handed_out: true } => {
            ("handed out", Some(kept), None, "handed out here, not acknowledged yet".to_owned())
        }
        MessageState::Queued { kept, home, next, is_up, is_given } => {
            let (home, waits) = (names.shown(home), waits_for(next, is_up, names));
            let state = if is_given { "on the trunk" } else { "queued" };
            (state, Some(kept), Some(home.clone()), format!("here, for {home}; {waits}"))
        }
        MessageState::InLine { kept, server } => {
            let says = format!("here, for server {server} of the classic line");
            ("in the line", Some(kept), Some(server.to_string()), says)
        }
        MessageState::Unclaimed { kept } => {
            ("unclaimed", Some(kept), None, "here, until somebody has the number".to_owned())
        }
        MessageState::HandedOn { to, ago } => {
            let to = names.shown(to);
            let says = format!("{to} has it on disk; ask there how it goes on");
            ("handed on", Some(ago), Some(to), says)
        }
        MessageState::Ended(receipt) => ended(&receipt, names),
    }
}

fn ended(
    receipt: &Receipt,
    names: &Names,
) -> (&'static str, Option<Duration>, Option<String>, String) {
    let at = names.0.iter().find(|(key, _)| key.id() == receipt.server);
    let at = at.map(|(_, name)| name.clone()).unwrap_or_else(|| receipt.server.to_string());
    let old = receipt.age.duration().as_secs();
    let (state, says) = match receipt.outcome {
        Outcome::Delivered => ("delivered", format!("delivered at {at}, {old} s old")),
        Outcome::Read => ("delivered", format!("read at {at}, {old} s old")),
        Outcome::Expired => ("expired", format!("expired at {at}, {old} s old")),
        Outcome::PassedOn => {
            let says = format!("{at} passed it on to a classic server, which tells no more");
            ("passed on", format!("{says}; {old} s old"))
        }
        Outcome::Refused(why) => ("refused", format!("refused at {at}: {why:?}")),
    };
    (state, None, Some(at), says)
}
