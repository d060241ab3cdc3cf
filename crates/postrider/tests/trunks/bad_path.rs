//! A path between two servers that loses, doubles and reorders, and then is gone for a while.

use super::seed;
use crate::support::{Mesh, Relay, Talk, UP, Weather};

#[test]
fn over_a_path_that_loses_a_third_and_then_all_every_text_arrives_once_and_in_order() {
    let mut mesh = Mesh::apart(2);
    let relay = Relay::between(mesh.address(1), mesh.address(2), seed());
    mesh.tell(1, format!("{}@{}", mesh.key(2), relay.for_one()));
    mesh.tell(2, format!("{}@{}", mesh.key(1), relay.for_other()));
    relay.has(Weather::BAD);
    let _servers = mesh.serve_all();
    Talk::between([mesh.address(1), mesh.address(2)], |talk| {
        talk.goes_on(200);
        let harm = relay.harm();
        assert!(harm.lost > 0 && harm.doubled > 0 && harm.overtaken > 0, "{harm:?}");

        talk.goes_quiet();
        relay.has(Weather::SILENT);
        talk.speaks_again();
        talk.says_more(10);
        mesh.sees_link(1, 2, "down");
        mesh.sees_link(2, 1, "down");
        for index in [1, 2] {
            let queue = mesh.look(index, "queue", &[]);
            assert!(queue["waiting"].as_u64().unwrap() >= 10, "{queue}");
            assert_eq!(queue["given"], 0, "{queue}");
        }
        relay.has(Weather::BAD);
        talk.goes_on(50);
    });
    mesh.sees_link(1, 2, UP);
    mesh.sees_link(2, 1, UP);
}
