//! Handshakes that are not finished.
//!
//! ```text
//!   the end that dials                          the end that is dialled
//!   Dialling  ── init ─────────────────────────►  (a cookie, under load)
//!             ◄──────────────────────── response ──  Answering
//!   Session   ── finish ───────────────────────►  Session, up
//!   up        ◄──────────────────────────── data ──
//! ```

use crate::Time;
use crate::cookie::Cookie;
use crate::durations::{HANDSHAKE_MAX, HANDSHAKE_RESEND};
use crate::event::PeerId;
use crate::identity::Identity;
use crate::limits::REBUILDS_MAX;
use crate::noise::{self, Ephemeral, SessionKeys};
use crate::packet::{
    COOKIE_BYTES, FINISH_BYTES, Greeting, INIT_BOUND_BYTES, Init, Mode, RESPONSE_BYTES,
    print_finish, print_response,
};
use crate::slab::Key;
use snow::HandshakeState;
use std::net::SocketAddr;
use std::time::Duration;

/// A handshake datagram that does not fit. What it was to change has not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BadHandshake;

impl From<snow::Error> for BadHandshake {
    fn from(_: snow::Error) -> BadHandshake {
        BadHandshake
    }
}

/// A handshake that this end has begun.
pub(crate) struct Dialling {
    pub(crate) peer: PeerId,
    pub(crate) address: SocketAddr,
    pub(crate) mode: Mode,
    state: HandshakeState,
    bound: [u8; INIT_BOUND_BYTES],
    ephemeral: [u8; 32],
    cookie: Cookie,
    began: Time,
    sent_at: Time,
    sent_times: u32,
    resend_at: Time,
}

impl Dialling {
    pub(crate) fn new(
        now: Time,
        identity: &Identity,
        secret: &Ephemeral,
        (peer, key): (PeerId, Key),
        (address, mode): (SocketAddr, Mode),
    ) -> Result<Dialling, BadHandshake> {
        let bound = Init::bound(mode, key.0);
        let mut state = noise::initiator(identity, secret, &bound)?;
        // Snow asks for the room of a tag even where there is none.
        let mut message = [0; 32 + 16];
        state.write_message(&[], &mut message)?;
        let ephemeral = *message.first_chunk().ok_or(BadHandshake)?;
        Ok(Dialling {
            peer,
            address,
            mode,
            state,
            bound,
            ephemeral,
            cookie: [0; COOKIE_BYTES],
            began: now,
            sent_at: now,
            sent_times: 0,
            resend_at: now,
        })
    }

    /// When it is to be sent again, or given up.
    pub(crate) fn due_at(&self) -> Time {
        self.resend_at.min(self.over_at())
    }

    pub(crate) fn over_at(&self) -> Time {
        self.began + HANDSHAKE_MAX
    }

    /// Appends the init, and notes that it leaves.
    pub(crate) fn print(&mut self, now: Time, out: &mut Vec<u8>) {
        Init::print(&self.bound, &self.ephemeral, &self.cookie, out);
        self.resend_at = now + HANDSHAKE_RESEND * (1 << self.sent_times.min(6));
        self.sent_at = now;
        self.sent_times += 1;
    }

    /// Takes a cookie; the init is sent again at once, with it, but not more than once for
    /// each time that it was due.
    pub(crate) fn take_cookie(
        &mut self,
        now: Time,
        echo: &[u8; 8],
        cookie: &Cookie,
    ) -> Result<(), BadHandshake> {
        if !self.ephemeral.starts_with(echo) || self.cookie == *cookie {
            return Err(BadHandshake);
        }
        let is_first = self.cookie == [0; COOKIE_BYTES];
        self.cookie = *cookie;
        if is_first {
            // It is this one that will be answered, so its round trip is known.
            self.sent_times = 0;
            self.resend_at = now;
        }
        Ok(())
    }

    /// Who answers, by a response.
    pub(crate) fn read(&mut self, response: &[u8]) -> Result<Greeting, BadHandshake> {
        let mut payload = [0; RESPONSE_BYTES];
        let length = self.state.read_message(response, &mut payload)?;
        greeting(&self.state, &payload[..length])
    }

    /// The finish and the keys.
    pub(crate) fn finish(
        mut self,
        remote: u32,
        greeting: &Greeting,
    ) -> Result<(Vec<u8>, SessionKeys), BadHandshake> {
        let mut message = [0; FINISH_BYTES];
        let length = self.state.write_message(&greeting.print(), &mut message)?;
        let mut finish = Vec::with_capacity(FINISH_BYTES);
        print_finish(remote, &mut finish);
        finish.extend_from_slice(&message[..length]);
        Ok((finish, noise::split(self.state)))
    }

    /// The round trip, if it is clear which init was answered.
    pub(crate) fn rtt(&self, now: Time) -> Option<Duration> {
        (self.sent_times == 1).then(|| now.since(self.sent_at))
    }
}

/// A handshake that another end has begun, and this one has answered.
pub(crate) struct Answering {
    pub(crate) address: SocketAddr,
    pub(crate) mode: Mode,
    pub(crate) remote: u32,
    pub(crate) began: Time,
    state: HandshakeState,
    secret: Ephemeral,
    greeting: Greeting,
    bound: [u8; INIT_BOUND_BYTES],
    ephemeral: [u8; 32],
    response: Vec<u8>,
    answered_times: u32,
    rebuilds: u8,
}

impl Answering {
    pub(crate) fn new(
        now: Time,
        identity: &Identity,
        secret: Ephemeral,
        (key, greeting): (Key, Greeting),
        (address, init): (SocketAddr, &Init<'_>),
    ) -> Result<Answering, BadHandshake> {
        let (bound, ephemeral) = (*init.bound, *init.ephemeral);
        let (state, noise) = answer(identity, &secret, &bound, &ephemeral, &greeting)?;
        let mut response = Vec::with_capacity(RESPONSE_BYTES);
        print_response(key.0, init.sender, &mut response);
        response.extend_from_slice(&noise);
        Ok(Answering {
            address,
            mode: init.mode,
            remote: init.sender,
            began: now,
            state,
            secret,
            greeting,
            bound,
            ephemeral,
            response,
            answered_times: 0,
            rebuilds: 0,
        })
    }

    /// Whether this is the same init again.
    pub(crate) fn is_of(&self, address: SocketAddr, init: &Init<'_>) -> bool {
        self.address == address && self.bound == *init.bound && self.ephemeral == *init.ephemeral
    }

    /// The response, which leaves.
    pub(crate) fn respond(&mut self) -> Vec<u8> {
        self.answered_times += 1;
        self.response.clone()
    }

    /// When it is forgotten.
    pub(crate) fn over_at(&self) -> Time {
        self.began + HANDSHAKE_MAX
    }

    /// Who it is, by the finish. A damaged one leaves the handshake as it was, a few times.
    pub(crate) fn read(
        &mut self,
        identity: &Identity,
        finish: &[u8],
    ) -> Result<Greeting, BadHandshake> {
        let mut payload = [0; FINISH_BYTES];
        let read = self.state.read_message(finish, &mut payload).map_err(BadHandshake::from);
        let read = read.and_then(|length| greeting(&self.state, &payload[..length]));
        if read.is_err() && self.rebuilds < REBUILDS_MAX {
            self.rebuilds += 1;
            self.rebuild(identity)?;
        }
        read
    }

    /// Puts the handshake back to before the finish: the library cannot, once a part of a
    /// message has opened.
    pub(crate) fn rebuild(&mut self, identity: &Identity) -> Result<(), BadHandshake> {
        let Answering { secret, bound, ephemeral, greeting, .. } = self;
        (self.state, _) = answer(identity, secret, bound, ephemeral, greeting)?;
        Ok(())
    }

    /// The round trip, if it is clear which response was answered.
    pub(crate) fn rtt(&self, now: Time) -> Option<Duration> {
        (self.answered_times == 1).then(|| now.since(self.began))
    }

    pub(crate) fn into_keys(self) -> SessionKeys {
        noise::split(self.state)
    }
}

fn answer(
    identity: &Identity,
    secret: &Ephemeral,
    bound: &[u8],
    ephemeral: &[u8; 32],
    greeting: &Greeting,
) -> Result<(HandshakeState, Vec<u8>), BadHandshake> {
    let mut state = noise::responder(identity, secret, bound)?;
    state.read_message(ephemeral, &mut [])?;
    let mut message = vec![0; RESPONSE_BYTES];
    let length = state.write_message(&greeting.print(), &mut message)?;
    message.truncate(length);
    Ok((state, message))
}

/// What the other end says of itself, if the handshake proves it.
fn greeting(state: &HandshakeState, payload: &[u8]) -> Result<Greeting, BadHandshake> {
    let payload = payload.try_into().map_err(|_| BadHandshake)?;
    let greeting = Greeting::parse(payload).ok_or(BadHandshake)?;
    let proved = state.get_remote_static().ok_or(BadHandshake)?;
    match greeting.key.to_x25519() {
        Some(claimed) if claimed == proved => Ok(greeting),
        _ => Err(BadHandshake),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Role;
    use crate::packet::Packet;
    use crate::slab::Slab;
    use zeroize::Zeroizing;

    const NOW: Time = Time::ZERO;

    fn identity(secret: u8) -> Identity {
        Identity::from_secret(&[secret; 32])
    }

    fn address() -> SocketAddr {
        SocketAddr::from(([10, 0, 0, 1], 1))
    }

    fn key() -> Key {
        Slab::default().insert(()).unwrap()
    }

    fn dial() -> Dialling {
        let secret = Zeroizing::new([5; 32]);
        let who = (PeerId(key()), key());
        Dialling::new(NOW, &identity(1), &secret, who, (address(), Mode::Sealed)).unwrap()
    }

    fn answer_to(dial: &mut Dialling, claimed: u8) -> Answering {
        let mut init = Vec::new();
        dial.print(NOW, &mut init);
        let Some(Packet::Init(init)) = Packet::parse(&init) else { panic!("no init") };
        let greeting = Greeting { key: identity(claimed).public(), mtu: 1_200, role: Role::Server };
        let secret = Zeroizing::new([6; 32]);
        Answering::new(NOW, &identity(2), secret, (key(), greeting), (address(), &init)).unwrap()
    }

    fn noise(response: &[u8]) -> &[u8] {
        &response[9..]
    }

    #[test]
    fn both_ends_come_to_the_same_keys_and_know_each_other() {
        let mut dial = dial();
        let mut answering = answer_to(&mut dial, 2);
        let response = answering.respond();
        assert_eq!(dial.read(noise(&response)).unwrap().key, identity(2).public());
        let ours = Greeting { key: identity(1).public(), mtu: 300, role: Role::Client };
        let (finish, keys) = dial.finish(7, &ours).unwrap();
        assert_eq!(answering.read(&identity(2), &finish[5..]), Ok(ours));
        let theirs = answering.into_keys();
        assert_eq!((keys.initiator, keys.responder), (theirs.initiator, theirs.responder));
    }

    #[test]
    fn a_claimed_key_that_the_handshake_does_not_prove_is_refused() {
        let mut first = dial();
        let response = answer_to(&mut first, 3).respond();
        assert_eq!(first.read(noise(&response)), Err(BadHandshake));
        let mut second = dial();
        let mut answering = answer_to(&mut second, 2);
        let response = answering.respond();
        second.read(noise(&response)).unwrap();
        let claimed = Greeting { key: identity(3).public(), mtu: 1_200, role: Role::Server };
        let (finish, _) = second.finish(7, &claimed).unwrap();
        assert_eq!(answering.read(&identity(2), &finish[5..]), Err(BadHandshake));
    }

    #[test]
    fn a_changed_response_is_refused_and_the_right_one_is_taken_after_it() {
        let mut dial = dial();
        let response = answer_to(&mut dial, 2).respond();
        for bit in 0..noise(&response).len() * 8 {
            let mut changed = noise(&response).to_vec();
            changed[bit / 8] ^= 1 << (bit % 8);
            // The top bit of a public key means nothing (RFC 7748), but is hashed.
            assert_eq!(dial.read(&changed), Err(BadHandshake), "bit {bit}");
        }
        assert!(dial.read(noise(&response)).is_ok());
    }

    #[test]
    fn the_header_of_the_init_is_bound() {
        let mut dial = dial();
        let mut init = Vec::new();
        dial.print(NOW, &mut init);
        init[2] = 1;
        let Some(Packet::Init(init)) = Packet::parse(&init) else { panic!("no init") };
        let greeting = Greeting { key: identity(2).public(), mtu: 1_200, role: Role::Server };
        let secret = Zeroizing::new([6; 32]);
        let answering =
            Answering::new(NOW, &identity(2), secret, (key(), greeting), (address(), &init));
        let response = answering.unwrap().respond();
        assert_eq!(dial.read(noise(&response)), Err(BadHandshake), "sealed was made clear");
    }
}
