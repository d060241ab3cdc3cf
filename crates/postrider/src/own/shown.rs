//! Texts and what became of them, in people's words and as JSON.

use postrider_client::{Entry, State, Trust, Way, Whereabouts, shown};
use serde_json::{Value, json};

/// What became of an own text.
pub(super) fn state(state: &State) -> String {
    match state {
        State::Waiting => "waiting here".to_owned(),
        State::Accepted { server, .. } => format!("accepted by {server}"),
        State::Traced { by, whereabouts, .. } => traced(&by.to_string(), whereabouts),
        State::Delivered { proven: true, .. } => "delivered".to_owned(),
        State::Delivered { proven: false, .. } => {
            "delivered, says a server (its reader has not signed that)".to_owned()
        }
        State::Read { proven: true, .. } => "read".to_owned(),
        State::Read { proven: false, .. } => {
            "read, says a server (its reader has not signed that)".to_owned()
        }
        State::PassedOn { server, .. } => {
            format!("passed on to a classic server by {server}; nothing more will be known")
        }
        State::Expired { server: Some(server), .. } => format!("expired at {server}"),
        State::Expired { server: None, .. } => "expired here".to_owned(),
        State::Refused { reason, server, .. } => format!("refused by {server}: {reason}"),
    }
}

fn traced(by: &str, whereabouts: &Whereabouts) -> String {
    match whereabouts {
        Whereabouts::InMailbox => format!("at {by}, in the mailbox of its reader"),
        Whereabouts::WaitsFor(next) => format!("at {by}, waiting for the link to {next}"),
        Whereabouts::HandedTo(next) => format!("at {by}, being handed to {next}"),
        Whereabouts::NoWay(home) => format!("at {by}, which has no way to {home}"),
        Whereabouts::Unclaimed => format!("at {by}, waiting for its reader to turn up"),
        Whereabouts::HandedOn(next) => format!("handed on by {by} to {next}"),
    }
}

fn state_name(state: &State) -> &'static str {
    match state {
        State::Waiting => "waiting",
        State::Accepted { .. } => "accepted",
        State::Traced { .. } => "on_its_way",
        State::Delivered { .. } => "delivered",
        State::Read { .. } => "read",
        State::PassedOn { .. } => "passed_on",
        State::Expired { .. } => "expired",
        State::Refused { .. } => "refused",
    }
}

/// How sure it is who wrote a text; nothing where it is.
pub(super) fn doubt(trust: Trust) -> Option<&'static str> {
    match trust {
        Trust::Verified => None,
        Trust::Pending => Some("not opened yet"),
        Trust::Unsigned => Some("unverified"),
        Trust::KeyChanged => Some("unverified: the sender's key has changed"),
        Trust::Unproven => Some("unverified: not signed by its sender's key"),
    }
}

/// A text that came, for people.
pub(super) fn received(entry: &Entry) -> String {
    let Way::Received { trust, .. } = &entry.way else { return String::new() };
    let doubt = doubt(*trust).map(|doubt| format!(" ({doubt})")).unwrap_or_default();
    format!("{}{doubt}: {}", entry.with, shown(&entry.text))
}

/// Any text, for scripts.
pub(super) fn as_json(entry: &Entry) -> Value {
    let mut object = json!({
        "id": entry.id.0,
        "with": entry.with.to_string(),
        "at_ms": entry.at.0,
        "text": entry.text,
        "precedence": format!("{:?}", entry.precedence).to_lowercase(),
        "sealed": entry.is_sealed,
        "parts_missing": entry.parts_missing,
    });
    match &entry.way {
        Way::Sent(state) => {
            object["direction"] = "sent".into();
            object["state"] = state_name(state).into();
            object["says"] = self::state(state).into();
            if let State::Delivered { proven, .. } | State::Read { proven, .. } = state {
                object["proven"] = (*proven).into();
            }
        }
        Way::Received { trust, is_read } => {
            object["direction"] = "received".into();
            object["verified"] = (*trust == Trust::Verified).into();
            object["doubt"] = doubt(*trust).into();
            object["read"] = (*is_read).into();
        }
    }
    object
}

#[cfg(test)]
mod tests {
    use super::*;
    use postrider_client::{EntryId, Stamp};
    use postrider_proto::Number;
    use postrider_proto::native::Precedence;

    #[test]
    fn a_text_cannot_act_on_the_terminal_and_its_doubt_stands_before_it() {
        let entry = Entry {
            id: EntryId(1),
            with: Number::MAX,
            at: Stamp(0),
            text: "\u{1b}[2Jgone\u{202e}".to_owned(),
            precedence: Precedence::Flash,
            is_sealed: false,
            parts_missing: 0,
            way: Way::Received { trust: Trust::Unsigned, is_read: false },
        };
        let line = received(&entry);
        assert!(line.starts_with("9999999999 (unverified): "), "{line}");
        assert!(!line.contains(['\u{1b}', '\u{202e}']), "{line:?}");
        let object = as_json(&entry);
        assert_eq!((&object["verified"], &object["precedence"]), (&false.into(), &"flash".into()));
    }
}
