//! What is known, in words: the same in `chat`, in scripts, and in docs/chat.md.

use super::{Clock, Stage};
use postrider_client::phrases::named;
use postrider_client::{Contact, Event, ServerName, State, phrases};
use postrider_proto::native::Refusal;

pub(crate) use postrider_client::phrases::{line, network, precedence, proof, trust};

/// What a number is called here: its name, or its digits.
pub(crate) fn called(contact: &Contact) -> String {
    contact.name.as_deref().map_or_else(|| contact.number.to_string(), line)
}

/// What became of a text.
pub(crate) fn state(state: &State, clock: &Clock) -> String {
    phrases::state(state, |at| clock.time(at))
}

/// How far a text is.
pub(crate) fn stage_of(state: &State) -> Stage {
    match state {
        State::Waiting => Stage::Kept,
        State::Accepted { .. } | State::Traced { .. } => Stage::Accepted,
        State::Delivered { .. } | State::Read { .. } | State::PassedOn { .. } => Stage::Delivered,
        State::Expired { .. } | State::Refused { .. } => Stage::Failed,
    }
}

/// That another key had the number, and what that means.
pub(crate) fn disputed(server: &ServerName) -> String {
    format!(
        "on another part of the network, at {}, somebody else was given your number. It stays \
         yours, and they have been told. Texts that were meant for you may have gone to them until \
         the two parts met",
        named(server)
    )
}

/// Why a server does not let a number in, with what that means.
pub(crate) fn refusal(why: Refusal) -> String {
    match what_now(why) {
        Some(now) => format!("{why}: {now}"),
        None => why.to_string(),
    }
}

/// What it means for somebody that a server does not let a number in, what is kept, and what to
/// do; nothing where the reason says it all.
pub(crate) fn what_now(why: Refusal) -> Option<&'static str> {
    match why {
        Refusal::TAKEN => Some(
            "another key has this number. Where two networks that had both given it out have met, \
             every server keeps to the same one of the two keys, and it is not yours: nothing \
             comes to you by this number any more, and nothing leaves. Your key and all texts are \
             kept in the profile, also those that have not left. Begin another number in a \
             profile of its own (postrider chat --profile DIR), and tell it to those who should \
             know by another way",
        ),
        Refusal::REPLACED => Some(
            "its owner has made a new key, by the word of the number's first one, and this \
             device has an old one: nothing comes to it any more, and nothing leaves. All texts \
             are kept in the profile, also those that have not left. If it was you, take the number \
             to this device again, to a profile of its own: `postrider id device` there, and \
             `postrider id restore --profile DIR` here. If it was not you, whoever did it has the \
             24 words of the first key: `postrider id change-key` here takes the number back by \
             the same words",
        ),
        Refusal::IN_USE => Some(
            "a classic client uses this number, which needs no key for that. Your key is kept; \
             once that client has left, it can be bound",
        ),
        Refusal::RESERVED => Some(
            "only the server whose block it is in gives this number out. Your key is kept: \
             `postrider id servers HOST` names that server",
        ),
        _ => None,
    }
}

/// The key that a contact has, and by whose word; nothing of one without a key.
pub(crate) fn key_of(contact: &Contact, clock: &Clock) -> Option<String> {
    let key = contact.key?;
    let by = match contact.first_key {
        Some(first) => format!(", by the word of the first, {}…", &first.to_string()[..16]),
        None => String::new(),
    };
    let changed = match contact.changed {
        Some(at) => format!("; changed by its owner, learnt {}", clock.time(at)),
        None => String::new(),
    };
    Some(format!("The key of {}: {key}{by}{changed}.", called(contact)))
}

/// What people should know of an event, beside texts and the state of the network.
pub(crate) fn what_happened(event: &Event) -> Option<String> {
    match event {
        Event::FirstUse { address, key } => {
            let key = key.to_string();
            Some(format!("the key of {} is kept from now on: {}…", line(address), &key[..16]))
        }
        Event::ServerKeyChanged { address, .. } => Some(format!(
            "at {} is somebody with another key, who is not spoken with; if the server was set \
             up anew: postrider id servers",
            line(address)
        )),
        Event::KeyChanged { number, new, is_vouched_for: true, .. } => Some(format!(
            "the key of {number} was changed by its owner, by the word of the first one: it is \
             {}… now, and nothing is to be done",
            &new.to_string()[..16]
        )),
        Event::Disputed { server } => Some(disputed(server)),
        Event::Trouble(what) => Some(line(what)),
        Event::Ended(Some(why)) => Some(format!("the client has ended: {}", line(why))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use postrider_client::{Stamp, Whereabouts};
    use postrider_proto::native::ServerId;

    #[test]
    fn what_a_server_calls_itself_cannot_steer_the_terminal() {
        let server = ServerName { id: ServerId([1; 8]), label: Some("a\u{1b}[2J\nb".to_owned()) };
        let clock = Clock::at(Stamp(0));
        let accepted = State::Accepted { server, at: Stamp(0) };
        assert_eq!(state(&accepted, &clock), "accepted by a\u{fffd}[2J b");
    }

    #[test]
    fn the_time_has_a_day_unless_it_is_today() {
        let clock = Clock::at(Stamp(86_400_000 * 3));
        let next = ServerName { id: ServerId([0xab; 8]), label: None };
        let waits = |since| {
            let (by, whereabouts) = (next.clone(), Whereabouts::WaitsFor(next.clone()));
            state(&State::Traced { by, whereabouts, since: Stamp(since) }, &clock)
        };
        let (at, link) = ("at abababababababab since", "waiting for the link to abababababababab");
        assert_eq!(waits(86_400_000 * 3 + 60_000), format!("{at} 00:01, {link}"));
        assert_eq!(waits(60_000), format!("{at} 1 Jan 00:01, {link}"));
    }
}
