//! The five packets, byte by byte (docs/protocol/link.md). Numbers are in network order.
//!
//! ```text
//!   init      80 version mode | sender 4 | e 32                 | cookie 16 | zeros, to 160
//!   response  81 | sender 4 | receiver 4 | e 32, s 48, payload 52           = 141
//!   finish    82 | receiver 4 | s 48, payload 52                            = 105
//!   cookie    83 | receiver 4 | first 8 of e | cookie 16                    = 29
//!   data      84 sealed, 85 clear | receiver 4 | number 4 | body | tag 16   = 25 + body
//! ```

use crate::config::Role;
use crate::identity::PublicKey;

/// The version of everything that this crate says.
pub(crate) const VERSION: u8 = 1;
/// Bytes of an init: more than of any answer, so that a forged source gains nothing.
pub(crate) const INIT_BYTES: usize = 160;
/// The bytes of an init that both ends mix into the handshake before anything else.
pub(crate) const INIT_BOUND_BYTES: usize = 7;
pub(crate) const RESPONSE_BYTES: usize = 9 + RESPONSE_NOISE_BYTES;
pub(crate) const FINISH_BYTES: usize = 5 + FINISH_NOISE_BYTES;
pub(crate) const COOKIE_REPLY_BYTES: usize = 29;
/// Bytes of a data packet before its body.
pub(crate) const DATA_HEADER_BYTES: usize = 9;
/// Bytes of the tag after the body.
pub(crate) const TAG_BYTES: usize = 16;
/// Bytes of a data packet beside its body.
pub(crate) const OVERHEAD_BYTES: usize = DATA_HEADER_BYTES + TAG_BYTES;
pub(crate) const COOKIE_BYTES: usize = 16;

const RESPONSE_NOISE_BYTES: usize = 32 + 48 + Greeting::BYTES + TAG_BYTES;
const FINISH_NOISE_BYTES: usize = 48 + Greeting::BYTES + TAG_BYTES;

const INIT: u8 = 0x80;
const RESPONSE: u8 = 0x81;
const FINISH: u8 = 0x82;
const COOKIE_REPLY: u8 = 0x83;
const SEALED: u8 = 0x84;
const CLEAR: u8 = 0x85;

/// Whether the bodies of a link's packets are encrypted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// Encrypted and authenticated.
    #[default]
    Sealed,
    /// Readable by everybody, and authenticated: for radio services that forbid
    /// encryption.
    Clear,
}

impl Mode {
    fn byte(self) -> u8 {
        match self {
            Mode::Sealed => 0,
            Mode::Clear => 1,
        }
    }
}

/// What a datagram may be. Borrowed parts have their exact sizes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packet<'a> {
    Init(Init<'a>),
    Response { sender: u32, receiver: u32, noise: &'a [u8; RESPONSE_NOISE_BYTES] },
    Finish { receiver: u32, noise: &'a [u8; FINISH_NOISE_BYTES] },
    CookieReply { receiver: u32, echo: [u8; 8], cookie: [u8; COOKIE_BYTES] },
    Data { mode: Mode, receiver: u32, number: u32 },
}

/// The first packet of a handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Init<'a> {
    /// Type, version, mode and sender: the handshake is bound to them.
    pub(crate) bound: &'a [u8; INIT_BOUND_BYTES],
    pub(crate) mode: Mode,
    pub(crate) sender: u32,
    pub(crate) ephemeral: &'a [u8; 32],
    pub(crate) cookie: [u8; COOKIE_BYTES],
}

impl<'a> Packet<'a> {
    /// Reads a datagram; none if it is nothing that this version says.
    pub(crate) fn parse(datagram: &'a [u8]) -> Option<Packet<'a>> {
        let mut rest = Reader(datagram);
        match rest.byte()? {
            INIT => Init::parse(datagram).map(Packet::Init),
            RESPONSE => Some(Packet::Response {
                sender: rest.u32()?,
                receiver: rest.u32()?,
                noise: rest.0.try_into().ok()?,
            }),
            FINISH => {
                Some(Packet::Finish { receiver: rest.u32()?, noise: rest.0.try_into().ok()? })
            }
            COOKIE_REPLY => Some(Packet::CookieReply {
                receiver: rest.u32()?,
                echo: *rest.array()?,
                cookie: rest.0.try_into().ok()?,
            }),
            kind @ (SEALED | CLEAR) if datagram.len() > OVERHEAD_BYTES => Some(Packet::Data {
                mode: if kind == SEALED { Mode::Sealed } else { Mode::Clear },
                receiver: rest.u32()?,
                number: rest.u32()?,
            }),
            _ => None,
        }
    }
}

impl<'a> Init<'a> {
    fn parse(datagram: &'a [u8]) -> Option<Init<'a>> {
        let whole: &[u8; INIT_BYTES] = datagram.try_into().ok()?;
        let mut rest = Reader(whole);
        let bound = rest.array::<INIT_BOUND_BYTES>()?;
        let mode = match bound[2] {
            0 => Mode::Sealed,
            1 => Mode::Clear,
            _ => return None,
        };
        let sender = u32::from_be_bytes(*bound.last_chunk()?);
        let (ephemeral, cookie) = (rest.array()?, *rest.array()?);
        let known = bound[1] == VERSION && rest.0.iter().all(|byte| *byte == 0);
        known.then_some(Init { bound, mode, sender, ephemeral, cookie })
    }

    /// The bytes that both ends mix into the handshake.
    pub(crate) fn bound(mode: Mode, sender: u32) -> [u8; INIT_BOUND_BYTES] {
        let [a, b, c, d] = sender.to_be_bytes();
        [INIT, VERSION, mode.byte(), a, b, c, d]
    }

    pub(crate) fn print(
        bound: &[u8; INIT_BOUND_BYTES],
        ephemeral: &[u8; 32],
        cookie: &[u8; COOKIE_BYTES],
        out: &mut Vec<u8>,
    ) {
        out.extend_from_slice(bound);
        out.extend_from_slice(ephemeral);
        out.extend_from_slice(cookie);
        out.resize(INIT_BYTES, 0);
    }
}

/// The header of a response; the handshake's bytes follow it.
pub(crate) fn print_response(sender: u32, receiver: u32, out: &mut Vec<u8>) {
    out.push(RESPONSE);
    out.extend_from_slice(&sender.to_be_bytes());
    out.extend_from_slice(&receiver.to_be_bytes());
}

/// The header of a finish; the handshake's bytes follow it.
pub(crate) fn print_finish(receiver: u32, out: &mut Vec<u8>) {
    out.push(FINISH);
    out.extend_from_slice(&receiver.to_be_bytes());
}

pub(crate) fn print_cookie_reply(
    receiver: u32,
    echo: &[u8; 8],
    cookie: &[u8; COOKIE_BYTES],
    out: &mut Vec<u8>,
) {
    out.push(COOKIE_REPLY);
    out.extend_from_slice(&receiver.to_be_bytes());
    out.extend_from_slice(echo);
    out.extend_from_slice(cookie);
}

/// The header of a data packet; the body follows it.
pub(crate) fn print_data(mode: Mode, receiver: u32, number: u64, out: &mut Vec<u8>) {
    out.push(if mode == Mode::Sealed { SEALED } else { CLEAR });
    out.extend_from_slice(&receiver.to_be_bytes());
    out.extend_from_slice(&(number as u32).to_be_bytes());
}

/// What each end says of itself under the protection of the handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Greeting {
    pub(crate) key: PublicKey,
    /// The longest datagram that this end takes and sends.
    pub(crate) mtu: u16,
    /// What this end is.
    pub(crate) role: Role,
}

impl Greeting {
    pub(crate) const BYTES: usize = 36;

    pub(crate) fn print(&self) -> [u8; Greeting::BYTES] {
        let mut bytes = [0; Greeting::BYTES];
        bytes[..32].copy_from_slice(self.key.as_bytes());
        bytes[32..34].copy_from_slice(&self.mtu.to_be_bytes());
        bytes[34] = self.role as u8;
        bytes
    }

    /// None if the key is none, the role unknown, or the byte that means nothing not zero.
    pub(crate) fn parse(bytes: &[u8; Greeting::BYTES]) -> Option<Greeting> {
        let mut rest = Reader(bytes);
        let key = PublicKey::from_bytes(*rest.array()?).ok()?;
        let mtu = u16::from_be_bytes(*rest.array()?);
        let role = match rest.0 {
            [0, 0] => Role::Server,
            [1, 0] => Role::Client,
            _ => return None,
        };
        Some(Greeting { key, mtu, role })
    }
}

/// The number whose low bits were sent, nearest to the one that is expected.
pub(crate) fn nearest(low: u64, bits: u32, expected: u64) -> u64 {
    let window = 1_u64 << bits;
    let candidate = (expected & !(window - 1)) | low;
    if candidate + window / 2 <= expected {
        candidate + window
    } else if candidate > expected + window / 2 && candidate >= window {
        candidate - window
    } else {
        candidate
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Option<u8> {
        self.array::<1>().map(|[byte]| *byte)
    }

    fn u32(&mut self) -> Option<u32> {
        self.array().map(|bytes| u32::from_be_bytes(*bytes))
    }

    fn array<const N: usize>(&mut self) -> Option<&'a [u8; N]> {
        let (array, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(array)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::Identity;
    use proptest::prelude::*;

    #[test]
    fn no_answer_is_longer_than_an_init() {
        const { assert!(RESPONSE_BYTES <= INIT_BYTES && COOKIE_REPLY_BYTES <= INIT_BYTES) };
        assert_eq!((RESPONSE_BYTES, FINISH_BYTES, OVERHEAD_BYTES), (141, 105, 25));
    }

    #[test]
    fn an_init_of_another_version_mode_or_length_is_none() {
        let mut good = Vec::new();
        Init::print(&Init::bound(Mode::Clear, 7), &[1; 32], &[2; 16], &mut good);
        let parsed = Packet::parse(&good);
        assert!(matches!(parsed, Some(Packet::Init(Init { mode: Mode::Clear, sender: 7, .. }))));
        for (at, byte) in [(1, 2), (2, 2), (100, 1), (159, 1)] {
            let mut bad = good.clone();
            bad[at] = byte;
            assert_eq!(Packet::parse(&bad), None, "byte {at}");
        }
        assert_eq!(Packet::parse(&good[..159]), None);
        good.push(0);
        assert_eq!(Packet::parse(&good), None);
    }

    #[test]
    fn a_greeting_parses_back() {
        let greeting = Greeting {
            key: Identity::from_secret(&[3; 32]).public(),
            mtu: 1_200,
            role: Role::Server,
        };
        let mut bytes = greeting.print();
        assert_eq!(Greeting::parse(&bytes), Some(greeting));
        bytes[35] = 1;
        assert_eq!(Greeting::parse(&bytes), None);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), kind in 0x7f_u8..0x87) {
            let mut bytes = bytes;
            Packet::parse(&bytes);
            if let Some(first) = bytes.first_mut() {
                *first = kind;
            }
            Packet::parse(&bytes);
        }

        #[test]
        fn a_number_is_known_by_its_low_bits(number: u32, off in -0x7fff_i64..0x7fff) {
            let number = u64::from(number) << 4;
            let expected = number.saturating_add_signed(off);
            prop_assert_eq!(nearest(number & 0xffff, 16, expected), number);
            prop_assert_eq!(nearest(number & 0x1f_ffff, 21, expected), number);
        }
    }
}
