//! Texts that are too long for one PDU.

use crate::codec::{Status, Tlvs, tag};
use crate::coding::{Coding, whole};
use serde::{Deserialize, Serialize};

/// In an `esm_class`: the text begins with a header of its own.
pub const HAS_HEADER: u8 = 0x40;

const CONCATENATED_8: u8 = 0x00;
const CONCATENATED_16: u8 = 0x08;
/// Bytes of one message over the air, and of one in a text of several.
const SEPTETS: (usize, usize) = (160, 153);
const BYTES: (usize, usize) = (140, 134);

/// Which part of which text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part {
    /// What all parts of the text have in common; the three ways to say it count apart.
    pub reference: u32,
    /// Which, from 1.
    pub number: u8,
    /// Of how many, at least 2.
    pub of: u8,
}

/// What a PDU carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Carried<'a> {
    /// None of a text that is whole.
    pub part: Option<Part>,
    /// Its characters, as they are coded.
    pub bytes: &'a [u8],
}

/// How a client wants long texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Long {
    /// In parts, each with a header of its own.
    #[default]
    Udh,
    /// In parts, numbered by optional fields.
    Sar,
    /// Whole, in an optional field.
    Payload,
}

impl Long {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Long::Udh => "udh",
            Long::Sar => "sar",
            Long::Payload => "payload",
        }
    }
}

/// Finds the text of a PDU, and which part it is.
pub fn carried<'a>(esm_class: u8, text: &'a [u8], tlvs: Tlvs<'a>) -> Result<Carried<'a>, Status> {
    let bytes = match (text, tlvs.get(tag::MESSAGE_PAYLOAD)) {
        (text, None) => text,
        ([], Some(payload)) => payload,
        (_, Some(_)) => return Err(Status::OPTIONAL_VALUE),
    };
    if esm_class & HAS_HEADER != 0 {
        return with_header(bytes).ok_or(Status::ESM_CLASS);
    }
    let [reference, of, number] =
        [tag::SAR_MSG_REF_NUM, tag::SAR_TOTAL_SEGMENTS, tag::SAR_SEGMENT_SEQNUM]
            .map(|tag| tlvs.number(tag));
    let part = reference.zip(of).zip(number).and_then(|((reference, of), number)| {
        part(2 << 16 | reference & 0xffff, of.try_into().ok()?, number.try_into().ok()?)
    });
    Ok(Carried { part, bytes })
}

/// None where the numbers make no sense; such a text is whole then.
fn part(reference: u32, of: u8, number: u8) -> Option<Part> {
    (of > 1 && (1..=of).contains(&number)).then_some(Part { reference, number, of })
}

/// Its length, then elements of a kind, a length, and a value.
fn with_header(bytes: &[u8]) -> Option<Carried<'_>> {
    let (length, rest) = bytes.split_first()?;
    let (mut header, bytes) = rest.split_at_checked(usize::from(*length))?;
    let mut found = None;
    while let [kind, length, rest @ ..] = header {
        let (value, rest) = rest.split_at_checked(usize::from(*length))?;
        header = rest;
        let said = match (*kind, value) {
            (CONCATENATED_8, [reference, of, number]) => part((*reference).into(), *of, *number),
            (CONCATENATED_16, [high, low, of, number]) => {
                let reference = u16::from_be_bytes([*high, *low]);
                part(1 << 16 | u32::from(reference), *of, *number)
            }
            _ => None,
        };
        found = said.or(found);
    }
    header.is_empty().then_some(Carried { part: found, bytes })
}

/// A part that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its name.
    pub id: i64,
    /// Which it is, from 1.
    pub number: u8,
    /// What it says.
    pub text: String,
}

/// What comes of a part that arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// It is kept already, under this name.
    Doubled(i64),
    /// Others are missing.
    Waits,
    /// It is the last that was missing.
    Whole,
    /// It is of another text with the same reference: those that are kept go without it.
    Another,
}

/// A part arrives where some of the same text are kept, each number once.
pub fn arrive(kept: &[Kept], part: Part, text: &str) -> Arrival {
    match kept.iter().find(|kept| kept.number == part.number) {
        Some(kept) if kept.text == text => Arrival::Doubled(kept.id),
        Some(_) => Arrival::Another,
        None if kept.len() + 1 == usize::from(part.of) => Arrival::Whole,
        None => Arrival::Waits,
    }
}

/// The text of parts in whatever order; what is missing is an ellipsis.
pub fn joined(kept: &[Kept], of: u8) -> String {
    let part = |number: u8| kept.iter().find(|kept| kept.number == number);
    whole((1..=of).map(|number| part(number).map(|kept| kept.text.as_str())))
}

/// One PDU's share of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The characters, with a header before them where `has_header` says so.
    pub bytes: Vec<u8>,
    /// Whether [`HAS_HEADER`] is to be said.
    pub has_header: bool,
    /// To be said by optional fields.
    pub sar: Option<Part>,
    /// Whether it goes into an optional field.
    pub is_payload: bool,
}

/// A text in as few PDUs as carry it. `coding` has all of its characters; the reference is the
/// same however often it is split.
pub fn split(text: &str, coding: Coding, long: Long, reference: u8) -> Vec<Piece> {
    let (alone, in_parts) = if coding == Coding::Gsm { SEPTETS } else { BYTES };
    let mut whole = Vec::new();
    for character in text.chars() {
        let _ = coding.print(character, &mut whole);
    }
    let piece =
        |bytes| Piece { bytes, has_header: false, sar: None, is_payload: long == Long::Payload };
    if whole.len() <= alone {
        return vec![Piece { is_payload: false, ..piece(whole) }];
    }
    if long == Long::Payload {
        return vec![piece(whole)];
    }
    let cut = cut(text, coding, in_parts);
    let of = u8::try_from(cut.len()).unwrap_or(u8::MAX);
    let numbered = (1..=of).zip(cut);
    let finish = |(number, bytes): (u8, Vec<u8>)| match long {
        Long::Sar => {
            Piece { sar: Some(Part { reference: reference.into(), number, of }), ..piece(bytes) }
        }
        _ => {
            let header = [5, CONCATENATED_8, 3, reference, of, number];
            Piece { has_header: true, ..piece([&header[..], &bytes].concat()) }
        }
    };
    numbered.map(finish).collect()
}

/// Never between the bytes of a character.
fn cut(text: &str, coding: Coding, most: usize) -> Vec<Vec<u8>> {
    let (mut all, mut now, mut one) = (Vec::new(), Vec::new(), Vec::new());
    for character in text.chars() {
        one.clear();
        let _ = coding.print(character, &mut one);
        if now.len() + one.len() > most {
            all.push(std::mem::take(&mut now));
        }
        now.extend_from_slice(&one);
    }
    all.push(now);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::OwnTlvs;
    use proptest::prelude::*;

    fn read(piece: &Piece) -> (Option<Part>, Vec<u8>) {
        let sar = piece.sar.map(|part| {
            let reference = (part.reference as u16).to_be_bytes();
            OwnTlvs::of(&[
                (tag::SAR_MSG_REF_NUM, &reference),
                (tag::SAR_TOTAL_SEGMENTS, &[part.of]),
                (tag::SAR_SEGMENT_SEQNUM, &[part.number]),
            ])
        });
        let payload =
            piece.is_payload.then(|| OwnTlvs::of(&[(tag::MESSAGE_PAYLOAD, &piece.bytes)]));
        let tlvs = sar.or(payload).unwrap_or_default();
        let text = if piece.is_payload { &[][..] } else { &piece.bytes };
        let class = if piece.has_header { HAS_HEADER } else { 0 };
        let carried = carried(class, text, tlvs.tlvs()).unwrap();
        (carried.part, carried.bytes.to_vec())
    }

    #[test]
    fn both_headers_say_the_part_and_others_are_skipped() {
        let with = |bytes: &'static [u8]| carried(HAS_HEADER, bytes, Tlvs::default());
        let part = Part { reference: 7, number: 2, of: 3 };
        let expected = Carried { part: Some(part), bytes: b"hi" };
        assert_eq!(with(&[5, 0, 3, 7, 3, 2, b'h', b'i']), Ok(expected));
        let part = Part { reference: 1 << 16 | 0x0107, ..part };
        let expected = Carried { part: Some(part), bytes: b"hi" };
        assert_eq!(with(&[6, 8, 4, 1, 7, 3, 2, b'h', b'i']), Ok(expected));
        let ports = with(&[6, 5, 4, 0, 1, 0, 2, b'h']).unwrap();
        assert_eq!((ports.part, ports.bytes), (None, &b"h"[..]));
        assert_eq!(with(&[5, 0, 3, 7, 3, 4, b'h']).unwrap().part, None, "the fourth of three");
        for wrong in [&[][..], &[9, 0], &[2, 0, 3], &[1, 0]] {
            assert_eq!(with(wrong), Err(Status::ESM_CLASS), "{wrong:?}");
        }
    }

    #[test]
    fn a_text_in_two_places_is_refused() {
        let payload = OwnTlvs::of(&[(tag::MESSAGE_PAYLOAD, b"a")]);
        assert_eq!(carried(0, b"b", payload.tlvs()), Err(Status::OPTIONAL_VALUE));
        assert_eq!(carried(0, b"", payload.tlvs()).unwrap().bytes, b"a");
    }

    #[test]
    fn what_is_missing_is_an_ellipsis() {
        let kept = |number, text: &str| Kept { id: 0, number, text: text.to_owned() };
        assert_eq!(joined(&[kept(3, "c"), kept(1, "a")], 4), "a…c…");
        assert_eq!(joined(&[kept(2, "b")], 2), "…b");
        assert_eq!(joined(&[kept(2, "b"), kept(1, "a")], 2), "ab");
    }

    proptest! {
        #[test]
        fn parts_in_any_order_and_doubled_are_the_text_once(
            text in "[a-zA-Z€{}äöü 😀ш]{1,500}",
            long in prop::sample::select(vec![Long::Udh, Long::Sar, Long::Payload]),
            seed in any::<u64>(),
        ) {
            let coding = if Coding::Gsm.has(&text) { Coding::Gsm } else { Coding::Ucs2 };
            let pieces = split(&text, coding, long, 9);
            for piece in &pieces {
                prop_assert!(piece.bytes.len() <= 160 || piece.is_payload);
            }
            let mut order: Vec<usize> = (0..pieces.len()).chain(0..pieces.len()).collect();
            let mut state = seed;
            for at in (1..order.len()).rev() {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                order.swap(at, (state >> 33) as usize % (at + 1));
            }
            let (mut kept, mut whole) = (Vec::<Kept>::new(), 0);
            for at in order {
                let (part, bytes) = read(&pieces[at]);
                let said = match part {
                    Some(_) => coding.read_part(&bytes).text,
                    None => coding.read(&bytes).text,
                };
                let Some(part) = part else {
                    prop_assert_eq!(&said, &text);
                    return Ok(());
                };
                let arrival = arrive(&kept, part, &said);
                match arrival {
                    Arrival::Doubled(id) => prop_assert_eq!(kept[id as usize].number, part.number),
                    Arrival::Another => prop_assert!(false, "no other text is there"),
                    Arrival::Waits | Arrival::Whole => {
                        let id = kept.len() as i64;
                        kept.push(Kept { id, number: part.number, text: said });
                        whole += usize::from(arrival == Arrival::Whole);
                    }
                }
            }
            prop_assert_eq!(whole, 1);
            prop_assert_eq!(joined(&kept, pieces.len() as u8), text);
        }

        #[test]
        fn no_bytes_stop_it(class in any::<u8>(), bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            if let Ok(carried) = carried(class, &bytes, Tlvs::default())
                && let Some(part) = carried.part
            {
                prop_assert!(part.number >= 1 && part.number <= part.of);
            }
        }
    }
}
