//! A real folder: what is kept, what is found again, what is refused.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on is to fail loudly")]

use postrider_engine::{Log, Place};
use postrider_store::{FORMAT, SEGMENT_BYTES, Store, StoreError};
use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

fn record(size: usize) -> Vec<u8> {
    let mut record = ((size - 2) as u16).to_le_bytes().to_vec();
    record.resize(size, 7);
    record
}

fn log_of(store: &mut Store) -> Result<Vec<u8>, StoreError> {
    let mut bytes = Vec::new();
    let mut from = store.start();
    while let Some(row) = store.read_row(from, &mut bytes)? {
        from = row.end;
    }
    Ok(bytes)
}

fn segments(folder: &Path) -> Vec<PathBuf> {
    let mut all: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    all.sort();
    all
}

/// Changes one byte of a file.
fn damage(file: &Path, offset: u64) {
    let file = OpenOptions::new().read(true).write(true).open(file).unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, offset).unwrap();
    file.write_all_at(&[!byte[0]], offset).unwrap();
}

fn bytes_of(folder: &Path) -> Vec<Vec<u8>> {
    segments(folder).iter().map(|file| fs::read(file).unwrap()).collect()
}

#[test]
fn what_was_committed_is_there_after_opening_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut written = Vec::new();
    for round in 1..=50 {
        let mut store = Store::open_folder(folder.path(), 3).unwrap();
        let records = record(200 + round).repeat(round * 3);
        store.commit(&records, Place(0)).unwrap();
        written.extend(records);
        assert_eq!(log_of(&mut store).unwrap(), written);
    }
}

#[test]
fn a_record_is_found_by_its_place_before_and_after_later_commits() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open_folder(folder.path(), 1).unwrap();
    let sizes: Vec<usize> = (0..400).map(|i| 30 + i % 190).chain([5_000]).collect();
    let records: Vec<u8> = sizes.iter().flat_map(|size| record(*size)).collect();
    let first = store.end();
    store.commit(&records, Place(0)).unwrap();
    for _ in 0..2 {
        let mut place = first.0;
        for size in &sizes {
            let mut read = Vec::new();
            store.read_record(Place(place), &mut read).unwrap();
            assert_eq!(read, record(*size));
            place += *size as u64;
        }
        store.commit(&record(10), Place(0)).unwrap();
    }
}

#[test]
fn what_is_dropped_frees_whole_segments_and_places_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open_folder(folder.path(), 1).unwrap();
    let megabyte = record(1 << 10).repeat(1 << 10);
    while segments(folder.path()).len() < 3 {
        store.commit(&megabyte, Place(0)).unwrap();
    }
    let end = store.end();
    store.commit(&record(50), Place(SEGMENT_BYTES + (1 << 20))).unwrap();
    assert_eq!(segments(folder.path()).len(), 2, "the second holds what is not to be dropped");
    store.commit(&record(60), end).unwrap();
    assert_eq!(segments(folder.path()).len(), 1);
    drop(store);
    let mut store = Store::open_folder(folder.path(), 1).unwrap();
    assert_eq!(log_of(&mut store).unwrap(), [record(50), record(60)].concat());
    assert!(store.end() > end);
}

#[test]
fn a_folder_of_another_server_or_in_use_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open_folder(folder.path(), 1).unwrap();
    let again = Store::open_folder(folder.path(), 1).err().unwrap();
    assert!(matches!(again, StoreError::InUse { .. }), "{again}");
    drop(store);
    let other = Store::open_folder(folder.path(), 2).err().unwrap();
    assert!(matches!(other, StoreError::OtherServer { found: 1, expected: 2 }), "{other}");
}

#[test]
fn a_folder_of_another_format_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("postrider.redb"), b"format 1").unwrap();
    let older = Store::open_folder(folder.path(), 1).err().unwrap();
    assert!(matches!(older, StoreError::Format { found: 1, expected: FORMAT }), "{older}");
    fs::remove_file(folder.path().join("postrider.redb")).unwrap();

    drop(Store::open_folder(folder.path(), 1).unwrap());
    let file = &segments(folder.path())[0];
    let mut bytes = fs::read(file).unwrap();
    bytes[8..12].copy_from_slice(&99_u32.to_le_bytes());
    let crc = crc32fast::hash(&bytes[..28]).to_le_bytes();
    bytes[28..32].copy_from_slice(&crc);
    fs::write(file, &bytes).unwrap();
    let newer = Store::open_folder(folder.path(), 1).err().unwrap();
    assert!(matches!(newer, StoreError::Format { found: 99, expected: FORMAT }), "{newer}");
    assert_eq!(fs::read(file).unwrap(), bytes);
}

#[test]
fn half_a_commit_at_the_end_is_told_by_a_check_and_dropped_by_a_start() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open_folder(folder.path(), 1).unwrap();
    store.commit(&record(100), Place(0)).unwrap();
    store.commit(&record(200), Place(0)).unwrap();
    drop(store);
    let file = &segments(folder.path())[0];
    let length = fs::metadata(file).unwrap().len();
    OpenOptions::new().write(true).open(file).unwrap().set_len(length - 1).unwrap();
    let before = bytes_of(folder.path());

    let (mut store, summary) = Store::check_folder(folder.path()).unwrap();
    assert_eq!((summary.server, summary.torn_bytes), (1, 211));
    assert_eq!(log_of(&mut store).unwrap(), record(100));
    drop(store);
    assert_eq!(bytes_of(folder.path()), before, "a check changes nothing");

    let mut store = Store::open_folder(folder.path(), 1).unwrap();
    store.commit(&record(30), Place(0)).unwrap();
    drop(store);
    let mut store = Store::open_folder(folder.path(), 1).unwrap();
    assert_eq!(log_of(&mut store).unwrap(), [record(100), record(30)].concat());
}

#[test]
fn damage_before_the_end_is_refused_wherever_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open_folder(folder.path(), 1).unwrap();
    for _ in 0..3 {
        store.commit(&record(40), Place(0)).unwrap();
    }
    drop(store);
    let file = &segments(folder.path())[0];
    let last_frame = fs::metadata(file).unwrap().len() - 52;
    for offset in 0..last_frame {
        damage(file, offset);
        let before = bytes_of(folder.path());
        let refused = Store::open_folder(folder.path(), 1).err();
        assert!(matches!(refused, Some(StoreError::Damaged { .. })), "{offset}: {refused:?}");
        assert_eq!(bytes_of(folder.path()), before);
        damage(file, offset);
    }
    assert_eq!(log_of(&mut Store::open_folder(folder.path(), 1).unwrap()).unwrap().len(), 120);
}

#[test]
fn damage_in_an_older_segment_and_a_missing_segment_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open_folder(folder.path(), 1).unwrap();
    let megabyte = record(1 << 10).repeat(1 << 10);
    while segments(folder.path()).len() < 3 {
        store.commit(&megabyte, Place(0)).unwrap();
    }
    drop(store);
    let files = segments(folder.path());
    damage(&files[0], 5_000_000);
    let mut store = Store::open_folder(folder.path(), 1).unwrap();
    let read = log_of(&mut store);
    assert!(matches!(read, Err(StoreError::Damaged { .. })), "found when it is replayed");
    drop(store);
    damage(&files[0], 5_000_000);
    fs::remove_file(&files[1]).unwrap();
    let gap = Store::open_folder(folder.path(), 1).err();
    assert!(matches!(gap, Some(StoreError::Damaged { .. })), "{gap:?}");
}

#[test]
fn a_segment_that_was_only_begun_is_begun_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open_folder(folder.path(), 1).unwrap();
    store.commit(&record(100), Place(0)).unwrap();
    let end = store.end().0 - 12;
    drop(store);
    fs::write(folder.path().join(format!("log-{end:016x}")), b"postr").unwrap();
    let mut store = Store::open_folder(folder.path(), 1).unwrap();
    store.commit(&record(9), Place(0)).unwrap();
    assert_eq!(segments(folder.path()).len(), 1);
    assert_eq!(log_of(&mut store).unwrap().len(), 109);
}

#[test]
fn what_is_no_data_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("log-0000000000000000"), b"my shopping list".repeat(9)).unwrap();
    let before = bytes_of(folder.path());
    assert!(matches!(
        Store::open_folder(folder.path(), 1).err(),
        Some(StoreError::Damaged { place: Place(0) })
    ));
    assert_eq!(bytes_of(folder.path()), before);
    let none = folder.path().join("none");
    assert!(matches!(Store::check_folder(&none).err(), Some(StoreError::NotData { .. })));
    assert!(!none.exists());
    fs::create_dir(&none).unwrap();
    assert!(matches!(Store::check_folder(&none).err(), Some(StoreError::NotData { .. })));
    assert_eq!(segments(&none), Vec::<PathBuf>::new());
}
