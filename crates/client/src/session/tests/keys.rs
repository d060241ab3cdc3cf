//! A number whose key is changed, or was disputed.

use super::*;

impl World {
    /// The versions for which the first key was to sign, since the last time that was asked.
    fn versions_signed(&mut self) -> Vec<Version> {
        let mut found = Vec::new();
        self.seen.retain(|event| match event {
            SessionEvent::Sign { since } => {
                found.push(*since);
                false
            }
            _ => true,
        });
        found
    }

    /// The same number with other keys, at the same servers.
    fn with_keys(self, keys: &Arc<Keys>) -> World {
        let mut next = World::new(keys, &[7]);
        (next.servers, next.now) = (self.servers, self.now);
        next
    }
}

fn version(value: u32) -> Version {
    Version::from_value(value).unwrap()
}

#[test]
fn a_later_key_is_claimed_once_the_first_one_has_signed_whatever_was_cut_before() {
    let ann = ann();
    let mut world = World::new(&ann, &[7]);
    world.run(5);
    let begun = Arc::new(ann.begin_change(None).unwrap());
    let mut world = world.with_keys(&begun);
    world.run(5);
    assert_eq!(world.versions_signed(), [version(2)], "one after the version of the answer");
    assert!(!world.session.is_attached() && world.refused().is_empty());
    // It is signed, on disk, and the device dies before it has said so.
    let signed = Arc::new(begun.sign_word(version(2)));
    let mut world = world.with_keys(&signed);
    world.run(5);
    assert_eq!(world.versions_signed(), [version(2)]);
    let now = world.now;
    world.session.signed(now, Arc::new(signed.sign_word(version(2))));
    world.run(5);
    assert!(world.session.is_attached());
    // The server has it, and the device dies before it has noted that.
    let mut world = world.with_keys(&signed);
    world.run(5);
    assert_eq!(world.versions_signed(), [version(3)], "again, for a later one");
    let signed = Arc::new(signed.sign_word(version(3)));
    let now = world.now;
    world.session.signed(now, signed.clone());
    world.run(5);
    let server = &world.server(7).known[&ann.number()];
    assert_eq!((server.key, server.since), (begun.owner_key(), 3));

    let ended = Arc::new(signed.end_change(crate::Stamp(0)).unwrap());
    let mut world = world.with_keys(&ended);
    world.run(5);
    assert!(world.session.is_attached() && world.versions_signed().is_empty());
    let mut world = world.with_keys(&ann);
    world.run(5);
    assert_eq!(world.refused(), [Refusal::REPLACED], "the first one is the number's no more");
}

#[test]
fn that_another_key_had_the_number_waits_for_the_disk_and_what_is_unknown_does_not() {
    let ann = ann();
    let mut world = World::new(&ann, &[7]);
    world.run(5);
    let home = world.server(7).key().id();
    let dispute = Dispute { number: ann.number(), first: [9; 16], home };
    let others = Dispute { number: Number::MAX, ..dispute };
    let now = world.now;
    for said in [dispute, others] {
        let mut bytes = Vec::new();
        Item::Dispute(said).print(&mut bytes);
        world.server(7).post(now, ann.number(), &bytes);
    }
    // What a later version may say is taken and left alone.
    world.server(7).post(now, ann.number(), &[0x89, 1, 2]);
    world.run(5);
    let told = world.seen.iter().filter_map(|event| match event {
        SessionEvent::Disputed { item, dispute } => Some((*item, *dispute)),
        _ => None,
    });
    let told: Vec<(ItemId, Dispute)> = told.collect();
    assert_eq!((told.len(), told[0].1), (1, dispute));
    assert!(world.session.is_attached());
    let before = world.server(7).has_in_custody;
    assert_eq!(before, 2, "what is not its own, and what it does not know");
    let now = world.now;
    world.session.custody(now, told[0].0);
    world.run(5);
    assert_eq!(world.server(7).has_in_custody, 3);
}

#[test]
fn a_later_key_of_another_first_one_is_refused_and_does_not_ask_for_ever() {
    let (ann, other) = (ann(), ann());
    let mut world = World::new(&ann, &[7]);
    world.run(5);
    let later = other.begin_change(None).unwrap().sign_word(version(9));
    let later = Arc::new(later.end_change(crate::Stamp(0)).unwrap());
    let mut world = world.with_keys(&later);
    world.run(5);
    assert_eq!(world.refused(), [Refusal::TAKEN]);
    assert_eq!(world.server(7).known[&ann.number()].key, ann.owner_key());
}

#[test]
fn a_later_key_comes_to_a_server_that_knows_nothing_of_the_number() {
    let ann = ann();
    let later = ann.begin_change(None).unwrap().sign_word(version(5));
    let later = Arc::new(later.end_change(crate::Stamp(0)).unwrap());
    let mut world = World::new(&later, &[7]);
    world.run(5);
    assert!(world.session.is_attached());
    let known = &world.server(7).known[&ann.number()];
    assert_eq!((known.first, known.since, known.version), (ann.owner_key(), 5, 5));
}
