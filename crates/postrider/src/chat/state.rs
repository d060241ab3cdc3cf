//! What is on the screen, changed by keys and by what happens. It knows neither terminal nor
//! profile: what is to be done is a [`Wish`], and what came of it is told with the functions of
//! `told`.

use super::line::Line;
use super::thread::{Kind, Thread, View};
use crate::profile::{self, Clock};
use postrider_client::limits::TEXT_CHARACTERS_MAX;
use postrider_client::{Contact, Conversation, Draft, Entry, EntryId, Standing, Status, Way};
use postrider_proto::Number;
use postrider_proto::native::{OwnerKey, Refusal};
use ratatui::layout::Size;
use std::collections::BTreeMap;

/// Characters of a name.
pub(super) const NAME_CHARACTERS_MAX: usize = 40;

/// All that is shown.
pub(crate) struct State {
    pub(super) me: Number,
    pub(super) network: Status,
    /// Texts that are at no server yet.
    pub(super) waiting: u64,
    pub(super) conversations: Vec<Conversation>,
    /// The conversation that is open.
    pub(super) open: Option<Contact>,
    pub(super) thread: Thread,
    pub(super) line: Line,
    /// What was typed in conversations that are not open.
    drafts: BTreeMap<Number, Line>,
    pub(super) dialog: Option<Dialog>,
    /// Something that people should know, until the next key.
    pub(super) notice: Option<String>,
    /// Why the number was not let in, if that has been explained since it was.
    pub(super) explained: Option<Refusal>,
    /// Whether a key leads to the classic client.
    pub(super) has_classic: bool,
    pub(super) clock: Clock,
    pub(super) size: Size,
}

/// What lies over the screen, and takes the keys.
pub(super) enum Dialog {
    /// To whom a new conversation is to be.
    New(Line),
    /// How the open conversation's number is to be called.
    Name(Line),
    /// What is looked for, and what was found.
    Search { line: Line, found: Option<Vec<Entry>>, at: usize },
    /// All that is known of a text.
    Details { entry: Entry, answer: Answer },
    /// Whether a number's new key is to be taken for its own.
    Key { contact: Contact, new: OwnerKey },
    /// The code of an invitation.
    Code(Line),
    /// The code for another device, as a picture; before that, the question whether to show it.
    Device(Option<Vec<String>>),
    /// What it means that a server does not let the number in.
    Refused(Refusal),
    /// Something that people should know, in paragraphs.
    Note { title: &'static str, paragraphs: Vec<String> },
}

/// What the server has said to where a text is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    NotAsked,
    Asked,
    Given,
    None(String),
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// Read the newest page of a conversation, or the one that ends with an entry.
    Open(Number, Option<EntryId>),
    /// Read the page before an entry.
    Older(Number, EntryId),
    Send(Draft),
    Find(String),
    Trace(EntryId),
    Name(Number, Option<String>),
    Standing(Number, Standing),
    TakeKey(Number, OwnerKey),
    Read(Number, EntryId),
    Claim(String),
    /// Show the code for another device.
    Device,
    /// Show the own key, and that of the open conversation's number.
    Keys,
    Quit,
    /// Leave for the classic client.
    Classic,
}

impl State {
    /// An empty screen.
    pub(crate) fn new(me: Number, clock: Clock, size: Size) -> State {
        State {
            me,
            network: Status::NoServer,
            waiting: 0,
            conversations: Vec::new(),
            open: None,
            thread: Thread::default(),
            line: Line::new(TEXT_CHARACTERS_MAX),
            drafts: BTreeMap::new(),
            dialog: None,
            notice: None,
            explained: None,
            has_classic: false,
            clock,
            size,
        }
    }

    pub(super) fn open_number(&self) -> Option<Number> {
        self.open.as_ref().map(|contact| contact.number)
    }

    /// Where the open conversation is among all; none of one that has no texts yet.
    pub(super) fn open_at(&self) -> Option<usize> {
        let open = self.open_number()?;
        self.conversations.iter().position(|conversation| conversation.with == open)
    }

    pub(super) fn unread(&self) -> u32 {
        let wanted =
            |conversation: &&Conversation| conversation.contact.standing != Standing::Blocked;
        self.conversations.iter().filter(wanted).map(|conversation| conversation.unread).sum()
    }

    /// Whether somebody unknown has written, about whom nobody has decided.
    pub(super) fn is_request(&self) -> bool {
        self.open.as_ref().is_some_and(|contact| contact.standing == Standing::New)
            && !self.thread.entries().is_empty()
    }

    /// Opens a conversation, at its end or at an entry; what was typed stays with the old one.
    pub(super) fn open_conversation(&mut self, contact: Contact, at: Option<EntryId>) -> Vec<Wish> {
        let number = contact.number;
        if self.open_number() != Some(number) {
            let empty = Line::new(TEXT_CHARACTERS_MAX);
            let line = self.drafts.remove(&number).unwrap_or(empty);
            let line = std::mem::replace(&mut self.line, line);
            if let Some(old) = self.open_number().filter(|_| !line.text().is_empty()) {
                self.drafts.insert(old, line);
            }
        }
        self.open = Some(contact);
        self.thread = Thread::default();
        vec![Wish::Open(number, at)]
    }

    /// Opens the conversation that is so many places further down.
    pub(super) fn step(&mut self, by: isize) -> Vec<Wish> {
        let count = self.conversations.len();
        if count == 0 {
            return Vec::new();
        }
        let at = match self.open_at() {
            Some(at) => (at as isize + by).rem_euclid(count as isize) as usize,
            None => 0,
        };
        self.open_place(at)
    }

    /// Opens the conversation at a place of the list.
    pub(super) fn open_place(&mut self, at: usize) -> Vec<Wish> {
        match self.conversations.get(at) {
            Some(conversation) => self.open_conversation(conversation.contact.clone(), None),
            None => Vec::new(),
        }
    }

    /// What came and is on the screen now is read, if its sender's texts are wanted.
    pub(super) fn wish_read(&mut self) -> Vec<Wish> {
        let Some(open) = &self.open else { return Vec::new() };
        if open.standing != Standing::Accepted || !self.thread.is_at_end() {
            return Vec::new();
        }
        let number = open.number;
        self.thread.read_all().map(|last| Wish::Read(number, last)).into_iter().collect()
    }

    /// What the other one of the open conversation is called.
    pub(super) fn them(&self) -> String {
        self.open.as_ref().map(profile::called).unwrap_or_default()
    }

    /// The lines of the thread, so many columns wide.
    pub(super) fn thread_lines(&self, width: u16) -> Vec<(Kind, String)> {
        let them = self.them();
        let view = View { width: usize::from(width), clock: &self.clock, them: &them };
        self.thread.lines(&view)
    }

    /// Whether the thread's end is on the screen.
    pub(super) fn is_at_end(&self) -> bool {
        self.thread.is_at_end()
    }

    /// The newest own text of the thread.
    pub(super) fn newest_own(&self) -> Option<&Entry> {
        let is_own = |entry: &&Entry| matches!(entry.way, Way::Sent(_));
        let entries = self.thread.entries();
        entries.iter().rev().find(is_own).or(entries.last())
    }
}
