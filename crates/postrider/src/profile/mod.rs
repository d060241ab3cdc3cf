//! A user on this device, for `chat` and for the commands of scripts: where the profile is,
//! how it begins, and how a second program on the same profile asks the first.
//!
//! ```text
//!   send, contacts, id ──► ask ──► the profile, if nobody has it open
//!                           └────► the door of the program that has: chat, inbox --follow
//! ```

mod ask;
mod clock;
mod door;
mod happens;
mod new;
mod picture;
mod words;

pub(crate) use ask::{Asked, Change, Outgoing, Place, Reply, Request, Stage, ask};
pub(crate) use clock::Clock;
pub(crate) use door::Door;
pub(crate) use happens::{Happened, happens, warn};
pub(crate) use new::{begin, forget_new, random_number, server};
pub(crate) use picture::picture;
pub(crate) use words::{
    called, disputed, key_of, line, network, precedence, proof, refusal, stage_of, state, trust,
    what_happened, what_now,
};

use anyhow::Context;
use postrider_client::{History, ProfileError};
use std::path::PathBuf;

/// Which profile.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Which {
    /// The folder of your number, keys and texts
    ///
    /// Left out it is `postrider` in $XDG_DATA_HOME, or ~/.local/share/postrider.
    #[arg(long, value_name = "DIR", env = "POSTRIDER_PROFILE", global = true)]
    profile: Option<PathBuf>,
}

impl Which {
    /// The folder, which may not be there.
    pub(crate) fn folder(&self) -> anyhow::Result<PathBuf> {
        if let Some(folder) = &self.profile {
            return Ok(folder.clone());
        }
        let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        let data = set("XDG_DATA_HOME").map(PathBuf::from);
        let home = || set("HOME").map(|home| PathBuf::from(home).join(".local/share"));
        let data = data.or_else(home).context("which profile? name its folder with --profile")?;
        Ok(data.join("postrider"))
    }
}

/// Says what to do about it.
pub(crate) fn explain(error: ProfileError) -> anyhow::Error {
    let what_to_do = match error {
        ProfileError::Missing { .. } => {
            "begin one with `postrider chat`, or with `postrider id new --server HOST`"
        }
        ProfileError::NoGroup { .. } => {
            "name a group's folder with --profile, or begin one with `postrider group new`"
        }
        ProfileError::InUse { .. } => "end that program, or use another profile (--profile)",
        _ => return error.into(),
    };
    anyhow::anyhow!("{error}: {what_to_do}")
}

/// A group's texts are its own to be read: what a person has read would not be handed on.
pub(crate) fn refuse_group(history: &History) -> anyhow::Result<()> {
    anyhow::ensure!(
        !history.is_group()?,
        "this number is a group's, which hands on what it has not read: `postrider group run` \
         reads it, `postrider group tally` shows what became of it"
    );
    Ok(())
}

/// Waits for what a client answers.
pub(crate) fn wait_for<T>(answer: impl Future<Output = T>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    Ok(runtime.block_on(answer))
}
