//! Fields from and to bytes. Integers are big-endian, unless they are of variable
//! length: seven bits to a byte, the lowest first, the top bit set in all but the
//! last, and never in more bytes than needed.

use super::Malformed;

/// The most bytes of an integer of variable length.
pub(super) const VARINT_BYTES_MAX: usize = 10;

pub(super) fn take<'a, const N: usize>(fields: &mut &'a [u8]) -> Result<&'a [u8; N], Malformed> {
    let (field, rest) = fields.split_first_chunk().ok_or(Malformed::Ended)?;
    *fields = rest;
    Ok(field)
}

pub(super) fn take_slice<'a>(fields: &mut &'a [u8], bytes: usize) -> Result<&'a [u8], Malformed> {
    let (field, rest) = fields.split_at_checked(bytes).ok_or(Malformed::Ended)?;
    *fields = rest;
    Ok(field)
}

pub(super) fn byte(fields: &mut &[u8]) -> Result<u8, Malformed> {
    take(fields).map(|[byte]| *byte)
}

pub(super) fn u16(fields: &mut &[u8]) -> Result<u16, Malformed> {
    take(fields).map(|field| u16::from_be_bytes(*field))
}

pub(super) fn u32(fields: &mut &[u8]) -> Result<u32, Malformed> {
    take(fields).map(|field| u32::from_be_bytes(*field))
}

pub(super) fn u64(fields: &mut &[u8]) -> Result<u64, Malformed> {
    take(fields).map(|field| u64::from_be_bytes(*field))
}

/// An integer of variable length, at most `max`.
pub(super) fn varint(fields: &mut &[u8], max: u64) -> Result<u64, Malformed> {
    let mut value = 0_u64;
    for at in 0..VARINT_BYTES_MAX {
        let byte = byte(fields)?;
        let group = u64::from(byte & 0x7f);
        let shifted = group << (7 * at);
        if shifted >> (7 * at) != group || (byte == 0 && at > 0) {
            return Err(Malformed::Varint);
        }
        value |= shifted;
        if byte < 0x80 {
            return if value <= max { Ok(value) } else { Err(Malformed::Varint) };
        }
    }
    Err(Malformed::Varint)
}

/// The bytes of an integer of variable length, and how many of them count.
pub(super) fn varint_bytes(mut value: u64) -> ([u8; VARINT_BYTES_MAX], usize) {
    let mut bytes = [0; VARINT_BYTES_MAX];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            return (bytes, at + 1);
        }
        *byte |= 0x80;
    }
    (bytes, VARINT_BYTES_MAX)
}

pub(super) fn put_varint(out: &mut Vec<u8>, value: u64) {
    let (bytes, count) = varint_bytes(value);
    out.extend_from_slice(&bytes[..count]);
}

/// How many bytes an integer of variable length takes.
pub(super) fn varint_size(value: u64) -> usize {
    varint_bytes(value).1
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_integer_has_one_form_only() {
        for (bytes, value) in [
            (&[0x00][..], Ok(0)),
            (&[0x7f], Ok(127)),
            (&[0x80, 0x01], Ok(128)),
            (&[0xff; 9], Err(Malformed::Ended)),
            (&[0x80, 0x00], Err(Malformed::Varint)),
            (&[0xff, 0x80, 0x00], Err(Malformed::Varint)),
            (&[0x80], Err(Malformed::Ended)),
            (&[], Err(Malformed::Ended)),
            (&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], Ok(u64::MAX)),
            (&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02], Err(Malformed::Varint)),
            (&[0x80; 11], Err(Malformed::Varint)),
        ] {
            assert_eq!(varint(&mut &bytes[..], u64::MAX), value, "{bytes:x?}");
        }
        assert_eq!(varint(&mut &[9][..], 8), Err(Malformed::Varint));
    }

    proptest! {
        #[test]
        fn what_is_printed_parses_back(value in any::<u64>(), shift in 0..64) {
            let value = value >> shift;
            let mut out = Vec::new();
            put_varint(&mut out, value);
            prop_assert_eq!(out.len(), varint_size(value));
            prop_assert_eq!(varint(&mut &out[..], value), Ok(value));
        }

        #[test]
        fn what_parses_prints_the_same(bytes in prop::collection::vec(any::<u8>(), 0..12)) {
            let mut rest = &bytes[..];
            if let Ok(value) = varint(&mut rest, u64::MAX) {
                let mut out = Vec::new();
                put_varint(&mut out, value);
                prop_assert_eq!(&out[..], &bytes[..bytes.len() - rest.len()]);
            }
        }
    }
}
