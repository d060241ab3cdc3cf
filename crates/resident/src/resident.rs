//! A client in the server's process.

use postrider_client::{Client, ClientError, Event, Events, Profile, ProfileError, Server};
use postrider_proto::native::Refusal;
use postrider_server::Asker;
use postrider_server::control::{Ask, InviteAnswer};
use std::path::PathBuf;

/// Why one does not run.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Its profile.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// Its thread or its sockets.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The server.
    #[error("the server is ending")]
    Ending(#[from] tokio::task::JoinError),
}

/// One that is about to run: its profile is open, and its servers are this one alone.
pub struct Resident(Profile);

impl Resident {
    /// Opens the profile in a folder, for a client of this server. It reads all of the history,
    /// beside the runtime that it is called on.
    pub async fn open(folder: PathBuf, server: Server) -> Result<Resident, StartError> {
        let opened = tokio::task::spawn_blocking(move || -> Result<_, ProfileError> {
            let mut profile = Profile::open(&folder)?;
            profile.set_servers(&[server])?;
            Ok(profile)
        });
        Ok(Resident(opened.await??))
    }

    /// The profile, for what has to be there before the client runs.
    pub fn profile(&mut self) -> &mut Profile {
        &mut self.0
    }

    /// Starts the client. The operator who made the profile wants it to have its number, so the
    /// server invites it where new numbers need that.
    pub fn start(self, asker: Asker) -> Result<Client, StartError> {
        let client = Client::start(self.0)?;
        tokio::spawn(invite(client.clone(), client.events(), asker));
        Ok(client)
    }
}

async fn invite(client: Client, mut events: Events, asker: Asker) {
    while let Some(event) = events.next().await {
        if !matches!(event, Event::Refused { why: Refusal::NOT_INVITED, .. }) {
            continue;
        }
        let asker = asker.clone();
        let asked = move || asker.answer(&Ask::Invite { count: 1 }, None);
        let Ok(answer) = tokio::task::spawn_blocking(asked).await else { return };
        let Ok(InviteAnswer { codes }) = serde_json::from_slice(&answer) else { continue };
        if let Some(code) = codes.first() {
            let _ = client.claim(code).await;
        }
    }
}
