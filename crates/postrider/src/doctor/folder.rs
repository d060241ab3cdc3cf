//! The data folder, its disk, and the key.

use super::finding::Finding;
use nix::unistd::{AccessFlags, access, geteuid};
use postrider_server::{Identity, KEY_FILE, Settings};
use postrider_store::{RESERVE_BYTES, free_bytes};
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// With less than this the disk is soon too full: what is live may be written twice.
const LITTLE_BYTES: u64 = 8 * RESERVE_BYTES;

const FOLDER: &str = "data folder";
const DISK: &str = "disk";
const KEY: &str = "key";

/// Files of a data folder that are looked at, at most.
const FILES_MAX: usize = 10_000;

pub(super) fn folder(data: &Path) -> Finding {
    let shown = data.display();
    match fs::metadata(data) {
        Ok(found) if !found.is_dir() => {
            Finding::fault(FOLDER, format!("{shown} is not a folder")).but("name another one")
        }
        Ok(found) => of_folder(data, &found),
        Err(_) => {
            let above = existing(data);
            match may_write(&above) {
                Ok(()) => {
                    Finding::fine(FOLDER, format!("{shown} is not there yet; a start makes it"))
                }
                Err(why) => {
                    let says = format!(
                        "{shown} is not there, and cannot be made in {}: {why}",
                        above.display()
                    );
                    Finding::fault(FOLDER, says).but("make it, and give it to the server's user")
                }
            }
        }
    }
}

fn of_folder(data: &Path, found: &Metadata) -> Finding {
    let (shown, owner, me) = (data.display(), found.uid(), geteuid().as_raw());
    if let Err(why) = may_write(data) {
        let says =
            format!("user {me} cannot write to {shown}, which belongs to user {owner}: {why}");
        let advice =
            format!("run the server as user {owner}, or give it the folder with `chown -R`");
        return Finding::fault(FOLDER, says).but(advice);
    }
    if let Some(file) = of_somebody_else(data, owner) {
        let says =
            format!("{} does not belong to user {owner}, who has the folder", file.display());
        let advice = format!(
            "somebody else has run postrider there, root perhaps: `chown -R {owner} {shown}`"
        );
        return Finding::fault(FOLDER, says).but(advice);
    }
    Finding::fine(FOLDER, format!("{shown}, of user {owner}, can be written"))
}

/// A file that belongs to another user than the folder.
fn of_somebody_else(data: &Path, owner: u32) -> Option<PathBuf> {
    let all = fs::read_dir(data).ok()?.take(FILES_MAX).filter_map(Result::ok);
    let mut others = all.filter(|file| file.metadata().is_ok_and(|file| file.uid() != owner));
    others.next().map(|file| file.path())
}

fn may_write(folder: &Path) -> nix::Result<()> {
    access(folder, AccessFlags::W_OK | AccessFlags::X_OK)
}

/// The folder, or the next above it that is there.
fn existing(folder: &Path) -> PathBuf {
    let all = folder.ancestors().filter(|one| !one.as_os_str().is_empty());
    let found = all.into_iter().find(|one| one.exists());
    found.unwrap_or(Path::new(".")).to_owned()
}

pub(super) fn disk(data: &Path) -> Finding {
    let megabytes = |bytes: u64| bytes >> 20;
    let (left, kept) = match free_bytes(&existing(data)) {
        Ok(free) => (free, megabytes(RESERVE_BYTES)),
        Err(why) => {
            return Finding::fault(DISK, format!("how much room is left is not told: {why}"));
        }
    };
    let says = format!("{} MB are left", megabytes(left));
    match left {
        0..RESERVE_BYTES => {
            Finding::fault(DISK, format!("{says}; with less than {kept} MB new texts are refused"))
                .but("make room; what was accepted is kept")
        }
        RESERVE_BYTES..LITTLE_BYTES => {
            Finding::hint(DISK, says, format!("make room before only {kept} MB are left"))
        }
        _ => Finding::fine(DISK, says),
    }
}

pub(super) fn key(settings: &Settings) -> Option<Finding> {
    let trunks = settings.trunks.as_ref()?;
    let file = trunks.key_file.clone().unwrap_or_else(|| settings.data.join(KEY_FILE));
    let shown = file.display();
    if file.exists() {
        return Some(match Identity::read(&file) {
            Ok(identity) => Finding::fine(KEY, format!("{shown} has the key {}", identity.key())),
            Err(error) => Finding::fault(KEY, error.to_string()),
        });
    }
    Some(match has_log(&settings.data) {
        true => Finding::fault(
            KEY,
            format!("{shown} is not there, and the data folder is in use already"),
        )
        .but("restore the key file from a backup: others know the server by it"),
        false => Finding::fine(KEY, format!("{shown} is not there yet; a start makes it")),
    })
}

fn has_log(data: &Path) -> bool {
    let all = fs::read_dir(data).into_iter().flatten().filter_map(Result::ok);
    all.take(FILES_MAX).any(|file| file.file_name().to_string_lossy().starts_with("log-"))
}
