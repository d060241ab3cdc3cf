//! What is known of a text and of the network, in people's words: the same wherever it is shown.

use crate::{ServerName, Stamp, State, Status, Trust, Whereabouts, shown};
use postrider_link::Mode;
use postrider_proto::native::Precedence;

/// One line of what came from elsewhere.
pub fn line(text: &str) -> String {
    shown(text).replace(['\n', '\t'], " ")
}

/// A server as one line.
pub fn named(server: &ServerName) -> String {
    line(&server.to_string())
}

/// What became of a text; `time` prints a time.
pub fn state(state: &State, time: impl Fn(Stamp) -> String) -> String {
    match state {
        State::Waiting => "waiting here".to_owned(),
        State::Accepted { server, .. } => format!("accepted by {}", named(server)),
        State::Traced { by, whereabouts, since } => {
            format!("at {} since {}, {}", named(by), time(*since), traced(whereabouts))
        }
        State::Delivered { proven, .. } => format!("delivered{}", who_says(*proven)),
        State::Read { proven, .. } => format!("read{}", who_says(*proven)),
        State::PassedOn { server, .. } => format!(
            "passed on to a classic server by {}; nothing more will be known",
            named(server)
        ),
        State::Expired { server: Some(server), .. } => format!("expired at {}", named(server)),
        State::Expired { server: None, .. } => "expired here".to_owned(),
        State::Refused { reason, server, .. } => {
            format!("refused by {}: {reason}", named(server))
        }
    }
}

fn traced(whereabouts: &Whereabouts) -> String {
    match whereabouts {
        Whereabouts::InMailbox => "in the mailbox of its reader".to_owned(),
        Whereabouts::WaitsFor(next) => format!("waiting for the link to {}", named(next)),
        Whereabouts::HandedTo(next) => format!("being handed to {}", named(next)),
        Whereabouts::NoWay(home) => format!("which has no way to {}", named(home)),
        Whereabouts::Unclaimed => "waiting for its reader to turn up".to_owned(),
        Whereabouts::HandedOn(next) => format!("handed on to {}", named(next)),
    }
}

/// What is not proven by the reader's signature is said to be only a server's word.
fn who_says(proven: bool) -> &'static str {
    if proven { "" } else { ", says a server" }
}

/// How it is known that a text was delivered or read; nothing of other states.
pub fn proof(state: &State) -> Option<&'static str> {
    match state {
        State::Delivered { proven: true, .. } | State::Read { proven: true, .. } => {
            Some("its reader's key has signed that")
        }
        State::Delivered { .. } | State::Read { .. } => {
            Some("its reader has not signed that: a server says so")
        }
        _ => None,
    }
}

/// What is wrong with who wrote a text; nothing where its sender's key has signed it.
pub fn trust(trust: Trust) -> Option<&'static str> {
    match trust {
        Trust::Verified => None,
        Trust::Pending => Some("not opened yet"),
        Trust::Closed => Some("sealed for a key that this device does not have: postrider id open"),
        Trust::Unsigned => Some("unverified"),
        Trust::Former => Some("unverified: signed with a key that its sender has replaced"),
        Trust::KeyChanged => Some("unverified: the sender's key has changed"),
        Trust::Unproven => Some("unverified: not signed by its sender's key"),
    }
}

/// `routine` to `flash`.
pub fn precedence(precedence: Precedence) -> &'static str {
    match precedence {
        Precedence::Routine => "routine",
        Precedence::Priority => "priority",
        Precedence::Immediate => "immediate",
        Precedence::Flash => "flash",
    }
}

/// Whether texts can leave.
pub fn network(status: &Status) -> String {
    match status {
        Status::NoServer => "no server can be found: see `postrider id servers`".to_owned(),
        Status::Connecting { address } => format!("looking for a server: {}", line(address)),
        Status::Attached { server, mode } => {
            let clear = if *mode == Mode::Clear { ", clear link" } else { "" };
            format!("attached to {}{clear}", named(server))
        }
        Status::Refused { server, why } => format!("refused by {}: {why}", named(server)),
        Status::Released => "the number has been given up".to_owned(),
        Status::Ended => "ended".to_owned(),
    }
}

/// What became of a text, in a word for programs.
pub fn state_name(state: &State) -> &'static str {
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
