//! A list in a file of the data folder that only its owner reads, as JSON. Programs that change
//! it do so one after the other; a running server sees at once what has changed.

use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Why a list cannot be read or changed. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// A file cannot be read or written.
    #[error("cannot use {}: {why}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// Why.
        why: io::Error,
    },
    /// It was written by something else.
    #[error("{} is damaged: {why}; restore it, or remove it and make what was in it anew", file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        why: serde_json::Error,
    },
}

/// What of a file tells that it was written anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seen {
    inode: u64,
    modified: (i64, i64),
}

/// The list.
#[derive(Debug)]
pub struct PrivateList<T> {
    folder: PathBuf,
    /// The file is `NAME.json`.
    name: &'static str,
    read: Mutex<(Option<Seen>, Arc<Vec<T>>)>,
}

impl<T: Serialize + DeserializeOwned> PrivateList<T> {
    /// The one of this name in a data folder; it may be empty.
    pub fn in_folder(data: &Path, name: &'static str) -> PrivateList<T> {
        let read = Mutex::new((None, Arc::default()));
        PrivateList { folder: data.to_owned(), name, read }
    }

    /// All that is in it, the oldest first.
    pub fn all(&self) -> Result<Arc<Vec<T>>, ListError> {
        let seen = self.seen();
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if read.0 != seen || seen.is_none() {
            *read = (seen, Arc::new(self.read()?));
        }
        Ok(Arc::clone(&read.1))
    }

    /// Changes it. What is changed is on disk when this returns; nothing is, if the change fails.
    pub fn change<R, E: From<ListError>>(
        &self,
        change: impl FnOnce(&mut Vec<T>) -> Result<R, E>,
    ) -> Result<R, E> {
        let lock = self.file("lock");
        let file = private(&lock).map_err(|why| ListError::File { file: lock.clone(), why })?;
        file.lock().map_err(|why| ListError::File { file: lock, why })?;
        let mut all = self.read()?;
        let changed = change(&mut all)?;
        self.write(&all)?;
        Ok(changed)
    }

    fn file(&self, extension: &str) -> PathBuf {
        self.folder.join(format!("{}.{extension}", self.name))
    }

    fn read(&self) -> Result<Vec<T>, ListError> {
        let file = self.file("json");
        match fs::read(&file) {
            Ok(bytes) => {
                serde_json::from_slice(&bytes).map_err(|why| ListError::Damaged { file, why })
            }
            Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(why) => Err(ListError::File { file, why }),
        }
    }

    /// All or nothing, whenever the power fails.
    fn write(&self, all: &[T]) -> Result<(), ListError> {
        let (new, file) = (self.file("json.new"), self.file("json"));
        let bytes = serde_json::to_vec_pretty(all)
            .map_err(|why| ListError::Damaged { file: file.clone(), why })?;
        let write = || {
            let mut written = private(&new)?;
            written.set_len(0)?;
            written.write_all(&bytes)?;
            written.sync_all()?;
            fs::rename(&new, &file)?;
            File::open(&self.folder)?.sync_all()
        };
        write().map_err(|why| ListError::File { file: file.clone(), why })
    }

    fn seen(&self) -> Option<Seen> {
        let found = fs::metadata(self.file("json")).ok()?;
        Some(Seen { inode: found.ino(), modified: (found.mtime(), found.mtime_nsec()) })
    }
}

fn private(file: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn list(folder: &Path) -> PrivateList<String> {
        PrivateList::in_folder(folder, "names")
    }

    fn add(list: &PrivateList<String>, name: &str) -> Result<(), ListError> {
        list.change(|all| {
            all.push(name.to_owned());
            Ok(())
        })
    }

    #[test]
    fn what_one_program_changes_another_sees_and_nobody_else_may_read() {
        let folder = tempfile::tempdir().unwrap();
        let (server, operator) = (list(folder.path()), list(folder.path()));
        assert!(server.all().unwrap().is_empty());
        add(&operator, "one").unwrap();
        add(&operator, "two").unwrap();
        assert_eq!(*server.all().unwrap(), ["one", "two"]);
        let file = folder.path().join("names.json");
        assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_damaged_file_is_told_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("names.json");
        fs::write(&file, "{").unwrap();
        assert!(matches!(list(folder.path()).all(), Err(ListError::Damaged { .. })));
        assert!(matches!(add(&list(folder.path()), "one"), Err(ListError::Damaged { .. })));
        assert_eq!(fs::read_to_string(&file).unwrap(), "{");
    }
}
