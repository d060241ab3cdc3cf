//! ARCHITECTURE.md's list of who may depend on what, held against the manifests.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A crate and all that it may depend on.
const ALLOWED: [(&str, &[&str]); 11] = [
    ("proto", &["thiserror"]),
    (
        "link",
        &[
            "blake2",
            "chacha20",
            "chacha20poly1305",
            "curve25519-dalek",
            "ed25519-dalek",
            "snow",
            "thiserror",
            "zeroize",
        ],
    ),
    ("engine", &["postrider-proto", "siphasher", "thiserror"]),
    ("store", &["postrider-engine", "crc32fast", "nix", "thiserror"]),
    (
        "server",
        &[
            "postrider-engine",
            "postrider-link",
            "postrider-proto",
            "postrider-store",
            "ed25519-dalek",
            "getrandom",
            "ipnet",
            "jiff",
            "mdns-sd",
            "nix",
            "serde",
            "serde_json",
            "siphasher",
            "socket2",
            "strsim",
            "thiserror",
            "toml",
            "tracing",
            "zeroize",
        ],
    ),
    (
        "client",
        &[
            "postrider-link",
            "postrider-proto",
            "bech32",
            "chacha20",
            "ed25519-dalek",
            "getrandom",
            "hpke",
            "nix",
            "rusqlite",
            "sha2",
            "thiserror",
            "tokio",
            "zeroize",
        ],
    ),
    (
        "web",
        &[
            "postrider-link",
            "axum",
            "flate2",
            "futures-util",
            "getrandom",
            "hyper",
            "hyper-util",
            "nix",
            "rustls",
            "serde",
            "serde_json",
            "socket2",
            "thiserror",
            "tokio",
            "tokio-rustls",
            "tracing",
            "zeroize",
        ],
    ),
    (
        "api",
        &[
            "postrider-client",
            "postrider-link",
            "postrider-proto",
            "postrider-resident",
            "postrider-server",
            "postrider-web",
            "axum",
            "base64ct",
            "futures-util",
            "getrandom",
            "hmac",
            "http-body-util",
            "hyper",
            "hyper-util",
            "ipnet",
            "jiff",
            "rusqlite",
            "rustls",
            "rustls-native-certs",
            "serde",
            "serde_json",
            "sha2",
            "thiserror",
            "tokio",
            "tokio-rustls",
            "tracing",
            "utoipa",
        ],
    ),
    (
        "resident",
        &[
            "postrider-client",
            "postrider-proto",
            "postrider-server",
            "serde",
            "serde_json",
            "thiserror",
            "tokio",
        ],
    ),
    (
        "smpp",
        &[
            "postrider-client",
            "postrider-proto",
            "postrider-resident",
            "postrider-server",
            "postrider-web",
            "argon2",
            "getrandom",
            "hmac",
            "ipnet",
            "jiff",
            "rusqlite",
            "serde",
            "sha2",
            "socket2",
            "thiserror",
            "tokio",
            "tracing",
        ],
    ),
    (
        "sim",
        &[
            "postrider-client",
            "postrider-engine",
            "postrider-link",
            "postrider-proto",
            "postrider-store",
            "ed25519-dalek",
            "fastrand",
            "siphasher",
            "tempfile",
            "thiserror",
        ],
    ),
];

#[test]
fn no_crate_depends_on_more_than_the_architecture_allows() {
    for (name, allowed) in ALLOWED {
        let allowed: BTreeSet<&str> = allowed.iter().copied().collect();
        let found = dependencies(name);
        let found: BTreeSet<&str> = found.iter().map(String::as_str).collect();
        let more: Vec<_> = found.difference(&allowed).collect();
        assert!(more.is_empty(), "{name} also depends on {more:?}");
        assert!(found.contains("thiserror"), "the manifest of {name} was not read: {found:?}");
    }
}

#[test]
fn the_engine_the_link_and_the_codec_do_not_know_that_the_outside_exists() {
    let outside =
        ["UdpSocket", "std::fs", "Instant::now", "SystemTime", "std::thread", "HashMap", "async "];
    for name in ["proto", "link", "engine"] {
        for file in sources(&folder(name).join("src")) {
            let text = std::fs::read_to_string(&file).unwrap();
            for word in outside {
                assert!(!text.contains(word), "{} mentions {word}", file.display());
            }
        }
    }
}

/// What drives a client's device has the sockets, the clocks and the chance.
#[test]
fn a_device_of_a_client_is_a_function_of_its_inputs_and_their_moments() {
    let outside = [
        "tokio",
        "UdpSocket",
        "Instant",
        "SystemTime",
        "Stamp::now",
        "clock_gettime",
        "getrandom",
        "std::thread",
        "HashMap",
        "async ",
    ];
    let client = folder("client").join("src");
    for name in ["device", "session", "profile"] {
        let files = sources(&client.join(name));
        let all = files
            .into_iter()
            .chain((name != "profile").then(|| client.join(name).with_extension("rs")));
        let all: Vec<PathBuf> = all.filter(|file| !is_of_tests(file)).collect();
        assert!(all.len() > 3, "the sources of {name} were not found");
        for file in all {
            let text = std::fs::read_to_string(&file).unwrap();
            for word in outside {
                assert!(!text.contains(word), "{} mentions {word}", file.display());
            }
        }
    }
}

fn is_of_tests(file: &Path) -> bool {
    file.ends_with("tests.rs") || file.iter().any(|part| part == "tests")
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name)
}

fn dependencies(name: &str) -> Vec<String> {
    let text = std::fs::read_to_string(folder(name).join("Cargo.toml")).unwrap_or_default();
    let of_section = text.lines().skip_while(|line| *line != "[dependencies]").skip(1);
    of_section
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.path())
        .flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] })
        .collect()
}
