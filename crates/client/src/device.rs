//! What a client's device does, without sockets, a clock, threads, or chance of its own.
//!
//! ```text
//!   datagrams ─► hear ─┐        ┌─► session ─► profile, one commit ─► custody ─► datagrams
//!   the program ───────┴─► step ┤
//!                               └─► what is told, once what it is about is on disk
//! ```
//!
//! A *turn* is [`Device::begin`], what the program changes, [`Device::step`] until it has nothing
//! left to do, and [`Device::commit`]: all of it is on disk together or not at all. After it take
//! what is told ([`Device::poll_told`]), send what [`Device::poll_transmit`] has, then wait for a
//! datagram, the program, or the deadline. A profile of the same bytes and seed, and the same
//! calls at the same moments, give the same datagrams, and the same history.

mod asked;
mod moment;
mod outgoing;
mod owner;
#[cfg(test)]
mod tests;
mod told;
mod turn;

pub use moment::Moment;
pub use told::{Resolved, Token, Told};

use crate::durations::{ASK_AGAIN_AFTER, TRY_AGAIN_AFTER};
use crate::session::{Place, Session, SessionEvent};
use crate::{Event, Profile, ProfileError, Server, Status};
use asked::Asked;
use outgoing::Outgoing;
use postrider_link::Time;
use std::collections::VecDeque;
use std::net::SocketAddr;

/// A number's profile, its session, and what passes between the two.
pub struct Device {
    profile: Profile,
    session: Session,
    /// The servers' addresses as they were written, by their place in the session.
    addresses: Vec<String>,
    outgoing: Outgoing,
    asked: Asked,
    /// The servers are to be read again.
    is_to_connect: bool,
    /// When names that could not be resolved are tried again.
    resolve_at: Option<Time>,
    status: Status,
    told: VecDeque<Told>,
    /// What the session told after the messages that are being kept.
    next_event: Option<SessionEvent>,
    stage: Stage,
    now: Moment,
    /// Which start of the machine this is; none where it does not tell them apart.
    boot: Option<String>,
}

/// What the next step of a turn does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Servers,
    Session,
    Sign,
    HandOver,
}

impl Device {
    /// A device that calls its profile's servers with its first turn. `boot` names the machine's
    /// start; another one is another name.
    pub fn new(now: Moment, mut profile: Profile, boot: Option<String>) -> Device {
        let session = Session::new(now.time, profile.keys().clone(), Vec::new(), &profile.draw());
        Device {
            profile,
            session,
            addresses: Vec::new(),
            outgoing: Outgoing::default(),
            asked: Asked::default(),
            is_to_connect: true,
            resolve_at: None,
            status: Status::NoServer,
            told: VecDeque::new(),
            next_event: None,
            stage: Stage::Servers,
            now,
            boot,
        }
    }

    /// Takes a datagram, which is opened in place. Whatever its bytes, it does no harm.
    pub fn hear(&mut self, now: Moment, from: SocketAddr, datagram: &mut [u8]) {
        self.now = now;
        self.session.handle(now.time, from, datagram);
    }

    /// Begins a turn, in which the program changes something or not.
    pub fn begin(&mut self, now: Moment, is_wanted: bool) -> Result<(), ProfileError> {
        self.now = now;
        // By itself, since it would not be learnt again.
        self.mind_clock()?;
        // That a server answers for a text is, if it is forgotten.
        let is_only_told = self.session.has_only_custody() && !self.outgoing.has_unsigned();
        self.profile.begin(is_wanted || !is_only_told)
    }

    /// Ends a turn: what it has changed is on disk when this returns, but for what would be learnt
    /// again.
    pub fn commit(&mut self) -> Result<(), ProfileError> {
        self.profile.commit()
    }

    /// After a turn that failed, and [`Device::close`]: it is as if it had not been, and nothing is
    /// told of it. The servers are called anew after [`TRY_AGAIN_AFTER`].
    pub fn undo(&mut self, now: Moment) -> Result<(), ProfileError> {
        self.now = now;
        self.profile.undo()?;
        // Who has asked something is to hear that there is no answer.
        let told = std::mem::take(&mut self.told);
        self.told.extend(told.into_iter().filter_map(Told::unanswered));
        self.begin_session(Vec::new());
        self.stage = Stage::Servers;
        (self.is_to_connect, self.resolve_at) = (false, Some(now.time + TRY_AGAIN_AFTER));
        self.set_status(Status::NoServer);
        self.tell(Event::Missed);
        Ok(())
    }

    /// Does the next thing of a turn; false if that was the last. A turn of which one fails has
    /// failed.
    pub fn step(&mut self, now: Moment) -> Result<bool, ProfileError> {
        self.now = now;
        let next = match self.stage {
            Stage::Servers => {
                self.ask_for_addresses()?;
                Stage::Session
            }
            Stage::Session => {
                self.session.handle_due(now.time);
                if self.handle_session()? { Stage::Session } else { Stage::Sign }
            }
            Stage::Sign => {
                self.sign_all()?;
                Stage::HandOver
            }
            Stage::HandOver => {
                self.hand_over()?;
                Stage::Servers
            }
        };
        self.stage = next;
        Ok(next != Stage::Servers)
    }

    /// The next thing that is told.
    pub fn poll_told(&mut self) -> Option<Told> {
        self.told.pop_front()
    }

    /// Writes the next datagram that may leave now into `out`, and says where it goes.
    pub fn poll_transmit(&mut self, now: Time, out: &mut Vec<u8>) -> Option<SocketAddr> {
        self.session.poll_transmit(now, out)
    }

    /// When the next turn is wanted, at the latest, if nothing comes before; none for never.
    pub fn deadline(&self) -> Option<Time> {
        self.session.deadline().into_iter().chain(self.resolve_at).min()
    }

    /// The servers of [`Told::Resolve`], with their addresses: they are called anew. Those whose
    /// address was not found are asked for again after [`ASK_AGAIN_AFTER`].
    pub fn connect(&mut self, now: Moment, servers: Vec<Resolved>) {
        self.now = now;
        let (mut places, mut addresses) = (Vec::new(), Vec::new());
        for Resolved { server, found } in servers {
            match found {
                Ok(address) => {
                    let Server { key, mode, mtu, .. } = server;
                    places.push(Place { address, key, mode, mtu });
                    addresses.push(server.address);
                }
                Err(why) => {
                    self.tell(Event::Trouble(format!("cannot find {}: {why}", server.address)));
                    self.resolve_at = Some(now.time + ASK_AGAIN_AFTER);
                }
            }
        }
        if places.is_empty() {
            self.set_status(Status::NoServer);
        }
        self.addresses = addresses;
        self.begin_session(places);
    }

    /// Its profile.
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// Its profile, for the program, which may change what is to be sent. What waits is sent with
    /// the next turn.
    pub fn profile_to_change(&mut self, now: Moment) -> &mut Profile {
        self.now = now;
        self.outgoing.look_again();
        if let Err(why) = self.mind_clock() {
            self.tell(Event::Trouble(why.to_string()));
        }
        &mut self.profile
    }

    /// Its servers are read and called anew with the next turn.
    pub fn reconnect(&mut self) {
        self.is_to_connect = true;
    }

    /// Claims the number with an invitation's code, if the server has refused it; an empty code
    /// is none.
    pub fn claim(&mut self, now: Moment, code: &str) {
        self.session.claim(now.time, code);
    }

    /// Gives the number up, for ever; at once if it is attached, or else when it is.
    pub fn release_number(&mut self, now: Moment) {
        self.session.release(now.time);
    }

    /// Says goodbye to the server, if there is one: send what [`Device::poll_transmit`] has.
    pub fn close(&mut self, now: Moment) {
        self.session.close(now.time);
    }

    /// Gives the profile back.
    pub fn into_profile(self) -> Profile {
        self.profile
    }

    /// Looks whether the clock was set.
    fn mind_clock(&mut self) -> Result<(), ProfileError> {
        match (&self.boot, self.now.ran) {
            (Some(boot), Some(ran)) => self.profile.mind_clock(boot, self.now.stamp.before(ran)),
            _ => Ok(()),
        }
    }

    /// Ends the session, if the servers are to be called anew, and asks where they are.
    fn ask_for_addresses(&mut self) -> Result<(), ProfileError> {
        if !self.is_to_connect && self.resolve_at.is_none_or(|at| at > self.now.time) {
            return Ok(());
        }
        (self.is_to_connect, self.resolve_at) = (false, None);
        self.session.close(self.now.time);
        let servers = self.profile.servers()?;
        self.told.push_back(Told::Resolve(servers));
        Ok(())
    }

    fn begin_session(&mut self, places: Vec<Place>) {
        self.forget_session();
        let (keys, seed) = (self.profile.keys().clone(), self.profile.draw());
        self.session = Session::new(self.now.time, keys, places, &seed);
        self.next_event = None;
    }

    /// Nothing is known of what was said in the session before.
    fn forget_session(&mut self) {
        self.outgoing = Outgoing::default();
        let asked = std::mem::take(&mut self.asked);
        self.told.extend(asked.tokens().map(Told::Unanswered));
    }

    fn tell(&mut self, event: Event) {
        self.told.push_back(Told::Event(event));
    }

    fn set_status(&mut self, status: Status) {
        self.status.clone_from(&status);
        self.told.push_back(Told::Status(status));
    }

    /// The status says it with the name, if it is the server that the number is attached to.
    fn name_server(&mut self, named: &crate::ServerName) {
        if let Status::Attached { server, .. } = &mut self.status
            && server.id == named.id
        {
            server.clone_from(named);
            self.told.push_back(Told::Status(self.status.clone()));
        }
    }
}
