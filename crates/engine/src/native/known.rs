//! What is known of numbers, packed, since there may be ten million of them.

use super::Station;
use super::table::Packed;
use crate::Place;
use postrider_proto::Number;
use postrider_proto::native::Version;

/// Where a number is at home, by the latest row about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) station: Station,
    pub(crate) released: bool,
    /// Whether it is at another server of the station's line of classic servers.
    pub(crate) line: bool,
    pub(crate) version: Version,
    /// Which row of that station says so.
    pub(crate) sequence: u64,
    /// Where that row is written.
    pub(crate) place: Place,
}

/// The same with its number, in 24 bytes: a sequence number below 2^48, a place below
/// 2^56 (in 200 years of ten megabytes a second), and a station below 2^12.
#[derive(Clone, Copy, Debug)]
pub(super) struct PackedKnown {
    number: [u8; 5],
    /// With the flags in the upper bits.
    station: [u8; 2],
    version: [u8; 4],
    sequence: [u8; 6],
    place: [u8; 7],
}

/// A row about a number, in the order of its origin's rows; 11 bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Listed {
    sequence: [u8; 6],
    number: [u8; 5],
}

/// The flag of a number that was given up, beside the station.
const RELEASED: u16 = 1 << 15;
/// The flag of one that is at another server of the station's line.
const LINE: u16 = 1 << 14;
const STATION: u16 = (1 << 12) - 1;
const _: () = assert!(crate::limits::STATIONS_MAX <= STATION as usize + 1);

impl PackedKnown {
    pub(super) fn new(number: Number, known: Known) -> PackedKnown {
        let flag = |is_set, flag| if is_set { flag } else { 0 };
        let flags = flag(known.released, RELEASED) | flag(known.line, LINE);
        PackedKnown {
            number: low(number.value()),
            station: (known.station.0 | flags).to_le_bytes(),
            version: known.version.value().to_le_bytes(),
            sequence: low(known.sequence),
            place: low(known.place.0),
        }
    }

    pub(super) fn number(&self) -> Number {
        Number::from_value(self.key()).unwrap_or(Number::MAX)
    }

    pub(super) fn is_released(&self) -> bool {
        u16::from_le_bytes(self.station) & RELEASED != 0
    }

    pub(super) fn unpack(&self) -> Known {
        Known {
            station: Station(u16::from_le_bytes(self.station) & STATION),
            released: self.is_released(),
            line: u16::from_le_bytes(self.station) & LINE != 0,
            version: Version::from_value(u32::from_le_bytes(self.version))
                .unwrap_or(Version::FIRST),
            sequence: whole(self.sequence),
            place: Place(whole(self.place)),
        }
    }
}

impl Packed for PackedKnown {
    fn key(&self) -> u64 {
        whole(self.number)
    }
}

impl Listed {
    pub(super) fn new(sequence: u64, number: Number) -> Listed {
        Listed { sequence: low(sequence), number: low(number.value()) }
    }

    pub(super) fn number(&self) -> Number {
        Number::from_value(whole(self.number)).unwrap_or(Number::MAX)
    }
}

impl Packed for Listed {
    fn key(&self) -> u64 {
        whole(self.sequence)
    }
}

/// The low bytes of an integer.
pub(super) fn low<const N: usize>(value: u64) -> [u8; N] {
    let bytes = value.to_le_bytes();
    std::array::from_fn(|at| bytes[at])
}

pub(super) fn whole<const N: usize>(bytes: [u8; N]) -> u64 {
    let mut whole = [0; 8];
    whole[..N].copy_from_slice(&bytes);
    u64::from_le_bytes(whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn they_take_as_many_bytes_as_is_said() {
        assert_eq!((size_of::<PackedKnown>(), align_of::<PackedKnown>()), (24, 1));
        assert_eq!((size_of::<Listed>(), align_of::<Listed>()), (11, 1));
    }

    proptest! {
        #[test]
        fn what_is_packed_is_unpacked(
            number in 0..10_000_000_000_u64,
            station in 0..4_096_u16,
            released: bool,
            line: bool,
            version in 1..=u32::MAX,
            sequence in 0..1_u64 << 48,
            place in 0..1_u64 << 56,
        ) {
            let number = Number::from_value(number).unwrap();
            let version = Version::from_value(version).unwrap();
            let (station, place) = (Station(station), Place(place));
            let known = Known { station, released, line, version, sequence, place };
            let packed = PackedKnown::new(number, known);
            prop_assert_eq!((packed.number(), packed.unpack()), (number, known));
            let listed = Listed::new(sequence, number);
            prop_assert_eq!((listed.key(), listed.number()), (sequence, number));
        }
    }
}
