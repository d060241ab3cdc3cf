//! Numbers that one server gives out, and no other.

use crate::support::{Mesh, Person, Running, number, rows};
use serde_json::Value;
use std::fs;

/// Where a number is at home, by the answer of `numbers`.
fn home_of(answer: &Value) -> Option<&str> {
    rows(answer, "numbers").first()?["home"].as_str()
}

#[test]
fn a_number_of_a_block_is_at_home_with_its_server_alone() {
    let mesh = Mesh::line(3);
    let config = mesh.data(2).join("postrider.toml");
    fs::write(&config, "[trunks]\nblocks = [\"604555xxxx\"]\n").unwrap();
    let owner = Running::start(mesh.command(2).arg("--config").arg(&config));
    let _servers = [mesh.serve(1), owner, mesh.serve(3)];
    mesh.is_one(&[1, 2, 3]);
    let names_the_owner = |routes: &Value| {
        let named = |server: &Value| server["name"] == Mesh::name(2);
        rows(routes, "servers").iter().any(named).then_some(())
    };
    mesh.sees(1, ("routes", &[]), names_the_owner);
    let mut ann = Person::at(mesh.address(1), number(6_045_550_001));
    mesh.sees(1, ("status", &[]), |status| {
        (status["refused"]["claims_in_blocks_elsewhere"] == 1).then_some(())
    });
    let mut cid = Person::at(mesh.address(1), number(6_045_560_003));
    mesh.sees(3, ("numbers", &["6045560003"]), |numbers| {
        (home_of(numbers)? == Mesh::name(1)).then_some(())
    });
    assert_eq!(home_of(&mesh.look(3, "numbers", &["6045550001"])), None);
    cid.sends(ann.number, "you are a guest here");
    assert_eq!(ann.receives(1), ["you are a guest here"]);
    ann.moves(mesh.address(2));
    for index in [1, 3] {
        mesh.sees(index, ("numbers", &["6045550001"]), |numbers| {
            (home_of(numbers)? == Mesh::name(2)).then_some(())
        });
    }
    cid.sends(ann.number, "and at home there");
    assert_eq!(ann.receives(1), ["and at home there"]);
}
