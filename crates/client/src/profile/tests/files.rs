//! The profile's files: who has them, what is wrong with them, copies of them.

use super::*;

#[test]
fn one_program_at_a_time_and_readers_beside_it() {
    let (folder, mut ann) = ann();
    let path = folder.path().join("ann");
    assert!(matches!(Profile::open(&path), Err(ProfileError::InUse { .. })));
    let reader = History::open(&path).unwrap();
    ann.compose(&Draft::new(number(2), "Hi"), NOW).unwrap();
    assert_eq!(reader.page(number(2), None, 10).unwrap().len(), 1);
    assert_eq!(reader.waiting().unwrap(), 1);
    assert!(reader.connection.execute("DELETE FROM messages", []).is_err());
    let nothing = History::open(folder.path());
    assert!(matches!(nothing, Err(ProfileError::Missing { .. })));
    drop(ann);
    let again = Profile::create(&path, number(1));
    assert!(matches!(again, Err(ProfileError::Exists { .. })));
}

#[test]
fn a_damaged_or_foreign_or_newer_file_is_refused_and_left_alone() {
    let (folder, ann) = ann();
    let path = folder.path().join("ann");
    let file = path.join(HISTORY_FILE);
    drop(ann);
    let connection = rusqlite::Connection::open(&file).unwrap();
    connection.pragma_update(None, "user_version", 5).unwrap();
    drop(connection);
    let newer = Profile::open(&path);
    assert!(matches!(newer, Err(ProfileError::Version { found: 5, known: 4, .. })));
    let connection = rusqlite::Connection::open(&file).unwrap();
    connection.pragma_update(None, "application_id", 1).unwrap();
    drop(connection);
    assert!(matches!(Profile::open(&path), Err(ProfileError::Damaged { .. })));
    std::fs::write(&file, "something else altogether ".repeat(500)).unwrap();
    assert!(matches!(Profile::open(&path), Err(ProfileError::Damaged { .. })));
    assert!(std::fs::read_to_string(&file).unwrap().starts_with("something else"));
    std::fs::remove_file(&file).unwrap();
    let ann = Profile::open(&path).unwrap();
    assert_eq!(ann.number(), number(1), "the keys are still there");
}

#[test]
fn a_file_with_a_page_overwritten_is_refused() {
    let (folder, mut ann) = ann();
    for _ in 0..200 {
        ann.compose(&Draft::new(number(2), "x".repeat(100)), NOW).unwrap();
    }
    let path = folder.path().join("ann");
    drop(ann);
    let file = path.join(HISTORY_FILE);
    let mut bytes = std::fs::read(&file).unwrap();
    let (pages, damage) = (bytes.len() / 4_096, [0xa5; 4_096]);
    for page in pages / 2..pages / 2 + 8 {
        bytes[page * 4_096..(page + 1) * 4_096].copy_from_slice(&damage);
    }
    std::fs::write(&file, bytes).unwrap();
    assert!(matches!(Profile::open(&path), Err(ProfileError::Damaged { .. })));
}

#[test]
fn a_restored_profile_has_the_number_s_key_and_an_epoch_of_its_own() {
    let (folder, ann) = ann();
    let words = ann.words().unwrap();
    let other = Profile::restore(&folder.path().join("other"), number(1), &words).unwrap();
    assert_eq!(other.owner_key(), ann.owner_key());
    assert_ne!(other.epoch, ann.epoch);
}

#[test]
fn after_a_copy_was_put_back_it_counts_anew() {
    let (_folder, mut ann) = ann();
    ann.compose(&Draft::new(number(2), "Hi"), NOW).unwrap();
    ann.sign_all(2, &KnownNumber::default());
    let before = ann.epoch;
    ann.count_anew().unwrap();
    ann.compose(&Draft::new(number(2), "Hi"), NOW).unwrap();
    ann.sign_all(2, &KnownNumber::default());
    let ids =
        ann.outbox().iter().map(|out| Message::parse(&out.bytes).unwrap().id).collect::<Vec<_>>();
    assert_eq!((ids[0].epoch, ids[0].count), (before, Count::FIRST));
    assert_ne!(ids[1].epoch, before);
    assert_eq!((ids[1].epoch, ids[1].count), (ann.epoch, Count::FIRST));
}

/// A hundred thousand texts with a hundred numbers: each look at them finds them by an index.
#[test]
fn a_long_history_is_paged_by_an_index() {
    let (_folder, ann) = ann();
    let fill = "
        WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 100000)
        INSERT INTO messages (id, text_id, direction, peer, epoch, count, part, parts, text,
          precedence, lifetime, sealed, at, state, state_at, read)
        SELECT n, n, CASE n % 2 WHEN 0 THEN 'in' ELSE 'out' END, printf('%010d', n % 100), 1, n,
          1, 1, 'text ' || n, 0, 100, 0, n, CASE n % 2 WHEN 0 THEN 'verified' ELSE 'accepted' END,
          n, n < 99000 FROM n; ANALYZE;";
    ann.history.connection.execute_batch(fill).unwrap();
    let page = ann.history.page(number(7), Some(EntryId(50_000)), 50).unwrap();
    assert_eq!((page.len(), page[0].id, page[49].id), (50, EntryId(49_907), EntryId(45_007)));
    assert_eq!(ann.history.conversations().unwrap().len(), 100);
    for (statement, index) in crate::history::PLANNED {
        let plan = ann.plan(&format!("SELECT id {statement}"));
        assert!(plan.contains(index), "{statement}: {plan}");
        assert!(!plan.contains("SCAN") && !plan.contains("TEMP B-TREE"), "{statement}: {plan}");
    }
    let plan = ann.plan(crate::history::CONVERSATIONS);
    let tables = plan.split("; ").filter(|step| step.contains("messages"));
    for step in tables {
        let is_one_look = step.contains("messages_page") || step.contains("messages_unread");
        assert!(is_one_look, "{plan}");
    }
}
