//! Texts in false names, floods, limits, and a program that is killed.

use super::*;

#[test]
fn a_flood_of_strangers_is_no_flood_of_requests() {
    let mut story = Story::of_four();
    for stranger in 0..2 * u64::from(GROUP_TEXTS_AT_ONCE) {
        story.comes(6_000_000_000 + stranger, "/join");
    }
    story.handle();
    assert_eq!(story.says().len(), 2 * GROUP_TEXTS_AT_ONCE as usize);
    story.text(BEN, "still here");
    assert_eq!(story.says().len(), 3, "members do not notice");
}

#[test]
fn a_classic_user_texts_unverified_and_moderates_only_where_that_is_let() {
    let mut story = Story::of_four();
    story.text(ANN, "/add 5550000005 Eva");
    story.text(ANN, "/moderator 5550000005");
    story.says();
    story.classic_text(5_550_000_005, "hello");
    assert_eq!(story.says()[0], told(ANN, "Eva (unverified): hello"));
    story.classic_text(5_550_000_005, "/open");
    assert_eq!(story.says(), [told(5_550_000_005, words::NOT_SIGNED)]);
    story.group.rules.unsigned_moderators = true;
    story.classic_text(5_550_000_005, "/open");
    assert_eq!(story.says(), [told(5_550_000_005, words::OPEN)]);
}

#[test]
fn a_text_in_a_members_name_that_is_not_shown_to_be_its_own_does_nothing() {
    let mut story = Story::of_four();
    story.text(ANN, "hello");
    story.says();
    story.group.rules.unsigned_moderators = true;
    for _ in 0..3 {
        story.classic_text(ANN, "/open");
    }
    assert_eq!(story.says(), [told(ANN, words::DOUBTFUL)]);
    story.text(BEN, "I am Ben");
    assert_eq!(story.says().len(), 3);
    story.keys.insert(BEN, Keys::generate(number(BEN)).unwrap());
    for _ in 0..3 {
        story.text(BEN, "and so am I");
    }
    let changed = words::key_changed("Ben", number(BEN));
    assert_eq!(story.says(), [told(ANN, &changed), told(BEN, words::DOUBTFUL)]);
    let new = story.keys(BEN).owner_key();
    story.profile().accept_key(number(BEN), new, NOW).unwrap();
    story.text(BEN, "at last");
    assert_eq!(story.says()[0], told(ANN, "Ben: at last"));
}

#[test]
fn a_later_text_does_not_overtake_one_that_is_not_whole() {
    let mut story = Story::of_four();
    let content = Content::utf8("first half").unwrap();
    let part = Part::new(1, 2);
    let first = story.bytes(BEN, Body::Text { part, content }, true);
    story.receives(&first);
    let content = Content::utf8(", second").unwrap();
    let second = story.bytes(BEN, Body::Text { part: Part::new(2, 2), content }, true);
    story.text(BEN, "later");
    assert_eq!(story.says(), []);
    story.receives(&second);
    let key = Some(story.keys(BEN).owner_key());
    story.learns(BEN, KnownNumber { is_known: true, key, first_key: None, since: 0 });
    story.handle();
    let said = story.says();
    assert_eq!(said[0], told(ANN, "Ben: first half, second"));
    assert_eq!(said[3], told(ANN, "Ben: later"));
    story.text(CLEO, "hi");
    story.says();
    let third = story.bytes(CLEO, Body::Text { part, content }, true);
    story.receives(&third);
    story.counts.insert(CLEO, 7);
    story.text(CLEO, "after it");
    assert_eq!(story.says(), []);
    story.elapsed = durations::GROUP_HOLDS_FOR;
    story.handle();
    let said = story.says();
    assert_eq!(said[0], told(CLEO, words::IN_PART), "it is not waited for for ever");
    assert_eq!(said[1], told(ANN, "Cleo: after it"));
}

#[test]
fn limits_are_told() {
    let mut story = Story::of_four();
    for _ in 0..GROUP_TEXTS_AT_ONCE + 3 {
        story.comes(BEN, "x");
    }
    story.handle();
    let said = story.says();
    assert_eq!(said.len(), 3 * GROUP_TEXTS_AT_ONCE as usize + 1);
    assert_eq!(said.last(), Some(&told(BEN, words::TOO_FAST)));
    assert_eq!(story.profile().history().unread(None, 10).unwrap(), []);

    story.elapsed = Duration::from_secs(3_600);
    let long = "a".repeat(TEXT_CHARACTERS_MAX - "Ben: ".len() + 1);
    let ben = story.profile().history().group_members().unwrap().remove(1);
    let text = Entry {
        text: long,
        ..story.profile().history().page(number(BEN), None, 1).unwrap().remove(0)
    };
    let way = Way::Received { trust: Trust::Verified, is_read: false };
    let (text, rules) = (Entry { way, ..text }, Rules::default());
    rules::handle(story.profile(), rules, &text, rates::Pace::Fine, NOW).unwrap();
    assert_eq!(story.says(), [told(BEN, &words::too_long(TEXT_CHARACTERS_MAX + 1))]);

    for value in 0..GROUP_MEMBERS_MAX as u64 - 4 {
        let member = Member { number: number(value), name: None, ..ben.clone() };
        story.profile().put_member(&member).unwrap();
    }
    story.text(ANN, "/add 5550000009 Zed");
    assert_eq!(story.says(), [told(ANN, &words::full())]);
    story.text(ANN, "hello");
    assert_eq!(story.written().len(), GROUP_MEMBERS_MAX - 1);
}

#[test]
fn a_program_that_is_killed_at_any_step_neither_loses_nor_doubles() {
    let days = |story: &mut Story| {
        story.comes(ANN, "/roll all well?");
        story.comes(BEN, "OK");
        story.comes(CLEO, "/join Cleopatra");
        story.comes(DAN, "OK");
        story.comes(5_550_000_009, "who are you?");
        story.comes(CLEO, "ok");
        story.comes(CLEO, "good");
        story.comes(DAN, "/leave");
    };
    let mut whole = Story::of_four();
    days(&mut whole);
    whole.handle();
    let (expected, outbox) = (whole.says(), outbox(&whole));
    assert_eq!(expected.len(), 14);
    let mut killed = 0;
    for changes in 0.. {
        let mut story = Story::of_four();
        days(&mut story);
        story.profile().changes_left.set(Some(changes));
        let (profile, elapsed) = (story.profile.as_mut().unwrap(), story.elapsed);
        let done = story.group.handle(profile, NOW, elapsed);
        story.restarts();
        story.handle();
        assert_eq!(story.says(), expected, "killed after {changes} changes");
        assert_eq!(self::outbox(&story), outbox, "killed after {changes} changes");
        if done.is_ok() {
            break;
        }
        killed += 1;
    }
    assert!(killed > 60, "there were only {killed} steps");
}

/// Receipts that are signed.
fn outbox(story: &Story) -> usize {
    let profile = story.profile.as_ref().unwrap();
    profile.outgoing(Precedence::Routine, 0, 1_000, NOW).unwrap().len()
}

#[test]
fn what_is_remembered_is_bounded() {
    let mut story = Story::of_four();
    story.text(ANN, "/roll all well?");
    story.text(ANN, "/end");
    let many = "WITH RECURSIVE many (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < ?1) \
                INSERT INTO group_copies (text, member, entry) SELECT 2, n, 0 FROM many";
    story.text(BEN, "an old text");
    story.profile().change(many, [crate::limits::GROUP_COPIES_MAX]).unwrap();
    story.text(BEN, "a new one");
    let history = story.profile.as_ref().unwrap().history();
    assert_eq!(history.one::<usize>("SELECT count(*) FROM group_copies", []).unwrap(), Some(6));
    assert!(history.last_roll_call().unwrap().is_some(), "the last roll call stays");
}
