//! Stories of a group: what is texted to it, and what it has in its outbox then.

mod faults;
mod rolls;

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
        self.learns(who, KnownNumber { is_known: true, key, first_key: None, since: 0 });
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
        self.learns(who, KnownNumber { is_known: true, key: None, first_key: None, since: 0 });
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
