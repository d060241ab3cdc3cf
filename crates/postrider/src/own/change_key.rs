//! `postrider id change-key`, and what else the first key is needed for.

use super::Whose;
use super::id::{Attached, WRITTEN_BYTES_MAX, attach_once, told};
use crate::log::say;
use anyhow::{Context, bail};
use postrider_client::{KeyRank, Keys, KeysError, Profile, ProfileError, Stamp};
use postrider_proto::native::{OwnerKey, Refusal};
use std::io::{IsTerminal, Read, stdin};
use std::process::ExitCode;
use zeroize::Zeroizing;

/// Why there are none.
pub(super) const NO_WORDS: &str = "this device has a later key, and the 24 words of the number are those of its first one, \
     which were shown when the key was changed; `postrider id device` takes the number to another \
     device without them";

/// What the key of a profile is among those of its number.
pub(crate) struct Rank {
    /// For programs.
    pub(crate) name: &'static str,
    /// The first key, where the profile's is another one.
    pub(crate) first: Option<OwnerKey>,
    /// For people.
    pub(crate) words: String,
}

pub(crate) fn rank(keys: &Keys) -> Rank {
    let opens = match keys.first_opens_until() {
        Some(_) => "; for some days this device still opens what was sealed for that one",
        None => "",
    };
    let (name, first, words) = match keys.rank() {
        KeyRank::First => {
            ("first", None, "the first of this number, which signs for each later one".to_owned())
        }
        KeyRank::Later { first, .. } => {
            ("later", Some(first), format!("a later one, by the word of the first, {first}{opens}"))
        }
        KeyRank::Changing { first } => {
            let words = format!(
                "a new one, for which the first, {first}, signs as soon as a server can be reached"
            );
            ("changing", Some(first), words)
        }
    };
    Rank { name, first, words }
}

pub(super) fn begin(whose: Whose) -> anyhow::Result<ExitCode> {
    let mut profile = whose.open()?;
    match profile.keys().rank() {
        KeyRank::First => {
            show_words(&whose, &profile)?;
            profile.begin_change(None)?;
        }
        KeyRank::Later { .. } => {
            let words = read_words("The 24 words of the number's first key:")?;
            profile.begin_change(Some(&words)).map_err(explain)?;
        }
        // It goes on.
        KeyRank::Changing { .. } => {}
    }
    super::in_runtime(async move {
        let (profile, attached) = attach_once(profile, "").await?;
        if let Attached::Unanswered = attached {
            bail!(
                "no server has answered yet; the change is kept in {}, and goes on with every \
                 command that reaches a server",
                profile.folder().display()
            );
        }
        told(&whose, profile, attached)
    })
}

/// For the last time.
fn show_words(whose: &Whose, profile: &Profile) -> anyhow::Result<()> {
    let Some(words) = profile.words() else { return Ok(()) };
    if whose.json {
        say(serde_json::json!({ "words": words.as_str() }));
        return Ok(());
    }
    say("The 24 words of your number's first key:\n");
    say(format_args!("{}\n", words.as_str()));
    say(
        "Write them down and keep them in a safe place, away from your devices: they are not shown",
    );
    say("again. Whoever has them decides about the number for ever. You need them to change the");
    say("key again, and to take the number back from a device that was lost: there, `postrider id");
    say("change-key`, or `postrider id restore` on a new device.\n");
    if stdin().is_terminal() {
        say("Press Enter once you have them on paper; Ctrl-C leaves all as it was.");
        stdin().read_line(&mut String::new())?;
    }
    Ok(())
}

fn read_words(question: &str) -> anyhow::Result<Zeroizing<String>> {
    let mut words = Zeroizing::new(String::with_capacity(WRITTEN_BYTES_MAX));
    if stdin().is_terminal() {
        say(question);
        stdin().read_line(&mut words)?;
    } else {
        stdin().take(WRITTEN_BYTES_MAX as u64).read_to_string(&mut words)?;
    }
    Ok(words)
}

fn explain(error: ProfileError) -> anyhow::Error {
    match error {
        ProfileError::Keys(why @ (KeysError::NotTheFirst { .. } | KeysError::Words(_))) => {
            anyhow::Error::new(why).context("nothing was changed")
        }
        other => crate::profile::explain(other),
    }
}

/// A number that was taken to this device. By the words of a first key whose place another one
/// has taken since, it gets one of its own.
pub(super) async fn restored(whose: Whose, profile: Profile) -> anyhow::Result<ExitCode> {
    let (mut profile, attached) = attach_once(profile, "").await?;
    let is_first = profile.keys().rank() == KeyRank::First;
    if !(is_first && matches!(attached, Attached::No { why: Refusal::REPLACED, .. })) {
        return told(&whose, profile, attached);
    }
    profile.begin_change(None)?;
    let (profile, attached) = attach_once(profile, "").await?;
    if matches!(attached, Attached::Yes) && !whose.json {
        say(
            "The number's key was changed since these words were its key, so this device has made a",
        );
        say(
            "new one, and the devices that had the number until now have it no more. Keep the words.",
        );
    }
    told(&whose, profile, attached)
}

pub(super) fn forget_first(whose: &Whose) -> anyhow::Result<ExitCode> {
    let mut profile = whose.open()?;
    if let KeyRank::Changing { .. } = profile.keys().rank() {
        bail!(
            "the first key has still to sign for the new one: `postrider id change-key` goes on \
             once a server can be reached"
        );
    }
    profile.forget_first(Stamp(i64::MAX))?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn open_closed(whose: &Whose) -> anyhow::Result<ExitCode> {
    let mut profile = whose.open()?;
    let closed = profile.count_closed()?;
    if closed == 0 {
        say("all texts that are here are open");
        return Ok(ExitCode::SUCCESS);
    }
    let words = read_words("The 24 words of the number's first key:")?;
    let opened =
        profile.open_closed(&words, Stamp::now()).map_err(explain).context("no text was opened")?;
    say(format_args!("opened {opened} of {closed}"));
    Ok(ExitCode::SUCCESS)
}
