//! What lies over the screen.

use super::{Look, MORE, put};
use crate::chat::line::Line;
use crate::chat::state::{Answer, Dialog, State as Screen};
use crate::chat::wrap::{cut, wrap};
use crate::profile;
use postrider_client::{Contact, Entry, State, Way, shown};
use postrider_proto::native::{OwnerKey, Refusal};
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::widgets::{Block, Clear};
use unicode_width::UnicodeWidthStr;

const WIDTH_MAX: u16 = 70;

/// Lines of a text in its details.
const TEXT_LINES_MAX: usize = 4;

/// A box: its title, its lines, which of them is chosen, and the cursor in the first one.
struct Shown {
    title: &'static str,
    lines: Vec<String>,
    chosen: Option<usize>,
    cursor: Option<usize>,
}

pub(super) fn draw(state: &Screen, look: Look, frame: &mut Frame<'_>) {
    let Some(dialog) = &state.dialog else { return };
    if let Dialog::Device(Some(picture)) = dialog {
        return device(picture, look, frame);
    }
    let width = frame.area().width.min(WIDTH_MAX);
    let room = usize::from(width.saturating_sub(2));
    let shown = match dialog {
        Dialog::New(line) => {
            asked("New conversation", line, "The other's number, ten digits.", room)
        }
        Dialog::Name(line) => {
            asked("Name", line, "How you call this number; empty: no name.", room)
        }
        Dialog::Code(line) => {
            asked("Invitation", line, "The code that the server's operator gave you.", room)
        }
        Dialog::Search { line, found, at } => search(state, (line, found.as_deref(), *at), room),
        Dialog::Details { entry, answer } => details(state, entry, answer, room),
        Dialog::Key { contact, new } => key(contact, *new, room),
        Dialog::Device(_) => may_show_device(room),
        Dialog::Refused(why) => refused(state, *why, room),
        Dialog::Note { title, paragraphs } => note(title, paragraphs, room),
    };
    show(shown, width, look, frame);
}

fn show(shown: Shown, width: u16, look: Look, frame: &mut Frame<'_>) {
    let whole = frame.area();
    let lines = u16::try_from(shown.lines.len()).unwrap_or(u16::MAX);
    let height = lines.saturating_add(2).min(whole.height);
    let area = Rect::new((whole.width - width) / 2, (whole.height - height) / 2, width, height);
    let block = Block::bordered().title(format!(" {} ", shown.title));
    let inner = block.inner(area);
    frame.render_widget(Clear, area);
    frame.render_widget(block, area);
    put(frame, inner, shown.lines, ratatui::style::Style::new());
    if let Some(chosen) = shown.chosen.and_then(|line| inner.rows().nth(line)) {
        frame.buffer_mut().set_style(chosen, look.chosen());
    }
    if let Some(column) = shown.cursor.filter(|_| inner.area() > 0) {
        let column = u16::try_from(column).unwrap_or(u16::MAX).min(inner.width - 1);
        frame.set_cursor_position(Position::new(inner.x + column, inner.y));
    }
}

/// The end of a line up to the cursor, and what is after it, as far as there is room; and the
/// cursor's column.
fn visible(line: &Line, room: usize) -> (String, usize) {
    let (before, after) = line.text().split_at(line.cursor());
    let (mut before, after) = (profile::line(before), profile::line(after));
    while before.width() >= room && !before.is_empty() {
        before.remove(0);
    }
    let column = before.width();
    (cut(&format!("{before}{after}"), room, MORE), column)
}

fn asked(title: &'static str, line: &Line, what: &str, room: usize) -> Shown {
    let (typed, cursor) = visible(line, room);
    let mut lines = vec![typed, String::new()];
    lines.extend(wrap(what, room));
    lines.push("Enter take it  Esc back".to_owned());
    Shown { title, lines, chosen: None, cursor: Some(cursor) }
}

fn search(
    state: &Screen,
    (line, found, at): (&Line, Option<&[Entry]>, usize),
    room: usize,
) -> Shown {
    let (typed, cursor) = visible(line, room);
    let mut lines = vec![typed, "─".repeat(room)];
    let below = 4;
    let fit = usize::from(state.size.height).saturating_sub(2 + lines.len() + below).max(1);
    let first = (at + 1).saturating_sub(fit);
    let results = found.unwrap_or_default();
    for entry in results.iter().skip(first).take(fit) {
        let contact = state.conversations.iter().find(|known| known.with == entry.with);
        let who =
            contact.map_or_else(|| entry.with.to_string(), |known| profile::called(&known.contact));
        let arrow = if matches!(entry.way, Way::Sent(_)) { "to " } else { "" };
        let text = profile::line(&entry.text);
        let shown = format!("{} {arrow}{who}: {text}", state.clock.time(entry.at));
        lines.push(cut(&shown, room, MORE));
    }
    let chosen = (!results.is_empty()).then_some(2 + at - first);
    lines.push(String::new());
    lines.push(match found {
        None => "Enter search  Esc back".to_owned(),
        Some([]) => "nothing was found".to_owned(),
        Some(_) => "Up/Down choose  Enter go there  Esc back".to_owned(),
    });
    Shown { title: "Search", lines, chosen, cursor: Some(cursor) }
}

fn details(state: &Screen, entry: &Entry, answer: &Answer, room: usize) -> Shown {
    let mut lines = Vec::new();
    let mut text = wrap(&shown(&entry.text), room);
    if text.len() > TEXT_LINES_MAX {
        text.truncate(TEXT_LINES_MAX);
        text.push(MORE.to_owned());
    }
    lines.extend(text);
    lines.push("─".repeat(room));
    let mut say = |what: &str, says: &str| {
        lines.extend(wrap(&format!("{what:<9} {says}"), room));
    };
    let (direction, is_own) = match &entry.way {
        Way::Sent(_) => ("to", true),
        Way::Received { .. } => ("from", false),
    };
    let them = state.them();
    let number = entry.with.to_string();
    say(direction, &if them == number { number } else { format!("{them}, {number}") });
    say(if is_own { "written" } else { "came" }, &state.clock.full(entry.at));
    say("urgency", profile::precedence(entry.precedence));
    let sealed = match (entry.is_sealed, &entry.way) {
        (false, _) => "no",
        (true, Way::Sent(State::Waiting)) => "if its reader has a key",
        (true, _) => "yes: only its reader can open it",
    };
    say("sealed", sealed);
    match &entry.way {
        Way::Sent(known) => {
            say("state", &profile::state(known, &state.clock));
            if let Some(proof) = profile::proof(known) {
                say("proof", proof);
            }
            if let Some(tally) = state.thread.tally_of(entry.id) {
                say("tally", &profile::line(&tally.to_string()));
            }
        }
        Way::Received { trust, .. } => {
            say("sender", profile::trust(*trust).unwrap_or("verified: signed with the known key"));
        }
    }
    match answer {
        Answer::NotAsked => {}
        Answer::Asked => say("way", "the server is being asked"),
        Answer::Given => say("way", "the server has answered: that is what it knows"),
        Answer::None(why) => say("way", why),
    }
    lines.push(String::new());
    lines.push("Up/Down other texts  Esc back".to_owned());
    Shown { title: "Details", lines, chosen: None, cursor: None }
}

fn key(contact: &Contact, new: OwnerKey, room: usize) -> Shown {
    let mut lines = wrap(
        &format!(
            "{} is said to have another key than the one that is known. Ask by another way \
             than by texts whether that is so: `postrider id` shows one's own.",
            profile::called(contact)
        ),
        room,
    );
    lines.push(String::new());
    if let Some(known) = contact.key {
        lines.push("the known key:".to_owned());
        lines.extend(wrap(&in_groups(&known), room));
    }
    lines.push("the new key:".to_owned());
    lines.extend(wrap(&in_groups(&new), room));
    lines.push(String::new());
    lines.push("y take the new key  n not now".to_owned());
    Shown { title: "Another key", lines, chosen: None, cursor: None }
}

fn may_show_device(room: usize) -> Shown {
    let mut lines = wrap(
        "A QR code takes your number to another device, where `postrider id restore` reads it. It \
         is your key: whoever sees it, or a photograph of it, has your number.",
        room,
    );
    lines.push(String::new());
    lines.push("y show it  n not now".to_owned());
    Shown { title: "Another device", lines, chosen: None, cursor: None }
}

/// Over the whole screen, since it is large; all of it or nothing, since half of one is none.
fn device(picture: &[String], look: Look, frame: &mut Frame<'_>) {
    let area = frame.area();
    let width = picture.first().map_or(0, |line| line.width());
    let fits = width <= usize::from(area.width) && picture.len() < usize::from(area.height);
    frame.render_widget(Clear, area);
    let mut lines = vec![String::new(); usize::from(area.height)];
    if let Some(hint) = lines.last_mut() {
        *hint = cut(" WHO SEES THIS HAS YOUR NUMBER  Enter hide it", usize::from(area.width), MORE);
    }
    if fits && look.is_utf8 {
        let gap = " ".repeat((usize::from(area.width) - width) / 2);
        for (line, row) in lines.iter_mut().zip(picture) {
            *line = format!("{gap}{row}");
        }
    } else if let Some(first) = lines.first_mut() {
        *first =
            cut(" no room for it here: use `postrider id device`", usize::from(area.width), MORE);
    }
    put(frame, area, lines, look.picture());
}

fn refused(state: &Screen, why: Refusal, room: usize) -> Shown {
    let mut lines = wrap(&format!("{}: {why}.", state.me), room);
    lines.push(String::new());
    let now = profile::what_now(why).unwrap_or_default();
    lines.extend(wrap(&format!("That is, {now}."), room));
    lines.push(String::new());
    lines.push("Enter go on".to_owned());
    Shown { title: "Your number", lines, chosen: None, cursor: None }
}

fn note(title: &'static str, paragraphs: &[String], room: usize) -> Shown {
    let mut lines = Vec::new();
    for paragraph in paragraphs {
        lines.extend(wrap(paragraph, room));
        lines.push(String::new());
    }
    lines.push("Enter go on".to_owned());
    Shown { title, lines, chosen: None, cursor: None }
}

/// In groups of eight digits, to be read aloud.
fn in_groups(key: &OwnerKey) -> String {
    let digits: Vec<char> = key.to_string().chars().collect();
    let groups: Vec<String> = digits.chunks(8).map(|group| group.iter().collect()).collect();
    groups.join(" ")
}
