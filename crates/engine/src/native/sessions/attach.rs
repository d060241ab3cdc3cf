//! Whose a number is, and who may have it here.

use super::Session;
use crate::engine::Engine;
use crate::limits::VERSION_AHEAD_MAX;
use crate::native::{Bound, Claims, Invitations, Judged, Says, Station, TrunkId};
use crate::output::{Handed, Output};
use crate::{Place, Write};
use postrider_proto::Number;
use postrider_proto::native::{Answer, ClaimItem, NumberRow, OwnerKey, Refusal, Verdict};
use std::collections::{BTreeMap, BTreeSet};

impl Engine {
    /// A device wants to be attached under a number, and has proved that its owner wants that.
    pub(crate) fn hear_attach(&mut self, id: TrunkId, item: u64, number: Number, key: OwnerKey) {
        self.output(Output::Took { trunk: id, item });
        self.native.sessions.remove(id);
        let verdict = self.verdict_on(number, key);
        let (given, handed) = (BTreeMap::new(), BTreeSet::new());
        let handed_before = Place(0);
        let session = Session {
            number,
            key,
            is_attached: false,
            bound: None,
            dispute: None,
            given,
            next_tag: 1,
            handed,
            handed_before,
        };
        self.native.sessions.up.insert(id, session);
        self.answer(id, number, verdict);
    }

    /// Its proof is wrong.
    pub(crate) fn hear_forgery(&mut self, id: TrunkId, item: u64, number: Number) {
        self.output(Output::Took { trunk: id, item });
        self.tell_verdict(id, number, Verdict::Refused(Refusal::SIGNATURE));
    }

    fn answer(&mut self, id: TrunkId, number: Number, verdict: Verdict) {
        self.tell_verdict(id, number, verdict);
        let bound = self.native.rows.bound(number);
        self.native.sessions.attach(id, verdict == Verdict::Attached, bound);
        self.native.sessions.stir(number);
    }

    fn tell_verdict(&mut self, id: TrunkId, number: Number, verdict: Verdict) {
        if matches!(verdict, Verdict::Refused(_)) {
            self.counters.attaches_refused += 1;
        }
        let version = self.native.rows.number(number).map_or(0, |known| known.version.value());
        let what = Handed::Answer(Answer { number, version, verdict });
        self.output(Output::Hand { trunk: id, tag: 0, what });
    }

    fn verdict_on(&self, number: Number, key: OwnerKey) -> Verdict {
        let known = self.native.rows.number(number);
        match self.native.rows.bound(number) {
            _ if self.native.is_reserved_from(number, Station::ME) => {
                Verdict::Refused(Refusal::RESERVED)
            }
            // Who has a later key says with a claim that it is one.
            Some(bound) if bound.since > 0 => Verdict::WantsClaim,
            Some(bound) if !bound.is(key) => Verdict::Refused(Refusal::TAKEN),
            Some(_) if known.is_some_and(|known| known.released) => Verdict::WantsClaim,
            Some(_) if self.is_native_here(number) => Verdict::Attached,
            Some(_) => Verdict::WantsClaim,
            None => self.verdict_on_new(number, None),
        }
    }

    /// The same of a number that no key has.
    fn verdict_on_new(&self, number: Number, code: Option<&str>) -> Verdict {
        let is_used =
            self.directory.home(number).is_some() || self.native.rows.live_number(number).is_some();
        let claims = self.native.config.map_or(Claims::Closed, |config| config.claims);
        if is_used {
            Verdict::Refused(Refusal::IN_USE)
        } else if self.directory.len() >= self.config.limits.clients {
            Verdict::Refused(Refusal::FULL)
        } else {
            match (claims, code) {
                (Claims::Closed, _) => Verdict::Refused(Refusal::CLOSED),
                (Claims::Invited, Some(code)) if !self.native.invitations.has(code) => {
                    Verdict::Refused(Refusal::NOT_INVITED)
                }
                _ => Verdict::WantsClaim,
            }
        }
    }

    /// A number is to be at home here, or to be given up. Its signatures have been verified,
    /// with this server as its home.
    pub(crate) fn hear_claim(&mut self, id: TrunkId, item: u64, claim: &ClaimItem<'_>) {
        self.output(Output::Took { trunk: id, item });
        let Some(session) = self.native.sessions.up.get(&id) else { return };
        let (number, key) = (session.number, session.key);
        let verdict = match self.claims(number, key, claim) {
            Ok(()) if claim.row.released => Verdict::Released,
            Ok(()) => Verdict::Attached,
            Err(why) => Verdict::Refused(why),
        };
        self.answer(id, number, verdict);
    }

    fn claims(
        &mut self,
        number: Number,
        key: OwnerKey,
        claim: &ClaimItem<'_>,
    ) -> Result<(), Refusal> {
        let row = &claim.row;
        let is_of_session = row.number == number && row.owner.is_some_and(|own| own.key == key);
        if !is_of_session || row.line || !self.is_next(row) {
            return Err(Refusal::STALE);
        }
        if self.native.is_reserved_from(number, Station::ME) {
            return Err(Refusal::RESERVED);
        }
        let is_new = self.native.rows.bound(number).is_none();
        if is_new && let Verdict::Refused(why) = self.verdict_on_new(number, Some(claim.code)) {
            return Err(why);
        }
        self.judge_claim(row)?;
        let needs_code = self.native.config.is_some_and(|own| own.claims == Claims::Invited);
        if is_new
            && needs_code
            && let Some(code) = Invitations::code(claim.code)
        {
            self.write(&Write::Invite { code, is_used: true });
        }
        self.publish_claim(row);
        Ok(())
    }

    /// A version that is newer, and not so much that it is made up.
    fn is_next(&self, row: &NumberRow<'_>) -> bool {
        let known = self.native.rows.number(row.number).map_or(0, |known| known.version.value());
        let version = row.version.value();
        version > known && version - known <= VERSION_AHEAD_MAX
    }

    fn judge_claim(&mut self, row: &NumberRow<'_>) -> Result<(), Refusal> {
        let sequence = self.native.rows.last_of(Station::ME) + 1;
        let (native, says) = (&self.native, Says::of_number(row));
        let judged = native
            .rows
            .judge(Station::ME, sequence, says, |one, other| native.is_greater(one, other));
        match judged {
            Judged::News => Ok(()),
            // A lesser key can be had by trying: at this server, which knows whose the number
            // is, that gives nobody another's.
            Judged::Won | Judged::Lost => Err(Refusal::TAKEN),
            Judged::NotTheOwner => Err(Refusal::REPLACED),
            Judged::Old | Judged::FarAhead => Err(Refusal::STALE),
        }
    }

    fn publish_claim(&mut self, row: &NumberRow<'_>) {
        let (client, sequence) = (row.number, self.native.rows.last_of(Station::ME) + 1);
        let is_here = self.directory.home(client) == Some(self.config.me);
        self.change_care(client, |engine| {
            match row.released {
                true if is_here => engine.write(&Write::Gone { client }),
                false if !is_here => {
                    engine.write(&Write::Home { client, server: engine.config.me });
                }
                _ => {}
            }
            engine.write(&Write::OwnBound { sequence, row: *row });
        });
        self.share_list();
    }

    /// The number of a session is at home here no more: somebody has moved it, or its key
    /// has lost it.
    pub(super) fn detach_moved(&mut self, number: Number) {
        let ids: Vec<TrunkId> = self.native.sessions.attached_under(number).collect();
        for id in ids {
            let Some(session) = self.native.sessions.up.get(&id) else { continue };
            let verdict = match self.has_lost(session) {
                Some(why) => Verdict::Refused(why),
                None => self.verdict_on(number, session.key),
            };
            self.answer(id, number, verdict);
        }
    }

    /// Devices whose key holds no more hear so, although the number is at home here still.
    pub(super) fn detach_replaced(&mut self, number: Number) {
        let ids: Vec<TrunkId> = self.native.sessions.attached_under(number).collect();
        for id in ids {
            let session = self.native.sessions.up.get(&id);
            if let Some(why) = session.and_then(|session| self.has_lost(session)) {
                self.answer(id, number, Verdict::Refused(why));
            }
        }
    }

    /// Whether the key of an attached session holds no more, and why.
    fn has_lost(&self, session: &Session) -> Option<Refusal> {
        let (was, is) = (session.bound?, self.native.rows.bound(session.number)?);
        if was.first != is.first {
            return Some(Refusal::TAKEN);
        }
        (was.since < is.since).then_some(Refusal::REPLACED)
    }
}

impl Bound {
    /// Whether the first key is this one.
    fn is(&self, key: OwnerKey) -> bool {
        key.0.starts_with(&self.first)
    }
}
