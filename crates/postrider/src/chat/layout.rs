//! Where things are on the screen.

use super::state::State;
use super::wrap::wrap;
use postrider_client::Standing;
use ratatui::layout::{Position, Rect};

/// Columns from which on the conversations are beside the thread.
const WIDE: u16 = 60;

/// Lines that are typed into, at most.
const INPUT_LINES_MAX: u16 = 4;

/// Lines of a conversation in the list.
pub(super) const LIST_ITEM_LINES: u16 = 2;

/// The parts of the screen, from top to bottom and left to right.
pub(super) struct Layout {
    pub(super) status: Rect,
    /// Empty on a narrow screen while a conversation is open.
    pub(super) list: Rect,
    /// The line between list and thread; empty if one of them is.
    pub(super) divider: Rect,
    pub(super) thread: Rect,
    /// A question about the open conversation; mostly empty.
    pub(super) banner: Rect,
    /// The line above what is typed.
    pub(super) rule: Rect,
    pub(super) input: Rect,
    pub(super) keys: Rect,
}

impl Layout {
    pub(super) fn of(state: &State) -> Layout {
        let (width, height) = (state.size.width, state.size.height);
        let is_wide = width >= WIDE;
        let list_width = match (is_wide, state.open.is_some()) {
            (true, _) => (width * 3 / 10).clamp(20, 34),
            (false, true) => 0,
            (false, false) => width,
        };
        let divider_width = u16::from(is_wide);
        let left = list_width + divider_width;
        let right = width.saturating_sub(left);
        let input_lines = input_lines(state, right);
        let banner_lines = banner(state).map_or(0, |text| lines(&text, right));
        let rows = height.saturating_sub(2);
        let below = (1 + input_lines + banner_lines).min(rows);
        let thread_height = rows - below;
        let row = |y: u16, height: u16| {
            let y = (1 + y).min(state.size.height);
            Rect::new(left, y, right, height.min(state.size.height - y))
        };
        Layout {
            status: Rect::new(0, 0, width, height.min(1)),
            list: Rect::new(0, 1.min(height), list_width, rows),
            divider: Rect::new(list_width, 1.min(height), divider_width, rows),
            thread: row(0, thread_height),
            banner: row(thread_height, banner_lines.min(rows)),
            rule: row(thread_height + banner_lines, 1),
            input: row(thread_height + banner_lines + 1, input_lines),
            keys: Rect::new(0, height.saturating_sub(1), width, height.min(1)),
        }
    }

    /// The first conversation that is shown, so that the open one is.
    pub(super) fn first_place(&self, state: &State) -> usize {
        let fit = usize::from(self.list.height / LIST_ITEM_LINES).max(1);
        let open = state.open_at().unwrap_or(0);
        let last = state.conversations.len().saturating_sub(fit);
        if open < fit { 0 } else { (open + 1 - fit).min(last) }
    }

    /// Which conversation is at a position.
    pub(super) fn place_at(&self, state: &State, at: Position) -> Option<usize> {
        let row = at.y.checked_sub(self.list.y)?;
        let place = self.first_place(state) + usize::from(row / LIST_ITEM_LINES);
        (place < state.conversations.len()).then_some(place)
    }
}

/// The question about the open conversation.
pub(super) fn banner(state: &State) -> Option<String> {
    let open = state.open.as_ref()?;
    if open.new_key.is_some() {
        return Some(
            "This number is said to have another key: a new device without the old words, or \
             somebody else. Texts to it wait.\n^K compare and decide"
                .to_owned(),
        );
    }
    if state.is_request() {
        return Some(
            "You have never written to this number.\n^A accept  ^B block  or answer".to_owned(),
        );
    }
    (open.standing == Standing::Blocked).then(|| "Blocked. ^B takes it back".to_owned())
}

fn lines(text: &str, width: u16) -> u16 {
    u16::try_from(wrap(text, usize::from(width)).len()).unwrap_or(u16::MAX)
}

fn input_lines(state: &State, width: u16) -> u16 {
    // The cursor has a column of its own at the end.
    let most = if state.size.height < 16 { 2 } else { INPUT_LINES_MAX };
    lines(&format!("{}_", super::draw::typed(state.line.text())), width).clamp(1, most)
}
