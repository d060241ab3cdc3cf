//! All that a second device needs, as one line: number, secret, servers.
//!
//! ```text
//!   postrider1 ‖ base 32 of: 1 ‖ number (5) ‖ owner's secret (32) ‖ servers ‖ check of 30 bits
//!   of a later key:          2 ‖ number (5) ‖ owner's secret (32) ‖ word (100) ‖ servers ‖ check
//!   the first key's word:    first key (32) ‖ version since when (4) ‖ its signature (64)
//!   a server:  flags (1: has a key, 2: clear, 4: has an mtu) ‖ length ‖ address ‖ key ‖ mtu
//! ```
//!
//! The letters, the check and their alphabet are bech32m (BIP-350), so a QR code in capitals
//! packs them well.

use crate::limits::{ADDRESS_BYTES_MAX, CODE_CHARACTERS_MAX, CODE_SERVERS_MAX};
use crate::{Server, Word};
use bech32::primitives::decode::CheckedHrpstring;
use bech32::{Bech32m, Hrp};
use postrider_link::limits::{MTU_DEFAULT, MTU_MAX, MTU_MIN};
use postrider_link::{Mode, PublicKey};
use postrider_proto::Number;
use postrider_proto::native::{OwnerKey, Version};
use zeroize::Zeroizing;

/// What a code begins with, before `1`.
const PREFIX: &str = "postrider";
const FORM: u8 = 1;
/// With the first key's word for the owner's, which is a later one.
const FORM_OF_LATER: u8 = 2;

const HAS_KEY: u8 = 1;
const CLEAR: u8 = 2;
const HAS_MTU: u8 = 4;

/// All that a second device needs to have a number as well. Who has it has the number. The
/// secret is wiped from memory when this is dropped.
pub struct DeviceCode {
    /// The number.
    pub number: Number,
    pub(crate) secret: Zeroizing<[u8; 32]>,
    /// Of a later key.
    pub(crate) word: Option<Word>,
    /// Servers, the preferred one first; four at most, and fewer where addresses are long.
    pub servers: Vec<Server>,
}

/// Why letters are no code. Nothing was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// They do not begin like one.
    #[error("a code begins with postrider1")]
    Prefix,
    /// A letter is wrong or missing.
    #[error("a letter of the code is wrong, or some are missing")]
    Check,
    /// What it says is of a later version, or of none.
    #[error("the code is of another version of this program")]
    Form,
}

impl DeviceCode {
    /// Whether it looks like a code, whole or not.
    pub fn is_one(written: &str) -> bool {
        let written = written.trim_start();
        let begin = written.get(..PREFIX.len() + 1);
        begin.is_some_and(|begin| begin.eq_ignore_ascii_case(&format!("{PREFIX}1")))
    }

    /// Reads a code, in small letters or in capitals; white space in it does not matter.
    pub fn parse(written: &str) -> Result<DeviceCode, CodeError> {
        if !DeviceCode::is_one(written) {
            return Err(CodeError::Prefix);
        }
        let mut joined = Zeroizing::new(String::with_capacity(CODE_CHARACTERS_MAX));
        for letter in written.chars().filter(|letter| !letter.is_whitespace()) {
            if joined.len() == CODE_CHARACTERS_MAX || !letter.is_ascii() {
                return Err(CodeError::Check);
            }
            joined.push(letter);
        }
        let checked = CheckedHrpstring::new::<Bech32m>(&joined).map_err(|_| CodeError::Check)?;
        let mut bytes = Zeroizing::new(Vec::with_capacity(CODE_CHARACTERS_MAX));
        bytes.extend(checked.byte_iter());
        DeviceCode::read(&bytes).ok_or(CodeError::Form)
    }

    /// The code, in small letters. Servers for which there is no room are left out.
    pub fn print(&self) -> Zeroizing<String> {
        let mut count = self.servers.len().min(CODE_SERVERS_MAX);
        loop {
            let bytes = self.written(count);
            let prefix = Hrp::parse_unchecked(PREFIX);
            let mut code = Zeroizing::new(String::with_capacity(CODE_CHARACTERS_MAX));
            let fits = bech32::encode_lower_to_fmt::<Bech32m, _>(&mut *code, prefix, &bytes);
            if fits.is_ok() || count == 0 {
                return code;
            }
            count -= 1;
        }
    }

    fn written(&self, servers: usize) -> Zeroizing<Vec<u8>> {
        // Long enough not to leave a copy behind while it grows.
        let room = 192 + servers * (ADDRESS_BYTES_MAX + 64);
        let mut bytes = Zeroizing::new(Vec::with_capacity(room));
        bytes.push(if self.word.is_some() { FORM_OF_LATER } else { FORM });
        bytes.extend_from_slice(&self.number.value().to_be_bytes()[3..]);
        bytes.extend_from_slice(&*self.secret);
        if let Some(Word { first, since, signature }) = &self.word {
            bytes.extend_from_slice(&first.0);
            bytes.extend_from_slice(&since.value().to_be_bytes());
            bytes.extend_from_slice(signature);
        }
        for server in self.servers.iter().filter(|server| is_address(&server.address)).take(servers)
        {
            write_server(server, &mut bytes);
        }
        bytes
    }

    fn read(mut bytes: &[u8]) -> Option<DeviceCode> {
        let [form @ (FORM | FORM_OF_LATER)] = *take(&mut bytes)? else { return None };
        let (number, secret) = (take::<5>(&mut bytes)?, take::<32>(&mut bytes)?);
        let word = if form == FORM { None } else { Some(read_word(&mut bytes)?) };
        let value = number.iter().fold(0, |value, byte| value << 8 | u64::from(*byte));
        let mut code = DeviceCode {
            number: Number::from_value(value)?,
            secret: Zeroizing::new(*secret),
            word,
            servers: Vec::new(),
        };
        while !bytes.is_empty() {
            if code.servers.len() == CODE_SERVERS_MAX {
                return None;
            }
            code.servers.push(read_server(&mut bytes)?);
        }
        Some(code)
    }
}

impl std::fmt::Debug for DeviceCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DeviceCode({}, {:?})", self.number, self.servers)
    }
}

fn read_word(bytes: &mut &[u8]) -> Option<Word> {
    let first = OwnerKey(*take(bytes)?);
    let since = Version::from_value(u32::from_be_bytes(*take(bytes)?))?;
    Some(Word { first, since, signature: *take(bytes)? })
}

fn write_server(server: &Server, bytes: &mut Vec<u8>) {
    let flag = |set, flag| if set { flag } else { 0 };
    let (is_clear, has_mtu) = (server.mode == Mode::Clear, server.mtu != MTU_DEFAULT);
    bytes
        .push(flag(server.key.is_some(), HAS_KEY) | flag(is_clear, CLEAR) | flag(has_mtu, HAS_MTU));
    bytes.push(server.address.len() as u8);
    bytes.extend_from_slice(server.address.as_bytes());
    if let Some(key) = &server.key {
        bytes.extend_from_slice(key.as_bytes());
    }
    if has_mtu {
        bytes.extend_from_slice(&server.mtu.to_be_bytes());
    }
}

fn read_server(bytes: &mut &[u8]) -> Option<Server> {
    let [flags, length] = *take::<2>(bytes)?;
    if flags & !(HAS_KEY | CLEAR | HAS_MTU) != 0 {
        return None;
    }
    let address = bytes.split_off(..usize::from(length))?;
    let address = std::str::from_utf8(address).ok().filter(|address| is_address(address))?;
    let key = match flags & HAS_KEY {
        0 => None,
        _ => Some(PublicKey::from_bytes(*take(bytes)?).ok()?),
    };
    let mtu = match flags & HAS_MTU {
        0 => MTU_DEFAULT,
        _ => Some(u16::from_be_bytes(*take(bytes)?)).filter(|mtu| is_other_mtu(*mtu))?,
    };
    let mode = if flags & CLEAR == 0 { Mode::Sealed } else { Mode::Clear };
    Some(Server { key, mode, mtu, ..Server::at(address) })
}

fn is_other_mtu(mtu: u16) -> bool {
    mtu != MTU_DEFAULT && (MTU_MIN..=MTU_MAX).contains(&mtu)
}

/// A host and a port in letters that people see; whether there is such a host, a call shows.
fn is_address(address: &str) -> bool {
    let host = address.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok());
    host.is_some_and(|(host, _)| !host.is_empty())
        && address.len() <= ADDRESS_BYTES_MAX
        && !address.contains(|letter: char| letter.is_whitespace() || letter.is_control())
}

fn take<'a, const N: usize>(bytes: &mut &'a [u8]) -> Option<&'a [u8; N]> {
    bytes.split_off(..N)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Keys;
    use proptest::prelude::*;

    fn any_server() -> impl Strategy<Value = Server> {
        let key = prop::option::of(
            any::<[u8; 32]>()
                .prop_map(|seed| postrider_link::Identity::from_secret(&seed).public()),
        );
        let mtu = prop_oneof![Just(MTU_DEFAULT), 256_u16..=1_400];
        ("[a-z0-9.é-]{1,40}:[1-9][0-9]{0,3}", key, any::<bool>(), mtu).prop_map(
            |(address, key, is_clear, mtu)| Server {
                address,
                key,
                mode: if is_clear { Mode::Clear } else { Mode::Sealed },
                mtu,
            },
        )
    }

    fn code(servers: Vec<Server>) -> DeviceCode {
        DeviceCode { number: Number::MAX, secret: Zeroizing::new([7; 32]), word: None, servers }
    }

    fn wrong(written: &str) -> Option<CodeError> {
        DeviceCode::parse(written).err()
    }

    #[test]
    fn what_is_wrong_is_said() {
        let good = code(vec![Server::at("10.0.0.2:10410")]).print();
        assert!(DeviceCode::is_one(&good[..12]) && !DeviceCode::is_one("postriders1"));
        assert_eq!(wrong("abandon ability able"), Some(CodeError::Prefix));
        assert_eq!(wrong(&good[..good.len() - 1]), Some(CodeError::Check));
        assert_eq!(wrong(&format!("{}é", &*good)), Some(CodeError::Check));
        assert_eq!(wrong(&format!("postrider1{}", "q".repeat(100_000))), Some(CodeError::Check));
        for (at, letter) in good.char_indices().skip(PREFIX.len() + 1) {
            let other = if letter == 'q' { "p" } else { "q" };
            let mut bad = good.to_string();
            bad.replace_range(at..=at, other);
            assert_eq!(wrong(&bad), Some(CodeError::Check), "{bad}");
        }
        let later = bech32::encode::<Bech32m>(Hrp::parse_unchecked(PREFIX), &[3; 38]).unwrap();
        assert_eq!(wrong(&later), Some(CodeError::Form));
    }

    #[test]
    fn servers_for_which_there_is_no_room_are_left_out() {
        let long = |at: usize| Server::at(format!("{at}{}:10410", "a".repeat(240)));
        let printed = code((0..16).map(long).collect()).print();
        assert!(printed.len() <= CODE_CHARACTERS_MAX);
        assert_eq!(DeviceCode::parse(&printed).unwrap().servers, [long(0), long(1)]);
        let printed =
            code((1..10).map(|at| Server::at(format!("10.0.0.{at}:1"))).collect()).print();
        assert_eq!(DeviceCode::parse(&printed).unwrap().servers.len(), CODE_SERVERS_MAX);
        let strange = code(vec![Server::at("a b:1"), Server::at("c:1")]).print();
        assert_eq!(DeviceCode::parse(&strange).unwrap().servers, [Server::at("c:1")]);
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(
            number in 0..=Number::MAX.value(),
            servers in prop::collection::vec(any_server(), 0..=2),
            since in prop::option::of(1..=u32::MAX),
        ) {
            let keys = Keys::generate(Number::from_value(number).unwrap()).unwrap();
            let later = since.and_then(Version::from_value).and_then(|since| {
                keys.begin_change(None).unwrap().sign_word(since).end_change(crate::Stamp(0))
            });
            let keys = later.unwrap_or(keys);
            let printed = keys.device_code(servers.clone()).unwrap().print();
            let wrapped = printed.to_uppercase().replace('Q', "Q\n ");
            let read = DeviceCode::parse(&wrapped).unwrap();
            prop_assert_eq!(read.number, keys.number());
            prop_assert_eq!(&read.servers, &servers);
            prop_assert_eq!(read.print(), printed);
            let joined = Keys::from_code(&read).unwrap();
            prop_assert_eq!((joined.owner_key(), joined.rank()), (keys.owner_key(), keys.rank()));
            prop_assert_ne!(joined.device().public(), keys.device().public());
        }

        #[test]
        fn no_bytes_confuse_it(bytes: Vec<u8>) {
            let _ = DeviceCode::parse(&format!("postrider1{}", String::from_utf8_lossy(&bytes)));
            if let Some(read) = DeviceCode::read(&bytes) {
                prop_assert_eq!(&*read.written(CODE_SERVERS_MAX), &bytes);
            }
        }
    }
}
