//! Stories of a group: what is texted to it, and what it has in its outbox then.

use super::*;
use crate::limits::{GROUP_MEMBERS_MAX, GROUP_TEXTS_AT_ONCE, TEXT_CHARACTERS_MAX};
use crate::profile::{Changes, KnownNumber};
use crate::{Entry, Keys, State};
use postrider_proto::native::{
    Age, Body, Content, Count, Epoch, Hops, Lifetime, Message, MessageId, Outcome, Part,
    Precedence, Receipt, ServerId,
};
use proptest::prelude::*;
use tempfile::TempDir;

const NOW: Stamp = Stamp(1_000_000);
const GROUP: u64 = 5_550_000_100;
const ANN: u64 = 5_550_000_001;
const BEN: u64 = 5_550_000_002;
const CLEO: u64 = 5_550_000_003;
const DAN: u64 = 5_550_000_004;

fn number(value: u64) -> Number {
    Number::from_value(value).unwrap()
}

/// A group, and those who text it.
struct Story {
    folder: TempDir,
    profile: Option<Profile>,
    group: Group,
    elapsed: Duration,
    keys: BTreeMap<u64, Keys>,
    counts: BTreeMap<u64, u32>,
    /// The last text that was looked at.
    seen: i64,
}

impl Story {
    /// Ann's group.
    fn new() -> Story {
        let folder = tempfile::tempdir().unwrap();
        let mut profile = Profile::create(&folder.path().join("group"), number(GROUP)).unwrap();
        let ann = (number(ANN), Some("Ann".to_owned()));
        Group::create(&mut profile, Some("Shaft 2"), &[ann], NOW).unwrap();
        let group = Group::open(&profile, Rules::default()).unwrap();
        let (keys, counts) = (BTreeMap::new(), BTreeMap::new());
        let profile = Some(profile);
        let elapsed = Duration::ZERO;
        let mut story = Story { folder, profile, group, elapsed, keys, counts, seen: 0 };
        assert_eq!(story.says().len(), 1, "its moderator's welcome");
        story
    }

    /// The same with Ben, Cleo and Dan in it.
    fn of_four() -> Story {
        let mut story = Story::new();
        for (who, name) in [(BEN, "Ben"), (CLEO, "Cleo"), (DAN, "Dan")] {
            story.text(ANN, &format!("/add {who} {name}"));
        }
        story.says();
        story
    }

    fn profile(&mut self) -> &mut Profile {
        self.profile.as_mut().unwrap()
    }

    /// The program is killed, and begins anew.
    fn restarts(&mut self) {
        self.profile = None;
        let profile = Profile::open(&self.folder.path().join("group")).unwrap();
        self.group = Group::open(&profile, Rules::default()).unwrap();
        self.profile = Some(profile);
    }

    fn keys(&mut self, who: u64) -> &Keys {
        self.keys.entry(who).or_insert_with(|| Keys::generate(number(who)).unwrap())
    }

    fn bytes(&mut self, who: u64, body: Body<'_>, is_signed: bool) -> Vec<u8> {
        let count = self.counts.entry(who).or_default();
        *count += 1;
        let count = Count::from_value(*count).unwrap();
        let message = Message {
            id: MessageId { from: number(who), to: number(GROUP), epoch: Epoch::MIN, count },
            lifetime: Lifetime::MAX,
            age: Age::ZERO,
            hops: Hops(60),
            precedence: Precedence::Routine,
            body,
            signature: None,
        };
        if is_signed {
            return self.keys(who).sign_message(&message);
        }
        let mut bytes = Vec::new();
        message.print(&mut bytes);
        bytes
    }

    /// A text comes, and is not handled yet.
    fn comes(&mut self, who: u64, text: &str) {
        let content = Content::utf8(text).unwrap();
        let bytes = self.bytes(who, Body::Text { part: None, content }, true);
        let key = Some(self.keys(who).owner_key());
        self.receives(&bytes);
        self.learns(who, KnownNumber { is_known: true, key, first_key: None });
    }

    fn receives(&mut self, bytes: &[u8]) {
        self.profile().receive(bytes, NOW, &mut Changes::default()).unwrap();
    }

    fn learns(&mut self, who: u64, known: KnownNumber) {
        let changes = &mut Changes::default();
        self.profile().learn_number(number(who), &known, NOW, changes).unwrap();
    }

    /// A text by its owner's key comes and is handled.
    fn text(&mut self, who: u64, text: &str) {
        self.comes(who, text);
        self.handle();
    }

    /// A classic user texts, who has no key.
    fn classic_text(&mut self, who: u64, text: &str) {
        let content = Content::utf8(text).unwrap();
        let bytes = self.bytes(who, Body::Text { part: None, content }, false);
        self.receives(&bytes);
        self.learns(who, KnownNumber { is_known: true, key: None, first_key: None });
        self.handle();
    }

    fn handle(&mut self) {
        let (profile, elapsed) = (self.profile.as_mut().unwrap(), self.elapsed);
        while self.group.handle(profile, NOW, elapsed).unwrap() == Left::More {}
    }

    /// What the group has written since this was asked last.
    fn written(&mut self) -> Vec<Entry> {
        let profile = self.profile.as_ref().unwrap();
        let history = profile.history();
        let all = history.conversations().unwrap();
        let pages = all.iter().map(|known| history.page(known.with, None, 1_000).unwrap());
        let mut written: Vec<Entry> = pages.flatten().collect();
        let seen = self.seen;
        written.retain(|text| matches!(text.way, Way::Sent(_)) && text.id.0 > seen);
        written.sort_by_key(|text| text.id);
        self.seen = written.last().map_or(seen, |text| text.id.0);
        written
    }

    /// The same, to whom and what.
    fn says(&mut self) -> Vec<(u64, String)> {
        self.written().into_iter().map(|text| (text.with.value(), text.text)).collect()
    }

    /// Makes somebody's server or device say what became of a text.
    fn receipt(&mut self, who: u64, text: &Entry, outcome: Outcome) {
        let known = KnownNumber::default();
        let changes = &mut Changes::default();
        self.profile().sign_texts(number(who), &known, false, NOW, changes).unwrap();
        let id = self.profile().messages_of(text.id).unwrap()[0];
        let (server, age) = (ServerId([5; 8]), Age::ZERO);
        let receipt = Receipt { epoch: id.epoch, count: id.count, outcome, server, age };
        let bytes = self.bytes(who, Body::Receipt(receipt), true);
        self.receives(&bytes);
    }
}

fn told(to: u64, text: &str) -> (u64, String) {
    (to, text.to_owned())
}

#[test]
fn a_text_goes_to_all_others_with_its_writers_name() {
    let mut story = Story::of_four();
    story.text(BEN, "the pump\nis out");
    let copy = "Ben: the pump\n  is out";
    assert_eq!(story.says(), [told(ANN, copy), told(CLEO, copy), told(DAN, copy)]);
}

#[test]
fn only_a_moderator_lets_in_and_takes_out() {
    let mut story = Story::new();
    story.text(BEN, "/join Ben");
    let asks = format!("Ben asks to be let in: /add {BEN} NAME");
    assert_eq!(story.says(), [told(ANN, &asks), told(BEN, words::ASKED)]);
    story.text(BEN, "/join Ben");
    assert_eq!(story.says(), [], "nobody is asked twice");
    story.text(ANN, &format!("/add {BEN} Ben"));
    let said = story.says();
    assert_eq!(said[0].0, BEN);
    assert!(said[0].1.starts_with("You are in Shaft 2 now"), "{said:?}");
    for command in ["/add 5550000009 X", "/remove 5550000001", "/roll x", "/end", "/open"] {
        story.text(BEN, command);
        assert_eq!(story.says(), [told(BEN, words::NOT_MODERATOR)], "{command}");
    }
    story.text(ANN, &format!("/remove {BEN}"));
    let out = words::not_a_member(number(BEN));
    assert_eq!(story.says(), [told(BEN, words::REMOVED), told(ANN, &out)]);
    story.text(BEN, "am I out?");
    assert_eq!(story.says(), [told(BEN, &words::stranger("Shaft 2"))]);
}

#[test]
fn an_open_group_lets_anybody_in_and_one_may_leave() {
    let mut story = Story::new();
    story.text(ANN, "/open");
    story.text(BEN, "/join ann");
    assert_eq!(story.says(), [told(ANN, words::OPEN), told(BEN, &words::name_taken("ann"))]);
    story.text(BEN, "/join");
    story.text(BEN, "hello");
    assert_eq!(story.says()[1], told(ANN, "5550000002: hello"));
    story.text(BEN, "/leave");
    story.text(ANN, "hello?");
    assert_eq!(story.says(), [told(BEN, words::LEFT), told(ANN, words::NOBODY_ELSE)]);
    story.text(ANN, "/leave");
    assert_eq!(story.says(), [told(ANN, words::ONLY_MODERATOR)]);
}

#[test]
fn a_stranger_is_answered_once_and_nothing_of_it_is_handed_on() {
    let mut story = Story::of_four();
    for _ in 0..5 {
        story.text(5_550_000_009, "buy now");
    }
    assert_eq!(story.says(), [told(5_550_000_009, &words::stranger("Shaft 2"))]);
}

#[test]
fn two_groups_that_know_each_other_fall_silent() {
    let (mut one, other) = (Story::new(), 5_550_000_200);
    one.text(other, &words::stranger("the other"));
    assert_eq!(one.says().len(), 1);
    one.text(other, &words::stranger("the other"));
    assert_eq!(one.says(), []);
}

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
fn who_joined_after_the_roll_was_called_texts_to_all() {
    let mut story = Story::of_four();
    story.text(ANN, "/roll all well?");
    story.text(ANN, "/add 5550000005 Eva");
    story.says();
    story.text(5_550_000_005, "hello");
    assert_eq!(story.says().len(), 4);
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
    story.learns(BEN, KnownNumber { is_known: true, key, first_key: None });
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

#[test]
fn a_profile_is_made_a_group_once_with_sound_names() {
    let folder = tempfile::tempdir().unwrap();
    let mut profile = Profile::create(&folder.path().join("group"), number(GROUP)).unwrap();
    assert!(matches!(Group::open(&profile, Rules::default()), Err(ProfileError::NoGroup { .. })));
    let ann = |name: &str| [(number(ANN), Some(name.to_owned()))];
    for (name, moderator) in [("a\nb", "Ann"), ("", "Ann"), ("Shaft", "Ann: x")] {
        let made = Group::create(&mut profile, Some(name), &ann(moderator), NOW);
        assert!(matches!(made, Err(ProfileError::GroupName { .. })), "{name:?}");
        assert!(!profile.history().is_group().unwrap(), "nothing of it stays");
    }
    Group::create(&mut profile, None, &ann("Ann"), NOW).unwrap();
    let again = Group::create(&mut profile, None, &ann("Ann"), NOW);
    assert!(matches!(again, Err(ProfileError::Exists { .. })));
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
