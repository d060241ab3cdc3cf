//! A server with a message centre, and what a client was seen to do with it.

use super::support::{Asks, Mesh, Running, eventually, smpp_account, smpp_of};
use super::{DESK, PUMPS};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;

/// Whole in one PDU, and with characters that take two of its bytes.
pub(crate) const SHORT: &str = "Pumpe 3: Füllstand {12} [m] ~ 5€ | \\ ^";
pub(crate) const EMOJI: &str = "Wasser 😀 до краёв";

pub(crate) fn long() -> String {
    "All pumps run at half of what they can, {and} the water has risen by 2 m. ".repeat(5)
}

pub(crate) fn long_emoji() -> String {
    "😀 вода поднимается ".repeat(12)
}

/// A server, with a message centre and a page for a program that texts over HTTP.
pub(crate) struct Site {
    pub(crate) mesh: Mesh,
    server: Option<Running>,
    pub(crate) at: SocketAddr,
    pub(crate) desk: Asks,
    pub(crate) password: String,
}

impl Site {
    pub(crate) fn new(words: &[&str]) -> Site {
        let mesh = Mesh::apart(1);
        let (server, at, web) = Site::serve(&mesh, "127.0.0.1:0");
        let words = [&["--number", PUMPS], words].concat();
        let password = smpp_account(&mesh, 1, "pumps", &words);
        let application = ["--application", "desk", "--number", DESK];
        let desk = Asks::with_new_key(&mesh, 1, web, &application);
        let site = Site { mesh, server: Some(server), at, desk, password };
        site.is_attached();
        site
    }

    fn serve(mesh: &Mesh, smpp: &str) -> (Running, SocketAddr, SocketAddr) {
        let mut command = mesh.command(1);
        let server = Running::start(command.args(["--web", "127.0.0.1:0", "--smpp", smpp]));
        let at = smpp_of(&server);
        let web = Asks::web_of(&server);
        (server, at, web)
    }

    fn is_attached(&self) {
        self.mesh.sees(1, ("smpp", &["status"]), |answer| {
            (answer["accounts"][0]["attached"] == 1).then_some(())
        });
        eventually("the desk is attached", || {
            (self.desk.get("/v1/number").well()["attached"] == true).then_some(())
        });
    }

    /// Makes one more account, and returns its password once it may bind.
    pub(crate) fn account(&self, name: &str, words: &[&str]) -> String {
        let password = smpp_account(&self.mesh, 1, name, words);
        eventually("the new account", || {
            let status = self.mesh.look(1, "smpp", &["status"]);
            let mut accounts = status["accounts"].as_array()?.iter();
            accounts.any(|one| one["system_id"] == name && one["attached"] == 1).then_some(())
        });
        password
    }

    /// Kills the server, and starts it again at the same places.
    pub(crate) fn starts_again(&mut self) {
        self.server.take().unwrap().kill();
        let (server, at, web) = Site::serve(&self.mesh, &self.at.to_string());
        assert_eq!(at, self.at);
        (self.server, self.desk.web) = (Some(server), web);
        self.is_attached();
    }

    /// Waits until the desk has a text, and marks all of them as read.
    pub(crate) fn desk_has(&self, text: &str) {
        eventually(&format!("{text:?} at the desk"), || {
            let unread = self.desk.get("/v1/texts/unread").well();
            let texts = unread["texts"].as_array()?;
            let found = texts.iter().find(|one| one["text"] == text)?;
            let path = format!("/v1/texts/{}/read", found["id"]);
            self.desk.ask("POST", &path, &[], "");
            Some(())
        });
    }

    /// What waits at the desk.
    pub(crate) fn unread(&self) -> Vec<String> {
        let unread = self.desk.get("/v1/texts/unread").well();
        let texts = unread["texts"].as_array().unwrap();
        texts.iter().map(|one| one["text"].as_str().unwrap().to_owned()).collect()
    }
}

/// What a client was seen to do: the rows of the table in docs/smpp.md.
pub(crate) type Seen = BTreeSet<&'static str>;

/// Holds what was seen of a client against its column.
pub(crate) fn is_as_documented(client: &str, seen: &Seen) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/smpp.md");
    let page = std::fs::read_to_string(file).unwrap();
    let rows: Vec<Vec<&str>> = page
        .lines()
        .skip_while(|line| !line.starts_with("| what it does |"))
        .take_while(|line| line.starts_with('|'))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    let column = rows[0].iter().position(|head| *head == client).expect("it has a column");
    let is_known = |row: &Vec<&str>| ["yes", "–", ""].contains(&row[column]);
    assert!(rows[2..].iter().all(is_known), "{rows:?}");
    let said: BTreeSet<&str> =
        rows[2..].iter().filter(|row| row[column] == "yes").map(|row| row[0]).collect();
    assert_eq!(&said, seen, "what docs/smpp.md says of {client}");
}
