//! What passes over a browser's WebSocket (docs/protocol/web.md).

use crate::limits::MESSAGE_BYTES_MAX;
use postrider_link::{Precedence, PublicKey};

const UP: u8 = 0x01;
const ITEM: u8 = 0x02;
const TAKEN: u8 = 0x03;
const DOWN: u8 = 0x04;
const PONG: u8 = 0x05;
const FULL: u8 = 0x06;
const SAY: u8 = 0x81;
const CUSTODY: u8 = 0x82;
const PING: u8 = 0x83;

/// What a browser says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Said<'a> {
    /// An item for the server, 1 to 1,024 bytes.
    Item {
        /// The browser's name for it.
        tag: u32,
        /// How urgent it is.
        precedence: Precedence,
        /// The item.
        item: &'a [u8],
    },
    /// The item with this handle is on the browser's disk.
    Custody(u32),
    /// Are you there?
    Ping,
}

/// What the gateway says, as bytes.
pub(crate) enum Frame {
    Up { server: PublicKey, device: PublicKey },
    Item { handle: u32, item: Vec<u8> },
    Taken(u32),
    Down,
    Pong,
    Full(u32),
}

/// Reads what a browser says; none of what is no frame.
pub(crate) fn parse(bytes: &[u8]) -> Option<Said<'_>> {
    let (kind, rest) = bytes.split_first()?;
    match (*kind, rest.len()) {
        (SAY, 6..) if bytes.len() <= MESSAGE_BYTES_MAX => {
            let (tag, rest) = rest.split_first_chunk()?;
            let (precedence, item) = rest.split_first()?;
            let precedence = match precedence {
                0 => Precedence::Routine,
                1 => Precedence::Priority,
                2 => Precedence::Immediate,
                3 => Precedence::Flash,
                _ => return None,
            };
            Some(Said::Item { tag: u32::from_be_bytes(*tag), precedence, item })
        }
        (CUSTODY, 4) => Some(Said::Custody(u32::from_be_bytes(rest.try_into().ok()?))),
        (PING, 0) => Some(Said::Ping),
        _ => None,
    }
}

impl Frame {
    pub(crate) fn print(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(8);
        match self {
            Frame::Up { server, device } => {
                out.push(UP);
                out.extend_from_slice(server.as_bytes());
                out.extend_from_slice(device.as_bytes());
            }
            Frame::Item { handle, item } => {
                out.push(ITEM);
                out.extend_from_slice(&handle.to_be_bytes());
                out.extend_from_slice(item);
            }
            Frame::Taken(tag) => tagged(TAKEN, *tag, &mut out),
            Frame::Full(tag) => tagged(FULL, *tag, &mut out),
            Frame::Down => out.push(DOWN),
            Frame::Pong => out.push(PONG),
        }
        out
    }
}

fn tagged(kind: u8, tag: u32, out: &mut Vec<u8>) {
    out.push(kind);
    out.extend_from_slice(&tag.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_a_browser_says_is_read_as_it_is_written() {
        let item = Said::Item { tag: 0x0102_0304, precedence: Precedence::Flash, item: b"it" };
        assert_eq!(parse(&[0x81, 1, 2, 3, 4, 3, b'i', b't']), Some(item));
        assert_eq!(parse(&[0x82, 0, 0, 1, 0]), Some(Said::Custody(256)));
        assert_eq!(parse(&[0x83]), Some(Said::Ping));
    }

    #[test]
    fn what_is_no_frame_is_none() {
        let long = [&[0x81, 0, 0, 0, 0, 0][..], &[1; 1_025]].concat();
        let odd: [&[u8]; 9] = [
            &[],
            &[0x81],
            &[0x81, 0, 0, 0, 0, 0],
            &[0x81, 0, 0, 0, 0, 4, 1],
            &[0x82, 0, 0, 0],
            &[0x82, 0, 0, 0, 0, 0],
            &[0x83, 0],
            &[0x01],
            &long,
        ];
        for bytes in odd {
            assert_eq!(parse(bytes), None, "{bytes:x?}");
        }
        assert!(parse(&long[..long.len() - 1]).is_some());
    }

    proptest! {
        #[test]
        fn no_bytes_do_harm_and_an_item_is_never_longer_than_a_link_takes(
            kind in prop_oneof![Just(SAY), Just(CUSTODY), Just(PING), any::<u8>()],
            rest in proptest::collection::vec(any::<u8>(), 0..1_100),
        ) {
            let bytes = [&[kind][..], &rest].concat();
            if let Some(Said::Item { item, .. }) = parse(&bytes) {
                prop_assert!((1..=1_024).contains(&item.len()));
            }
        }
    }
}
