//! Questions that are asked again until the answer is good, and what is said about
//! one that is not.

use super::prompt::Console;
use postrider_proto::classic::{Line, ServerIndex};
use postrider_proto::{Number, Text, TextError};
use std::io;

/// Which server of the line; the only one is not asked for. `None` at the end of
/// input, like all of these.
pub(super) fn server(console: &mut Console<'_>, line: &Line) -> io::Result<Option<ServerIndex>> {
    if line.count() == 1 {
        return Ok(line.server(1).ok());
    }
    console.say("Servers:")?;
    for server in line.servers() {
        if let Some(address) = line.address(server) {
            console.say(&format!("  {server}  {address}"))?;
        }
    }
    let question = format!("Server (1 to {}): ", line.count());
    until_good(console, &question, |answer| chosen_server(answer, line))
}

/// A ten-digit ID.
pub(super) fn number(console: &mut Console<'_>, question: &str) -> io::Result<Option<Number>> {
    until_good(console, question, |answer| {
        answer.parse().map_err(|wrong| format!("That is not an ID: {wrong}."))
    })
}

/// Whether to try again; at the end of input it is no.
pub(super) fn try_again(console: &mut Console<'_>) -> io::Result<bool> {
    let wanted = until_good(console, "Try again? (y or n): ", |answer| match answer {
        "" | "y" | "Y" | "yes" => Ok(true),
        "n" | "N" | "no" => Ok(false),
        _ => Err("Answer y or n.".to_owned()),
    });
    Ok(wanted?.unwrap_or(false))
}

/// Checks a text, and says of one that cannot be sent what to do about it.
pub(super) fn checked_text(written: &str) -> Result<Text<'_>, String> {
    if written.trim().is_empty() {
        return Err("Not sent: the text is empty. Write at least one character.".to_owned());
    }
    Text::new(written).map_err(|wrong| format!("Not sent: {wrong}{}.", too_many(&wrong)))
}

/// How much has to go, where the text is too long.
fn too_many(wrong: &TextError) -> String {
    match wrong {
        TextError::Characters { found } => match found - Text::CHARACTERS_MAX {
            1 => ": 1 character too many".to_owned(),
            more => format!(": {more} characters too many"),
        },
        TextError::Bytes { found } => match found - Text::BYTES_MAX {
            1 => ": 1 byte too many".to_owned(),
            more => format!(": {more} bytes too many"),
        },
        TextError::End => String::new(),
    }
}

fn chosen_server(answer: &str, line: &Line) -> Result<ServerIndex, String> {
    let index = answer.parse().map_err(|_| {
        format!("That is not a server: choose a number from 1 to {}.", line.count())
    })?;
    line.server(index).map_err(|wrong| format!("That is not a server: {wrong}."))
}

/// Asks until `read` takes the answer, and says what is wrong in between. Spaces
/// around an answer do not count.
fn until_good<T>(
    console: &mut Console<'_>,
    question: &str,
    read: impl Fn(&str) -> Result<T, String>,
) -> io::Result<Option<T>> {
    while let Some(answer) = console.ask(question)? {
        match read(answer.trim()) {
            Ok(good) => return Ok(Some(good)),
            Err(wrong) => console.say(&wrong)?,
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::super::prompt::Piped;
    use super::*;

    fn with_answers<T>(answers: &str, ask: impl FnOnce(&mut Console<'_>) -> T) -> (T, String) {
        let (mut prompt, mut out) = (Piped::new(answers.as_bytes()), Vec::new());
        let answer = ask(&mut Console::new(&mut prompt, &mut out));
        (answer, String::from_utf8(out).unwrap())
    }

    fn line(addresses: &[&str]) -> Line {
        Line::new(addresses.iter().map(|address| address.parse().unwrap()).collect()).unwrap()
    }

    #[test]
    fn a_wrong_id_is_explained_and_asked_for_again() {
        let answers = "12345\n55500000x1\n 5550000001 \n";
        let (id, said) = with_answers(answers, |console| number(console, "ID: ").unwrap());
        assert_eq!(id, "5550000001".parse().ok());
        assert!(said.contains("That is not an ID: an ID has ten digits, this has 5."), "{said}");
        assert!(said.contains("an ID has digits only, and 'x' is none."), "{said}");
    }

    #[test]
    fn the_end_of_input_is_no_answer() {
        let (id, _) = with_answers("123\n", |console| number(console, "ID: ").unwrap());
        assert_eq!(id, None);
        let (again, _) = with_answers("what\n", |console| try_again(console).unwrap());
        assert!(!again);
    }

    #[test]
    fn the_only_server_is_not_asked_for() {
        let line = line(&["10.0.0.5:10410"]);
        let (chosen, said) = with_answers("", |console| server(console, &line).unwrap());
        assert_eq!(chosen, ServerIndex::from_value(1));
        assert_eq!(said, "");
    }

    #[test]
    fn several_servers_are_listed_and_a_wrong_choice_is_explained() {
        let line = line(&["10.0.0.5:10410", "10.0.0.6:10411"]);
        let answers = "x\n3\n0\n2\n";
        let (chosen, said) = with_answers(answers, |console| server(console, &line).unwrap());
        assert_eq!(chosen, ServerIndex::from_value(2));
        assert!(said.contains("  2  10.0.0.6:10411\n"), "{said}");
        assert!(said.contains("choose a number from 1 to 2"), "{said}");
        assert!(said.contains("the line has servers 1 to 2, there is no server 3"), "{said}");
    }

    #[test]
    fn a_text_that_is_too_long_is_told_by_how_much() {
        assert_eq!(
            checked_text(&"a".repeat(171)).unwrap_err(),
            "Not sent: a text has at most 160 characters, this has 171: 11 characters too many."
        );
        assert!(checked_text(&"a".repeat(161)).unwrap_err().ends_with(": 1 character too many."));
        assert!(checked_text(&"ä".repeat(114)).unwrap_err().ends_with(": 2 bytes too many."));
        assert!(checked_text(&"a".repeat(160)).is_ok());
    }

    #[test]
    fn an_empty_text_is_refused() {
        for empty in ["", "  ", "\t"] {
            assert!(checked_text(empty).unwrap_err().contains("the text is empty"));
        }
    }
}
