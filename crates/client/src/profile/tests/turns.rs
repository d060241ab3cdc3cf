//! What is changed in a turn is changed together.

use super::*;

fn texts(reader: &History) -> Vec<String> {
    let page = reader.page(number(2), None, 100).unwrap();
    page.into_iter().rev().map(|entry| entry.text).collect()
}

fn compose(ann: &mut Profile, text: &str) {
    ann.compose(&Draft::new(number(2), text), NOW).unwrap();
}

#[test]
fn a_turn_is_there_together_or_not_at_all() {
    let (folder, mut ann) = ann();
    let path = folder.path().join("ann");
    let reader = History::open(&path).unwrap();
    ann.begin(true).unwrap();
    compose(&mut ann, "one");
    compose(&mut ann, "two");
    assert_eq!(texts(ann.history()), ["one", "two"]);
    assert!(texts(&reader).is_empty());
    drop(ann);
    let mut ann = Profile::open(&path).unwrap();
    assert!(texts(ann.history()).is_empty(), "power failed in the turn");
    ann.begin(true).unwrap();
    compose(&mut ann, "one");
    compose(&mut ann, "two");
    ann.commit().unwrap();
    assert_eq!(texts(&reader), ["one", "two"]);
}

#[test]
fn what_fails_in_a_turn_takes_nothing_else_with_it() {
    let (_folder, mut ann) = ann();
    ann.begin(true).unwrap();
    compose(&mut ann, "one");
    let failed = ann.atomically(|ann| {
        compose(ann, "never said");
        Err::<(), _>(ProfileError::Empty)
    });
    assert!(matches!(failed, Err(ProfileError::Empty)));
    compose(&mut ann, "two");
    ann.commit().unwrap();
    assert_eq!(texts(ann.history()), ["one", "two"]);
}

#[test]
fn nothing_belongs_to_a_turn_that_the_database_has_undone() {
    let (_folder, mut ann) = ann();
    ann.begin(true).unwrap();
    compose(&mut ann, "one");
    ann.history.connection.execute_batch("ROLLBACK").unwrap();
    let draft = Draft::new(number(2), "two");
    assert!(matches!(ann.compose(&draft, NOW), Err(ProfileError::Undone)));
    assert!(matches!(ann.set_value("name", 1), Err(ProfileError::Undone)));
    assert!(ann.commit().unwrap_err().may_pass());
    ann.undo().unwrap();
    compose(&mut ann, "three");
    assert_eq!(texts(ann.history()), ["three"]);
}

#[test]
fn what_is_changed_after_a_turn_that_is_not_flushed_is_flushed() {
    let (_folder, mut ann) = ann();
    assert!(ann.is_flushed());
    ann.begin(false).unwrap();
    assert!(!ann.is_flushed());
    ann.commit().unwrap();
    assert!(ann.is_flushed());
    ann.begin(true).unwrap();
    assert!(ann.is_flushed());
}

#[test]
fn each_number_for_which_texts_wait_is_named_once() {
    let (_folder, mut ann) = ann();
    for to in [3, 2, 9, 3, 2] {
        ann.compose(&Draft::new(number(to), "Hi"), NOW).unwrap();
    }
    assert_eq!(ann.recipients().unwrap(), [2, 3, 9].map(number));
}
