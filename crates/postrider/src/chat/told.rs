//! What the screen is told.

use super::layout::Layout;
use super::state::{Answer, Dialog, State, Wish};
use super::thread::{Thread, View};
use crate::profile::{key_of, what_now};
use postrider_client::{Conversation, Entry, EntryId, Stamp, Status};
use postrider_proto::Number;
use postrider_proto::native::Refusal;
use ratatui::layout::Size;

impl State {
    /// It is so late now, and the screen so large.
    pub(crate) fn now(&mut self, now: Stamp, size: Size) {
        self.clock.set(now);
        self.size = size;
    }

    /// How the network is.
    pub(crate) fn network(&mut self, status: Status, waiting: u64) {
        if matches!(status, Status::Attached { .. }) {
            self.explained = None;
        }
        (self.network, self.waiting) = (status, waiting);
    }

    /// All conversations.
    pub(crate) fn conversations(&mut self, all: Vec<Conversation>) {
        if let Some(number) = self.open_number()
            && let Some(known) = all.iter().find(|conversation| conversation.with == number)
        {
            self.open = Some(known.contact.clone());
        }
        self.conversations = all;
    }

    /// The newest page of a conversation, or the one that ends with an entry.
    pub(crate) fn page(&mut self, with: Number, page: Vec<Entry>, is_newest: bool) -> Vec<Wish> {
        if self.open_number() != Some(with) {
            return Vec::new();
        }
        self.thread = Thread::of_page(page, is_newest);
        self.wish_read()
    }

    /// The page before those that are shown.
    pub(crate) fn older(&mut self, with: Number, page: Vec<Entry>) {
        if self.open_number() == Some(with) {
            self.thread.put_before(page);
        }
    }

    /// A text is new, or something else is known of it.
    pub(crate) fn learn(&mut self, entry: &Entry) -> Vec<Wish> {
        if let Some(Dialog::Details { entry: shown, .. }) = &mut self.dialog
            && shown.id == entry.id
        {
            shown.clone_from(entry);
        }
        if self.open_number() != Some(entry.with) {
            return Vec::new();
        }
        let width = usize::from(Layout::of(self).thread.width);
        let them = self.them();
        let view = View { width, clock: &self.clock, them: &them };
        self.thread.learn(entry.clone(), &view);
        self.wish_read()
    }

    /// What was found.
    pub(crate) fn found(&mut self, entries: Vec<Entry>) {
        if let Some(Dialog::Search { found, at, .. }) = &mut self.dialog {
            (*found, *at) = (Some(entries), 0);
        }
    }

    /// What the server has said to where a text is.
    pub(crate) fn traced(&mut self, id: EntryId, said: Result<Entry, String>) -> Vec<Wish> {
        let learnt = match &said {
            Ok(entry) => self.learn(entry),
            Err(_) => Vec::new(),
        };
        if let Some(Dialog::Details { entry, answer }) = &mut self.dialog
            && entry.id == id
        {
            *answer = said.map_or_else(Answer::None, |_| Answer::Given);
        }
        learnt
    }

    /// The code for another device, as a picture.
    pub(crate) fn device(&mut self, picture: Vec<String>) {
        self.dialog = Some(Dialog::Device(Some(picture)));
    }

    /// A server does not let the number in. What that means is explained once, unless something
    /// else is being asked; what is typed meanwhile is not lost.
    pub(crate) fn refused(&mut self, why: Refusal) {
        let is_news = self.explained != Some(why) && what_now(why).is_some();
        if is_news && self.dialog.is_none() {
            (self.explained, self.dialog) = (Some(why), Some(Dialog::Refused(why)));
        }
    }

    /// The own key and what is said of it, and that of the open conversation's number.
    pub(crate) fn keys(&mut self, own: Vec<String>) {
        let theirs = self.open.as_ref().and_then(|contact| key_of(contact, &self.clock));
        let paragraphs = theirs.into_iter().chain(own).collect();
        self.dialog = Some(Dialog::Note { title: "Keys", paragraphs });
    }

    /// Another key had the number, too; unless something else is being asked, in a box.
    pub(crate) fn disputed(&mut self, what: String) {
        match self.dialog {
            Some(_) => self.notice(what),
            None => {
                let title = "Your number";
                self.dialog = Some(Dialog::Note { title, paragraphs: vec![what] });
            }
        }
    }

    /// Something that people should know, until the next key.
    pub(crate) fn notice(&mut self, what: String) {
        self.notice = Some(what);
    }
}
