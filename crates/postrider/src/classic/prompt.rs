//! Reading lines from a person or from a pipe, and printing beside them.

use rustyline::error::ReadlineError;
use rustyline::{Config, DefaultEditor};
use std::io::{self, BufRead, IsTerminal, Write};

/// Where the answers to questions come from.
pub(crate) trait Prompt {
    /// Shows the question and reads one line, without its end; `None` at the end of
    /// input, or where the person broke off.
    fn ask(&mut self, question: &str, out: &mut dyn Write) -> io::Result<Option<String>>;

    /// Keeps a text, in memory only, for the arrow keys to bring back.
    fn remember(&mut self, text: &str);

    /// Whether somebody is there to decide what to do next.
    fn is_attended(&self) -> bool;
}

/// Line editing if standard input is a terminal, plain lines if it is not.
pub(crate) fn of_standard_input() -> io::Result<Box<dyn Prompt>> {
    let input = io::stdin();
    if input.is_terminal() {
        return Ok(Box::new(Terminal::new()?));
    }
    Ok(Box::new(Piped::new(input.lock())))
}

/// A person at a terminal.
struct Terminal(DefaultEditor);

impl Terminal {
    fn new() -> io::Result<Terminal> {
        let config = Config::builder().auto_add_history(false).build();
        DefaultEditor::with_config(config).map(Terminal).map_err(into_io)
    }
}

impl Prompt for Terminal {
    fn ask(&mut self, question: &str, out: &mut dyn Write) -> io::Result<Option<String>> {
        // The editor prints by itself, past whatever `out` still holds.
        out.flush()?;
        match self.0.readline(question) {
            Ok(line) => Ok(Some(without_end(&line).to_owned())),
            Err(ReadlineError::Eof | ReadlineError::Interrupted) => Ok(None),
            Err(error) => Err(into_io(error)),
        }
    }

    fn remember(&mut self, text: &str) {
        // An entry that cannot be kept costs typing it again, and nothing else.
        let _ = self.0.add_history_entry(text);
    }

    fn is_attended(&self) -> bool {
        true
    }
}

/// Lines from a pipe or a file.
pub(super) struct Piped<R>(R);

impl<R: BufRead> Piped<R> {
    pub(super) fn new(input: R) -> Piped<R> {
        Piped(input)
    }

    fn line(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        let length = self.0.read_until(b'\n', &mut line)?;
        Ok((length > 0).then_some(line))
    }
}

impl<R: BufRead> Prompt for Piped<R> {
    fn ask(&mut self, question: &str, out: &mut dyn Write) -> io::Result<Option<String>> {
        loop {
            write!(out, "{question}")?;
            out.flush()?;
            let line = self.line()?;
            // Nobody's Enter ends the line of the question.
            writeln!(out)?;
            let Some(line) = line else { return Ok(None) };
            match String::from_utf8(line) {
                Ok(line) => return Ok(Some(without_end(&line).to_owned())),
                Err(_) => writeln!(out, "That line is not UTF-8 and was skipped.")?,
            }
        }
    }

    fn remember(&mut self, _text: &str) {}

    fn is_attended(&self) -> bool {
        false
    }
}

/// Questions and what is said beside them, in one place to speak from.
pub(super) struct Console<'a> {
    prompt: &'a mut dyn Prompt,
    out: &'a mut dyn Write,
}

impl<'a> Console<'a> {
    pub(super) fn new(prompt: &'a mut dyn Prompt, out: &'a mut dyn Write) -> Console<'a> {
        Console { prompt, out }
    }

    /// See [`Prompt::ask`].
    pub(super) fn ask(&mut self, question: &str) -> io::Result<Option<String>> {
        self.prompt.ask(question, self.out)
    }

    /// [`Console::ask`], and keeps the answer for the arrow keys.
    pub(super) fn ask_for_text(&mut self, question: &str) -> io::Result<Option<String>> {
        let text = self.ask(question)?;
        if let Some(text) = &text {
            self.prompt.remember(text);
        }
        Ok(text)
    }

    /// Prints a line, at once: what follows may take seconds.
    pub(super) fn say(&mut self, line: &str) -> io::Result<()> {
        writeln!(self.out, "{line}")?;
        self.out.flush()
    }

    /// See [`Prompt::is_attended`].
    pub(super) fn is_attended(&self) -> bool {
        self.prompt.is_attended()
    }
}

fn without_end(line: &str) -> &str {
    line.trim_end_matches(['\n', '\r'])
}

fn into_io(error: ReadlineError) -> io::Error {
    match error {
        ReadlineError::Io(error) => error,
        other => io::Error::other(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(input: &[u8]) -> (Vec<Option<String>>, String) {
        let (mut piped, mut out) = (Piped::new(input), Vec::new());
        let mut answers = vec![piped.ask("? ", &mut out).unwrap()];
        while answers.last().unwrap().is_some() {
            answers.push(piped.ask("? ", &mut out).unwrap());
        }
        (answers, String::from_utf8(out).unwrap())
    }

    fn some(line: &str) -> Option<String> {
        Some(line.into())
    }

    #[test]
    fn lines_come_without_their_ends_until_the_input_ends() {
        let (answers, printed) = asked(b"one\r\n\ntwo \nlast");
        assert_eq!(answers, [some("one"), some(""), some("two "), some("last"), None]);
        assert_eq!(printed, "? \n".repeat(5));
    }

    #[test]
    fn a_line_that_is_not_utf8_is_skipped_aloud_instead_of_changed() {
        let (answers, printed) = asked(b"gr\xfc\xdfe\nGr\xc3\xbc\xc3\x9fe\n");
        assert_eq!(answers, [some("Grüße"), None]);
        assert!(printed.contains("not UTF-8"), "{printed}");
    }
}
