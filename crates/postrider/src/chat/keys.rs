//! What keys and the mouse do.

use super::layout::Layout;
use super::line::Line;
use super::state::{Answer, Dialog, NAME_CHARACTERS_MAX, State, Wish};
use postrider_client::{Contact, Draft, EntryId, Standing, Status};
use postrider_proto::Number;
use ratatui::crossterm::event::{
    KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};
use ratatui::layout::Position;

/// Characters of a number with what people write between its digits, of words to look for, and
/// of a code.
const SHORT_LINE_MAX: usize = 64;

/// Lines of a turn of the mouse's wheel.
const WHEEL_LINES: isize = 3;

impl State {
    /// A key was pressed.
    pub(crate) fn key(&mut self, key: KeyEvent) -> Vec<Wish> {
        self.notice = None;
        let is_control = key.modifiers.contains(KeyModifiers::CONTROL);
        if is_control && matches!(key.code, KeyCode::Char('q' | 'c')) {
            return vec![Wish::Quit];
        }
        if self.has_classic && is_classic_key(key) {
            return vec![Wish::Classic];
        }
        if let Some(dialog) = self.dialog.take() {
            return self.dialog_key(dialog, key);
        }
        match key.code {
            KeyCode::Char(letter) if is_control && self.is_command(letter) => self.command(letter),
            KeyCode::F(8) => self.ask(Dialog::Device(None)),
            KeyCode::F(2) => self.ask(Dialog::New(Line::new(SHORT_LINE_MAX))),
            KeyCode::Up | KeyCode::BackTab => self.step(-1),
            KeyCode::Down | KeyCode::Tab => self.step(1),
            KeyCode::PageUp => self.scroll(self.page_lines()),
            KeyCode::PageDown => self.scroll(-self.page_lines()),
            KeyCode::End if self.line.text().is_empty() => self.go_to_end(),
            KeyCode::Enter if !key.modifiers.contains(KeyModifiers::ALT) => self.send(),
            _ => {
                if self.open.is_some() {
                    self.line.key(key);
                }
                Vec::new()
            }
        }
    }

    /// Text was put in by the terminal.
    pub(crate) fn paste(&mut self, text: &str) -> Vec<Wish> {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let line = match &mut self.dialog {
            None if self.open.is_some() => Some(&mut self.line),
            Some(Dialog::New(line) | Dialog::Name(line) | Dialog::Code(line)) => Some(line),
            Some(Dialog::Search { line, .. }) => Some(line),
            _ => None,
        };
        if line.is_some_and(|line| !line.insert(&text)) {
            self.notice = Some("the text was too long: the end of it is missing".to_owned());
        }
        Vec::new()
    }

    /// The mouse was used.
    pub(crate) fn mouse(&mut self, mouse: MouseEvent) -> Vec<Wish> {
        if self.dialog.is_some() {
            return Vec::new();
        }
        let layout = Layout::of(self);
        let at = Position::new(mouse.column, mouse.row);
        let is_in_list = layout.list.contains(at);
        match mouse.kind {
            MouseEventKind::Down(MouseButton::Left) if is_in_list => {
                layout.place_at(self, at).map_or_else(Vec::new, |place| self.open_place(place))
            }
            MouseEventKind::ScrollUp if is_in_list => self.step(-1),
            MouseEventKind::ScrollDown if is_in_list => self.step(1),
            MouseEventKind::ScrollUp => self.scroll(WHEEL_LINES),
            MouseEventKind::ScrollDown => self.scroll(-WHEEL_LINES),
            _ => Vec::new(),
        }
    }

    fn is_command(&self, letter: char) -> bool {
        matches!(letter, 'n' | 'f' | 'd' | 't' | 'a' | 'b' | 'k' | 'g')
    }

    fn command(&mut self, letter: char) -> Vec<Wish> {
        match letter {
            'n' => self.ask(Dialog::New(Line::new(SHORT_LINE_MAX))),
            'f' => {
                let line = Line::new(SHORT_LINE_MAX);
                self.ask(Dialog::Search { line, found: None, at: 0 })
            }
            'd' => match self.newest_own().map(|entry| entry.id) {
                Some(id) => self.show_details(id),
                None => Vec::new(),
            },
            't' => match &self.open {
                Some(open) => {
                    let name = open.name.clone().unwrap_or_default();
                    self.ask(Dialog::Name(Line::with(NAME_CHARACTERS_MAX, &name)))
                }
                None => Vec::new(),
            },
            'a' if self.is_request() => self.decide(Standing::Accepted),
            'b' => match self.open.as_ref().map(|open| open.standing) {
                Some(Standing::Blocked) => self.decide(Standing::Accepted),
                Some(_) => self.decide(Standing::Blocked),
                None => Vec::new(),
            },
            'k' => {
                if let Some(contact) = &self.open
                    && let Some(new) = contact.new_key
                {
                    self.dialog = Some(Dialog::Key { contact: contact.clone(), new });
                    return Vec::new();
                }
                vec![Wish::Keys]
            }
            'g' if matches!(self.network, Status::Refused { .. }) => {
                self.ask(Dialog::Code(Line::new(SHORT_LINE_MAX)))
            }
            _ => {
                self.line.key(KeyEvent::new(KeyCode::Home, KeyModifiers::NONE));
                Vec::new()
            }
        }
    }

    fn ask(&mut self, dialog: Dialog) -> Vec<Wish> {
        self.dialog = Some(dialog);
        Vec::new()
    }

    fn decide(&mut self, standing: Standing) -> Vec<Wish> {
        let Some(open) = &mut self.open else { return Vec::new() };
        open.standing = standing;
        let number = open.number;
        let said = match standing {
            Standing::Blocked => "blocked: its texts are kept and not told of; ^B takes it back",
            _ => "accepted",
        };
        self.notice = Some(said.to_owned());
        let mut wishes = vec![Wish::Standing(number, standing)];
        wishes.extend(self.wish_read());
        wishes
    }

    fn send(&mut self) -> Vec<Wish> {
        let Some(to) = self.open_number() else { return Vec::new() };
        if self.line.text().trim().is_empty() {
            return Vec::new();
        }
        vec![Wish::Send(Draft::new(to, self.line.take()))]
    }

    fn page_lines(&self) -> isize {
        let height = Layout::of(self).thread.height;
        isize::try_from(height.saturating_sub(1).max(1)).unwrap_or(1)
    }

    /// Scrolls by so many lines, up if positive.
    fn scroll(&mut self, lines: isize) -> Vec<Wish> {
        let area = Layout::of(self).thread;
        let all = self.thread_lines(area.width).len();
        let most = all.saturating_sub(usize::from(area.height));
        let wanted = self.thread.scroll.saturating_add_signed(lines);
        self.thread.scroll = wanted.min(most);
        let number = self.open_number();
        match (number, self.thread.oldest()) {
            (Some(number), Some(oldest)) if wanted > most && !self.thread.is_begin => {
                vec![Wish::Older(number, oldest)]
            }
            _ if lines < 0 && self.thread.scroll == 0 && !self.thread.is_newest => self.go_to_end(),
            _ => self.wish_read(),
        }
    }

    fn go_to_end(&mut self) -> Vec<Wish> {
        self.thread.scroll = 0;
        match self.open_number() {
            Some(number) if !self.thread.is_newest => vec![Wish::Open(number, None)],
            _ => self.wish_read(),
        }
    }

    fn show_details(&mut self, id: EntryId) -> Vec<Wish> {
        let entries = self.thread.entries();
        let Some(entry) = entries.iter().find(|entry| entry.id == id).cloned() else {
            return Vec::new();
        };
        let is_open = match &entry.way {
            postrider_client::Way::Sent(state) => is_under_way(state),
            postrider_client::Way::Received { .. } => false,
        };
        let answer = if is_open { Answer::Asked } else { Answer::NotAsked };
        self.dialog = Some(Dialog::Details { entry, answer });
        if is_open { vec![Wish::Trace(id)] } else { Vec::new() }
    }

    fn dialog_key(&mut self, dialog: Dialog, key: KeyEvent) -> Vec<Wish> {
        if key.code == KeyCode::Esc {
            return Vec::new();
        }
        match dialog {
            Dialog::New(line) => self.new_key(line, key),
            Dialog::Name(line) => self.name_key(line, key),
            Dialog::Code(mut line) => match key.code {
                KeyCode::Enter => vec![Wish::Claim(line.take().trim().to_owned())],
                _ => {
                    line.key(key);
                    self.ask(Dialog::Code(line))
                }
            },
            Dialog::Search { line, found, at } => self.search_key((line, found, at), key),
            Dialog::Details { entry, answer } => {
                self.details_key(Dialog::Details { entry, answer }, key)
            }
            Dialog::Device(None) => match key.code {
                KeyCode::Char('y' | 'Y') => vec![Wish::Device],
                KeyCode::Char('n' | 'N') => Vec::new(),
                _ => self.ask(Dialog::Device(None)),
            },
            Dialog::Device(picture) => match key.code {
                KeyCode::Enter => Vec::new(),
                _ => self.ask(Dialog::Device(picture)),
            },
            Dialog::Refused(why) => match key.code {
                KeyCode::Enter => Vec::new(),
                _ => self.ask(Dialog::Refused(why)),
            },
            Dialog::Note { title, paragraphs } => match key.code {
                KeyCode::Enter => Vec::new(),
                _ => self.ask(Dialog::Note { title, paragraphs }),
            },
            Dialog::Key { contact, new } => match key.code {
                KeyCode::Char('y' | 'Y') => vec![Wish::TakeKey(contact.number, new)],
                KeyCode::Char('n' | 'N') => Vec::new(),
                _ => self.ask(Dialog::Key { contact, new }),
            },
        }
    }

    fn new_key(&mut self, mut line: Line, key: KeyEvent) -> Vec<Wish> {
        if key.code != KeyCode::Enter {
            line.key(key);
            return self.ask(Dialog::New(line));
        }
        let Some(contact) = self.find_contact(line.text()) else {
            self.notice = Some("a number has ten digits, such as 5550000001".to_owned());
            return self.ask(Dialog::New(line));
        };
        self.open_conversation(contact, None)
    }

    /// By the number, as people write it, or by the name.
    fn find_contact(&self, written: &str) -> Option<Contact> {
        let written = written.trim();
        let known = self.conversations.iter().map(|conversation| &conversation.contact);
        let is_named = |contact: &&Contact| {
            contact.name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(written))
        };
        if let Some(contact) = known.clone().find(is_named) {
            return Some(contact.clone());
        }
        let is_between = |character: &char| matches!(character, ' ' | '-' | '.' | '(' | ')' | '/');
        let digits: String = written.chars().filter(|character| !is_between(character)).collect();
        let number: Number = digits.parse().ok()?;
        let mut known = known;
        let known = known.find(|contact| contact.number == number).cloned();
        Some(known.unwrap_or(Contact {
            number,
            name: None,
            key: None,
            new_key: None,
            first_key: None,
            changed: None,
            standing: Standing::New,
        }))
    }

    fn name_key(&mut self, mut line: Line, key: KeyEvent) -> Vec<Wish> {
        if key.code != KeyCode::Enter {
            line.key(key);
            return self.ask(Dialog::Name(line));
        }
        let Some(open) = &mut self.open else { return Vec::new() };
        let name = line.take().trim().to_owned();
        open.name = (!name.is_empty()).then_some(name);
        vec![Wish::Name(open.number, open.name.clone())]
    }

    fn search_key(
        &mut self,
        (mut line, found, at): (Line, Option<Vec<postrider_client::Entry>>, usize),
        key: KeyEvent,
    ) -> Vec<Wish> {
        let count = found.as_ref().map_or(0, Vec::len);
        let mut at = at;
        match (key.code, &found) {
            (KeyCode::Up, Some(_)) => at = at.saturating_sub(1),
            (KeyCode::Down, Some(_)) => at = (at + 1).min(count.saturating_sub(1)),
            (KeyCode::Enter, Some(all)) if count > 0 => {
                let Some(entry) = all.get(at) else { return Vec::new() };
                let known = self.conversations.iter().find(|known| known.with == entry.with);
                let contact = known.map(|known| known.contact.clone());
                let id = entry.id;
                return contact
                    .map_or_else(Vec::new, |contact| self.open_conversation(contact, Some(id)));
            }
            (KeyCode::Enter, _) if !line.text().trim().is_empty() => {
                let words = line.text().trim().to_owned();
                self.dialog = Some(Dialog::Search { line, found: None, at: 0 });
                return vec![Wish::Find(words)];
            }
            _ => {
                let before = line.text().to_owned();
                line.key(key);
                let found = found.filter(|_| before == line.text());
                return self.ask(Dialog::Search { line, found, at });
            }
        }
        self.ask(Dialog::Search { line, found, at })
    }

    /// Up and Down go to the texts before and after.
    fn details_key(&mut self, dialog: Dialog, key: KeyEvent) -> Vec<Wish> {
        let Dialog::Details { entry, .. } = &dialog else { return Vec::new() };
        let entries = self.thread.entries();
        let at = entries.iter().position(|known| known.id == entry.id);
        let next = match (key.code, at) {
            (KeyCode::Up, Some(at)) => at.checked_sub(1),
            (KeyCode::Down, Some(at)) => Some(at + 1),
            (KeyCode::Enter, _) => return Vec::new(),
            _ => None,
        };
        match next.and_then(|next| entries.get(next)).map(|next| next.id) {
            Some(id) => self.show_details(id),
            None => self.ask(dialog),
        }
    }
}

/// Whether it leads to the classic client, where there is a way to it.
pub(super) fn is_classic_key(key: KeyEvent) -> bool {
    key.code == KeyCode::F(9)
}

/// Whether a server has a text, of which nobody knows how it ended.
fn is_under_way(state: &postrider_client::State) -> bool {
    use postrider_client::State;
    matches!(state, State::Accepted { .. } | State::Traced { .. })
}
