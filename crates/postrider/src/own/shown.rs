//! Texts and what became of them, in people's words and as JSON.

use crate::profile::{self, Clock};
use postrider_client::{Entry, State, Trust, Way, shown};
use serde_json::{Value, json};

pub(crate) use postrider_client::phrases::state_name;

/// A text that came, for people.
pub(super) fn received(entry: &Entry) -> String {
    let Way::Received { trust, .. } = &entry.way else { return String::new() };
    let doubt = profile::trust(*trust).map(|doubt| format!(" ({doubt})")).unwrap_or_default();
    // A text cannot pass for another one: its lines stand to the right.
    let text = shown(&entry.text).replace('\n', "\n    ");
    format!("{}{doubt}: {text}", entry.with)
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
            object["says"] = profile::state(state, &Clock::here()).into();
            if let State::Delivered { proven, .. } | State::Read { proven, .. } = state {
                object["proven"] = (*proven).into();
            }
        }
        Way::Received { trust, is_read } => {
            object["direction"] = "received".into();
            object["verified"] = (*trust == Trust::Verified).into();
            object["doubt"] = profile::trust(*trust).into();
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
