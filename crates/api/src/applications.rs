//! Applications: programs with a number of their own. Each is a profile in the data folder,
//! and a client on a thread of its own.

use crate::hooks::{Reach, Store, tend};
use crate::keys::Keys;
use crate::limits::APPLICATIONS_MAX;
use axum::http::StatusCode;
use postrider_client::{Client, Server};
use postrider_resident::Resident;
use postrider_server::Asker;
use postrider_web::{Home, Problem};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};
use tokio::sync::{Mutex, Notify};

const FOLDER: &str = "applications";

/// Where an application's profile is, in a server's data folder.
pub fn folder_of(data: &Path, application: &str) -> PathBuf {
    data.join(FOLDER).join(application)
}

/// Why an application does not run.
#[derive(Debug, thiserror::Error)]
enum StartError {
    #[error(transparent)]
    Client(#[from] postrider_resident::StartError),
    #[error("its hook cannot be read: {0}")]
    Hook(#[from] rusqlite::Error),
    #[error("the server is ending")]
    Ending(#[from] tokio::task::JoinError),
}

/// Those that run.
pub(crate) struct Applications {
    data: PathBuf,
    home: Home,
    asker: Asker,
    /// Whom hooks may call.
    pub(crate) reach: Reach,
    running: Mutex<BTreeMap<String, Running>>,
}

/// One that runs.
#[derive(Clone)]
pub(crate) struct Running {
    pub(crate) client: Client,
    /// Told when the hook was set or taken away.
    pub(crate) hook: Arc<Notify>,
    store: Arc<std::sync::Mutex<Store>>,
    trouble: Arc<std::sync::Mutex<Option<String>>>,
}

impl Running {
    /// Does something with what is kept of its hook.
    pub(crate) fn store<R>(
        &self,
        job: impl FnOnce(&Store) -> Result<R, rusqlite::Error>,
    ) -> Result<R, rusqlite::Error> {
        job(&self.store.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Why the hook's last call did not succeed.
    pub(crate) fn trouble(&self) -> Option<String> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_trouble(&self, trouble: Option<String>) {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
    }
}

impl Applications {
    pub(crate) fn new(data: PathBuf, home: Home, asker: Asker, reach: Reach) -> Applications {
        Applications { data, home, asker, reach, running: Mutex::default() }
    }

    /// One of them, which runs from then on.
    pub(crate) async fn running(&self, name: &str) -> Result<Running, Problem> {
        let mut running = self.running.lock().await;
        if let Some(one) = running.get(name) {
            return Ok(one.clone());
        }
        if running.len() >= APPLICATIONS_MAX {
            let why = "this server has as many applications as it may; nothing was done";
            return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, why));
        }
        let started = self.start(name).await.map_err(|why| {
            tracing::error!(application = name, %why, "an application cannot be started");
            let why = "the application's profile cannot be used; the server's log says why";
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, why)
        })?;
        running.insert(name.to_owned(), started.clone());
        Ok(started)
    }

    /// Starts all that have keys, so that what comes for them is kept and told of although
    /// they ask nothing.
    pub(crate) async fn start_all(&self, keys: &Keys) {
        let all = keys.all().unwrap_or_default();
        for name in all.iter().filter_map(|key| key.application.as_deref()) {
            // The log has what is wrong with one; the others are started all the same.
            let _ = self.running(name).await;
        }
    }

    async fn start(&self, name: &str) -> Result<Running, StartError> {
        let folder = folder_of(&self.data, name);
        let server =
            Server { key: Some(self.home.key()), ..Server::at(self.home.address().to_string()) };
        let resident = Resident::open(folder.clone(), server).await?;
        let opened = tokio::task::spawn_blocking(move || Store::open(&folder));
        let store = opened.await??;
        let running = Running {
            client: resident.start(self.asker.clone())?,
            hook: Arc::default(),
            store: Arc::new(std::sync::Mutex::new(store)),
            trouble: Arc::default(),
        };
        tokio::spawn(tend(running.clone(), self.reach.clone()));
        Ok(running)
    }
}
