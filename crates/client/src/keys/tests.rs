use super::file::MODE;
use super::*;
use crate::Stamp;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

const NOW: Stamp = Stamp(1_000_000);

#[test]
fn what_is_written_is_read_by_its_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys");
    let keys = Keys::generate(Number::MAX).unwrap();
    keys.write(&file).unwrap();
    assert!(keys.write(&file).is_err(), "keys are never written over");
    let read = Keys::read(&file).unwrap();
    assert_eq!((read.number(), read.owner_key()), (Number::MAX, keys.owner_key()));
    assert_eq!(read.device().public(), keys.device().public());
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
    assert!(matches!(Keys::read(&file), Err(KeysError::Exposed { .. })));
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(MODE)).unwrap();
    std::fs::write(&file, "postrider profile v1\nnumber 12\n").unwrap();
    assert!(matches!(Keys::read(&file), Err(KeysError::Form { .. })));
}

#[test]
fn the_words_give_the_owner_back_on_another_device() {
    let keys = Keys::generate(Number::MIN).unwrap();
    let restored = Keys::from_words(Number::MIN, &keys.words().unwrap()).unwrap();
    assert_eq!(restored.owner_key(), keys.owner_key());
    assert_ne!(restored.device().public(), keys.device().public());
}

fn version(value: u32) -> Version {
    Version::from_value(value).unwrap()
}

/// What a crash now would leave.
fn read_back(keys: &Keys, file: &Path) -> Keys {
    keys.write_over(file).unwrap();
    assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, MODE);
    Keys::read(file).unwrap()
}

fn has(file: &Path, secret: &SigningKey) -> bool {
    let written = std::fs::read_to_string(file).unwrap();
    let hex: String = secret.to_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    written.contains(&hex)
}

#[test]
fn a_change_goes_on_from_each_of_its_steps_and_leaves_no_first_secret() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys");
    let old = Keys::generate(Number::MIN).unwrap();
    old.write(&file).unwrap();
    let begun = read_back(&old.begin_change(None).unwrap(), &file);
    assert_eq!(begun.rank(), KeyRank::Changing { first: old.owner_key() });
    assert_ne!(begun.owner_key(), old.owner_key());
    assert_eq!(begun.device().public(), old.device().public());
    assert!(has(&file, &old.owner) && begun.words() == old.words());
    assert!(begun.end_change(NOW).is_none(), "nobody has the word");
    assert!(matches!(begun.device_code(Vec::new()), Err(KeysError::IsChanging)));
    assert!(matches!(begun.begin_change(None), Err(KeysError::IsChanging)));

    let signed = read_back(&begun.sign_word(version(5)), &file);
    assert!(signed.is_changing() && has(&file, &old.owner));
    let signed = read_back(&signed.sign_word(version(9)), &file);
    let ended = read_back(&signed.end_change(NOW).unwrap(), &file);
    let rank = KeyRank::Later { first: old.owner_key(), since: version(9) };
    assert_eq!((ended.rank(), ended.owner_key()), (rank, begun.owner_key()));
    assert!(!has(&file, &old.owner) && ended.words().is_none());
    assert!(ended.word.as_ref().unwrap().is_for(Number::MIN, ended.owner_key()));
    assert!(!ended.word.as_ref().unwrap().is_for(Number::MAX, ended.owner_key()));

    assert!(ended.openers().any(|opener| opener == old.owner_x25519()));
    let over = ended.first_opens_until().unwrap();
    assert!(ended.forget_first(Stamp(over.0 - 1)).is_none());
    let forgotten = read_back(&ended.forget_first(over).unwrap(), &file);
    assert!(!forgotten.openers().any(|opener| opener == old.owner_x25519()));
    assert_eq!((forgotten.rank(), forgotten.first_opens_until()), (rank, None));
}

#[test]
fn of_a_later_key_the_first_ones_words_are_wanted_and_no_others() {
    let old = Keys::generate(Number::MIN).unwrap();
    let words = old.words().unwrap();
    let later = old.begin_change(None).unwrap().sign_word(version(2)).end_change(NOW).unwrap();
    assert!(matches!(later.begin_change(None), Err(KeysError::Words(_))));
    let others = Keys::generate(Number::MIN).unwrap().words().unwrap();
    assert!(matches!(later.begin_change(Some(&others)), Err(KeysError::NotTheFirst { .. })));
    let begun = later.begin_change(Some(&words)).unwrap();
    let newest = begun.sign_word(version(3)).end_change(NOW).unwrap();
    let rank = KeyRank::Later { first: old.owner_key(), since: version(3) };
    assert_eq!(newest.rank(), rank);
    assert!(newest.openers().any(|opener| opener == later.owner_x25519()), "for ever");
    let forgotten = newest.forget_first(newest.first_opens_until().unwrap()).unwrap();
    assert!(forgotten.openers().any(|opener| opener == later.owner_x25519()));

    let code = newest.device_code(Vec::new()).unwrap();
    let joined = Keys::from_code(&DeviceCode::parse(&code.print()).unwrap()).unwrap();
    assert_eq!((joined.rank(), joined.owner_key()), (rank, newest.owner_key()));
    let other = DeviceCode { number: Number::MAX, ..code };
    assert!(matches!(Keys::from_code(&other), Err(KeysError::NoWord { .. })));
}

#[test]
fn a_file_with_anything_else_in_it_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys");
    let keys = Keys::generate(Number::MIN).unwrap().begin_change(None).unwrap();
    keys.sign_word(version(2)).write(&file).unwrap();
    let good = std::fs::read_to_string(&file).unwrap();
    for wrong in ["opens 12", "word a 0 b", "first 00 own", "first", "later"] {
        std::fs::write(&file, format!("{good}{wrong}\n")).unwrap();
        assert!(matches!(Keys::read(&file), Err(KeysError::Form { .. })), "{wrong}");
    }
    std::fs::write(&file, good.replacen("first ", "first 0", 1)).unwrap();
    assert!(matches!(Keys::read(&file), Err(KeysError::Form { .. })));
}
