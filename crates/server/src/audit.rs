//! What operators did: `audit.log` in the data folder, one object of JSON a line.

use crate::settings::Settings;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The file's name in the data folder. The one before it has `.1` behind its name.
pub const AUDIT_FILE: &str = "audit.log";

/// Bytes of a file, at most, unless one act alone is longer: years of invitations.
const BYTES_MAX: u64 = 8 << 20;

/// Nobody but the server's user reads or writes it.
const MODE: u32 = 0o600;

/// Letters of a secret that may be told, so that its owner knows which one it was.
const TOLD: usize = 4;

/// What an operator did. Holds no secret.
#[derive(Clone, Debug, Serialize)]
pub struct Act {
    what: &'static str,
    #[serde(flatten)]
    details: Value,
}

impl Act {
    /// An act by its name, and an object with what more is to be known of it: no secret, at
    /// most [`beginning`] of one.
    pub fn new(what: &'static str, details: Value) -> Act {
        Act { what, details }
    }

    pub(crate) fn started(settings: &Settings) -> Act {
        let version = env!("CARGO_PKG_VERSION");
        Act::new("started", json!({ "version": version, "settings": settings.effective() }))
    }

    pub(crate) fn invited(codes: &[String]) -> Act {
        let codes: Vec<String> = codes.iter().map(|code| beginning(code)).collect();
        Act::new("invited", json!({ "codes": codes }))
    }
}

/// The first four letters of a secret.
pub fn beginning(secret: &str) -> String {
    let told: String = secret.chars().take(TOLD).collect();
    format!("{told}…")
}

#[derive(Serialize)]
struct Line<'a> {
    time: String,
    /// The user that did it, where the system says so.
    who: Option<u32>,
    #[serde(flatten)]
    act: &'a Act,
}

/// The file, which is only ever appended to.
pub struct Audit {
    file: PathBuf,
    bytes_max: u64,
    /// One act at a time.
    writing: Mutex<()>,
}

impl Audit {
    /// Of a data folder, which is there.
    pub fn of(data: &Path) -> Audit {
        Audit { file: data.join(AUDIT_FILE), bytes_max: BYTES_MAX, writing: Mutex::new(()) }
    }

    /// On disk when this returns. A server serves also where it cannot be written.
    pub fn record(&self, who: Option<u32>, act: &Act) {
        if let Err(error) = self.append(who, act) {
            let (file, what) = (self.file.display(), act.what);
            tracing::warn!(%file, what, %error, "an act is not in the audit log; it stands");
        }
    }

    fn append(&self, who: Option<u32>, act: &Act) -> io::Result<()> {
        let time = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let mut line = serde_json::to_vec(&Line { time, who, act })?;
        line.push(b'\n');
        let _one = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        self.make_room(line.len() as u64)?;
        let mut open = OpenOptions::new().append(true).create(true).mode(MODE).open(&self.file)?;
        open.write_all(&line)?;
        open.sync_data()
    }

    /// A file that would become too long takes the place of the old one.
    fn make_room(&self, bytes: u64) -> io::Result<()> {
        let has = std::fs::metadata(&self.file).map(|file| file.len()).unwrap_or_default();
        if has == 0 || has + bytes <= self.bytes_max {
            return Ok(());
        }
        std::fs::rename(&self.file, self.file.with_extension("log.1"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn lines(file: &Path) -> Vec<Value> {
        let written = std::fs::read_to_string(file).unwrap();
        written.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn an_act_is_a_line_without_the_secret_that_only_the_owner_reads() {
        let folder = tempfile::tempdir().unwrap();
        let audit = Audit::of(folder.path());
        audit.record(Some(7), &Act::invited(&["abcdefgh2345".to_owned()]));
        audit.record(None, &Act::new("changed", json!({ "it": 1 })));
        let file = folder.path().join(AUDIT_FILE);
        let [one, two] = &lines(&file)[..] else { panic!("two lines") };
        assert_eq!((&one["what"], &one["who"]), (&json!("invited"), &json!(7)));
        assert_eq!(one["codes"], json!(["abcd…"]));
        assert!(one["time"].as_str().unwrap().ends_with('Z'), "{one}");
        assert_eq!(
            (&two["what"], &two["who"], &two["it"]),
            (&json!("changed"), &Value::Null, &json!(1))
        );
        assert!(!std::fs::read_to_string(&file).unwrap().contains("abcde"));
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, MODE);
    }

    #[test]
    fn it_never_takes_more_than_two_files() {
        let folder = tempfile::tempdir().unwrap();
        let audit = Audit { bytes_max: 300, ..Audit::of(folder.path()) };
        for count in 0..100 {
            audit.record(Some(0), &Act::new("counted", json!({ "count": count })));
        }
        let (new, old) = (folder.path().join("audit.log"), folder.path().join("audit.log.1"));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
        for file in [&new, &old] {
            assert!(std::fs::metadata(file).unwrap().len() <= 300);
        }
        let all: Vec<Value> = [lines(&old), lines(&new)].concat();
        let counts: Vec<u64> = all.iter().filter_map(|line| line["count"].as_u64()).collect();
        assert!(counts.is_sorted() && counts.last() == Some(&99) && counts.len() > 3, "{counts:?}");
    }

    #[test]
    fn where_it_cannot_be_written_nothing_else_fails() {
        let folder = tempfile::tempdir().unwrap();
        let audit = Audit::of(&folder.path().join("not there"));
        audit.record(None, &Act::new("lost", json!({})));
    }
}
