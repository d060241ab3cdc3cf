//! Who may bind.

use super::Shared;
use super::running::Running;
use crate::accounts::Account;
use crate::codec::Status;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;

/// Binds that wait for a password's check, at the most.
const CHECKS_MAX: usize = 32;

/// Passwords that were right, so that who binds for each text does not cost an Argon2 each time:
/// under a key that nobody keeps, and only as long as the account's hash is the same.
pub(super) struct Remembered {
    key: [u8; 32],
    right: Mutex<BTreeMap<String, (String, [u8; 32])>>,
    waiting: Semaphore,
    /// One at a time, since each takes 19 MiB.
    turn: Semaphore,
    /// What a wrong name is checked against, so that it takes as long as a wrong password.
    nobody: Account,
}

impl Remembered {
    pub(super) fn new() -> Result<Remembered, super::SmppError> {
        let (mut key, mut random) = ([0; 32], [0; 16]);
        getrandom::fill(&mut key)?;
        getrandom::fill(&mut random)?;
        let random = random.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let nobody = Account::new("nobody", &random)?;
        let (waiting, turn) = (Semaphore::new(CHECKS_MAX), Semaphore::new(1));
        Ok(Remembered { key, right: Mutex::default(), waiting, turn, nobody })
    }

    fn mark(&self, password: &[u8]) -> Option<[u8; 32]> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).ok()?;
        mac.update(password);
        Some(mac.finalize().into_bytes().into())
    }

    fn was_right(&self, account: &Account, mark: &[u8; 32]) -> bool {
        let right = self.right.lock().unwrap_or_else(PoisonError::into_inner);
        right.get(&account.system_id).is_some_and(|(hash, known)| {
            // How far two of these agree says nothing of a password.
            hash == account.hash() && known == mark
        })
    }

    fn remember(&self, account: &Account, mark: [u8; 32]) {
        let mut right = self.right.lock().unwrap_or_else(PoisonError::into_inner);
        right.insert(account.system_id.clone(), (account.hash().to_owned(), mark));
    }
}

/// Lets a client in, or says why not: a wrong name, a wrong password and a wrong network sound
/// and take the same; what may be well later is a failed bind, after which clients try again.
pub(super) async fn let_in(
    shared: &Shared,
    from: IpAddr,
    system_id: &[u8],
    password: Vec<u8>,
) -> Result<Arc<Running>, Status> {
    if shared.guesses().must_wait(from, system_id, shared.began.elapsed()) {
        return Err(Status::BIND_FAILED);
    }
    let all = shared.accounts.all().map_err(|why| {
        tracing::error!(%why, "the SMPP accounts cannot be read");
        Status::BIND_FAILED
    })?;
    let found = all.iter().find(|account| account.system_id.as_bytes() == system_id);
    let found = found.filter(|account| account.is_allowed(from));
    let remembered = &shared.remembered;
    let mark = remembered.mark(&password).ok_or(Status::BIND_FAILED)?;
    let is_known = found.is_some_and(|account| remembered.was_right(account, &mark));
    if !is_known {
        let account = found.unwrap_or(&remembered.nobody).clone();
        let _waits = remembered.waiting.try_acquire().map_err(|_| Status::BIND_FAILED)?;
        let _turn = remembered.turn.acquire().await.map_err(|_| Status::BIND_FAILED)?;
        let check = tokio::task::spawn_blocking(move || account.is_password(&password));
        let is_right = check.await.map_err(|_| Status::BIND_FAILED)? && found.is_some();
        if !is_right {
            shared.guesses().wrong(from, system_id, shared.began.elapsed());
            tracing::warn!(%from, account = %shown(system_id), "wrong SMPP name or password");
            return Err(Status::PASSWORD);
        }
    }
    let account = found.ok_or(Status::PASSWORD)?;
    shared.guesses().right(from, system_id);
    remembered.remember(account, mark);
    shared.running_one(&account.system_id).ok_or(Status::BIND_FAILED)
}

/// What came from elsewhere, for a log.
pub(super) fn shown(bytes: &[u8]) -> String {
    postrider_client::shown(&String::from_utf8_lossy(bytes)).to_string()
}
