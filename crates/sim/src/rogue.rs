//! Strangers that say what they should not.

use crate::texts::number_of;
use crate::wire::{About, Datagram, Peer, addresses};
use fastrand::Rng;
use postrider_proto::classic::ServerIndex;

/// From where a stranger speaks: no person has this address.
const STRANGER: u32 = 1_000_000;

/// A malformed or forged datagram. A few are legal, and harmless: the stranger's own
/// numbers are nobody's.
pub(crate) fn datagram(servers: u8, people: u32, dice: &mut Rng) -> Option<Datagram> {
    let to = ServerIndex::from_value(dice.u8(1..=servers))?;
    let victim = number_of(dice.u32(..people));
    let own = format!("99000000{:02}", dice.u8(..3));
    let address = addresses(servers)[usize::from(dice.u8(..servers))];
    let stranger = Peer::Person(STRANGER + dice.u32(..3));
    let neighbour = to.value() % servers + 1;
    let spoofed = Peer::Server(ServerIndex::from_value(neighbour)?);
    let (from, bytes) = match dice.u8(..14) {
        0 => (stranger, format!("terminate/0/{victim}//1").into_bytes()),
        1 => (stranger, format!("{victim}/{address}").into_bytes()),
        2 => (stranger, format!("handshake/0/{victim}/{own}/").into_bytes()),
        3 => (stranger, format!("send/100/{own}/{victim}/hello").into_bytes()),
        4 => (stranger, format!("send/1/{own}/{victim}/{}", "y".repeat(161)).into_bytes()),
        5 => (stranger, format!("send/1/{own}/{own}/{}", "ü".repeat(114)).into_bytes()),
        6 => (stranger, noise(dice)),
        7 => (stranger, mutated(format!("send/1/{own}/{own}/hello"), dice)),
        8 => (stranger, mutated(format!("get/0/{own}//"), dice)),
        9 => (spoofed, format!("handshake/0/{victim}//").into_bytes()),
        10 => (spoofed, format!("get/0/{victim}//").into_bytes()),
        11 => (spoofed, format!("{victim}/10.9.9.9?{own}/{address}").into_bytes()),
        12 => (spoofed, format!("{own}/{address}?{victim}x/{address}").into_bytes()),
        _ => (spoofed, format!("terminate/0/{victim}//").into_bytes()),
    };
    Some(Datagram { from, to: Peer::Server(to), bytes, about: About::default() })
}

fn noise(dice: &mut Rng) -> Vec<u8> {
    let long = dice.usize(..300);
    std::iter::repeat_with(|| dice.u8(..)).take(long).collect()
}

/// One byte is changed, taken away or added.
fn mutated(written: String, dice: &mut Rng) -> Vec<u8> {
    let mut bytes = written.into_bytes();
    let place = dice.usize(..bytes.len());
    match dice.u8(..4) {
        0 => bytes[place] = dice.u8(..),
        1 => drop(bytes.remove(place)),
        2 => bytes.insert(place, b"/?0\n\0a"[dice.usize(..6)]),
        _ => bytes.truncate(place),
    }
    bytes
}
