//! Who somebody is: wrong keys, strangers, oneself, twins, and keys that have changed.

use super::{assert_texts_pass, of_numbers, states};
use crate::support::{Mesh, Person, Running, UP, keygen, link_state, number, refused, rows};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

const TURNED_AWAY: &str = "refused by the other end: NotAllowed";

#[test]
fn a_peer_that_shows_another_key_than_the_configured_one_is_refused_and_it_is_said() {
    let mut mesh = Mesh::apart(3);
    let configured = keygen(&mesh.data(1).join("other.key"));
    mesh.tell(1, format!("{configured}@{}", mesh.address(2)));
    mesh.tell(2, mesh.peer(1));
    mesh.join(1, 3);
    let _servers = mesh.serve_all();
    let said = format!("refused: it shows another key, {}", mesh.key(2));
    mesh.sees(1, ("peers", &[]), |peers| (link_state(peers, &configured)? == said).then_some(()));
    mesh.sees_link(2, 1, TURNED_AWAY);
    mesh.sees(1, ("status", &[]), |status| (refused(status, "wrong_keys") >= 2).then_some(()));
    nobody_can_send_from(&mesh, 2, 1);
    assert_texts_pass(&mesh, 1, 3);
}

#[test]
fn a_stranger_is_turned_away_and_counted() {
    let mut mesh = Mesh::apart(3);
    mesh.join(1, 2);
    mesh.tell(3, mesh.peer(1));
    let _servers = mesh.serve_all();
    mesh.sees_link(3, 1, TURNED_AWAY);
    let status = mesh.look(1, "status", &[]);
    assert!(refused(&status, "strangers") > 0, "{status}");
    let peers = mesh.look(1, "peers", &[]);
    assert_eq!(rows(&peers, "peers").len(), 1, "{peers}");
    nobody_can_send_from(&mesh, 3, 1);
    assert_texts_pass(&mesh, 1, 2);
}

#[test]
fn a_trunk_to_oneself_is_refused_and_the_others_work() {
    let mut mesh = Mesh::apart(2);
    mesh.tell(1, mesh.address(1).to_string());
    mesh.join(1, 2);
    let _servers = mesh.serve_all();
    let own = mesh.address(1).to_string();
    mesh.sees(1, ("peers", &[]), |peers| {
        let peer = rows(peers, "peers").iter().find(|peer| peer["address"] == own)?;
        peer["state"].as_str()?.contains("it is this server").then_some(())
    });
    let status = mesh.look(1, "status", &[]);
    assert!(refused(&status, "own_key") > 0, "{status}");
    assert_texts_pass(&mesh, 1, 2);
}

#[test]
fn two_servers_with_one_key_are_told_of_and_do_no_harm_to_a_third_and_a_fourth() {
    let mut mesh = Mesh::apart(4);
    mesh.copies_key(1, 2);
    mesh.join(3, 4);
    mesh.join(1, 3);
    mesh.tell(2, mesh.peer(3));
    mesh.tell(1, mesh.address(2).to_string());
    let servers = mesh.serve_all();
    servers[2].logs("two servers hold one key");
    mesh.sees(3, ("status", &[]), |status| (refused(status, "twins") > 0).then_some(()));
    // Each of the twins has somebody at home, under one key.
    Person::at(mesh.address(1), number(1)).sends(number(2), "from one");
    Person::at(mesh.address(2), number(2)).sends(number(1), "from the other");
    assert_texts_pass(&mesh, 3, 4);
    mesh.sees(4, ("numbers", &[]), |numbers| {
        (of_numbers(numbers) == of_numbers(&mesh.look(3, "numbers", &[]))).then_some(())
    });
    assert_texts_pass(&mesh, 3, 4);
    for server in servers {
        server.drain().well();
    }
}

#[test]
fn the_key_that_was_seen_first_at_an_address_is_kept_and_no_other_is_let_in_there() {
    let mut mesh = Mesh::apart(2);
    mesh.tell(1, mesh.address(2).to_string());
    mesh.tell(2, mesh.peer(1));
    let servers = mesh.serve_all();
    mesh.sees_link(1, 2, UP);
    let known = || fs::read_to_string(mesh.data(1).join("known-peers")).unwrap();
    let pinned = format!("{} {}\n", mesh.address(2), mesh.key(2));
    assert_eq!(known(), pinned);
    servers.into_iter().for_each(Running::kill);

    // Somebody else has the address now.
    let key = mesh.starts_anew(2);
    let servers = mesh.serve_all();
    let said = format!("refused: it shows another key, {key}");
    mesh.sees(1, ("peers", &[]), |peers| (link_state(peers, mesh.key(2))? == said).then_some(()));
    mesh.sees_link(2, 1, TURNED_AWAY);
    nobody_can_send_from(&mesh, 2, 1);
    assert_eq!(known(), pinned);
    servers.into_iter().for_each(Running::kill);
}

#[test]
fn a_key_file_that_others_may_read_is_refused_with_what_to_do() {
    let mesh = Mesh::apart(1);
    let file = mesh.data(1).join("identity.key");
    fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
    let complaint = Running::to_end(&mut mesh.command(1)).badly();
    assert!(complaint.contains("chmod 600"), "{complaint}");
    assert!(complaint.contains(file.to_str().unwrap()), "{complaint}");
    fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
    mesh.serve(1).drain().well();
}

#[test]
fn a_data_folder_of_another_server_is_refused_and_stays_as_it_is() {
    let mesh = Mesh::apart(1);
    let server = mesh.serve(1);
    let mut ann = Person::at(mesh.address(1), number(1));
    ann.sends(number(2), "still there");
    server.kill();
    let file = mesh.data(1).join("identity.key");
    let kept = mesh.data(1).join("kept.key");
    fs::rename(&file, &kept).unwrap();
    let others = keygen(&file);
    let complaint = Running::to_end(&mut mesh.command(1)).badly();
    assert!(complaint.contains(mesh.key(1)) && complaint.contains(&others), "{complaint}");
    // A lost key file is not made up for by a new one.
    fs::remove_file(&file).unwrap();
    let complaint = Running::to_end(&mut mesh.command(1)).badly();
    assert!(complaint.contains(mesh.key(1)), "{complaint}");
    assert!(!file.exists(), "a new key was left behind");
    fs::rename(&kept, &file).unwrap();
    let _server = mesh.serve(1);
    assert_eq!(Person::at(mesh.address(1), number(2)).receives(1), ["still there"]);
}

/// What somebody at one server sends to somebody at the other stays where it is.
fn nobody_can_send_from(mesh: &Mesh, one: usize, other: usize) {
    let [mut ann, ben] = [(one, 1), (other, 2)]
        .map(|(index, person)| Person::at(mesh.address(index), number(person)));
    ann.sends(ben.number, "let me in");
    let trace = mesh.look(one, "trace", &[&format!("{}-{}", ann.number, ben.number)]);
    assert_eq!(states(&trace), ["unclaimed"], "{trace}");
    let known = of_numbers(&mesh.look(other, "numbers", &[]));
    assert!(known.iter().all(|row| row[0] != ann.number.to_string()), "{known:?}");
    assert_eq!(ben.gets(), None);
}
