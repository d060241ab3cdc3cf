mod files;
mod keys;
mod turns;

use super::outbox::Outgoing;
use super::*;
use crate::{Draft, Entry, Stamp, Standing, State, Trust, Way};
use postrider_proto::native::{
    Age, Body, Content, Hops, Lifetime, Message, MessageId, Outcome, Part, Precedence, Reason,
    Receipt,
};
use proptest::prelude::*;
use tempfile::TempDir;

const NOW: Stamp = Stamp(1_000_000);
const SERVER: ServerId = ServerId([5; 8]);

fn number(value: u64) -> Number {
    Number::from_value(value).unwrap()
}

fn ann() -> (TempDir, Profile) {
    let folder = tempfile::tempdir().unwrap();
    let profile = Profile::create(&folder.path().join("ann"), number(1)).unwrap();
    (folder, profile)
}

fn ben() -> Keys {
    Keys::generate(number(2)).unwrap()
}

fn known(keys: &Keys) -> KnownNumber {
    KnownNumber { is_known: true, key: Some(keys.owner_key()), first_key: None, since: 0 }
}

/// A message from these keys to Ann.
fn message(keys: &Keys, count: u32, body: Body<'_>) -> Vec<u8> {
    let count = Count::from_value(count).unwrap();
    keys.sign_message(&Message {
        id: MessageId { from: keys.number(), to: number(1), epoch: Epoch::MIN, count },
        lifetime: Lifetime::MAX,
        age: Age::ZERO,
        hops: Hops(60),
        precedence: Precedence::Routine,
        body,
        signature: None,
    })
}

fn text(keys: &Keys, count: u32, text: &str) -> Vec<u8> {
    let content = Content::utf8(text).unwrap();
    message(keys, count, Body::Text { part: None, content })
}

fn unsigned(signed: &[u8]) -> Vec<u8> {
    let message = Message::parse(signed).unwrap();
    let mut bytes = Vec::new();
    Message { signature: None, ..message }.print(&mut bytes);
    bytes
}

impl Profile {
    fn get(&mut self, bytes: &[u8]) -> Changes {
        let mut changes = Changes::default();
        self.receive(bytes, NOW, &mut changes).unwrap();
        changes
    }

    fn learn(&mut self, number: Number, known: &KnownNumber) -> Changes {
        let mut changes = Changes::default();
        self.learn_number(number, known, NOW, &mut changes).unwrap();
        changes
    }

    fn all(&self, with: u64) -> Vec<Entry> {
        self.history.page(number(with), None, 100).unwrap()
    }

    fn outbox(&self) -> Vec<Outgoing> {
        self.outgoing(Precedence::Routine, 0, 100, NOW).unwrap()
    }

    fn sign_all(&mut self, to: u64, known: &KnownNumber) {
        let mut changes = Changes::default();
        self.sign_texts(number(to), known, false, NOW, &mut changes).unwrap();
    }

    fn state(&self, entry: EntryId) -> State {
        match self.history.entry(entry).unwrap().unwrap().way {
            Way::Sent(state) => state,
            Way::Received { .. } => panic!("it came"),
        }
    }

    fn plan(&self, statement: &str) -> String {
        let explain = format!("EXPLAIN QUERY PLAN {statement}");
        let mut plan = self.history.connection.prepare(&explain).unwrap();
        let parameters = plan.parameter_count();
        let values = vec![0; parameters];
        let rows = plan.query_map(rusqlite::params_from_iter(values), |row| row.get(3)).unwrap();
        rows.collect::<Result<Vec<String>, _>>().unwrap().join("; ")
    }
}

fn trust(entry: &Entry) -> Trust {
    match entry.way {
        Way::Received { trust, .. } => trust,
        Way::Sent(_) => panic!("it was sent"),
    }
}

#[test]
fn a_text_is_signed_once_its_number_is_known_and_sealed_for_a_key() {
    let (_folder, mut ann) = ann();
    let ben = ben();
    let entry = ann.compose(&Draft::new(ben.number(), "Hi"), NOW).unwrap();
    assert_eq!(ann.recipients().unwrap(), [ben.number()]);
    assert!(ann.outbox().is_empty());
    assert_eq!(ann.state(entry), State::Waiting);
    ann.learn(ben.number(), &known(&ben));
    ann.sign_all(2, &known(&ben));
    assert!(ann.recipients().unwrap().is_empty());
    let outbox = ann.outbox();
    let message = Message::parse(&outbox[0].bytes).unwrap();
    assert!(crate::verify::is_message_signed(&message, ann.owner_key()));
    let Body::Text { content, .. } = message.body else { panic!("no text") };
    let postrider_proto::native::Form::Sealed(body) = content.form() else { panic!("not sealed") };
    let plain = crate::sealed::open(&ben, ann.owner_key(), message.id, body).unwrap();
    let mut read = String::new();
    assert!(Content::parse_plain(&plain).unwrap().read(&mut read));
    assert_eq!(read, "Hi");
    let mut changes = Changes::default();
    ann.taken(&[outbox[0].seq], SERVER, NOW, &mut changes).unwrap();
    assert!(changes.changed.contains(&entry) && changes.unnamed.contains(&SERVER));
    assert!(ann.outbox().is_empty());
    let server = crate::ServerName { id: SERVER, label: None };
    assert_eq!(ann.state(entry), State::Accepted { server, at: NOW });
}

#[test]
fn nothing_is_sealed_on_a_clear_link_or_for_a_classic_number_or_against_the_draft() {
    let (_folder, mut ann) = ann();
    let ben = ben();
    ann.learn(ben.number(), &known(&ben));
    let classic = KnownNumber { is_known: true, ..KnownNumber::default() };
    let mut changes = Changes::default();
    ann.compose(&Draft::new(number(3), "a"), NOW).unwrap();
    ann.sign_texts(number(3), &classic, false, NOW, &mut changes).unwrap();
    ann.compose(&Draft::new(number(2), "b"), NOW).unwrap();
    ann.sign_texts(number(2), &known(&ben), true, NOW, &mut changes).unwrap();
    ann.compose(&Draft { seal: false, ..Draft::new(number(2), "c") }, NOW).unwrap();
    ann.sign_all(2, &known(&ben));
    let texts: Vec<String> = ann.outbox().iter().map(|out| plain(&out.bytes)).collect();
    assert_eq!(texts, ["a", "b", "c"]);
}

fn plain(bytes: &[u8]) -> String {
    let Body::Text { content, .. } = Message::parse(bytes).unwrap().body else { panic!("no text") };
    let mut text = String::new();
    assert!(content.read(&mut text), "it is sealed");
    text
}

#[test]
fn what_comes_is_kept_once_with_its_receipt_even_after_a_crash_before_custody() {
    let (folder, mut ann) = ann();
    let ben = ben();
    ann.learn(ben.number(), &known(&ben));
    let bytes = text(&ben, 1, "Hi Ann");
    let changes = ann.get(&bytes);
    assert_eq!(changes.received.len(), 1);
    let outbox = ann.outbox();
    let receipt = Message::parse(&outbox[0].bytes).unwrap();
    let Body::Receipt(told) = receipt.body else { panic!("no receipt") };
    assert_eq!((told.outcome, told.count), (Outcome::Delivered, Count::FIRST));
    assert!(crate::verify::is_message_signed(&receipt, ann.owner_key()));
    drop(ann);
    // The server never heard that it is on disk.
    let mut ann = Profile::open(&folder.path().join("ann")).unwrap();
    let again = ann.get(&bytes);
    assert!(again.received.is_empty());
    assert_eq!((ann.all(2).len(), ann.outbox()), (1, outbox));
    assert_eq!(trust(&ann.all(2)[0]), Trust::Verified);
    // The server has had the receipt, and asks nevertheless: it is said again.
    let seq = ann.outbox()[0].seq;
    ann.taken(&[seq], SERVER, NOW, &mut Changes::default()).unwrap();
    ann.get(&bytes);
    let again = ann.outbox();
    assert_eq!(again.len(), 1);
    assert_eq!(Message::parse(&again[0].bytes).unwrap().id.count.value(), 2);
}

#[test]
fn what_was_begun_and_not_ended_is_as_if_it_had_never_been() {
    let (_folder, mut ann) = ann();
    let ben = ben();
    let failed: Result<(), _> = ann.atomically(|ann| {
        ann.get(&text(&ben, 1, "Hi"));
        Err(ProfileError::NoEntry)
    });
    assert!(failed.is_err());
    assert!(ann.all(2).is_empty() && ann.outbox().is_empty());
    ann.get(&text(&ben, 1, "Hi"));
    assert_eq!(Message::parse(&ann.outbox()[0].bytes).unwrap().id.count, Count::FIRST);
}

#[test]
fn a_long_text_is_one_again_whatever_order_its_parts_come_in() {
    let (_folder, mut ann) = ann();
    let long: String = ('a'..='z').chain("äöü€".chars()).cycle().take(400).collect();
    let entry = ann.compose(&Draft { seal: false, ..Draft::new(number(3), &long) }, NOW).unwrap();
    assert_eq!(ann.all(3)[0].text, long);
    ann.compose(&Draft::new(number(3), "after"), NOW).unwrap();
    ann.sign_all(3, &KnownNumber::default());
    let outbox = ann.outbox();
    let ids: Vec<u32> =
        outbox.iter().map(|out| Message::parse(&out.bytes).unwrap().id.count.value()).collect();
    assert_eq!(ids, [1, 2, 3, 4], "consecutive");
    let mut changes = Changes::default();
    ann.taken(&[outbox[0].seq, outbox[2].seq], SERVER, NOW, &mut changes).unwrap();
    assert_eq!(ann.state(entry), State::Waiting, "as far as its slowest part");

    let (ben, chars) = (ben(), long.chars().collect::<Vec<_>>());
    let part = |at: u8| {
        let piece: String = chars.chunks(160).nth(usize::from(at) - 1).unwrap().iter().collect();
        let content = Content::utf8(&piece).unwrap();
        message(&ben, 10 + u32::from(at), Body::Text { part: Part::new(at, 3), content })
    };
    assert_eq!(ann.get(&part(2)).received.len(), 1);
    let open = &ann.all(2)[0];
    assert_eq!((open.parts_missing, open.text.starts_with('…')), (2, true));
    let changes = ann.get(&part(3));
    assert_eq!((changes.received.len(), changes.changed.len()), (0, 1));
    ann.get(&part(1));
    let all = ann.all(2);
    assert_eq!((all.len(), all[0].parts_missing, all[0].text.as_str()), (1, 0, long.as_str()));
    ann.mark_read(number(2), all[0].id, false, NOW).unwrap();
    assert!(ann.history.unread(None, 10).unwrap().is_empty());
}

#[test]
fn a_text_that_is_empty_or_too_long_is_refused() {
    let (_folder, mut ann) = ann();
    let mut compose = |text: &str| ann.compose(&Draft::new(number(2), text), NOW);
    assert!(matches!(compose(""), Err(ProfileError::Empty)));
    assert!(compose(&"ü".repeat(2_560)).is_ok());
    let long = compose(&"ü".repeat(2_561));
    assert!(matches!(long, Err(ProfileError::TooLong { found: 2_561 })));
}

fn receipt(keys: &Keys, own: u32, about: MessageId, outcome: Outcome) -> Vec<u8> {
    let (epoch, count) = (about.epoch, about.count);
    let age = Age::ZERO;
    message(keys, own, Body::Receipt(Receipt { epoch, count, outcome, server: SERVER, age }))
}

#[test]
fn states_lead_further_only_and_proof_is_the_key_s_signature() {
    let (_folder, mut ann) = ann();
    let (ben, liar) = (ben(), ben());
    ann.learn(ben.number(), &known(&ben));
    let entry = ann.compose(&Draft::new(number(2), "Hi"), NOW).unwrap();
    ann.sign_all(2, &known(&ben));
    let sent = Message::parse(&ann.outbox()[0].bytes).unwrap().id;
    ann.get(&receipt(&liar, 1, sent, Outcome::Delivered));
    assert_eq!(ann.state(entry), State::Delivered { proven: false, at: NOW });
    ann.get(&unsigned(&receipt(&ben, 2, sent, Outcome::Expired)));
    assert_eq!(ann.state(entry), State::Delivered { proven: false, at: NOW });
    ann.get(&receipt(&ben, 3, sent, Outcome::Delivered));
    assert_eq!(ann.state(entry), State::Delivered { proven: true, at: NOW });
    ann.get(&unsigned(&receipt(&ben, 4, sent, Outcome::Read)));
    assert_eq!(ann.state(entry), State::Delivered { proven: true, at: NOW });
    ann.get(&receipt(&ben, 5, sent, Outcome::Read));
    // The server's custody comes last of all.
    let seq = ann.outbox()[0].seq;
    ann.taken(&[seq], SERVER, NOW, &mut Changes::default()).unwrap();
    assert_eq!(ann.state(entry), State::Read { proven: true, at: NOW });
    assert!(ann.outbox().is_empty());
}

#[test]
fn a_receipt_that_comes_before_its_key_is_proof_once_the_key_has_come() {
    let (_folder, mut ann) = ann();
    let (ben, liar) = (ben(), ben());
    let entry = ann.compose(&Draft::new(number(2), "Hi"), NOW).unwrap();
    ann.sign_all(2, &KnownNumber::default());
    let sent = Message::parse(&ann.outbox()[0].bytes).unwrap().id;
    for (count, keys) in [(1, &liar), (2, &ben)] {
        let changes = ann.get(&receipt(keys, count, sent, Outcome::Delivered));
        assert!(changes.unknown.contains(&number(2)));
        assert_eq!(ann.state(entry), State::Delivered { proven: false, at: NOW });
    }
    ann.learn(number(2), &KnownNumber::default());
    assert_eq!(ann.unjudged().unwrap(), [number(2)], "the directory knew nothing yet");
    let changes = ann.learn(number(2), &known(&ben));
    assert!(changes.changed.contains(&entry));
    assert_eq!(ann.state(entry), State::Delivered { proven: true, at: NOW });
    assert!(ann.unjudged().unwrap().is_empty());
}

#[test]
fn what_failed_says_why_and_where() {
    let (_folder, mut ann) = ann();
    let ben = ben();
    let entry = ann.compose(&Draft::new(number(2), "Hi"), NOW).unwrap();
    ann.sign_all(2, &KnownNumber::default());
    let sent = Message::parse(&ann.outbox()[0].bytes).unwrap().id;
    let full = Outcome::Refused(Reason::MAILBOX_FULL);
    ann.get(&unsigned(&receipt(&ben, 1, sent, full)));
    let server = crate::ServerName { id: SERVER, label: None };
    let refused = State::Refused { reason: Reason::MAILBOX_FULL, server, at: NOW };
    assert_eq!(ann.state(entry), refused);
    // A text of nobody's, and a receipt about nothing, change nothing.
    let nothing = MessageId { count: Count::from_value(99).unwrap(), ..sent };
    ann.get(&receipt(&ben, 2, nothing, full));
    assert_eq!(ann.all(2).len(), 1);
}

#[test]
fn a_text_that_waited_too_long_here_expires_here() {
    let (_folder, mut ann) = ann();
    let draft = Draft { lifetime: Lifetime::MIN, ..Draft::new(number(2), "Hi") };
    let entry = ann.compose(&draft, NOW).unwrap();
    let later = Stamp(NOW.0 + 60_000);
    let mut changes = Changes::default();
    ann.sign_texts(number(2), &KnownNumber::default(), false, later, &mut changes).unwrap();
    assert_eq!(ann.state(entry), State::Expired { server: None, at: later });
    assert!(ann.outbox().is_empty() && changes.changed.contains(&entry));
    let entry = ann.compose(&draft, NOW).unwrap();
    ann.sign_all(2, &KnownNumber::default());
    assert_eq!(ann.state(entry), State::Waiting);
    let old = ann.outgoing(Precedence::Routine, 0, 1, Stamp(NOW.0 + 5_000)).unwrap();
    let message = Message::parse(&old[0].bytes).unwrap();
    assert_eq!(message.id.count, Count::FIRST, "the expired one has left no gap");
    assert_eq!(message.age, Age::at_least(std::time::Duration::from_secs(5)));
    assert!(crate::verify::is_message_signed(&message, ann.owner_key()));
}

#[test]
fn a_text_can_be_taken_back_until_it_is_signed() {
    let (_folder, mut ann) = ann();
    let entry = ann.compose(&Draft::new(number(2), "x".repeat(300)), NOW).unwrap();
    ann.withdraw(entry).unwrap();
    assert!(ann.all(2).is_empty());
    assert!(matches!(ann.withdraw(entry), Err(ProfileError::NoEntry)));
    let entry = ann.compose(&Draft::new(number(2), "Hi"), NOW).unwrap();
    ann.sign_all(2, &KnownNumber::default());
    assert!(matches!(ann.withdraw(entry), Err(ProfileError::HasLeft)));
}

#[test]
fn who_wrote_is_known_only_by_the_key() {
    let (_folder, mut ann) = ann();
    let (ben, liar) = (ben(), ben());
    let changes = ann.get(&text(&ben, 1, "signed"));
    assert!(changes.unknown.contains(&number(2)));
    ann.get(&text(&liar, 2, "signed by somebody"));
    ann.get(&unsigned(&text(&ben, 3, "not signed")));
    assert_eq!(ann.unjudged().unwrap(), [number(2)]);
    assert!(ann.all(2).iter().all(|entry| trust(entry) == Trust::Pending));
    ann.learn(number(2), &known(&ben));
    let found: Vec<Trust> = ann.all(2).iter().rev().map(trust).collect();
    assert_eq!(found, [Trust::Verified, Trust::Unproven, Trust::Unproven]);
    assert!(ann.unjudged().unwrap().is_empty());
    let classic = Keys::generate(number(3)).unwrap();
    ann.get(&unsigned(&text(&classic, 1, "by hand")));
    ann.learn(number(3), &KnownNumber::default());
    assert_eq!(trust(&ann.all(3)[0]), Trust::Unsigned);
}

#[test]
fn another_key_is_never_taken_silently() {
    let (_folder, mut ann) = ann();
    let (ben, other) = (ben(), ben());
    ann.learn(number(2), &known(&ben));
    ann.get(&text(&other, 1, "I have a new phone"));
    assert_eq!(trust(&ann.all(2)[0]), Trust::Pending);
    let changes = ann.learn(number(2), &known(&other));
    let (known_key, new) = (ben.owner_key(), other.owner_key());
    let change = KeyChange { number: number(2), known: known_key, new, is_vouched_for: false };
    assert_eq!(changes.keys, [change]);
    assert_eq!(trust(&ann.all(2)[0]), Trust::KeyChanged);
    assert!(ann.learn(number(2), &known(&other)).keys.is_empty(), "it is asked once");
    // What is written meanwhile waits.
    let entry = ann.compose(&Draft::new(number(2), "Is it you?"), NOW).unwrap();
    ann.sign_all(2, &known(&other));
    assert_eq!((ann.state(entry), ann.outbox().len()), (State::Waiting, 1));
    let wrong = ann.accept_key(number(2), known_key, NOW);
    assert!(matches!(wrong, Err(ProfileError::OtherKey)));
    ann.accept_key(number(2), new, NOW).unwrap();
    ann.sign_all(2, &known(&other));
    assert_eq!(ann.outbox().len(), 2);
    assert_eq!(trust(&ann.all(2)[1]), Trust::Verified);
    assert_eq!(ann.history.contact(number(2)).unwrap().key, Some(new));
}

#[test]
fn a_sealed_text_opens_when_its_sender_s_key_comes_to_be_known() {
    let (_folder, mut ann) = ann();
    let ben = ben();
    let id = MessageId { from: number(2), to: number(1), epoch: Epoch::MIN, count: Count::FIRST };
    let content = Content::utf8("nobody else").unwrap();
    let body = crate::sealed::seal(&ben, ann.owner_key(), id, content, &mut ann.rng).unwrap();
    let content = Content::sealed(&body).unwrap();
    ann.get(&message(&ben, 1, Body::Text { part: None, content }));
    let pending = ann.all(2).remove(0);
    assert_eq!((trust(&pending), pending.text.as_str()), (Trust::Pending, ""));
    ann.learn(number(2), &known(&ben));
    let open = ann.all(2).remove(0);
    assert_eq!((trust(&open), open.text.as_str()), (Trust::Verified, "nobody else"));
    assert!(open.is_sealed);
    let content = Content::sealed(&[1; 60]).unwrap();
    ann.get(&message(&ben, 2, Body::Text { part: None, content }));
    assert_eq!(trust(&ann.all(2)[0]), Trust::Unproven);
}

#[test]
fn contacts_and_what_was_read() {
    let (_folder, mut ann) = ann();
    let ben = ben();
    ann.learn(number(2), &known(&ben));
    ann.get(&text(&ben, 1, "one"));
    assert_eq!(ann.history.contact(number(2)).unwrap().standing, Standing::New);
    ann.set_name(number(2), Some("Ben")).unwrap();
    ann.set_standing(number(2), Standing::Accepted).unwrap();
    let talk = ann.history.conversations().unwrap().remove(0);
    assert_eq!((talk.unread, talk.contact.name.as_deref()), (1, Some("Ben")));
    ann.mark_read(number(2), talk.last.id, true, NOW).unwrap();
    assert_eq!(ann.history.conversations().unwrap()[0].unread, 0);
    let last = ann.outbox().pop().unwrap();
    let Body::Receipt(read) = Message::parse(&last.bytes).unwrap().body else { panic!() };
    assert_eq!(read.outcome, Outcome::Read);
    ann.set_standing(number(2), Standing::Blocked).unwrap();
    let changes = ann.get(&text(&ben, 2, "two"));
    assert!(changes.received.is_empty());
    assert!(ann.history.unread(None, 10).unwrap().is_empty());
    assert_eq!(ann.all(2).len(), 2, "it is kept");
    assert_eq!(ann.history.find("TWO", 10).unwrap().len(), 1);
}

#[test]
fn what_is_not_for_this_number_is_dropped() {
    let (_folder, mut ann) = ann();
    let ben = ben();
    let bytes = text(&ben, 1, "Hi");
    let mut message = Message::parse(&bytes).unwrap();
    message.id.to = number(3);
    let mut other = Vec::new();
    message.print(&mut other);
    ann.get(&other);
    ann.get(b"nonsense");
    assert!(ann.all(2).is_empty() && ann.outbox().is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_bytes_panic(all in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..120), 1..8)) {
        let (_folder, mut ann) = ann();
        for bytes in all {
            ann.get(&bytes);
        }
    }

    /// Whatever was composed says the same at the other end, in however many parts.
    #[test]
    fn what_is_written_is_what_is_read(written in "\\PC{1,700}", seal: bool) {
        let (folder, mut ann) = ann();
        let mut ben = Profile::create(&folder.path().join("ben"), number(2)).unwrap();
        let (of_ann, of_ben) = (known(ann.keys()), known(ben.keys()));
        ann.learn(number(2), &of_ben);
        ben.learn(number(1), &of_ann);
        ann.compose(&Draft { seal, ..Draft::new(number(2), &written) }, NOW).unwrap();
        ann.sign_all(2, &of_ben);
        for message in ann.outbox() {
            ben.get(&message.bytes);
        }
        let read = ben.all(1);
        prop_assert_eq!(read.len(), 1);
        prop_assert_eq!(trust(&read[0]), Trust::Verified);
        prop_assert_eq!(read[0].is_sealed, seal);
        prop_assert_eq!(&read[0].text, &written);
    }
}

#[test]
fn a_program_that_sends_a_text_again_by_its_key_sends_it_once() {
    let (_folder, mut ann) = ann();
    let draft = Draft::new(number(2), "the pump is on ".repeat(20));
    let (first, is_new) = ann.compose_once(&draft, "alarm 7", NOW).unwrap();
    assert!(is_new);
    assert_eq!(ann.compose_once(&draft, "alarm 7", NOW).unwrap(), (first, false));
    let other = Draft::new(number(2), "the pump is off");
    for refused in [&other, &Draft { to: number(3), ..draft.clone() }] {
        let refused = ann.compose_once(refused, "alarm 7", NOW);
        assert!(matches!(refused, Err(ProfileError::KeyUsed)), "{refused:?}");
    }
    assert_ne!(ann.compose_once(&draft, "alarm 8", NOW).unwrap(), (first, false));
    assert_eq!(ann.history.page(number(2), None, 10).unwrap().len(), 2);
}
