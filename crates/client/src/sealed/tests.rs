use super::*;
use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use postrider_proto::Number;
use postrider_proto::native::{Count, Epoch};
use proptest::prelude::*;

fn seeded(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

/// A value of a vector of the page.
fn vector(vector: &str, name: &str) -> &'static str {
    let vectors = include_str!("../../../../docs/protocol/vectors/sealed.txt");
    let start = vectors.find(&format!("vector = {vector}\n")).unwrap();
    let mut lines = vectors[start..].lines();
    let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(" = "));
    value.unwrap_or_else(|| panic!("no {name}"))
}

#[test]
fn the_vector_of_the_page_opens() {
    let value = |name| vector("a sealed text", name);
    let owner = |name| keys_of(value(name).parse().unwrap());
    let (ann, ben) = (owner("from-seed"), owner("to-seed"));
    let number = |name| value(name).parse().unwrap();
    let sent = id(number("from"), number("to"), number("epoch") as u32, number("count") as u32);
    let body = hex(value("body"));
    let plain = open(&ben, ann.owner_key(), sent, &body).unwrap();
    assert_eq!(*plain, hex(value("plain")));
    let mut text = String::new();
    assert!(Content::parse_plain(&plain).unwrap().read(&mut text));
    assert_eq!(text.as_bytes(), hex(value("text")));
    assert_eq!(info(sent), hex(value("info")));
}

fn keys_of(seed: u8) -> Keys {
    let secret = format!("{seed:02x}").repeat(32);
    let file = tempfile::NamedTempFile::new().unwrap();
    let written =
        format!("postrider profile v1\nnumber 0000000001\nowner {secret}\ndevice {secret}\n");
    std::fs::write(file.path(), written).unwrap();
    Keys::read(file.path()).unwrap()
}

/// RFC 9180, appendix A.2.3: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20Poly1305, mode
/// auth, the first encryption.
#[test]
fn the_suite_is_that_of_rfc_9180() {
    let value = |name| hex(vector("RFC 9180, A.2.3", name));
    let sender = Public::from_bytes(&value("pkSm")).unwrap();
    let secret = Secret::from_bytes(&value("skRm")).unwrap();
    let plain = hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, X25519>(
        &OpModeR::Auth(sender),
        &secret,
        &Encapsulated::from_bytes(&value("enc")).unwrap(),
        &value("info"),
        &value("ct"),
        &value("aad"),
    );
    assert_eq!(plain.unwrap(), value("pt"));
}

fn id(from: u64, to: u64, epoch: u32, count: u32) -> MessageId {
    MessageId {
        from: Number::from_value(from).unwrap(),
        to: Number::from_value(to).unwrap(),
        epoch: Epoch::from_value(epoch).unwrap(),
        count: Count::from_value(count).unwrap(),
    }
}

fn keys() -> (Keys, Keys) {
    (Keys::generate(Number::MIN).unwrap(), Keys::generate(Number::MAX).unwrap())
}

#[test]
fn what_is_bound_in_is_what_the_page_says() {
    let bound = info(id(0x01_0203_0405, 0x02_0304_0506, 0x0a_0b0c, 0x0102_0304));
    let label = "706f7374726964657220 7365616c656420 763100";
    assert_eq!(bound, hex(&format!("{label} 0102030405 0203040506 0a0b0c 01020304")));
}

#[test]
fn only_the_recipient_opens_it_and_only_as_that_message_of_that_sender() {
    let (ann, ben) = keys();
    let sent = id(1, 2, 3, 4);
    let content = Content::utf8("für Ben").unwrap();
    let body = seal(&ann, ben.owner_key(), sent, content, &mut seeded(1)).unwrap();
    assert!(Content::sealed(&body).is_ok());
    let plain = open(&ben, ann.owner_key(), sent, &body).unwrap();
    assert_eq!(Content::parse_plain(&plain), Ok(content));
    assert!(open(&ann, ann.owner_key(), sent, &body).is_none());
    assert!(open(&ben, ben.owner_key(), sent, &body).is_none());
    for other in [id(9, 2, 3, 4), id(1, 9, 3, 4), id(1, 2, 9, 4), id(1, 2, 3, 9)] {
        assert!(open(&ben, ann.owner_key(), other, &body).is_none());
    }
    assert!(seal(&ann, OwnerKey([0; 32]), sent, content, &mut seeded(1)).is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn what_is_sealed_opens_and_a_changed_bit_does_not(
        text in "\\PC{0,160}", seed: u64, bit: prop::sample::Index,
    ) {
        let (ann, ben) = keys();
        let mut buffer = [0; Content::GSM_BYTES_MAX];
        let content = Content::write(&text, &mut buffer).unwrap();
        let sent = id(seed % 10_000_000_000, 7, 1, 1);
        let mut body = seal(&ann, ben.owner_key(), sent, content, &mut seeded(seed)).unwrap();
        let mut read = String::new();
        let plain = open(&ben, ann.owner_key(), sent, &body).unwrap();
        prop_assert!(Content::parse_plain(&plain).unwrap().read(&mut read));
        prop_assert_eq!(&read, &text);
        let bit = bit.index(8 * body.len());
        body[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(open(&ben, ann.owner_key(), sent, &body).is_none());
    }

    #[test]
    fn no_bytes_panic(body: Vec<u8>) {
        let (ann, ben) = keys();
        prop_assert!(open(&ben, ann.owner_key(), id(1, 2, 3, 4), &body).is_none());
    }
}
