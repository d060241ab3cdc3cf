//! What is kept of what operators did.

use crate::support::{Mesh, Running, postrider};
use serde_json::{Value, json};

#[test]
fn starts_and_invitations_are_in_the_audit_log_and_no_code_is() {
    let mesh = Mesh::apart(1);
    let server = mesh.serve(1);
    let mut invite = postrider("invite");
    let codes = Running::to_end(invite.arg("2").arg("--data").arg(mesh.data(1))).well();
    server.drain().well();
    mesh.serve(1).drain().well();
    let written = std::fs::read_to_string(mesh.data(1).join("audit.log")).unwrap();
    let acts: Vec<Value> =
        written.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let whats: Vec<&str> = acts.iter().filter_map(|act| act["what"].as_str()).collect();
    assert_eq!(whats, ["started", "invited", "started"]);
    assert!(acts.iter().all(|act| act["who"] == nix::unistd::geteuid().as_raw()), "{written}");
    assert_eq!(acts[0]["settings"]["listen"], json!(mesh.address(1)));
    assert_eq!(codes.lines().count(), 2);
    for (code, told) in codes.lines().zip(acts[1]["codes"].as_array().unwrap()) {
        assert!(!written.contains(code), "{written}");
        assert_eq!(told, &format!("{}…", &code[..4]));
    }
}
