//! The control socket: a Unix socket in the data folder, for whoever may write there.
//!
//! A connection asks one question, a line of JSON, and gets one line of JSON.

mod answers;
mod figures;
mod health;
mod invite;
mod metrics;
mod phrases;
mod words;

pub use health::Health;
pub use metrics::{SERIES_MAX, metrics};
pub use words::{
    Ask, DiskAnswer, Failure, InviteAnswer, MessageAnswer, NeighbourAnswer, NumberAnswer,
    NumbersAnswer, PeerAnswer, PeersAnswer, QueueAnswer, QueuedFor, RouteAnswer, RoutesAnswer,
    SmppAccount, SmppAnswer, SmppBind, StatusAnswer, StepAnswer, TraceAnswer, TrunksAnswer,
};

use crate::Asker;
use crate::server::{ServerError, thread};
use nix::sys::socket::{getsockopt, sockopt};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::Permissions;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

pub(crate) use answers::{About, Answerer};
pub(crate) use health::health_of;
pub(crate) use metrics::metrics_of;

/// The socket's name in the data folder.
pub const FILE: &str = "control.sock";

/// How long a question or an answer may take on its way.
const PATIENCE: Duration = Duration::from_secs(5);

/// Bytes of a question, at most.
const QUESTION_BYTES_MAX: u64 = 4_096;

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// Nobody listens.
    #[error(
        "no server answers at {}: {why}; is it running, and is this its data folder?",
        socket.display()
    )]
    Nobody {
        /// Where.
        socket: PathBuf,
        /// Why.
        why: io::Error,
    },
    /// The server ended meanwhile, or is another version.
    #[error("the server's answer is not understood: {0}; is it of the same version?")]
    Answer(#[from] serde_json::Error),
    /// The connection broke.
    #[error("the server did not answer: {0}")]
    Broken(#[from] io::Error),
    /// The server says why not.
    #[error("{0}")]
    Refused(String),
}

/// Asks the server that has this data folder open.
pub fn ask<A: DeserializeOwned>(data: &Path, ask: &Ask) -> Result<A, AskError> {
    let line = ask_line(data, ask)?;
    if let Ok(Failure { error }) = serde_json::from_str(&line) {
        return Err(AskError::Refused(error));
    }
    Ok(serde_json::from_str(&line)?)
}

fn ask_line(data: &Path, ask: &Ask) -> Result<String, AskError> {
    let socket = data.join(FILE);
    let nobody = |why| AskError::Nobody { socket: socket.clone(), why };
    let mut stream = UnixStream::connect(&socket).map_err(nobody)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut question = serde_json::to_vec(ask)?;
    question.push(b'\n');
    stream.write_all(&question)?;
    let mut line = String::new();
    stream.read_to_string(&mut line)?;
    Ok(line)
}

/// Listens until it is told to stop.
struct Control {
    listener: UnixListener,
    answerer: Answerer,
    stop: Arc<AtomicBool>,
}

impl Control {
    /// Binds the socket. Whoever has the data folder open owns it, so one that is there
    /// was left by an earlier run.
    fn bind(data: &Path, asker: Asker, stop: Arc<AtomicBool>) -> io::Result<Control> {
        let socket = data.join(FILE);
        match std::fs::remove_file(&socket) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = UnixListener::bind(&socket)?;
        std::fs::set_permissions(&socket, Permissions::from_mode(0o600))?;
        Ok(Control { listener, answerer: Answerer { asker }, stop })
    }

    fn run(self) {
        for stream in self.listener.incoming() {
            if self.stop.load(Ordering::Relaxed) {
                return;
            }
            if let Err(error) = stream.and_then(|stream| self.serve(&stream)) {
                tracing::debug!(%error, "a question was not answered");
            }
        }
    }

    fn serve(&self, mut stream: &UnixStream) -> io::Result<()> {
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let mut question = String::new();
        BufReader::new(stream.take(QUESTION_BYTES_MAX)).read_line(&mut question)?;
        let mut answer = match serde_json::from_str(&question) {
            Ok(ask) => self.answerer.answer(&ask, user_of(stream)),
            Err(error) => line_of(&Failure { error: format!("not a question: {error}") }),
        };
        answer.push(b'\n');
        stream.write_all(&answer)
    }
}

/// Whose process is at the other end, as the system says.
fn user_of(stream: &UnixStream) -> Option<u32> {
    getsockopt(&stream, sockopt::PeerCredentials).ok().map(|peer| peer.uid())
}

/// The thread that answers at the control socket.
#[derive(Debug)]
pub(crate) struct Listening {
    data: PathBuf,
    thread: JoinHandle<()>,
}

impl Listening {
    /// A server that cannot be looked into serves all the same.
    pub(crate) fn begin(data: &Path, asker: &Asker, stop: &Arc<AtomicBool>) -> Option<Listening> {
        let control = Control::bind(data, asker.clone(), Arc::clone(stop));
        match control.and_then(|control| thread("control", move || control.run())) {
            Ok(thread) => Some(Listening { data: data.to_owned(), thread }),
            Err(error) => {
                let data = data.display();
                tracing::warn!(%data, %error, "no control socket: nobody can look into the server");
                None
            }
        }
    }

    /// Ends it, which drops its asker.
    pub(crate) fn end(self) -> Result<(), ServerError> {
        wake(&self.data);
        self.thread.join().map_err(|_| ServerError::Panicked)
    }
}

/// Wakes the thread so that it sees that it is to stop, and removes the socket.
fn wake(data: &Path) {
    let socket = data.join(FILE);
    // If nobody listens there is nobody to wake.
    let _ = UnixStream::connect(&socket);
    let _ = std::fs::remove_file(&socket);
}

fn line_of(answer: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(answer).unwrap_or_default()
}
