//! Roll calls and tallies.

use super::*;

#[test]
fn a_roll_call_is_answered_to_moderators_and_tallied() {
    let mut story = Story::of_four();
    story.text(ANN, "/roll All out of the shaft?");
    let asks = "Ann asks all: All out of the shaft?\n\
                Please answer. Moderators get it; OK is enough.";
    let copies = story.written();
    let asked: Vec<_> = copies.iter().map(|text| (text.with.value(), text.text.clone())).collect();
    let first = "Roll call 1 begins: 3 are asked.";
    assert_eq!(begun(first), Some(What::RollCall(1)));
    assert_eq!(asked, [told(BEN, asks), told(CLEO, asks), told(DAN, asks), told(ANN, first)]);
    story.receipt(BEN, &copies[0], Outcome::Delivered);
    story.receipt(CLEO, &copies[1], Outcome::Read);
    story.receipt(DAN, &copies[2], Outcome::Expired);
    story.text(ANN, "/tally");
    let tally = "Roll call 1: delivered 2 of 3, read 1, failed 1, silent 2";
    assert_eq!(story.says(), [told(ANN, tally)]);
    story.text(CLEO, "ok");
    assert_eq!(story.says(), [told(ANN, "Cleo answers: ok")]);
    story.text(ANN, "Stay calm");
    let calm = "Ann: Stay calm";
    assert_eq!(story.says(), [told(BEN, calm), told(CLEO, calm), told(DAN, calm)]);
    story.text(BEN, "my leg is broken");
    story.text(ANN, "/tally");
    let tally = "Roll call 1: delivered 2 of 3, read 1, answered OK 1, other 1, failed 1, silent 0";
    assert_eq!(story.says(), [told(ANN, "Ben answers: my leg is broken"), told(ANN, tally)]);
    story.restarts();
    story.text(DAN, "OK!");
    let last = "Roll call 1: delivered 2 of 3, read 1, answered OK 2, other 1, silent 0";
    assert_eq!(story.says(), [told(ANN, "Dan answers: OK!"), told(ANN, last)]);
    story.text(DAN, "thanks");
    assert_eq!(story.says().len(), 3, "it has ended once all have answered");
    let roll = story.profile().history().last_roll_call().unwrap().unwrap();
    assert_eq!((roll.is_open, roll.to.len(), roll.by), (false, 3, number(ANN)));
    assert_eq!(roll.to[0].answer.as_deref(), Some("my leg is broken"));
}

#[test]
fn a_roll_call_ends_when_told_to_and_with_the_next() {
    let mut story = Story::of_four();
    story.text(ANN, "/end");
    assert_eq!(story.says(), [told(ANN, words::NO_ROLL)]);
    story.text(ANN, "/roll one");
    story.text(BEN, "OK");
    story.says();
    story.text(ANN, "/roll two");
    let first = "Roll call 1: delivered 0 of 3, answered OK 1, silent 0";
    assert_eq!(story.written()[0].text, first, "what came of the one before");
    story.text(ANN, "/tally");
    assert_eq!(story.says().last(), Some(&told(ANN, "Roll call 2: delivered 0 of 3, silent 0")));
    story.text(BEN, "OK");
    story.text(ANN, "/end");
    let last = "Roll call 2: delivered 0 of 3, answered OK 1, silent 0";
    assert_eq!(story.says().last(), Some(&told(ANN, last)));
    story.text(CLEO, "too late");
    assert_eq!(story.says().len(), 3);
    story.text(CLEO, "/tally");
    assert_eq!(story.says(), [told(CLEO, "Text 3: delivered 0 of 3")]);
}

#[test]
fn who_has_left_is_not_waited_for() {
    let mut story = Story::of_four();
    story.text(ANN, "/roll all well?");
    story.text(BEN, "/leave");
    story.text(CLEO, "OK");
    story.says();
    story.text(DAN, "OK");
    let last = "Roll call 1: delivered 0 of 3, answered OK 2, silent 0";
    assert_eq!(story.says().last(), Some(&told(ANN, last)));
    story.text(ANN, "thank you");
    story.says();
    story.text(ANN, "/tally");
    assert_eq!(story.says(), [told(ANN, "Text 2: delivered 0 of 2")]);
}

#[test]
fn who_joined_after_the_roll_was_called_texts_to_all() {
    let mut story = Story::of_four();
    story.text(ANN, "/roll all well?");
    story.text(ANN, "/add 5550000005 Eva");
    story.says();
    story.text(5_550_000_005, "hello");
    assert_eq!(story.says().len(), 4);
}

#[test]
fn a_roll_call_ends_once_who_has_not_answered_has_left() {
    let mut story = Story::of_four();
    story.text(ANN, "/roll all well?");
    story.text(BEN, "OK");
    story.text(CLEO, "OK");
    story.says();
    story.text(DAN, "/leave");
    let last = "Roll call 1: delivered 0 of 3, answered OK 2, silent 0";
    assert_eq!(story.says(), [told(DAN, words::LEFT), told(ANN, last)]);
}

proptest! {
    #[test]
    fn a_tally_is_one_text_and_reads_as_it_was_printed(
        (number, is_roll) in (1_u32..100_000, any::<bool>()),
        answers in prop::collection::vec("[a-z0-9 ]{0,14}", 0..40),
        states in prop::collection::vec(0..6_usize, 500),
    ) {
        let server = || crate::ServerName { id: ServerId([1; 8]), label: None };
        let state = |code| match code {
            0 => Some(State::Waiting),
            1 => Some(State::Delivered { proven: true, at: NOW }),
            2 => Some(State::Read { proven: false, at: NOW }),
            3 => Some(State::PassedOn { server: server(), at: NOW }),
            4 => Some(State::Expired { server: None, at: NOW }),
            _ => None,
        };
        let to = states.iter().enumerate().map(|(at, code)| Asked {
            number: Number::from_value(at as u64).unwrap(),
            name: None,
            state: state(*code),
            answer: answers.get(at).filter(|_| is_roll).cloned(),
        });
        let what = if is_roll { What::RollCall(number) } else { What::Text(number) };
        let (by, text) = (Number::MAX, String::new());
        let handed_on = HandedOn { what, by, text, at: NOW, is_open: false, to: to.collect() };
        let tally = handed_on.tally();
        let printed = tally.to_string();
        prop_assert!(printed.chars().count() <= 160, "{}", printed);
        prop_assert!(postrider_proto::gsm::septets(&printed).is_some());
        prop_assert_eq!(tally.answered(), if is_roll { answers.len() } else { 0 });
        prop_assert_eq!(Tally::parse(&printed), Some(tally));
    }

    #[test]
    fn any_text_may_be_no_tally(text: String) {
        prop_assert_eq!(Tally::parse(&text).is_some(), false);
    }
}
