//! The door of a program that has a profile open: a socket in the profile's folder, through
//! which other programs of the same user ask it to send and to change things.
//!
//! One line of JSON is asked, and lines of JSON are answered until either end closes.

use super::ask::{Reply, Request, carry_out};
use postrider_client::Client;
use std::fs::Permissions;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const DOOR_FILE: &str = "door";

/// Bytes of a request: 2,560 characters, each escaped, and what is around them.
const REQUEST_BYTES_MAX: u64 = 64 * 1_024;

/// Programs that are at the door at once.
const CALLERS_MAX: usize = 32;

/// An open door. It is closed when this is dropped.
pub(crate) struct Door {
    file: PathBuf,
}

impl Door {
    /// Opens the door of a profile that this program has. `changed` is called when something
    /// was changed through it.
    pub(crate) fn open(
        folder: &Path,
        client: &Client,
        changed: impl Fn() + Send + Sync + 'static,
    ) -> io::Result<Door> {
        let file = folder.join(DOOR_FILE);
        // Who has the profile's lock may remove what a killed program has left.
        if file.exists() {
            std::fs::remove_file(&file)?;
        }
        let listener = UnixListener::bind(&file)?;
        std::fs::set_permissions(&file, Permissions::from_mode(0o600))?;
        let (client, changed) = (client.clone(), Arc::new(changed));
        let inside = Arc::new(());
        let thread = std::thread::Builder::new().name("postrider-door".to_owned());
        thread.spawn(move || {
            for caller in listener.incoming().map_while(Result::ok) {
                if Arc::strong_count(&inside) > CALLERS_MAX {
                    continue;
                }
                let (client, changed, place) =
                    (client.clone(), Arc::clone(&changed), Arc::clone(&inside));
                std::thread::spawn(move || {
                    let _ = receive(&caller, &client, &*changed);
                    drop(place);
                });
            }
        })?;
        Ok(Door { file })
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        // Whoever comes next removes it, if this cannot.
        let _ = std::fs::remove_file(&self.file);
    }
}

fn receive(caller: &UnixStream, client: &Client, changed: &dyn Fn()) -> io::Result<()> {
    let mut asked = String::new();
    BufReader::new(caller.take(REQUEST_BYTES_MAX)).read_line(&mut asked)?;
    let request: Request = match serde_json::from_str(&asked) {
        Ok(request) => request,
        Err(why) => return write(caller, &Reply::Failed(format!("not understood: {why}"))),
    };
    let mut is_first = true;
    carry_out(client, request, &mut |reply| {
        if !matches!(reply, Reply::Network(_)) && std::mem::take(&mut is_first) {
            changed();
        }
        write(caller, &reply).is_ok()
    });
    Ok(())
}

fn write(mut caller: &UnixStream, reply: &Reply) -> io::Result<()> {
    let mut line = serde_json::to_vec(reply)?;
    line.push(b'\n');
    caller.write_all(&line)
}

/// Who asks at a door.
pub(super) struct Caller(UnixStream);

impl Caller {
    pub(super) fn at(folder: &Path, request: &Request) -> io::Result<Caller> {
        let mut stream = UnixStream::connect(folder.join(DOOR_FILE))?;
        let mut line = serde_json::to_vec(request)?;
        line.push(b'\n');
        stream.write_all(&line)?;
        Ok(Caller(stream))
    }

    /// Reads what is answered, until `tell` says no or the door is closed.
    pub(super) fn read(self, tell: &mut dyn FnMut(Reply) -> bool) {
        for line in BufReader::new(&self.0).lines().map_while(Result::ok) {
            let reply = serde_json::from_str(&line);
            let reply = reply.unwrap_or_else(|why| Reply::Failed(format!("not understood: {why}")));
            if !tell(reply) {
                return;
            }
        }
        tell(Reply::Failed("the program that has the profile open has ended".to_owned()));
    }
}
