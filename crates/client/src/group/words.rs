//! What a group says, in English. Each is one text of at most 160 characters wherever what is in
//! it lets it be.

use super::{Member, What};
use crate::limits::{GROUP_MEMBERS_MAX, GROUP_NAME_CHARACTERS_MAX, TEXT_CHARACTERS_MAX};
use postrider_proto::Number;

/// Characters of a list of members: four messages.
const LIST_CHARACTERS_MAX: usize = 640;

pub(super) const HELP: &str = "What you text goes to all. /join NAME /leave /who /tally. \
                               Moderators: /add NUMBER NAME, /remove and /moderator NUMBER, \
                               /open, /closed, /roll TEXT, /end";
pub(super) const LEFT: &str = "You are not in the group any more.";
pub(super) const REMOVED: &str = "A moderator has taken you out of the group.";
pub(super) const ASKED: &str = "The group is closed. Its moderators are asked to let you in.";
pub(super) const ONLY_MODERATOR: &str = "Nobody else is a moderator. Name another one first: \
                                         /moderator NUMBER";
pub(super) const NOT_MODERATOR: &str = "Only a moderator may do that.";
pub(super) const NOT_SIGNED: &str = "A moderator's commands have to be signed, and yours are not: \
                                     nothing was done.";
pub(super) const DOUBTFUL: &str = "A text in your name was not handed on: it is not signed by the \
                                   key that is known as yours.";
pub(super) const IN_PART: &str = "Of your last text not all parts have come: it was not handed on. \
                                  Please send it again.";
pub(super) const TOO_FAST: &str = "Too many texts in a short time: what you text now is not handed \
                                   on. Wait a minute.";
pub(super) const NOBODY_ELSE: &str = "There is nobody else in the group.";
pub(super) const NOTHING_TO_TALLY: &str = "There is no text that was handed on.";
pub(super) const NO_ROLL: &str = "There is no roll call.";
pub(super) const OPEN: &str = "Anybody may join now.";
pub(super) const CLOSED: &str = "Only moderators let others in now.";
pub(super) const MODERATES: &str = "You are a moderator of the group now. /help says what \
                                    moderators may do.";

/// How texts of the group itself begin, and the names in them end, up to the colon: no member is
/// called so.
pub(super) const BEGINNINGS: [&str; 3] = ["roll call", "text ", "nothing was done"];
pub(super) const ENDINGS: [&str; 3] = [" answers", " asks all", " asks to be let in"];

/// Whether a text of a group says that something was not done.
pub fn refuses(text: &str) -> bool {
    let known = [NOT_MODERATOR, NOT_SIGNED, DOUBTFUL, IN_PART, TOO_FAST, NOBODY_ELSE];
    known.contains(&text)
        || text.starts_with(TOO_LONG)
        || text.starts_with(INCOMPLETE)
        || text.starts_with("This is ") && text.ends_with(STRANGER)
}

const TOO_LONG: &str = "Your text was not handed on: ";
const INCOMPLETE: &str = "Nothing was done: ";
const STRANGER: &str =
    ". You are not in it, and nothing was handed on. /join NAME asks to be let in.";

/// Which roll call a group says that it has begun, to who has called it; none if a text says
/// something else. Tallies of earlier ones may come after the call.
pub fn begun(text: &str) -> Option<What> {
    let (number, _) = text.strip_prefix(ROLL_CALL)?.split_once(BEGINS)?;
    number.parse().ok().map(What::RollCall)
}

const ROLL_CALL: &str = "Roll call ";
const BEGINS: &str = " begins: ";

/// By its name or number.
pub(super) fn called(member: &Member) -> String {
    member.name.clone().unwrap_or_else(|| member.number.to_string())
}

/// Who wrote what is handed on. What nobody has signed is not made more by the group's signature.
pub(super) fn sender(member: &Member, is_verified: bool) -> String {
    let doubt = if is_verified { "" } else { " (unverified)" };
    format!("{}{doubt}", called(member))
}

/// Its further lines stand to the right, so that none passes for the beginning of another text.
pub(super) fn inside(text: &str) -> String {
    text.replace('\n', "\n  ")
}

pub(super) fn welcome(group: &str, members: usize) -> String {
    let others = members.saturating_sub(1);
    format!("You are in {group} now. What you text here goes to all ({others}). /help says more.")
}

pub(super) fn stranger(group: &str) -> String {
    format!("This is {group}{STRANGER}")
}

pub(super) fn asks_to_join(who: &str, number: Number) -> String {
    format!("{who} asks to be let in: /add {number} NAME")
}

pub(super) fn full() -> String {
    format!("The group is full: it has {GROUP_MEMBERS_MAX} members.")
}

pub(super) fn no_name(name: &str) -> String {
    let name: String = name.chars().take(40).collect();
    format!(
        "\"{name}\" cannot be a name here: at most {GROUP_NAME_CHARACTERS_MAX} letters, digits, \
         blanks and -_.' with a letter among them."
    )
}

pub(super) fn name_taken(name: &str) -> String {
    format!("Somebody else is called {name}. Choose another name: /join NAME")
}

pub(super) fn is_in(member: &Member, group: &str) -> String {
    let name = member.name.as_deref().map(|name| format!("{name} ")).unwrap_or_default();
    format!("{name}{} is in {group}.", member.number)
}

pub(super) fn not_a_member(number: Number) -> String {
    format!("{number} is not in the group.")
}

pub(super) fn too_long(found: usize) -> String {
    format!(
        "{TOO_LONG}with your name it has {found} characters, and {TEXT_CHARACTERS_MAX} is the \
             most."
    )
}

pub(super) fn incomplete(usage: &str) -> String {
    format!("{INCOMPLETE}write {usage}")
}

pub(super) fn unknown(word: &str) -> String {
    let word: String = word.chars().take(20).collect();
    format!(
        "{word} is no command, see /help, and was not handed on. A text to all that begins with / \
         needs a blank before it."
    )
}

pub(super) fn asks_all(who: &str, text: &str) -> String {
    format!("{who} asks all: {}\nPlease answer. Moderators get it; OK is enough.", inside(text))
}

pub(super) fn begins(what: What, asked: usize) -> String {
    let number = match what {
        What::RollCall(number) | What::Text(number) => number,
    };
    format!("{ROLL_CALL}{number}{BEGINS}{asked} are asked.")
}

pub(super) fn answers(who: &str, text: &str) -> String {
    format!("{who} answers: {}", inside(text))
}

pub(super) fn key_changed(who: &str, number: Number) -> String {
    format!(
        "{who} ({number}) has another key, or somebody texts in that name. Nothing is handed on \
         or sent until the group's operator accepts it."
    )
}

pub(super) fn list(group: &str, members: &[Member]) -> String {
    let mut list = format!("{group}, {}:", members.len());
    let mut length = list.chars().count();
    for (at, member) in members.iter().enumerate() {
        let name = member.name.as_deref().map(|name| format!("{name} ")).unwrap_or_default();
        let moderator = if member.is_moderator { " (moderator)" } else { "" };
        let next = format!("\n{name}{}{moderator}", member.number);
        length += next.chars().count();
        if length > LIST_CHARACTERS_MAX {
            list.push_str(&format!("\nand {} more", members.len() - at));
            break;
        }
        list.push_str(&next);
    }
    list
}
