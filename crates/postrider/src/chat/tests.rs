//! What the screen shows, at three sizes, and what keys do to it.

mod keys;
mod screens;

use super::draw::{Look, draw};
use super::state::{State, Wish};
use super::thread::PAGE;
use crate::profile::Clock;
use postrider_client::{
    Contact, Conversation, Entry, EntryId, ServerName, Stamp, Standing, State as Known, Status,
    Trust, Way, Whereabouts,
};
use postrider_link::Mode;
use postrider_proto::Number;
use postrider_proto::native::{OwnerKey, Precedence, ServerId};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::Size;

const UTF8: Look = Look { has_colours: false, is_utf8: true };
const ASCII: Look = Look { has_colours: false, is_utf8: false };

/// Noon of a day.
const NOON: i64 = 1_795_694_400_000;

const ANN: u64 = 5_550_000_001;
const BEN: u64 = 5_550_000_002;
const EVE: u64 = 5_550_000_003;

fn number(value: u64) -> Number {
    Number::from_value(value).unwrap()
}

fn minute(minute: i64) -> Stamp {
    Stamp(NOON + minute * 60_000)
}

fn server(label: &str) -> ServerName {
    ServerName { id: ServerId([1; 8]), label: Some(label.to_owned()) }
}

fn contact(value: u64, name: Option<&str>, standing: Standing) -> Contact {
    let name = name.map(str::to_owned);
    let key = Some(OwnerKey([2; 32]));
    Contact {
        number: number(value),
        name,
        key,
        new_key: None,
        first_key: None,
        changed: None,
        standing,
    }
}

fn entry(id: i64, with: u64, text: &str, way: Way) -> Entry {
    Entry {
        id: EntryId(id),
        with: number(with),
        at: minute(id),
        text: text.to_owned(),
        precedence: Precedence::Routine,
        is_sealed: true,
        parts_missing: 0,
        way,
    }
}

fn received(id: i64, with: u64, text: &str) -> Entry {
    entry(id, with, text, Way::Received { trust: Trust::Verified, is_read: false })
}

fn sent(id: i64, with: u64, text: &str, state: Known) -> Entry {
    entry(id, with, text, Way::Sent(state))
}

fn conversation(contact: Contact, last: Entry, unread: u32) -> Conversation {
    Conversation { with: contact.number, contact, last, unread }
}

/// Texts with Ben in every state that people see often.
fn thread() -> Vec<Entry> {
    let (proven, at) = (true, minute(2));
    let accepted = Known::Accepted { server: server("Camp 1"), at };
    let by = server("Camp 1");
    let whereabouts = Whereabouts::WaitsFor(server("Camp 3"));
    vec![
        received(1, BEN, "Is the road to the north camp open?\nThe lorry leaves at two."),
        sent(2, BEN, "It is. Mind the bridge.", Known::Read { proven, at }),
        sent(3, BEN, "And bring the spare pump, please.", Known::Delivered { proven: false, at }),
        sent(4, BEN, "Grüße an alle!", Known::Traced { by, whereabouts, since: minute(5) }),
        sent(5, BEN, "Are you on your way?", accepted),
        sent(6, BEN, "Hello?", Known::Waiting),
    ]
}

/// Ann's screen: the conversation with Ben is open, Eve has written and nobody knows her.
fn anns(width: u16, height: u16) -> State {
    let mut state = State::new(number(ANN), Clock::at(minute(30)), Size::new(width, height));
    let ben = contact(BEN, Some("Ben"), Standing::Accepted);
    let eve = contact(EVE, None, Standing::New);
    let all = vec![
        conversation(ben, thread().pop().unwrap(), 0),
        conversation(eve, received(7, EVE, "Who is\u{1b}[2J this?"), 1),
    ];
    state.conversations(all);
    let attached = Status::Attached { server: server("Camp 1"), mode: Mode::Sealed };
    state.network(attached, 1);
    assert_eq!(state.step(0), [Wish::Open(number(BEN), None)]);
    let page = thread().into_iter().rev().collect();
    assert_eq!(state.page(number(BEN), page, true), [Wish::Read(number(BEN), EntryId(1))]);
    state
}

fn press(state: &mut State, code: KeyCode) -> Vec<Wish> {
    state.key(KeyEvent::new(code, KeyModifiers::NONE))
}

fn control(state: &mut State, letter: char) -> Vec<Wish> {
    state.key(KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL))
}

fn type_in(state: &mut State, text: &str) {
    for letter in text.chars() {
        assert_eq!(press(state, KeyCode::Char(letter)), []);
    }
}

/// What is on the screen, without what is blank at the end of a line.
fn screen(state: &State, look: Look) -> String {
    let backend = TestBackend::new(state.size.width, state.size.height);
    let mut terminal = Terminal::new(backend).unwrap();
    terminal.draw(|frame| draw(state, look, frame)).unwrap();
    let buffer = terminal.backend().buffer();
    let width = usize::from(buffer.area.width);
    let row = |cells: &[ratatui::buffer::Cell]| {
        let row: String = cells.iter().map(ratatui::buffer::Cell::symbol).collect();
        format!("{}\n", row.trim_end())
    };
    buffer.content.chunks(width.max(1)).map(row).collect()
}
