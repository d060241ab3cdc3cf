//! What a text to a group asks for.

use super::words;
use crate::limits::GROUP_NAME_CHARACTERS_MAX;
use postrider_proto::Number;

/// A text that begins with `/` is a command; any other is for all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said<'a> {
    /// For all.
    Text,
    /// To be let in, under a name.
    Join(Option<&'a str>),
    Leave,
    Who,
    Help,
    Tally,
    Add(Number, Option<&'a str>),
    Remove(Number),
    Moderator(Number),
    Open,
    Closed,
    Roll(&'a str),
    End,
    /// A command that there is, without what it needs: how it is used.
    Incomplete(&'static str),
    /// None that there is: its first word.
    Unknown(&'a str),
}

/// What a text says.
pub(super) fn said(text: &str) -> Said<'_> {
    if !text.starts_with('/') {
        return Said::Text;
    }
    let text = text.trim();
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let rest = Some(rest.trim()).filter(|rest| !rest.is_empty());
    let about = |usage, what: fn(Number) -> Said<'static>| {
        rest.and_then(number).map_or(Said::Incomplete(usage), what)
    };
    match word.to_lowercase().as_str() {
        "/join" => Said::Join(rest),
        "/leave" => Said::Leave,
        "/who" => Said::Who,
        "/help" => Said::Help,
        "/tally" => Said::Tally,
        "/add" => add(rest),
        "/remove" => about("/remove NUMBER", Said::Remove),
        "/moderator" => about("/moderator NUMBER", Said::Moderator),
        "/open" => Said::Open,
        "/closed" => Said::Closed,
        "/roll" => rest.map_or(Said::Incomplete("/roll TEXT"), Said::Roll),
        "/end" => Said::End,
        _ => Said::Unknown(word),
    }
}

fn add(rest: Option<&str>) -> Said<'_> {
    let (first, name) = match rest {
        Some(rest) => rest.split_once(char::is_whitespace).unwrap_or((rest, "")),
        None => ("", ""),
    };
    let name = Some(name.trim()).filter(|name| !name.is_empty());
    number(first).map_or(Said::Incomplete("/add NUMBER NAME"), |number| Said::Add(number, name))
}

/// Ten digits, with dashes, dots or blanks between them.
fn number(written: &str) -> Option<Number> {
    let digits: String = written.chars().filter(|c| !" -.".contains(*c)).collect();
    digits.parse().ok()
}

/// A name as a member may have it: 1 to 20 letters, digits, and what stands between words, with a
/// letter among them. None that could pass for a number, or for what the group itself says.
pub(super) fn name(written: &str) -> Option<String> {
    let name = written.split_whitespace().collect::<Vec<_>>().join(" ");
    let fits = |c: char| c.is_alphanumeric() || " .-_'".contains(c);
    let is_name = name.chars().all(fits)
        && name.chars().any(char::is_alphabetic)
        && name.chars().count() <= GROUP_NAME_CHARACTERS_MAX;
    let lower = name.to_lowercase();
    let is_the_groups = words::BEGINNINGS.iter().any(|begins| lower.starts_with(begins))
        || words::ENDINGS.iter().any(|ends| lower.ends_with(ends));
    (is_name && !is_the_groups).then_some(name)
}

/// An answer to a roll call as it is counted with its like: in capitals, without what ends a
/// sentence; none of one that is longer than a word or two.
pub(super) fn answer(text: &str) -> Option<String> {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let words = words.trim_end_matches(['.', '!', ' ']).to_uppercase();
    let fits = |c: char| c.is_alphanumeric() || c == ' ';
    let is_short = (1..=ANSWER_CHARACTERS_MAX).contains(&words.chars().count());
    (is_short && words.chars().all(fits)).then_some(words)
}

/// Characters of an answer that is counted by its words: three of them are in a tally, which is
/// one text.
const ANSWER_CHARACTERS_MAX: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read_as_people_type_them() {
        let ben = Number::from_value(5_550_000_002).unwrap();
        for (text, meant) in [
            ("hello", Said::Text),
            (" /leave", Said::Text),
            ("/JOIN", Said::Join(None)),
            ("/join  Ann B ", Said::Join(Some("Ann B"))),
            ("/Add 555-000-0002 Ben", Said::Add(ben, Some("Ben"))),
            ("/add 5550000002", Said::Add(ben, None)),
            ("/add Ben", Said::Incomplete("/add NUMBER NAME")),
            ("/add", Said::Incomplete("/add NUMBER NAME")),
            ("/remove 555 000 0002", Said::Remove(ben)),
            ("/remove", Said::Incomplete("/remove NUMBER")),
            ("/moderator 5550000002", Said::Moderator(ben)),
            ("/roll\nAll out?\nAnswer", Said::Roll("All out?\nAnswer")),
            ("/roll ", Said::Incomplete("/roll TEXT")),
            ("/end now", Said::End),
            ("/etc/hosts is wrong", Said::Unknown("/etc/hosts")),
            ("/", Said::Unknown("/")),
        ] {
            assert_eq!(said(text), meant, "{text:?}");
        }
    }

    #[test]
    fn a_name_passes_for_nothing_else() {
        assert_eq!(name("  Ann \n B."), Some("Ann B.".to_owned()));
        assert_eq!(name("José-María"), Some("José-María".to_owned()));
        for wrong in [
            "",
            "5550000001",
            "12 34",
            "Ann: yes",
            "Ann (moderator)",
            "\u{202e}nnA",
            "/x",
            "Roll call 3",
            "roll  CALL 4",
            "Text 12",
            "Nothing was done",
            "Ben answers",
            "Ben Asks All",
        ] {
            assert_eq!(name(wrong), None, "{wrong:?}");
        }
        assert_eq!(name(&"a".repeat(21)), None);
    }

    #[test]
    fn answers_that_say_the_same_are_one() {
        for text in ["OK", "ok", " Ok! ", "ok..."] {
            assert_eq!(answer(text), Some("OK".to_owned()), "{text:?}");
        }
        assert_eq!(answer("need  help"), Some("NEED HELP".to_owned()));
        for longer in ["I am at the shaft", "!", "ok, 3", "\u{1b}[2J"] {
            assert_eq!(answer(longer), None, "{longer:?}");
        }
    }
}
