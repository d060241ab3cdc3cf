//! `postrider group tally` and `members`: what the group's history has.

use crate::log::say;
use crate::own::Whose;
use crate::own::shown::state_name;
use crate::profile::{self, Clock, explain, line};
use postrider_client::group::{Asked, HandedOn, Member, What};
use postrider_client::{History, ProfileError, State};
use serde_json::{Value, json};
use std::process::ExitCode;

pub(super) fn tally(whose: &Whose, of_text: bool) -> anyhow::Result<ExitCode> {
    let history = history(whose)?;
    let roll = if of_text { None } else { history.last_roll_call()? };
    let found = match roll {
        None => history.last_handed_on()?,
        roll => roll,
    };
    let Some(found) = found else { anyhow::bail!("nothing was handed on yet") };
    if whose.json {
        say(as_json(&found));
        return Ok(ExitCode::SUCCESS);
    }
    let clock = Clock::here();
    let by = name_of(&history.group_members()?, &found);
    say(found.tally());
    say(format_args!("{} by {by}: {}", clock.time(found.at), line(&found.text)));
    for asked in &found.to {
        say(row(asked, &clock));
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) fn members(whose: &Whose) -> anyhow::Result<ExitCode> {
    let history = history(whose)?;
    for member in history.group_members()? {
        let contact = history.contact(member.number)?;
        let key = contact.key.map(|key| key.to_string());
        let new_key = contact.new_key.map(|key| key.to_string());
        let name = member.name.as_deref().map(line).unwrap_or_default();
        if whose.json {
            say(json!({
                "number": member.number.to_string(), "name": member.name,
                "moderator": member.is_moderator, "since_ms": member.since.0, "key": key,
                "new_key": new_key,
            }));
        } else {
            let moderator = if member.is_moderator { "moderator" } else { "" };
            let key = key.unwrap_or_default();
            let changed = if new_key.is_some() { "  THE KEY HAS CHANGED" } else { "" };
            say(format_args!("{}  {moderator:<9}  {key:<16.16}  {name}{changed}", member.number)
                .to_string()
                .trim_end());
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn history(whose: &Whose) -> anyhow::Result<History> {
    let history = whose.history()?;
    match history.is_group()? {
        true => Ok(history),
        false => Err(explain(ProfileError::NoGroup { folder: whose.folder()? })),
    }
}

fn name_of(members: &[Member], found: &HandedOn) -> String {
    let member = members.iter().find(|member| member.number == found.by);
    let name = member.and_then(|member| member.name.as_deref());
    name.map_or_else(|| found.by.to_string(), line)
}

fn row(asked: &Asked, clock: &Clock) -> String {
    let name = asked.name.as_deref().map(line).unwrap_or_default();
    let state = asked.state.as_ref().map(|state| profile::state(state, clock));
    let state = state.unwrap_or_else(|| "nothing is known any more".to_owned());
    let answer = asked.answer.as_deref().map(|answer| format!(": {}", line(answer)));
    format!("{}  {name:<20}  {state}{}", asked.number, answer.unwrap_or_default())
}

fn as_json(found: &HandedOn) -> Value {
    let tally = found.tally();
    let (kind, number) = match found.what {
        What::RollCall(number) => ("roll_call", number),
        What::Text(number) => ("text", number),
    };
    let answers: serde_json::Map<String, Value> =
        tally.answers.iter().map(|(answer, count)| (answer.clone(), (*count).into())).collect();
    json!({
        "kind": kind, "number": number, "by": found.by.to_string(), "at_ms": found.at.0,
        "text": found.text, "open": found.is_open, "of": tally.of, "delivered": tally.delivered,
        "read": tally.read, "answered": tally.answered(), "answers": answers,
        "passed_on": tally.passed_on, "failed": tally.failed, "silent": tally.silent,
        "members": found.to.iter().map(asked_as_json).collect::<Vec<_>>(),
    })
}

fn asked_as_json(asked: &Asked) -> Value {
    let proven = match &asked.state {
        Some(State::Delivered { proven, .. } | State::Read { proven, .. }) => Some(*proven),
        _ => None,
    };
    json!({
        "number": asked.number.to_string(), "name": asked.name,
        "state": asked.state.as_ref().map(state_name), "proven": proven, "answer": asked.answer,
    })
}
