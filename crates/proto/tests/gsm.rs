//! The alphabet of the SMS, held to the tables and vectors in docs/protocol/vectors.

// Helpers of tests fail the test, as tests do.
#![allow(clippy::unwrap_used)]

#[allow(dead_code, reason = "each test takes what it needs")]
#[path = "support/vectors.rs"]
mod vectors;

use postrider_proto::gsm::{self, Packed};
use proptest::prelude::*;
use std::collections::BTreeMap;
use vectors::{lines, unhex, vectors};

fn alphabet() -> BTreeMap<char, Vec<u8>> {
    let character = |point: &str| char::from_u32(u32::from_str_radix(point, 16).unwrap()).unwrap();
    let lines = lines("gsm-alphabet.txt").into_iter();
    lines.map(|(codes, point)| (character(&point), unhex(&codes.replace(' ', "")))).collect()
}

/// The septets of packed bytes, bit by bit.
fn unpacked(packed: &[u8], septets: usize) -> Vec<u8> {
    let bit = |at: usize| packed[at / 8] >> (at % 8) & 1;
    (0..septets).map(|at| (0..7).map(|place| bit(7 * at + place) << place).sum()).collect()
}

fn check_packing(text: &str, septets: &[u8], bytes: &[u8]) {
    let mut buffer = [0xff; 300];
    let packed = gsm::pack(text, &mut buffer).unwrap();
    assert_eq!(packed.bytes(), bytes, "{text}");
    assert_eq!(packed.septets(), septets.len());
    assert_eq!(unpacked(bytes, septets.len()), septets, "{text}");
    assert_eq!(Packed::parse(bytes, septets.len()), Some(packed));
    assert_eq!(packed.chars().collect::<String>(), text);
    assert_eq!(gsm::septets(text), Some(septets.len()));
    assert_eq!(gsm::packed_bytes(septets.len()), bytes.len());
}

#[test]
fn every_character_has_the_code_of_the_standard_and_no_other_has_one() {
    let alphabet = alphabet();
    assert_eq!(alphabet.len(), 127 + 10);
    for character in '\0'..=char::MAX {
        let mut buffer = [0; 2];
        let mut utf8 = [0; 4];
        let packed = gsm::pack(character.encode_utf8(&mut utf8), &mut buffer);
        let codes = packed.map(|packed| unpacked(packed.bytes(), packed.septets()));
        assert_eq!(codes.as_ref(), alphabet.get(&character), "{character:?}");
        assert!(packed.is_none_or(|packed| packed.chars().eq([character])));
    }
}

#[test]
fn every_code_that_no_character_has_is_refused() {
    let alphabet = alphabet();
    let has_character = |codes: &[u8]| alphabet.values().any(|of_character| of_character == codes);
    for code in 0..128_u8 {
        assert_eq!(Packed::parse(&[code], 1).is_some(), has_character(&[code]), "{code:02x}");
        let escaped = (0x1b | u16::from(code) << 7).to_le_bytes();
        assert_eq!(
            Packed::parse(&escaped, 2).is_some(),
            has_character(&[0x1b, code]),
            "1b {code:02x}"
        );
    }
}

#[test]
fn texts_are_packed_as_the_vectors_say() {
    for vector in vectors("gsm.txt") {
        if vector.get("text").is_some() {
            let (text, septets) = (vector.utf8("text"), vector.bytes("septets"));
            check_packing(&text, &septets, &vector.bytes("packed"));
        } else {
            let packed = vector.bytes("packed");
            assert_eq!(Packed::parse(&packed, vector.parsed("count")), None, "{}", vector.name);
        }
    }
}

#[test]
fn a_character_takes_a_septet_or_two() {
    assert_eq!(gsm::septets(&"a".repeat(160)), Some(160));
    assert_eq!(gsm::septets(&"€".repeat(80)), Some(160));
    assert_eq!(gsm::septets("Łódź"), None);
    assert_eq!(gsm::septets("\u{1b}"), None, "the escape is no character");
}

#[test]
fn a_buffer_that_is_too_short_is_refused() {
    for (text, bytes) in [("a", 1), ("abcdefgh", 7), ("abcdefghi", 8), ("€", 2), ("123456€", 7)]
    {
        assert!(gsm::pack(text, &mut vec![0; bytes]).is_some(), "{text}");
        assert!(gsm::pack(text, &mut vec![0; bytes - 1]).is_none(), "{text}");
    }
    assert!(gsm::pack("", &mut []).is_some_and(|packed| packed.bytes().is_empty()));
}

#[test]
fn the_debug_form_hides_the_text() {
    let mut buffer = [0; 10];
    let packed = gsm::pack("secret", &mut buffer).unwrap();
    assert_eq!(format!("{packed:?}"), "Packed(6 septets)");
}

#[test]
fn absurd_counts_are_refused() {
    assert_eq!(Packed::parse(&[], usize::MAX), None);
    assert_eq!(Packed::parse(&[0; 8], usize::MAX / 7), None);
}

fn any_text() -> impl Strategy<Value = String> {
    let characters: Vec<char> = alphabet().into_keys().collect();
    prop::collection::vec(prop::sample::select(characters), 0..170).prop_map(String::from_iter)
}

proptest! {
    #[test]
    fn what_is_packed_is_read_again(text in any_text()) {
        let alphabet = alphabet();
        let septets: Vec<u8> = text.chars().flat_map(|character| alphabet[&character].clone()).collect();
        let mut buffer = vec![0xff; gsm::packed_bytes(septets.len())];
        let bytes = gsm::pack(&text, &mut buffer).unwrap().bytes().to_vec();
        check_packing(&text, &septets, &bytes);
    }

    #[test]
    fn no_bytes_panic_and_what_parses_packs_the_same(bytes in prop::collection::vec(any::<u8>(), 0..30), less in 0..2_usize) {
        let septets = (bytes.len() * 8 / 7).saturating_sub(less);
        if let Some(packed) = Packed::parse(&bytes, septets) {
            let text: String = packed.chars().collect();
            let mut buffer = [0; 30];
            prop_assert_eq!(gsm::pack(&text, &mut buffer), Some(packed));
        }
    }
}
