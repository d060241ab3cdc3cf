//! A number that another of its devices has moved, or given up.

use super::*;

/// Another device claims the number at the server of this port, or gives it up there, and the
/// server that this one is attached to hears of it.
fn another_device_claims(world: &mut World, ann: &Keys, (here, there): (u16, u16), released: bool) {
    let home = world.servers[&there].key();
    let version = postrider_proto::native::Version::from_value(2).unwrap();
    let claim = ann.claim(home, version, released, "");
    let row = world.server(there).is_brought(&claim);
    let now = world.now;
    world.server(here).hears(now, ann.number(), row);
}

#[test]
fn a_device_follows_its_number_to_a_server_that_it_knows_and_stays() {
    let ann = ann();
    let mut world = World::new(&ann, &[7, 9]);
    world.run(5);
    another_device_claims(&mut world, &ann, (7, 9), false);
    world.run(5);
    let servers = [7, 9].map(|port| world.servers[&port].key());
    assert_eq!(world.attached(), servers);
    assert!(world.session.is_attached());
    world.run(2 * 3_600);
    assert_eq!(world.attached().len(), 2, "the two devices would take it from each other");
    world.cut = vec![9];
    world.run(300);
    assert_eq!(world.attached().len(), 3, "it goes where it can");
}

#[test]
fn a_number_may_be_at_a_server_whose_key_was_never_seen() {
    let ann = ann();
    let mut world = World::new(&ann, &[7, 9]);
    let place = |port: u16, key| Place { address: at(port), key, mode: Mode::Sealed, mtu: 1_200 };
    let known = PublicKey::from_bytes(world.servers[&7].key().0).unwrap();
    let places = vec![place(7, Some(known)), place(9, None)];
    world.session = Session::new(Time::ZERO, ann.clone(), places, &[78; 32]);
    world.run(5);
    another_device_claims(&mut world, &ann, (7, 9), false);
    world.run(50);
    assert_eq!(world.attached().len(), 1);
    world.run(3_600);
    assert_eq!(world.attached(), [7, 9].map(|port| world.servers[&port].key()));
}

#[test]
fn a_device_that_cannot_follow_brings_its_number_back_ever_more_rarely() {
    let ann = ann();
    let mut world = World::new(&ann, &[7]);
    world.servers.insert(9, Server::new(9));
    world.run(5);
    for times in 1..=4 {
        another_device_claims(&mut world, &ann, (7, 9), false);
        world.run(1);
        assert!(!world.session.is_attached());
        world.run((60 << (times - 1)) - 5);
        assert_eq!(world.attached().len(), times, "not before its time");
        world.run(10);
        assert_eq!(world.attached().len(), times + 1);
        assert!(world.session.is_attached());
    }
}

#[test]
fn a_number_that_another_device_gives_up_is_not_taken_up_again() {
    let ann = ann();
    let mut world = World::new(&ann, &[7]);
    world.servers.insert(9, Server::new(9));
    world.run(5);
    another_device_claims(&mut world, &ann, (7, 9), true);
    world.run(3_600);
    assert!(world.seen.contains(&SessionEvent::Released));
    assert_eq!(world.attached().len(), 1);
}
