//! The screen, drawn from the state alone.

mod boxes;
mod look;

pub(crate) use look::Look;

use super::layout::{LIST_ITEM_LINES, Layout, banner};
use super::state::State;
use super::thread::Kind;
use super::wrap::{cut, wrap};
use crate::profile;
use postrider_client::{Conversation, Standing, Status};
use postrider_proto::native::Refusal;
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use unicode_width::UnicodeWidthStr;

const MORE: &str = "…";

/// Draws all of it.
pub(crate) fn draw(state: &State, look: Look, frame: &mut Frame<'_>) {
    let layout = Layout::of(state);
    status(state, look, frame, layout.status);
    list(state, look, frame, &layout);
    for y in layout.divider.rows() {
        frame.render_widget("│", y);
    }
    thread(state, look, frame, layout.thread);
    if let Some(text) = banner(state) {
        let lines = wrap(&text, usize::from(layout.banner.width));
        put(frame, layout.banner, lines, look.alarm());
    }
    rule(state, frame, layout.rule);
    input(state, frame, layout.input);
    keys(state, look, frame, layout.keys);
    boxes::draw(state, look, frame);
    look.finish(frame.buffer_mut());
}

fn put(frame: &mut Frame<'_>, area: Rect, lines: Vec<String>, style: Style) {
    let lines: Vec<Line<'_>> = lines.into_iter().map(Line::from).collect();
    frame.render_widget(Paragraph::new(lines).style(style), area);
}

fn status(state: &State, look: Look, frame: &mut Frame<'_>, area: Rect) {
    let width = usize::from(area.width);
    let right = |waiting, unread| {
        let counted = [(state.waiting, waiting), (u64::from(state.unread()), unread)];
        let counted = counted.into_iter().filter(|(count, _)| *count > 0);
        counted.map(|(count, what)| format!("{count} {what}  ")).collect::<String>()
    };
    let mut network = profile::network(&state.network);
    if matches!(state.network, Status::Refused { why: Refusal::NOT_INVITED, .. }) {
        network += "  ^G code";
    }
    let all = (format!(" {}  {network}", state.me), right("waiting here", "unread"));
    let few = (format!(" {network}"), right("waiting", "new"));
    let fits = all.0.width() + 2 + all.1.width() <= width;
    let (left, right) = if fits { all } else { few };
    let left = cut(&left, width.saturating_sub(right.width() + 2), MORE);
    let gap = width.saturating_sub(left.width() + right.width());
    let bar = format!("{left}{:gap$}{right}", "");
    frame.render_widget(Paragraph::new(bar).style(look.bar()), area);
}

fn list(state: &State, look: Look, frame: &mut Frame<'_>, layout: &Layout) {
    if layout.list.is_empty() {
        return;
    }
    if state.conversations.is_empty() && state.open.is_none() {
        let is_alone = layout.thread.is_empty();
        let text = if is_alone { hint(state) } else { " No texts yet".to_owned() };
        let lines = wrap(&text, usize::from(layout.list.width));
        return put(frame, layout.list, lines, look.quiet());
    }
    let first = layout.first_place(state);
    let fit = usize::from(layout.list.height.div_ceil(LIST_ITEM_LINES));
    let width = usize::from(layout.list.width);
    let mut lines = Vec::new();
    for (place, conversation) in state.conversations.iter().enumerate().skip(first).take(fit) {
        let is_open = state.open_at() == Some(place);
        lines.extend(list_item(conversation, is_open, width, look));
    }
    frame.render_widget(Paragraph::new(lines), layout.list);
}

fn list_item(
    conversation: &Conversation,
    is_open: bool,
    width: usize,
    look: Look,
) -> [Line<'static>; 2] {
    let is_blocked = conversation.contact.standing == Standing::Blocked;
    let mark = match (is_open, conversation.unread > 0 && !is_blocked) {
        (true, _) => ">",
        (false, true) => "●",
        (false, false) => " ",
    };
    let unread = match conversation.unread {
        0 => String::new(),
        _ if is_blocked => String::new(),
        unread => format!(" {unread}"),
    };
    let note = match conversation.contact.standing {
        Standing::Blocked => " blocked",
        Standing::New => " new",
        Standing::Accepted => "",
    };
    let right = format!("{note}{unread} ");
    let room = width.saturating_sub(2 + right.width());
    let name = cut(&profile::called(&conversation.contact), room, MORE);
    let gap = room.saturating_sub(name.width());
    let head = format!("{mark} {name}{:gap$}{right}", "");
    let last = cut(&profile::line(&conversation.last.text), width.saturating_sub(3), MORE);
    let gap = width.saturating_sub(2 + last.width());
    let last = format!("  {last}{:gap$}", "");
    let style = match (is_open, unread.is_empty()) {
        (true, _) => look.chosen(),
        (false, false) => look.strong(),
        (false, true) => Style::new(),
    };
    let below = if is_open { look.chosen() } else { look.quiet() };
    [Line::from(Span::styled(head, style)), Line::from(Span::styled(last, below))]
}

fn thread(state: &State, look: Look, frame: &mut Frame<'_>, area: Rect) {
    if area.is_empty() {
        return;
    }
    if state.thread.entries().is_empty() {
        let lines = wrap(&hint(state), usize::from(area.width));
        return put(frame, area, lines, look.quiet());
    }
    let height = usize::from(area.height);
    let lines = state.thread_lines(area.width);
    let end = lines.len().saturating_sub(state.thread.scroll);
    let begin = end.saturating_sub(height);
    let width = usize::from(area.width);
    let shown: Vec<Line<'_>> =
        lines[begin..end].iter().map(|line| thread_line(line, width, look)).collect();
    // The newest text stands above what is typed.
    let top = height.saturating_sub(shown.len());
    let area = Rect { y: area.y + top as u16, height: shown.len() as u16, ..area };
    frame.render_widget(Paragraph::new(shown), area);
}

fn thread_line((kind, text): &(Kind, String), width: usize, look: Look) -> Line<'static> {
    match kind {
        Kind::Day => {
            let title = format!(" {text} ");
            let left = width.saturating_sub(title.width()) / 2;
            let right = width.saturating_sub(title.width() + left);
            let day = format!("{}{title}{}", "─".repeat(left), "─".repeat(right));
            Line::from(Span::styled(day, look.quiet()))
        }
        Kind::Head => Line::from(Span::styled(text.clone(), look.head())),
        Kind::Alarm => Line::from(Span::styled(text.clone(), look.alarm())),
        Kind::Text => Line::from(text.clone()),
    }
}

fn hint(state: &State) -> String {
    match &state.open {
        Some(_) => "No texts yet. Type one, and press Enter.".to_owned(),
        None => format!(
            "Your number is {}: tell it to those who should text you.\n\n\
             F2 or ^N begins a conversation: type the other's number.",
            state.me
        ),
    }
}

fn rule(state: &State, frame: &mut Frame<'_>, area: Rect) {
    if area.is_empty() {
        return;
    }
    let width = usize::from(area.width);
    let (left, right) = match &state.open {
        Some(_) => (format!("─ to {} ", state.them()), format!(" {} ─", state.line.count())),
        None => (String::new(), String::new()),
    };
    let below = if state.thread.is_at_end() || state.thread.entries().is_empty() {
        ""
    } else {
        "─ more below: PgDn "
    };
    // On a narrow screen it takes the place of the name.
    let both = format!("{left}{below}");
    let is_both = below.is_empty() || both.width() + right.width() <= width;
    let left = if is_both { both.as_str() } else { below };
    let left = cut(left, width.saturating_sub(right.width()), MORE);
    let gap = width.saturating_sub(left.width() + right.width());
    frame.render_widget(format!("{left}{}{right}", "─".repeat(gap)).as_str(), area);
}

/// What is typed, as it is shown: a line break is one.
pub(super) fn typed(text: &str) -> String {
    postrider_client::shown(text).into_owned()
}

fn input(state: &State, frame: &mut Frame<'_>, area: Rect) {
    if state.open.is_none() || area.is_empty() {
        return;
    }
    let width = usize::from(area.width);
    // The character at the cursor does not leave its line: the mark is as wide as one.
    let (before, after) = state.line.text().split_at(state.line.cursor());
    let to_cursor = wrap(&format!("{}_", typed(before)), width);
    let all = wrap(&format!("{}{} ", typed(before), typed(after)), width);
    let row = to_cursor.len().saturating_sub(1);
    let column = to_cursor.last().map_or(0, |line| line.width().saturating_sub(1));
    let first = (row + 1).saturating_sub(usize::from(area.height));
    let lines = all.into_iter().skip(first).take(usize::from(area.height)).collect();
    put(frame, area, lines, Style::new());
    if state.dialog.is_none() {
        let x = area.x + (column as u16).min(area.width.saturating_sub(1));
        frame.set_cursor_position(Position::new(x, area.y + (row - first) as u16));
    }
}

/// What keys do, as many as there is room for; a notice goes before them.
fn keys(state: &State, look: Look, frame: &mut Frame<'_>, area: Rect) {
    let width = usize::from(area.width);
    if let Some(notice) = &state.notice {
        let notice = cut(&format!(" {}", profile::line(notice)), width, MORE);
        return put(frame, area, vec![notice], look.strong());
    }
    let classic = state.has_classic.then_some("F9 classic client");
    let known = [
        "F2 new",
        "Tab next",
        "^D details",
        "^F search",
        "^T name",
        "^B block",
        "PgUp/PgDn scroll",
    ];
    let mut line = String::new();
    for key in ["^Q quit"].into_iter().chain(classic).chain(known) {
        if line.width() + 2 + key.width() > width {
            break;
        }
        line += if line.is_empty() { " " } else { "  " };
        line += key;
    }
    put(frame, area, vec![line], look.quiet());
}
