//! Integers of one to five bytes: seven bits a byte, the lowest first, the top bit set
//! where another follows. Only the shortest form is accepted, so that what is parsed
//! prints back to the same bytes.

/// The most bytes of one.
#[cfg(test)]
pub(crate) const BYTES_MAX: usize = 5;

/// How many bytes it takes.
pub(crate) fn len(value: u32) -> usize {
    match value {
        0..=0x7f => 1,
        0x80..=0x3fff => 2,
        0x4000..=0x1f_ffff => 3,
        0x20_0000..=0x0fff_ffff => 4,
        _ => 5,
    }
}

pub(crate) fn print(mut value: u32, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// The number at the front, which is taken off; none if it is cut off, over 32 bits,
/// or longer than it has to be.
pub(crate) fn parse(bytes: &mut &[u8]) -> Option<u32> {
    let mut value = 0_u32;
    for shift in [0, 7, 14, 21, 28] {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        let bits = u32::from(byte & 0x7f);
        if shift == 28 && bits > 0x0f {
            return None;
        }
        value |= bits << shift;
        if byte & 0x80 == 0 {
            return (*byte != 0 || shift == 0).then_some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn longer_than_it_has_to_be_is_refused() {
        for bad in [&[0x80, 0x00][..], &[0x81], &[], &[0xff, 0xff, 0xff, 0xff, 0x10]] {
            assert_eq!(parse(&mut &bad[..]), None, "{bad:x?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_parses_back(value: u32, bits in 0_u32..32) {
            let (value, mut out) = (value >> bits, Vec::new());
            print(value, &mut out);
            prop_assert_eq!(out.len(), len(value));
            prop_assert!(out.len() <= BYTES_MAX);
            let mut rest = out.as_slice();
            prop_assert_eq!(parse(&mut rest), Some(value));
            prop_assert!(rest.is_empty());
        }
    }
}
