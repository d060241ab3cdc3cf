//! What keys and the mouse do.

use super::*;
use postrider_client::Draft;
use ratatui::crossterm::event::{MouseButton, MouseEvent, MouseEventKind};

#[test]
fn what_is_typed_is_sent_to_whoever_is_open() {
    let mut state = anns(80, 24);
    assert_eq!(press(&mut state, KeyCode::Enter), []);
    type_in(&mut state, "On my way");
    let draft = Draft::new(number(BEN), "On my way");
    assert_eq!(press(&mut state, KeyCode::Enter), [Wish::Send(draft)]);
    assert_eq!(state.line.text(), "");
}

#[test]
fn what_was_typed_stays_with_its_conversation() {
    let mut state = anns(80, 24);
    type_in(&mut state, "for Ben");
    assert_eq!(press(&mut state, KeyCode::Tab), [Wish::Open(number(EVE), None)]);
    assert_eq!(state.line.text(), "");
    assert_eq!(press(&mut state, KeyCode::Up), [Wish::Open(number(BEN), None)]);
    assert_eq!(state.line.text(), "for Ben");
}

#[test]
fn whoever_is_unknown_is_told_nothing_until_somebody_has_decided() {
    let mut state = anns(80, 24);
    press(&mut state, KeyCode::Tab);
    let page = vec![received(7, EVE, "Who is this?")];
    assert_eq!(state.page(number(EVE), page, true), []);
    assert!(screen(&state, UTF8).contains("^A accept"));
    let accepted = Wish::Standing(number(EVE), Standing::Accepted);
    assert_eq!(control(&mut state, 'a'), [accepted, Wish::Read(number(EVE), EntryId(7))]);
    assert!(!screen(&state, UTF8).contains("^A accept"));
    let blocked = Wish::Standing(number(EVE), Standing::Blocked);
    assert_eq!(control(&mut state, 'b'), [blocked]);
}

#[test]
fn another_key_is_taken_only_after_a_look_at_it() {
    let mut state = anns(80, 24);
    let mut all = state.conversations.clone();
    all[0].contact.new_key = Some(OwnerKey([3; 32]));
    state.conversations(all);
    assert!(screen(&state, UTF8).contains("^K compare and decide"));
    assert_eq!(control(&mut state, 'k'), []);
    let shown = screen(&state, UTF8);
    assert!(shown.contains("02020202 02020202") && shown.contains("03030303 03030303"), "{shown}");
    assert_eq!(press(&mut state, KeyCode::Enter), []);
    let taken = Wish::TakeKey(number(BEN), OwnerKey([3; 32]));
    assert_eq!(press(&mut state, KeyCode::Char('y')), [taken]);
}

#[test]
fn a_new_conversation_is_begun_by_number_or_by_name() {
    let mut state = anns(80, 24);
    press(&mut state, KeyCode::F(2));
    type_in(&mut state, "555");
    assert_eq!(press(&mut state, KeyCode::Enter), []);
    assert!(screen(&state, UTF8).contains("a number has ten digits"));
    type_in(&mut state, " 000-0009");
    assert_eq!(press(&mut state, KeyCode::Enter), [Wish::Open(number(5_550_000_009), None)]);
    control(&mut state, 'n');
    type_in(&mut state, "ben");
    assert_eq!(press(&mut state, KeyCode::Enter), [Wish::Open(number(BEN), None)]);
}

#[test]
fn a_page_is_read_when_its_beginning_is_reached_and_the_end_is_found_again() {
    let mut state = anns(80, 24);
    let texts = |from: i64| {
        let text = |id| received(id, BEN, &format!("text {id}"));
        (from..from + PAGE as i64).rev().map(text).collect::<Vec<_>>()
    };
    state.page(number(BEN), texts(1_000), true);
    let mut wishes = Vec::new();
    for _ in 0..100 {
        wishes = press(&mut state, KeyCode::PageUp);
        if !wishes.is_empty() {
            break;
        }
    }
    assert_eq!(wishes, [Wish::Older(number(BEN), EntryId(1_000))]);
    let before = screen(&state, UTF8);
    state.older(number(BEN), texts(1_000 - PAGE as i64));
    press(&mut state, KeyCode::PageUp);
    assert!(screen(&state, UTF8).contains("text 995"), "{before}");
    for from in 1..12 {
        state.older(number(BEN), texts(1_000 - (1 + from) * PAGE as i64));
    }
    assert!(state.thread.entries().len() <= 600);
    assert_eq!(press(&mut state, KeyCode::End), [Wish::Open(number(BEN), None)]);
}

#[test]
fn what_comes_while_somebody_reads_further_up_does_not_move_the_screen() {
    let mut state = anns(80, 12);
    press(&mut state, KeyCode::PageUp);
    let thread = |state: &State| {
        screen(state, UTF8).lines().skip(1).take(6).map(str::to_owned).collect::<Vec<_>>()
    };
    let before = thread(&state);
    assert_eq!(state.learn(&received(8, BEN, "news")), []);
    assert_eq!(thread(&state), before);
    assert!(screen(&state, UTF8).contains("more below"));
    assert_eq!(press(&mut state, KeyCode::End), [Wish::Read(number(BEN), EntryId(8))]);
}

#[test]
fn details_ask_the_server_for_the_way_of_what_is_under_way() {
    let mut state = anns(80, 24);
    assert_eq!(control(&mut state, 'd'), [], "no server has this one");
    assert_eq!(press(&mut state, KeyCode::Up), [Wish::Trace(EntryId(5))]);
    assert!(screen(&state, UTF8).contains("the server is being asked"));
    state.traced(EntryId(5), Err("no server can be reached".to_owned()));
    assert!(screen(&state, UTF8).contains("no server can be reached"));
    for _ in 0..3 {
        press(&mut state, KeyCode::Up);
    }
    assert!(screen(&state, UTF8).contains("its reader's key has signed that"));
    press(&mut state, KeyCode::Esc);
    assert!(state.dialog.is_none());
}

#[test]
fn what_was_found_is_opened_where_it_stands() {
    let mut state = anns(80, 24);
    control(&mut state, 'f');
    type_in(&mut state, "pump");
    assert_eq!(press(&mut state, KeyCode::Enter), [Wish::Find("pump".to_owned())]);
    state.found(vec![thread().remove(2)]);
    assert!(screen(&state, UTF8).contains("to Ben: And bring the spare pump"));
    let there = Wish::Open(number(BEN), Some(EntryId(3)));
    assert_eq!(press(&mut state, KeyCode::Enter), [there]);
}

#[test]
fn the_mouse_chooses_and_scrolls() {
    let mut state = anns(80, 24);
    let mouse = |kind, column, row| MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE };
    let click = |row| mouse(MouseEventKind::Down(MouseButton::Left), 3, row);
    assert_eq!(state.mouse(click(4)), [Wish::Open(number(EVE), None)]);
    assert_eq!(state.mouse(click(20)), []);
    assert_eq!(state.mouse(click(1)), [Wish::Open(number(BEN), None)]);
}

#[test]
fn no_size_of_the_screen_and_no_key_does_harm() {
    for (width, height) in [(0, 0), (1, 1), (2, 3), (10, 4), (59, 5), (60, 2), (300, 100)] {
        let mut state = anns(width, height);
        for open in ['n', 'f', 'd', 't', 'k', 'g'] {
            control(&mut state, open);
            for code in [KeyCode::Char('é'), KeyCode::Up, KeyCode::Down, KeyCode::Left] {
                press(&mut state, code);
                screen(&state, UTF8);
            }
            press(&mut state, KeyCode::Esc);
        }
        type_in(&mut state, &"a long text, 日本語 ".repeat(20));
        press(&mut state, KeyCode::PageUp);
        screen(&state, ASCII);
    }
}

#[test]
fn a_key_leads_to_the_classic_client_where_there_is_a_way_to_it() {
    let mut state = anns(80, 24);
    assert_eq!(press(&mut state, KeyCode::F(9)), []);
    assert!(!screen(&state, UTF8).contains("F9"));
    state.has_classic = true;
    assert!(screen(&state, UTF8).contains("^Q quit  F9 classic client  F2 new"));
    press(&mut state, KeyCode::F(2));
    assert_eq!(press(&mut state, KeyCode::F(9)), [Wish::Classic], "whatever lies over it");
}

#[test]
fn the_code_for_another_device_is_shown_after_a_question_and_whole_or_not_at_all() {
    let mut state = anns(80, 24);
    press(&mut state, KeyCode::F(8));
    assert!(screen(&state, UTF8).contains("has your number"));
    assert_eq!(press(&mut state, KeyCode::Char('n')), []);
    press(&mut state, KeyCode::F(8));
    assert_eq!(press(&mut state, KeyCode::Char('y')), [Wish::Device]);
    let code = format!("postrider1{}", "q".repeat(160));
    let picture = crate::profile::picture(&code).unwrap();
    state.device(picture.clone());
    let shown = screen(&state, UTF8);
    assert!(picture.iter().all(|row| shown.contains(row)), "{shown}");
    assert!(shown.ends_with("Enter hide it\n"));
    assert!(screen(&state, ASCII).contains("no room"));
    state.now(minute(30), Size::new(80, 23));
    let small = screen(&state, UTF8);
    assert!(small.contains("no room") && !small.contains('█'), "{small}");
    assert_eq!(press(&mut state, KeyCode::Enter), []);
    assert!(screen(&state, UTF8).contains("Ben"));
}
