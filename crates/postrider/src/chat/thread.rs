//! The texts of the open conversation that are in memory: a page, and those read before it.

use super::wrap::wrap;
use crate::profile::{self, Clock};
use postrider_client::group::{Tally, begun};
use postrider_client::{Entry, EntryId, State, Trust, Way, shown};

/// Texts of a page.
pub(crate) const PAGE: usize = 60;

/// Texts in memory, at most; scrolled far up, the newest ones are read again later.
const ENTRIES_MAX: usize = 600;

/// Columns by which a text stands to the right of its head.
const INDENT: usize = 2;

/// A window on a conversation.
#[derive(Default)]
pub(crate) struct Thread {
    /// The oldest first.
    entries: Vec<Entry>,
    /// Whether there are none before.
    pub(super) is_begin: bool,
    /// Whether there are none after.
    pub(super) is_newest: bool,
    /// Lines below the screen.
    pub(super) scroll: usize,
}

/// How texts are shown.
pub(super) struct View<'a> {
    /// Columns.
    pub(super) width: usize,
    pub(super) clock: &'a Clock,
    /// What the other one is called.
    pub(super) them: &'a str,
}

/// What a line of the thread is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Day,
    Head,
    /// The head of an own text that failed, or of one that is not shown to be its sender's.
    Alarm,
    Text,
}

impl Thread {
    /// A page, the newest first, as the history gives it.
    pub(crate) fn of_page(mut page: Vec<Entry>, is_newest: bool) -> Thread {
        let is_begin = page.len() < PAGE;
        page.reverse();
        Thread { entries: page, is_begin, is_newest, scroll: 0 }
    }

    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Of an own roll call: the last tally of it that the group has texted.
    pub(super) fn tally_of(&self, roll: EntryId) -> Option<Tally> {
        let mut after = self.entries.iter().skip_while(|entry| entry.id < roll);
        let is_call = |entry: &&Entry| is_roll_call(entry);
        after.next().filter(is_call)?;
        let mut said = after.take_while(|entry| !is_roll_call(entry)).filter_map(signed);
        let what = said.find_map(begun)?;
        said.filter_map(Tally::parse).filter(|tally| tally.what == what).last()
    }

    /// Puts a page before the others.
    pub(super) fn put_before(&mut self, mut page: Vec<Entry>) {
        self.is_begin = page.len() < PAGE;
        page.reverse();
        page.append(&mut self.entries);
        if page.len() > ENTRIES_MAX {
            page.truncate(ENTRIES_MAX);
            (self.is_newest, self.scroll) = (false, 0);
        }
        self.entries = page;
    }

    /// A text is new, or something else is known of it.
    pub(super) fn learn(&mut self, entry: Entry, view: &View<'_>) {
        match self.entries.binary_search_by_key(&entry.id, |known| known.id) {
            Ok(at) => {
                if let Some(known) = self.entries.get_mut(at) {
                    *known = entry;
                }
            }
            Err(at) if at == self.entries.len() && self.is_newest => {
                if self.scroll > 0 {
                    self.scroll += lines_of(&entry, view).len();
                }
                self.entries.push(entry);
            }
            Err(_) => {}
        }
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.is_newest && self.scroll == 0
    }

    /// Takes all for read; the last one, if there was one that was not.
    pub(super) fn read_all(&mut self) -> Option<EntryId> {
        let mut last = None;
        for entry in &mut self.entries {
            if let Way::Received { is_read, .. } = &mut entry.way
                && !std::mem::replace(is_read, true)
            {
                last = Some(entry.id);
            }
        }
        last
    }

    pub(super) fn oldest(&self) -> Option<EntryId> {
        self.entries.first().map(|entry| entry.id)
    }

    /// The lines of all texts.
    pub(super) fn lines(&self, view: &View<'_>) -> Vec<(Kind, String)> {
        let mut lines = Vec::new();
        let mut day = String::new();
        for entry in &self.entries {
            let of_entry = view.clock.day(entry.at);
            if of_entry != day {
                lines.push((Kind::Day, of_entry.clone()));
                day = of_entry;
            }
            lines.extend(lines_of(entry, view));
        }
        lines
    }
}

fn is_roll_call(entry: &Entry) -> bool {
    matches!(entry.way, Way::Sent(_)) && entry.text.starts_with("/roll ")
}

/// What the other one's key has signed.
fn signed(entry: &Entry) -> Option<&str> {
    let is_signed = matches!(entry.way, Way::Received { trust: Trust::Verified, .. });
    is_signed.then_some(entry.text.as_str())
}

fn lines_of(entry: &Entry, view: &View<'_>) -> Vec<(Kind, String)> {
    let (kind, head) = head(entry, view);
    let wide = |kind, text: &str, indent: usize| {
        let lines = wrap(text, view.width.saturating_sub(indent));
        lines.into_iter().map(move |line| (kind, format!("{:indent$}{}", "", line.trim_end())))
    };
    let mut lines: Vec<_> = wide(kind, &head, 0).collect();
    let text = shown(&entry.text);
    lines.extend(wide(Kind::Text, if text.is_empty() { "(not opened)" } else { &text }, INDENT));
    lines
}

/// When, who, and what is known of it.
fn head(entry: &Entry, view: &View<'_>) -> (Kind, String) {
    let View { clock, them, .. } = view;
    let at = clock.minute(entry.at);
    let urgent = match entry.precedence.code() {
        0 => String::new(),
        _ => format!("{} ", profile::precedence(entry.precedence).to_uppercase()),
    };
    match &entry.way {
        Way::Sent(state) => {
            let failed = matches!(state, State::Expired { .. } | State::Refused { .. });
            let kind = if failed { Kind::Alarm } else { Kind::Head };
            (kind, format!("{at} {urgent}you: {}", profile::state(state, clock)))
        }
        Way::Received { trust, .. } => {
            let doubt = profile::trust(*trust);
            let missing = match entry.parts_missing {
                0 => None,
                1 => Some("a part has not come".to_owned()),
                many => Some(format!("{many} parts have not come")),
            };
            let notes = doubt.map(str::to_owned).into_iter().chain(missing);
            let notes = notes.collect::<Vec<_>>().join(", ");
            let kind = if doubt.is_some() { Kind::Alarm } else { Kind::Head };
            let colon = if notes.is_empty() { "" } else { ": " };
            (kind, format!("{at} {urgent}{them}{colon}{notes}"))
        }
    }
}
