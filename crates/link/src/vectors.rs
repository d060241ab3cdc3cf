//! The vectors of docs/protocol/link.md, which a second implementation wrote: handshakes
//! with given secrets, and data packets.

use crate::config::Role;
use crate::identity::Identity;
use crate::keys::{Opener, Sealer};
use crate::noise::{self, Ephemeral, SessionKeys};
use crate::packet::{Greeting, Init, Mode, Packet, print_data, print_finish, print_response};
use snow::HandshakeState;
use std::collections::BTreeMap;
use zeroize::Zeroizing;

type Vector = BTreeMap<String, String>;

fn vectors() -> Vec<Vector> {
    let mut found: Vec<Vector> = Vec::new();
    for line in include_str!("../../../docs/protocol/vectors/link.txt").lines() {
        let Some((name, value)) = line.split_once(" = ").filter(|_| !line.starts_with('#')) else {
            continue;
        };
        if name == "vector" {
            found.push(Vector::new());
        }
        found.last_mut().unwrap().insert(name.to_owned(), value.to_owned());
    }
    found
}

fn of_kind(word: &str) -> Vec<Vector> {
    let found: Vec<_> = vectors().into_iter().filter(|one| one.contains_key(word)).collect();
    assert!(!found.is_empty(), "there are vectors with {word}");
    found
}

fn bytes(written: &str) -> Vec<u8> {
    let byte = |at| u8::from_str_radix(&written[at..at + 2], 16).unwrap();
    (0..written.len()).step_by(2).map(byte).collect()
}

fn index(written: &str) -> u32 {
    u32::from_str_radix(written, 16).unwrap()
}

fn mode(vector: &Vector) -> Mode {
    if vector["mode"] == "1" { Mode::Clear } else { Mode::Sealed }
}

/// One end of a handshake: who it is, its ephemeral secret, its index, what it says.
struct End {
    identity: Identity,
    ephemeral: Ephemeral,
    index: u32,
    greeting: Greeting,
}

impl End {
    fn of(vector: &Vector, end: &str) -> End {
        let word = |name: &str| &*vector[&format!("{end}-{name}")];
        let repeated = |name| [bytes(word(name))[0]; 32];
        let identity = Identity::from_secret(&repeated("seed"));
        let greeting = Greeting {
            key: identity.public(),
            mtu: word("mtu").parse().unwrap(),
            role: Role::Server,
        };
        let ephemeral = Zeroizing::new(repeated("ephemeral"));
        End { identity, ephemeral, index: index(word("index")), greeting }
    }
}

fn write(state: &mut HandshakeState, payload: &[u8]) -> Vec<u8> {
    let mut message = vec![0; 200];
    let length = state.write_message(payload, &mut message).unwrap();
    message.truncate(length);
    message
}

fn read(state: &mut HandshakeState, message: &[u8]) -> Vec<u8> {
    let mut payload = vec![0; 200];
    let length = state.read_message(message, &mut payload).unwrap();
    payload.truncate(length);
    payload
}

#[test]
fn both_ends_of_each_handshake_say_what_its_vector_has() {
    for vector in of_kind("init") {
        let [dials, answers] = ["dials", "answers"].map(|end| End::of(&vector, end));
        let bound = Init::bound(mode(&vector), dials.index);
        let mut one = noise::initiator(&dials.identity, &dials.ephemeral, &bound).unwrap();
        let mut other = noise::responder(&answers.identity, &answers.ephemeral, &bound).unwrap();

        let (mut init, mut response, mut finish) = (Vec::new(), Vec::new(), Vec::new());
        let ephemeral = *write(&mut one, &[]).first_chunk().unwrap();
        Init::print(&bound, &ephemeral, &[0; 16], &mut init);
        assert_eq!(init, bytes(&vector["init"]));
        assert!(matches!(Packet::parse(&init), Some(Packet::Init(_))));

        read(&mut other, &ephemeral);
        print_response(answers.index, dials.index, &mut response);
        response.extend(write(&mut other, &answers.greeting.print()));
        assert_eq!(response, bytes(&vector["response"]));
        assert_eq!(read(&mut one, &response[9..]), answers.greeting.print());

        print_finish(answers.index, &mut finish);
        finish.extend(write(&mut one, &dials.greeting.print()));
        assert_eq!(finish, bytes(&vector["finish"]));
        assert_eq!(read(&mut other, &finish[5..]), dials.greeting.print());
        for SessionKeys { initiator, responder } in [one, other].map(noise::split) {
            assert_eq!(initiator.to_vec(), bytes(&vector["dials-key"]));
            assert_eq!(responder.to_vec(), bytes(&vector["answers-key"]));
        }
    }
}

#[test]
fn data_packets_are_sealed_and_opened_as_their_vectors_have_them() {
    for vector in of_kind("packet") {
        let (mode, number): (Mode, u64) = (mode(&vector), vector["number"].parse().unwrap());
        let key: [u8; 32] = bytes(&vector["key"]).try_into().unwrap();
        let body = bytes(&vector["body"]);
        let mut packet = Vec::new();
        print_data(mode, index(&vector["index"]), number, &mut packet);
        packet.extend_from_slice(&body);
        Sealer::new(&key).seal(number, mode, &mut packet);
        assert_eq!(packet, bytes(&vector["packet"]), "{}", vector["vector"]);

        // One that opens has had a packet of each generation before.
        let mut opener = Opener::new(&key);
        for earlier in (0..number >> 16).map(|generation| generation << 16) {
            let mut packet = vec![0; 9];
            Sealer::new(&key).seal(earlier, mode, &mut packet);
            opener.open(earlier, mode, &mut packet).unwrap();
        }
        let range = opener.open(number, mode, &mut packet).unwrap();
        assert_eq!(packet[range], body, "{}", vector["vector"]);
    }
}

#[test]
fn the_bodies_of_the_vectors_are_frames() {
    for vector in of_kind("packet") {
        assert!(crate::frame::Frames::parse(&bytes(&vector["body"])).is_some(), "{vector:?}");
    }
}
