//! What a group does about a text.

use super::rates::Pace;
use super::said::{self, Said, said};
use super::tables::OpenRoll;
use super::{Member, Rules, words};
use crate::limits::{GROUP_MEMBERS_MAX, GROUP_TITLE_CHARACTERS_MAX, TEXT_CHARACTERS_MAX};
use crate::{Draft, Entry, EntryId, Profile, ProfileError, Stamp, Trust, Way};
use postrider_proto::Number;
use postrider_proto::native::Precedence;

/// A text that is being handled, in one transaction.
struct Turn<'a> {
    profile: &'a mut Profile,
    rules: Rules,
    now: Stamp,
    text: &'a Entry,
    trust: Trust,
    /// What the group is called.
    group: String,
    members: Vec<Member>,
}

/// Makes a profile a group's.
pub(super) fn begin(
    profile: &mut Profile,
    name: Option<&str>,
    moderators: &[(Number, Option<String>)],
    now: Stamp,
) -> Result<(), ProfileError> {
    if profile.history().is_group()? {
        return Err(ProfileError::Exists { folder: profile.folder().to_owned() });
    }
    let fits = |name: &str| {
        let is_short = (1..=GROUP_TITLE_CHARACTERS_MAX).contains(&name.chars().count());
        is_short && !name.contains(['\n', '\t']) && crate::shown(name) == name
    };
    if let Some(name) = name.filter(|name| !fits(name)) {
        return Err(ProfileError::GroupName { name: name.to_owned() });
    }
    profile.make_group(name)?;
    let mut members = Vec::new();
    for (number, name) in moderators {
        let wrong = |name: &String| ProfileError::GroupName { name: name.clone() };
        let named = name.as_ref().map(|name| said::name(name).ok_or_else(|| wrong(name)));
        let named = named.transpose()?;
        if let Some(taken) = named.as_ref().filter(|name| is_taken(&members, *number, name)) {
            return Err(ProfileError::GroupName { name: taken.clone() });
        }
        let member = Member { number: *number, name: named, is_moderator: true, since: now };
        profile.put_member(&member)?;
        members.push(member);
    }
    let group = called(profile)?;
    for member in &members {
        let draft = Draft::new(member.number, words::welcome(&group, members.len()));
        profile.compose(&draft, now)?;
    }
    Ok(())
}

/// Does what a text asks for, within a transaction.
pub(super) fn handle(
    profile: &mut Profile,
    rules: Rules,
    text: &Entry,
    pace: Pace,
    now: Stamp,
) -> Result<(), ProfileError> {
    let Way::Received { trust, .. } = text.way else { return Ok(()) };
    let members = profile.history().group_members()?;
    let sender = members.iter().find(|member| member.number == text.with).cloned();
    // Its sender reads of it that it was handled.
    let is_told = sender.is_some() && pace == Pace::Fine;
    profile.mark_read(text.with, text.id, is_told, now)?;
    let group = called(profile)?;
    let mut turn = Turn { profile, rules, now, text, trust, group, members };
    match sender {
        _ if pace == Pace::StillTooFast => Ok(()),
        Some(_) if pace == Pace::TooFast => turn.answer(words::TOO_FAST),
        Some(sender) if turn.is_believed() => turn.handle_member(&sender),
        Some(sender) => turn.handle_doubtful(&sender),
        None if pace == Pace::Fine && turn.is_believed() => turn.handle_stranger(),
        None => Ok(()),
    }
}

/// What a group calls itself.
fn called(profile: &Profile) -> Result<String, ProfileError> {
    let name = profile.history().group_name()?;
    Ok(name.unwrap_or_else(|| format!("the group {}", profile.number())))
}

/// Whether somebody else is called so.
fn is_taken(members: &[Member], by: Number, name: &str) -> bool {
    let name = name.to_lowercase();
    let is_it = |other: &Member| {
        other.number != by && other.name.as_ref().is_some_and(|known| known.to_lowercase() == name)
    };
    members.iter().any(is_it)
}

impl Turn<'_> {
    /// Whether the text may be its sender's: a key that is known has signed it, or there is none
    /// that could.
    fn is_believed(&self) -> bool {
        matches!(self.trust, Trust::Verified | Trust::Unsigned)
    }

    fn is_verified(&self) -> bool {
        self.trust == Trust::Verified
    }

    fn answer(&mut self, text: impl Into<String>) -> Result<(), ProfileError> {
        self.tell(self.text.with, text)
    }

    fn tell(&mut self, to: Number, text: impl Into<String>) -> Result<(), ProfileError> {
        self.profile.compose(&Draft::new(to, text), self.now).map(drop)
    }

    /// Tells all moderators, except one.
    fn tell_moderators(&mut self, text: &str, except: Number) -> Result<(), ProfileError> {
        let all = self.members.iter().filter(|member| member.is_moderator);
        let all: Vec<Number> =
            all.map(|member| member.number).filter(|number| *number != except).collect();
        all.into_iter().try_for_each(|number| self.tell(number, text))
    }

    fn handle_stranger(&mut self) -> Result<(), ProfileError> {
        let number = self.text.with;
        let Said::Join(name) = said(&self.text.text) else {
            return match self.profile.is_news(number, "stranger")? {
                true => self.answer(words::stranger(&self.group)),
                false => Ok(()),
            };
        };
        if self.profile.history().group_is_open()? {
            return self.let_in(number, name);
        }
        if !self.profile.is_news(number, "asks")? {
            return Ok(());
        }
        let member = Member {
            number,
            name: name.and_then(said::name),
            is_moderator: false,
            since: self.now,
        };
        let who = words::sender(&member, self.is_verified());
        self.tell_moderators(&words::asks_to_join(&who, number), number)?;
        self.answer(words::ASKED)
    }

    /// A text in a member's name of which nothing shows that it is that member's.
    fn handle_doubtful(&mut self, sender: &Member) -> Result<(), ProfileError> {
        if self.trust == Trust::KeyChanged && self.profile.is_news(sender.number, "key")? {
            let said = words::key_changed(&words::called(sender), sender.number);
            self.tell_moderators(&said, sender.number)?;
        }
        match self.profile.is_news(sender.number, "doubtful")? {
            true => self.answer(words::DOUBTFUL),
            false => Ok(()),
        }
    }

    fn handle_member(&mut self, sender: &Member) -> Result<(), ProfileError> {
        if self.text.parts_missing > 0 {
            return self.answer(words::IN_PART);
        }
        let text = self.text.text.as_str();
        match said(text) {
            Said::Text => self.handle_text(sender, text),
            Said::Join(name) => self.let_in(sender.number, name),
            Said::Leave => self.take_out(sender, words::LEFT).map(drop),
            Said::Who => self.answer(words::list(&self.group, &self.members)),
            Said::Help => self.answer(words::HELP),
            Said::Tally => self.tally(sender),
            Said::Incomplete(usage) => self.answer(words::incomplete(usage)),
            Said::Unknown(word) => self.answer(words::unknown(word)),
            _ if !sender.is_moderator => self.answer(words::NOT_MODERATOR),
            _ if !self.is_verified() && !self.rules.unsigned_moderators => {
                self.answer(words::NOT_SIGNED)
            }
            command => self.handle_moderator(sender, &command),
        }
    }

    fn handle_moderator(
        &mut self,
        sender: &Member,
        command: &Said<'_>,
    ) -> Result<(), ProfileError> {
        match *command {
            Said::Add(number, name) => self.let_in(number, name),
            Said::Remove(number) => match self.member(number) {
                Some(member) if self.take_out(&member, words::REMOVED)? => {
                    self.answer(words::not_a_member(number))
                }
                Some(_) => Ok(()),
                None => self.answer(words::not_a_member(number)),
            },
            Said::Moderator(number) => match self.member(number) {
                Some(member) => {
                    self.profile.put_member(&Member { is_moderator: true, ..member })?;
                    self.tell(number, words::MODERATES)
                }
                None => self.answer(words::not_a_member(number)),
            },
            Said::Open | Said::Closed => {
                let is_open = matches!(command, Said::Open);
                self.profile.set_group_open(is_open)?;
                self.answer(if is_open { words::OPEN } else { words::CLOSED })
            }
            Said::Roll(text) => self.call_roll(sender, text),
            Said::End => match self.profile.open_roll()? {
                Some(_) => self.close_roll(),
                None => self.answer(words::NO_ROLL),
            },
            _ => Ok(()),
        }
    }

    fn member(&self, number: Number) -> Option<Member> {
        self.members.iter().find(|member| member.number == number).cloned()
    }

    /// Lets somebody in, or gives a member another name.
    fn let_in(&mut self, number: Number, name: Option<&str>) -> Result<(), ProfileError> {
        let known = self.member(number);
        let named = match name.map(|name| (name, said::name(name))) {
            None => None,
            Some((written, None)) => return self.answer(words::no_name(written)),
            Some((_, Some(name))) if is_taken(&self.members, number, &name) => {
                return self.answer(words::name_taken(&name));
            }
            Some((_, named)) => named,
        };
        if known.is_none() && self.members.len() >= GROUP_MEMBERS_MAX {
            return self.answer(words::full());
        }
        if number == self.profile.number() {
            return self.answer(words::not_a_member(number));
        }
        let is_new = known.is_none();
        let before =
            known.unwrap_or(Member { number, name: None, is_moderator: false, since: self.now });
        let member = Member { name: named.or(before.name.clone()), ..before };
        self.profile.put_member(&member)?;
        self.members = self.profile.history().group_members()?;
        if is_new {
            self.tell(number, words::welcome(&self.group, self.members.len()))?;
        }
        if !is_new || number != self.text.with {
            self.answer(words::is_in(&member, &self.group))?;
        }
        Ok(())
    }

    /// Says whether that could be; a roll call that waited for nobody else ends.
    fn take_out(&mut self, member: &Member, said: &str) -> Result<bool, ProfileError> {
        let is_other = |other: &&Member| other.is_moderator && other.number != member.number;
        if member.is_moderator && !self.members.iter().any(|other| is_other(&other)) {
            return self.answer(words::ONLY_MODERATOR).map(|()| false);
        }
        self.profile.remove_member(member.number)?;
        self.members.retain(|other| other.number != member.number);
        self.tell(member.number, said)?;
        if let Some(roll) = self.profile.open_roll()? {
            self.close_if_complete(roll)?;
        }
        Ok(true)
    }

    /// For all others; or, while a roll is called, an answer to it.
    fn handle_text(&mut self, sender: &Member, text: &str) -> Result<(), ProfileError> {
        if let Some(roll) = self.profile.open_roll()?
            && roll.caller != sender.number
            && self.profile.put_answer(roll, sender.number, text, self.now)?
        {
            let said = words::answers(&words::sender(sender, self.is_verified()), text);
            self.tell_moderators(&cut(said), sender.number)?;
            return self.close_if_complete(roll);
        }
        let said = words::sender(sender, self.is_verified());
        self.hand_on(sender, text, &format!("{said}: {}", words::inside(text)), false).map(drop)
    }

    fn call_roll(&mut self, sender: &Member, text: &str) -> Result<(), ProfileError> {
        let asks = words::asks_all(&words::sender(sender, self.is_verified()), text);
        if !self.hand_on(sender, text, &asks, true)? {
            return Ok(());
        }
        match self.profile.history().last_of(sender)? {
            Some(roll) => self.answer(words::begins(roll.what, roll.to.len())),
            None => Ok(()),
        }
    }

    /// A copy to each of the others; says whether that could be.
    fn hand_on(
        &mut self,
        sender: &Member,
        text: &str,
        said: &str,
        is_roll: bool,
    ) -> Result<bool, ProfileError> {
        let length = said.chars().count();
        if length > TEXT_CHARACTERS_MAX {
            return self.answer(words::too_long(length)).map(|()| false);
        }
        let others = self.members.iter().map(|member| member.number);
        let others: Vec<Number> = others.filter(|number| *number != sender.number).collect();
        if others.is_empty() {
            return self.answer(words::NOBODY_ELSE).map(|()| false);
        }
        if is_roll && self.profile.open_roll()?.is_some() {
            self.close_roll()?;
        }
        let id = self.profile.put_handed_on(sender.number, text, is_roll, self.now)?;
        for to in others {
            let copy = self.copy(to, said, self.text.precedence)?;
            self.profile.put_copy(id, to, copy)?;
        }
        self.profile.forget_old_copies().map(|()| true)
    }

    fn copy(
        &mut self,
        to: Number,
        said: &str,
        precedence: Precedence,
    ) -> Result<EntryId, ProfileError> {
        let draft = Draft { precedence, ..Draft::new(to, said) };
        self.profile.compose(&draft, self.now)
    }

    fn close_if_complete(&mut self, roll: OpenRoll) -> Result<(), ProfileError> {
        match self.profile.have_all_answered(roll)? {
            true => self.close_roll(),
            false => Ok(()),
        }
    }

    /// Nobody is asked any more; the moderators are told what came of it.
    fn close_roll(&mut self) -> Result<(), ProfileError> {
        self.profile.end_roll()?;
        let Some(roll) = self.profile.history().last_roll_call()? else { return Ok(()) };
        let nobody = self.profile.number();
        self.tell_moderators(&roll.tally().to_string(), nobody)
    }

    fn tally(&mut self, sender: &Member) -> Result<(), ProfileError> {
        match self.profile.history().last_of(sender)? {
            Some(found) => self.answer(found.tally().to_string()),
            None => self.answer(words::NOTHING_TO_TALLY),
        }
    }
}

/// As long as a text may be.
fn cut(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(TEXT_CHARACTERS_MAX) {
        text.truncate(end);
    }
    text
}
