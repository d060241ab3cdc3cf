//! What settings say, by the names that `postrider.toml` has for them.

use super::trunks::{LIFETIME_HOURS, lifetime};
use super::{PeerSettings, Settings, SmppSettings, Sources, TrunkSettings, WebSettings};
use crate::trunks::KEY_FILE;
use postrider_engine::{Claims, durations};
use postrider_link::{Mode, Strangers};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Settings by name, such as `classic.index`.
pub type Named = BTreeMap<String, Value>;

/// Names that end so would hold secrets; there is none, and none would be shown.
const SECRET: [&str; 4] = ["secret", "password", "token", "passphrase"];

impl Sources {
    /// What this source says, by name, as it was written.
    pub fn said(&self) -> Named {
        let mut said = Named::new();
        flatten("", serde_json::to_value(self).unwrap_or_default(), &mut said);
        said
    }
}

fn flatten(name: &str, value: Value, into: &mut Named) {
    match value {
        Value::Null => {}
        Value::Object(parts) => {
            for (part, value) in parts {
                let dot = if name.is_empty() { "" } else { "." };
                flatten(&format!("{name}{dot}{part}"), value, into);
            }
        }
        _ if SECRET.iter().any(|end| name.ends_with(end)) => {
            into.insert(name.to_owned(), json!("(not shown)"));
        }
        Value::Array(all) => {
            let all = all.into_iter().map(without_null).collect();
            into.insert(name.to_owned(), Value::Array(all));
        }
        value => {
            into.insert(name.to_owned(), value);
        }
    }
}

fn without_null(mut value: Value) -> Value {
    if let Value::Object(parts) = &mut value {
        parts.retain(|_, part| !part.is_null());
    }
    value
}

fn of_the_web(web: &WebSettings) -> Vec<(&'static str, Value)> {
    let mut all = vec![
        ("web.listen", json!(web.listen)),
        ("web.hosts", json!(web.hosts)),
        ("web.hooks", json!(web.hooks)),
    ];
    if let Some((certificate, key)) = &web.certificate {
        all.extend([("web.certificate", json!(certificate)), ("web.key", json!(key))]);
    }
    all
}

impl Settings {
    /// All that the server goes by, by name. Never a secret.
    pub fn effective(&self) -> Named {
        let mut all = self.of_the_server();
        if let Some(trunks) = &self.trunks {
            all.extend(self.of_trunks(trunks));
        }
        if let Some(web) = &self.web {
            all.extend(of_the_web(web));
        }
        if let Some(smpp) = &self.smpp {
            all.extend(of_smpp(smpp));
        }
        let mut all: Named =
            all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        for (name, place) in self.web.iter().flat_map(|web| &web.places) {
            all.insert(format!("web.places.{name}"), json!(place));
        }
        all
    }

    fn of_the_server(&self) -> Vec<(&'static str, Value)> {
        let per_second = self.limits.submitted as u64 / durations::SUBMITTED.as_secs().max(1);
        let mut all = vec![
            ("data", json!(self.data)),
            ("listen", json!(self.address())),
            ("name", json!(self.name())),
            ("classic.acknowledged", json!(self.acknowledged)),
            ("classic.networks", json!(self.networks)),
            ("classic.requests_per_second", json!(self.requests_per_second)),
            ("limits.messages", json!(self.limits.waiting)),
            ("limits.mailbox", json!(self.limits.mailbox)),
            ("limits.sender", json!(self.limits.sender)),
            ("limits.texts_per_second", json!(per_second)),
        ];
        if self.line.count() > 1 {
            let line: Vec<_> =
                self.line.servers().filter_map(|server| self.line.address(server)).collect();
            all.push(("classic.line", json!(line)));
            all.push(("classic.index", json!(self.me.value())));
        }
        all
    }

    fn of_trunks(&self, trunks: &TrunkSettings) -> Vec<(&'static str, Value)> {
        let key_file = trunks.key_file.clone().unwrap_or_else(|| self.data.join(KEY_FILE));
        let (strangers, allow) = match &trunks.strangers {
            Strangers::Accept => ("accept", Vec::new()),
            Strangers::Refuse => ("refuse", Vec::new()),
            Strangers::Allow(keys) => {
                ("refuse", keys.iter().map(|key| hex(key.as_bytes())).collect())
            }
        };
        let numbers = match trunks.claims {
            Claims::Open => "open",
            Claims::Invited => "invited",
            Claims::Closed => "closed",
        };
        let blocks: Vec<String> = trunks.blocks.iter().map(|block| block.to_string()).collect();
        let hours = match trunks.lifetime == lifetime(LIFETIME_HOURS) {
            true => u64::from(LIFETIME_HOURS),
            false => trunks.lifetime.duration().as_secs() / 3_600,
        };
        vec![
            ("trunks.key_file", json!(key_file)),
            ("trunks.strangers", json!(strangers)),
            ("trunks.allow", json!(allow)),
            ("trunks.peer", trunks.peers.iter().map(peer).collect()),
            ("trunks.lifetime_hours", json!(hours)),
            ("trunks.blocks", json!(blocks)),
            ("trunks.discover", json!(trunks.discover)),
            ("clients.accept", json!(trunks.clients.is_some())),
            ("clients.numbers", json!(numbers)),
        ]
    }
}

fn of_smpp(smpp: &SmppSettings) -> Vec<(&'static str, Value)> {
    let mut all = Vec::new();
    if let Some(listen) = smpp.listen {
        all.push(("smpp.listen", json!(listen)));
    }
    if let Some((listen, certificate, key)) = &smpp.tls {
        all.push(("smpp.listen_tls", json!(listen)));
        all.push(("smpp.certificate", json!(certificate)));
        all.push(("smpp.key", json!(key)));
    }
    all.extend(smpp.inactive_minutes.map(|minutes| ("smpp.inactive_minutes", json!(minutes))));
    all
}

fn peer(peer: &PeerSettings) -> Value {
    without_null(json!({
        "key": peer.key.map(|key| key.to_string()),
        "address": peer.address,
        "cost": peer.cost,
        "mtu": peer.link.mtu,
        "clear": peer.link.mode == Mode::Clear,
        "bytes_per_second": peer.link.budget,
    }))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::ClassicSources;

    #[test]
    fn what_is_said_has_the_files_names_and_nothing_else_is_there() {
        let classic = ClassicSources { index: Some(2), ..ClassicSources::default() };
        let said = Sources { data: Some("x".into()), classic, ..Sources::default() }.said();
        let expected = [("classic.index", json!(2)), ("data", json!("x"))];
        assert_eq!(said, expected.map(|(name, value)| (name.to_owned(), value)).into());
    }

    /// A file that says all that can be said.
    fn everything(key: &str) -> String {
        format!(
            r#"
            data = "x"
            listen = "10.0.0.1"
            name = "Camp 2"
            [classic]
            line = ["10.0.0.1", "10.0.0.2"]
            index = 1
            acknowledged = false
            networks = ["10.0.0.0/8"]
            requests_per_second = 9
            [limits]
            messages = 9
            mailbox = 4
            sender = 3
            texts_per_second = 2
            [trunks]
            key_file = "k"
            strangers = "refuse"
            allow = ["{key}"]
            lifetime_hours = 168
            blocks = ["604556xxxx"]
            discover = true
            [[trunks.peer]]
            address = "10.0.0.2:10410"
            key = "{key}"
            cost = 2
            mtu = 256
            clear = true
            bytes_per_second = 500
            [clients]
            accept = true
            numbers = "invited"
            [web]
            listen = "10.0.0.1:10410"
            hosts = ["post.example"]
            certificate = "c.pem"
            key = "c.key"
            hooks = ["192.168.7.0/24"]
            [smpp]
            listen = "127.0.0.1:2775"
            listen_tls = "127.0.0.1:3550"
            certificate = "c"
            key = "k"
            inactive_minutes = 10
            [web.places]
            "Camp 1" = [59.913, 10.752]
            "#
        )
    }

    /// A name in the one that the other does not know would be shown twice, or not at all.
    #[test]
    fn whatever_can_be_said_is_among_what_counts() {
        let key = crate::Identity::generate().unwrap().key();
        let written = everything(&key.to_string());
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("postrider.toml");
        std::fs::write(&file, written).unwrap();
        let sources = Sources::read(&file).unwrap();
        let (said, effective) = (sources.said(), sources.check().unwrap().effective());
        for (name, value) in &said {
            let counts = effective.get(name).unwrap_or_else(|| panic!("{name} is not shown"));
            if !["listen", "classic.line"].contains(&name.as_str()) {
                assert_eq!(value, counts, "{name}");
            }
        }
        assert_eq!(said.len(), effective.len());
    }
}
