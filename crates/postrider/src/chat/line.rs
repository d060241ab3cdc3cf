//! A line that somebody types.

use postrider_proto::native::{Content, Form};
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use unicode_segmentation::UnicodeSegmentation;

/// A line and the place of the cursor.
#[derive(Clone, Debug, Default)]
pub(crate) struct Line {
    text: String,
    /// In bytes, between two characters.
    cursor: usize,
    /// Characters (code points), at most.
    most: usize,
}

impl Line {
    /// An empty line for up to so many characters.
    pub(crate) fn new(most: usize) -> Line {
        Line { most, ..Line::default() }
    }

    /// A line with something in it.
    pub(crate) fn with(most: usize, text: &str) -> Line {
        Line { text: text.to_owned(), cursor: text.len(), most }
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// In bytes.
    pub(crate) fn cursor(&self) -> usize {
        self.cursor
    }

    /// Empties it; returns what was in it.
    pub(crate) fn take(&mut self) -> String {
        self.cursor = 0;
        std::mem::take(&mut self.text)
    }

    /// Puts text in at the cursor, as much as there is room for; says whether all of it fitted.
    pub(crate) fn insert(&mut self, text: &str) -> bool {
        let room = self.most.saturating_sub(self.text.chars().count());
        let end = text.char_indices().nth(room).map_or(text.len(), |(at, _)| at);
        self.text.insert_str(self.cursor, &text[..end]);
        self.cursor += end;
        end == text.len()
    }

    /// Takes a key that edits; says whether it was one.
    pub(crate) fn key(&mut self, key: KeyEvent) -> bool {
        let is_control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Enter if key.modifiers.contains(KeyModifiers::ALT) => {
                self.insert("\n");
            }
            KeyCode::Char('u') if is_control => self.take_before(0),
            KeyCode::Char('w') if is_control => self.take_before(self.word_before()),
            KeyCode::Char('e') if is_control => self.cursor = self.text.len(),
            KeyCode::Char('h') if is_control => self.take_before(self.before()),
            KeyCode::Char(_) if is_control || key.modifiers.contains(KeyModifiers::ALT) => {
                return false;
            }
            KeyCode::Char(character) => {
                self.insert(character.encode_utf8(&mut [0; 4]));
            }
            KeyCode::Backspace => self.take_before(self.before()),
            KeyCode::Delete => {
                let after = self.after();
                self.text.replace_range(self.cursor..after, "");
            }
            KeyCode::Left => self.cursor = self.before(),
            KeyCode::Right => self.cursor = self.after(),
            KeyCode::Home => self.cursor = 0,
            KeyCode::End => self.cursor = self.text.len(),
            _ => return false,
        }
        true
    }

    fn take_before(&mut self, from: usize) {
        self.text.replace_range(from..self.cursor, "");
        self.cursor = from;
    }

    fn before(&self) -> usize {
        let last = self.text[..self.cursor].grapheme_indices(true).next_back();
        last.map_or(0, |(at, _)| at)
    }

    fn after(&self) -> usize {
        let next = self.text[self.cursor..].graphemes(true).next();
        self.cursor + next.map_or(0, str::len)
    }

    fn word_before(&self) -> usize {
        let before = self.text[..self.cursor].trim_end();
        before.rfind(char::is_whitespace).map_or(0, |at| at + 1)
    }

    /// Like a phone: characters of the part that is being written, parts, and how they are
    /// written down.
    pub(crate) fn count(&self) -> String {
        let most = Content::CHARACTERS_MAX;
        let characters = self.text.chars().count();
        let parts = characters.div_ceil(most).max(1);
        let in_part = characters - (parts - 1) * most;
        let many = if parts == 1 { "1 part".to_owned() } else { format!("{parts} parts") };
        format!("{in_part}/{most}  {many}  {}", self.form())
    }

    fn form(&self) -> &'static str {
        let mut buffer = [0; Content::GSM_BYTES_MAX];
        let mut rest = self.text.as_str();
        while !rest.is_empty() {
            let end = rest.char_indices().nth(Content::CHARACTERS_MAX);
            let (part, more) = rest.split_at(end.map_or(rest.len(), |(at, _)| at));
            let written = Content::write(part, &mut buffer).map(Content::form);
            if !matches!(written, Ok(Form::Gsm(_))) {
                return "UTF-8";
            }
            rest = more;
        }
        "GSM 7-bit"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(line: &mut Line, code: KeyCode) {
        assert!(line.key(KeyEvent::new(code, KeyModifiers::NONE)));
    }

    #[test]
    fn what_people_take_for_one_character_is_one_when_it_is_edited() {
        let mut line = Line::with(100, "a👩‍👩‍👧e\u{301}");
        press(&mut line, KeyCode::Backspace);
        assert_eq!(line.text(), "a👩‍👩‍👧");
        press(&mut line, KeyCode::Left);
        press(&mut line, KeyCode::Char('b'));
        assert_eq!(line.text(), "ab👩‍👩‍👧");
        press(&mut line, KeyCode::Delete);
        assert_eq!(line.text(), "ab");
        assert!(line.key(KeyEvent::new(KeyCode::Char('u'), KeyModifiers::CONTROL)));
        assert_eq!(line.text(), "");
    }

    #[test]
    fn it_counts_like_a_phone() {
        let count = |text: &str| Line::with(2_560, text).count();
        assert_eq!(count(""), "0/160  1 part  GSM 7-bit");
        assert_eq!(count(&"a".repeat(160)), "160/160  1 part  GSM 7-bit");
        assert_eq!(count(&"a".repeat(161)), "1/160  2 parts  GSM 7-bit");
        assert_eq!(count("здравствуйте"), "12/160  1 part  UTF-8");
        assert_eq!(count(&format!("{}й", "a".repeat(160))), "1/160  2 parts  UTF-8");
    }

    #[test]
    fn it_takes_no_more_than_it_may() {
        let mut line = Line::new(5);
        assert!(line.insert("äöü"));
        assert!(!line.insert("xyz"));
        assert_eq!(line.text(), "äöüxy");
    }
}
