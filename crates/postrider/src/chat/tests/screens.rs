//! What is on the screen. After a change on purpose, `UPDATE_SCREENS=1` writes the files anew;
//! read the difference.

use super::*;
use postrider_proto::native::Refusal;
use std::path::Path;

/// Compares a screen with the file that has it.
fn is_as_before(name: &str, state: &State, look: Look) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/chat/tests/screens");
    let file = folder.join(format!("{name}.txt"));
    let found = screen(state, look);
    if std::env::var_os("UPDATE_SCREENS").is_some() {
        std::fs::write(&file, &found).unwrap();
    }
    let expected = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(found, expected, "{name} is now\n{found}");
}

#[test]
fn a_conversation_at_three_sizes() {
    for (width, height) in [(80, 24), (120, 40), (40, 12)] {
        is_as_before(&format!("conversation-{width}x{height}"), &anns(width, height), UTF8);
    }
}

#[test]
fn a_request_and_what_is_typed_in_ascii() {
    for (width, height) in [(80, 24), (40, 12)] {
        let mut state = anns(width, height);
        press(&mut state, KeyCode::Tab);
        state.page(number(EVE), vec![received(7, EVE, "Wer hört\u{1b}[2J zu?")], true);
        type_in(&mut state, "Ann, of the north camp. Who are you, and how is the road?");
        is_as_before(&format!("request-{width}x{height}"), &state, ASCII);
    }
}

#[test]
fn nobody_has_written_yet() {
    for (width, height) in [(80, 24), (40, 12)] {
        let mut state = State::new(number(ANN), Clock::at(minute(0)), Size::new(width, height));
        state.network(Status::Connecting { address: "10.0.0.2:10410".to_owned() }, 0);
        is_as_before(&format!("empty-{width}x{height}"), &state, UTF8);
    }
}

#[test]
fn all_about_a_text() {
    let mut state = anns(80, 24);
    control(&mut state, 'd');
    press(&mut state, KeyCode::Up);
    is_as_before("details-80x24", &state, UTF8);
}

#[test]
fn a_roll_call_has_its_last_tally_beside_it() {
    let mut state = anns(80, 24);
    let (proven, at) = (true, minute(9));
    let tally = |id, delivered| {
        let text = format!("Roll call 3: delivered {delivered} of 15, answered OK 9, silent 3");
        received(id, BEN, &text)
    };
    let unsigned = Way::Received { trust: Trust::Unsigned, is_read: true };
    let page = vec![
        sent(8, BEN, "Is anybody there?", Known::Read { proven, at }),
        sent(9, BEN, "/roll All out?", Known::Read { proven, at }),
        received(10, BEN, "Roll call 2: delivered 15 of 15, answered OK 15, silent 0"),
        received(11, BEN, "Roll call 3 begins: 15 are asked."),
        tally(12, 12),
        entry(13, BEN, "Roll call 3: delivered 15 of 15, answered OK 15, silent 0", unsigned),
    ];
    state.page(number(BEN), page.into_iter().rev().collect(), true);
    control(&mut state, 'd');
    let shown = screen(&state, UTF8);
    assert!(shown.contains("tally     Roll call 3: delivered 12 of 15, answered OK 9"), "{shown}");
    press(&mut state, KeyCode::Up);
    let shown = screen(&state, UTF8);
    assert!(!shown.contains("tally"), "{shown}");
}

#[test]
fn without_colours_there_are_none() {
    let state = anns(80, 24);
    let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
    terminal.draw(|frame| draw(&state, UTF8, frame)).unwrap();
    let cells = &terminal.backend().buffer().content;
    let reset = ratatui::style::Color::Reset;
    assert!(cells.iter().all(|cell| cell.fg == reset && cell.bg == reset));
}

#[test]
fn what_it_means_that_the_number_is_not_let_in() {
    for (width, height) in [(80, 24), (40, 24)] {
        let mut state = anns(width, height);
        let why = Refusal::TAKEN;
        state.network(Status::Refused { server: server("Camp 1"), why }, 1);
        state.refused(why);
        is_as_before(&format!("refused-{width}x{height}"), &state, UTF8);
        assert_eq!(press(&mut state, KeyCode::Enter), []);
        state.refused(why);
        assert!(state.dialog.is_none(), "once");
    }
}

#[test]
fn what_it_means_that_the_key_was_changed_or_disputed_fits_a_narrow_screen() {
    let mut state = anns(40, 24);
    state.refused(Refusal::REPLACED);
    let shown = screen(&state, UTF8);
    assert!(shown.contains("change-key") && shown.contains("Enter go on"), "{shown}");
    press(&mut state, KeyCode::Enter);
    state.disputed(crate::profile::disputed(&server("Camp 2")));
    let shown = screen(&state, UTF8);
    assert!(shown.contains("Camp 2") && shown.contains("Enter go on"), "{shown}");
    press(&mut state, KeyCode::Enter);
    assert!(state.dialog.is_none());
}

#[test]
fn the_keys_are_shown_with_whose_word_they_have() {
    let mut state = anns(80, 24);
    let contact = state.open.as_mut().unwrap();
    contact.key = Some(postrider_proto::native::OwnerKey([0xab; 32]));
    contact.first_key = Some(postrider_proto::native::OwnerKey([0xcd; 32]));
    contact.changed = Some(minute(3));
    let control_k = KeyEvent::new(KeyCode::Char('k'), KeyModifiers::CONTROL);
    assert_eq!(state.key(control_k), [super::super::state::Wish::Keys]);
    state.keys(vec!["Your key: 12, the first.".to_owned()]);
    let shown = screen(&state, UTF8);
    for says in ["changed by its owner", "cdcdcdcdcdcdcdcd…", "Your key: 12"] {
        assert!(shown.contains(says), "{says}: {shown}");
    }
}
