//! A client that runs: one thread has the device and its sockets.
//!
//! ```text
//!   commands, datagrams ──► a turn: one commit ──► answers, events ──► custody, datagrams
//! ```

mod driver;
mod machine;
mod replies;
#[cfg(test)]
mod tests;

use crate::limits::{COMMANDS_MAX, EVENTS_MAX};
use crate::{Draft, Entry, EntryId, Event, History, Lookup, Profile, ProfileError, Stamp, Status};
use driver::{Command, Driver};
use postrider_proto::Number;
use std::path::PathBuf;
use tokio::sync::{broadcast, mpsc, oneshot, watch};

/// A client that runs, on a thread of its own. Clones are the same client; it ends with
/// [`Client::stop`], or when the last is dropped. Its methods may be awaited in any runtime.
#[derive(Clone)]
pub struct Client {
    number: Number,
    folder: PathBuf,
    commands: mpsc::Sender<Command>,
    events: broadcast::Sender<Event>,
    status: watch::Receiver<Status>,
}

/// What a client tells, from when this was made on.
pub struct Events(broadcast::Receiver<Event>);

/// Why a client did not do something.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The profile refuses.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// It has ended.
    #[error("the client has ended")]
    Ended,
    /// It is attached to no server, and only a server knows.
    #[error("no server can be reached")]
    NotAttached,
    /// The socket or the thread cannot be had.
    #[error("the client cannot be started: {0}")]
    Start(#[from] std::io::Error),
}

impl Client {
    /// Starts a client: it calls the profile's servers, sends what waits, and takes what comes.
    pub fn start(profile: Profile) -> Result<Client, ClientError> {
        let (commands, inbox) = mpsc::channel(COMMANDS_MAX);
        let (events, _) = broadcast::channel(EVENTS_MAX);
        let (status_sender, status) = watch::channel(Status::NoServer);
        let (number, folder) = (profile.number(), profile.folder().to_owned());
        let told = events.clone();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let thread = std::thread::Builder::new().name("postrider-client".to_owned());
        thread.spawn(move || {
            runtime.block_on(Driver::run(profile, inbox, told, status_sender));
        })?;
        Ok(Client { number, folder, commands, events, status })
    }

    /// Its number.
    pub fn number(&self) -> Number {
        self.number
    }

    /// What it tells, from now on.
    pub fn events(&self) -> Events {
        Events(self.events.subscribe())
    }

    /// Whether texts can leave at the moment.
    pub fn status(&self) -> Status {
        self.status.borrow().clone()
    }

    /// Another reader of its history.
    pub fn history(&self) -> Result<History, ClientError> {
        Ok(History::open(&self.folder)?)
    }

    /// Sends a text: it is on disk when this returns, and leaves when it can.
    pub async fn send(&self, draft: Draft) -> Result<Entry, ClientError> {
        let send = move |profile: &mut Profile| {
            let entry = profile.compose(&draft, Stamp::now())?;
            profile.history().entry(entry)?.ok_or(ProfileError::NoEntry)
        };
        Ok(self.with_profile(send).await??)
    }

    /// The same for a program that may not know whether it has said so before:
    /// [`Profile::compose_once`]. Without a key it is always another text.
    pub async fn send_once(
        &self,
        draft: Draft,
        key: Option<String>,
    ) -> Result<(Entry, bool), ClientError> {
        let send = move |profile: &mut Profile| {
            let (entry, is_new) = match key {
                Some(key) => profile.compose_once(&draft, &key, Stamp::now())?,
                None => (profile.compose(&draft, Stamp::now())?, true),
            };
            Ok((profile.history().entry(entry)?.ok_or(ProfileError::NoEntry)?, is_new))
        };
        self.with_profile(send).await?.map_err(ClientError::Profile)
    }

    /// Does something with the profile, on the client's thread: a name, a key to be accepted, a
    /// text to be marked as read. What waits for it is sent. While it runs the client does
    /// nothing else. What was done is on disk when this returns; jobs that are wanted at the same
    /// time share the flush.
    pub async fn with_profile<R: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Profile) -> R + Send + 'static,
    ) -> Result<R, ClientError> {
        self.done(|reply| {
            Command::Job(Box::new(move |driver| {
                let done = job(driver.profile_to_change());
                Some(Box::new(move |kept| drop(reply.send(kept_or_not(done, kept)))))
            }))
        })
        .await
    }

    /// Reads something of the profile, on the client's thread. What it finds is on disk, but for
    /// what the client would learn again.
    pub async fn look<R: Send + 'static>(
        &self,
        job: impl FnOnce(&Profile) -> R + Send + 'static,
    ) -> Result<R, ClientError> {
        self.done(|reply| {
            Command::Look(Box::new(move |driver| {
                let found = job(driver.device.profile());
                Some(Box::new(move |kept| drop(reply.send(kept_or_not(found, kept)))))
            }))
        })
        .await
    }

    async fn done<R>(
        &self,
        command: impl FnOnce(oneshot::Sender<Result<R, ClientError>>) -> Command,
    ) -> Result<R, ClientError> {
        let (reply, done) = oneshot::channel();
        self.commands.send(command(reply)).await.map_err(|_| ClientError::Ended)?;
        done.await.map_err(|_| ClientError::Ended)?
    }

    /// Asks the server where a text is, and keeps the answer as its state if nothing better is
    /// known. Returns the text with its state; answers from further along its way may follow, as
    /// [`Event::Changed`].
    pub async fn trace(&self, entry: EntryId) -> Result<Entry, ClientError> {
        let traced = self.with_driver(move |driver, reply| driver.trace(entry, reply)).await;
        traced.ok_or_else(|| self.no_answer())?
    }

    /// Asks the server what the directory says of a number.
    pub async fn lookup(&self, number: Number) -> Result<Lookup, ClientError> {
        let found = self.with_driver(move |driver, reply| driver.look_up(number, reply)).await;
        found.ok_or_else(|| self.no_answer())
    }

    /// Claims the number at the server, with an invitation's code; an empty one is none. What
    /// comes of it is told by [`Event::Attached`] or [`Event::Refused`].
    pub async fn claim(&self, code: &str) -> Result<(), ClientError> {
        let code = code.to_owned();
        let claimed = self.with_driver(move |driver, reply| {
            driver.claim(&code);
            let _ = reply.send(());
        });
        claimed.await.ok_or(ClientError::Ended)
    }

    /// Gives the number up, for ever: nobody will be reached by it under this key.
    /// [`Event::Released`] tells when that is so. A client that is not attached does so when
    /// it is, if it was not ended before.
    pub async fn release_number(&self) -> Result<(), ClientError> {
        let released = self.with_driver(|driver, reply| {
            driver.release();
            let _ = reply.send(());
        });
        released.await.ok_or(ClientError::Ended)
    }

    /// Reads the servers of the profile again, after they were changed.
    pub async fn reconnect(&self) -> Result<(), ClientError> {
        let reconnected = self.with_driver(|driver, reply| {
            driver.device.reconnect();
            let _ = reply.send(());
        });
        reconnected.await.ok_or(ClientError::Ended)
    }

    /// Ends the client in an orderly way, and gives the profile back.
    pub async fn stop(self) -> Result<Profile, ClientError> {
        let (reply, profile) = oneshot::channel();
        let stop = self.commands.send(Command::Stop(reply)).await;
        stop.map_err(|_| ClientError::Ended)?;
        profile.await.map_err(|_| ClientError::Ended)
    }

    fn no_answer(&self) -> ClientError {
        if self.commands.is_closed() { ClientError::Ended } else { ClientError::NotAttached }
    }

    /// None if there is no answer.
    async fn with_driver<R: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Driver, oneshot::Sender<R>) + Send + 'static,
    ) -> Option<R> {
        let (reply, answer) = oneshot::channel();
        let job = Command::Job(Box::new(move |driver| {
            job(driver, reply);
            None
        }));
        self.commands.send(job).await.ok()?;
        answer.await.ok()
    }
}

fn kept_or_not<R>(done: R, kept: Result<(), &ProfileError>) -> Result<R, ClientError> {
    let not_kept = |why: &ProfileError| ProfileError::NotKept { why: why.to_string() };
    kept.map(|()| done).map_err(|why| ClientError::Profile(not_kept(why)))
}

impl Events {
    /// The next one; none after the client has ended.
    pub async fn next(&mut self) -> Option<Event> {
        match self.0.recv().await {
            Ok(event) => Some(event),
            Err(broadcast::error::RecvError::Lagged(_)) => Some(Event::Missed),
            Err(broadcast::error::RecvError::Closed) => None,
        }
    }

    /// The next one, for a thread that may wait.
    pub fn blocking_next(&mut self) -> Option<Event> {
        match self.0.blocking_recv() {
            Ok(event) => Some(event),
            Err(broadcast::error::RecvError::Lagged(_)) => Some(Event::Missed),
            Err(broadcast::error::RecvError::Closed) => None,
        }
    }
}
