//! The client's thread: the sockets, names and clocks around a device.

use super::ClientError;
use super::machine::Machine;
use super::replies::{LookupReply, Replies, TraceReply};
use crate::limits::{COMMANDS_MAX, DATAGRAMS_AT_ONCE};
use crate::{Device, EntryId, Event, Profile, ProfileError, Resolved, Server, Status, Told};
use postrider_proto::Number;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;
use tokio::net::UdpSocket;
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio::time::Instant;

/// What the program wants.
pub(super) enum Command {
    /// To change something.
    Job(Job),
    /// To read something.
    Look(Job),
    Stop(Stop),
}

pub(super) type Job = Box<dyn FnOnce(&mut Driver) -> Answer + Send>;

/// Who wants the profile back.
type Stop = oneshot::Sender<Profile>;

/// Says to whoever wanted it what was done, once that is on disk, or why nothing was; none where
/// nothing is to be said by then.
pub(super) type Answer = Option<Say>;
type Say = Box<dyn FnOnce(Result<(), &ProfileError>)>;

/// Bytes of a datagram, at most; one of more is none of the link's.
const DATAGRAM_BYTES_MAX: usize = 2_048;
/// How long the thread sleeps when nothing is due.
const NOTHING_DUE: Duration = Duration::from_secs(3_600);

/// All that the client's thread has.
pub(super) struct Driver {
    pub(super) device: Device,
    machine: Machine,
    replies: Replies,
    sockets: Sockets,
    events: broadcast::Sender<Event>,
    status: watch::Sender<Status>,
    /// The client is to end.
    stop: Option<Stop>,
}

struct Sockets {
    v4: UdpSocket,
    /// None where the system has no IPv6.
    v6: Option<UdpSocket>,
}

impl Driver {
    /// Runs until it is told to stop, the last [`super::Client`] is gone, or the history cannot
    /// be written.
    pub(super) async fn run(
        profile: Profile,
        mut commands: mpsc::Receiver<Command>,
        events: broadcast::Sender<Event>,
        status: watch::Sender<Status>,
    ) {
        let (told, last) = (events.clone(), status.clone());
        let why = match Driver::start(profile, events, status).await {
            Ok(driver) => driver.live(&mut commands).await,
            Err(why) => Some(why.to_string()),
        };
        last.send_replace(Status::Ended);
        let _ = told.send(Event::Ended(why));
    }

    async fn start(
        profile: Profile,
        events: broadcast::Sender<Event>,
        status: watch::Sender<Status>,
    ) -> Result<Driver, ClientError> {
        let v4 = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).await?;
        let v6 = UdpSocket::bind((Ipv6Addr::UNSPECIFIED, 0)).await.ok();
        let machine = Machine::new();
        Ok(Driver {
            device: Device::new(machine.now(), profile, machine.boot()),
            machine,
            replies: Replies::default(),
            sockets: Sockets { v4, v6 },
            events,
            status,
            stop: None,
        })
    }

    /// One turn after the other. The reason if it did not end by being told to.
    async fn live(mut self, commands: &mut mpsc::Receiver<Command>) -> Option<String> {
        let mut wanted = Vec::new();
        loop {
            let done = match self.turn(&mut wanted).await {
                Err(why) if why.may_pass() => self.begin_again(&why).await,
                done => done,
            };
            if let Err(why) = done {
                self.close().await;
                return Some(why.to_string());
            }
            if let Some(reply) = self.stop.take() {
                self.close().await;
                let _ = reply.send(self.device.into_profile());
                return None;
            }
            let wait = self.deadline();
            tokio::select! {
                count = commands.recv_many(&mut wanted, COMMANDS_MAX) => if count == 0 {
                    self.close().await;
                    return None;
                },
                _ = self.sockets.readable() => {}
                () = tokio::time::sleep_until(wait) => {}
            }
            // What else has come shares the commit.
            self.take_datagrams();
            while wanted.len() < COMMANDS_MAX
                && let Ok(command) = commands.try_recv()
            {
                wanted.push(command);
            }
        }
    }

    /// Does what is wanted, and what has come.
    async fn turn(&mut self, wanted: &mut Vec<Command>) -> Result<(), ProfileError> {
        self.commit(wanted)?;
        // Once its servers have addresses, the device calls one.
        while self.pass_on().await {
            self.commit(&mut Vec::new())?;
        }
        self.transmit().await;
        Ok(())
    }

    /// All of it with one flush. If that fails, nobody is told that anything was done.
    fn commit(&mut self, wanted: &mut Vec<Command>) -> Result<(), ProfileError> {
        let mut answers = Vec::new();
        let done = self.change(wanted, &mut answers);
        for answer in answers {
            answer(done.as_ref().copied());
        }
        done
    }

    fn change(
        &mut self,
        wanted: &mut Vec<Command>,
        answers: &mut Vec<Say>,
    ) -> Result<(), ProfileError> {
        let is_change = wanted.iter().any(|command| matches!(command, Command::Job(_)));
        self.device.begin(self.machine.now(), is_change)?;
        for command in wanted.drain(..) {
            match command {
                Command::Job(job) | Command::Look(job) => answers.extend(job(self)),
                Command::Stop(reply) => self.stop = self.stop.take().or(Some(reply)),
            }
        }
        while self.device.step(self.machine.now())? {}
        self.device.commit()
    }

    /// The history could not be written: nothing of the turn was kept, and nothing of it is said.
    async fn begin_again(&mut self, why: &ProfileError) -> Result<(), ProfileError> {
        self.close().await;
        self.device.undo(self.machine.now())?;
        let _ = self.events.send(Event::Trouble(format!(
            "{why}; what was kept before is there, and it is tried again in some seconds"
        )));
        self.pass_on().await;
        Ok(())
    }

    /// What the device has told; says whether its servers have addresses now.
    async fn pass_on(&mut self) -> bool {
        let mut is_connected = false;
        while let Some(told) = self.device.poll_told() {
            match told {
                Told::Event(event) => drop(self.events.send(event)),
                Told::Status(status) => drop(self.status.send_replace(status)),
                Told::Resolve(_) if self.stop.is_some() => {}
                Told::Resolve(servers) => {
                    self.connect(servers).await;
                    is_connected = true;
                }
                Told::Found { token, lookup } => self.replies.found(token, lookup),
                Told::Traced { token, traced } => self.replies.traced(token, traced),
                Told::Unanswered(token) => self.replies.forget(token),
            }
        }
        is_connected
    }

    /// Those that wait, so that they share a commit.
    fn take_datagrams(&mut self) {
        let now = self.machine.now();
        let mut datagram = [0; DATAGRAM_BYTES_MAX];
        for _ in 0..DATAGRAMS_AT_ONCE {
            let Some((length, from)) = self.sockets.try_recv(&mut datagram) else { return };
            self.device.hear(now, from, &mut datagram[..length]);
        }
    }

    async fn connect(&mut self, servers: Vec<Server>) {
        self.transmit().await;
        let mut resolved = Vec::new();
        for server in servers {
            let found = resolve(&server.address).await.map_err(|why| why.to_string());
            resolved.push(Resolved { server, found });
        }
        self.device.connect(self.machine.now(), resolved);
    }

    async fn transmit(&mut self) {
        let mut datagram = Vec::new();
        while let Some(to) = self.device.poll_transmit(self.machine.time(), &mut datagram) {
            // One that cannot leave is one that was lost.
            let _ = match (to, &self.sockets.v6) {
                (SocketAddr::V6(_), Some(v6)) => v6.send_to(&datagram, to).await,
                _ => self.sockets.v4.send_to(&datagram, to).await,
            };
        }
    }

    async fn close(&mut self) {
        self.device.close(self.machine.now());
        self.transmit().await;
    }

    fn deadline(&self) -> Instant {
        let due = self.device.deadline().map(|due| self.machine.instant(due));
        due.unwrap_or_else(|| Instant::now() + NOTHING_DUE)
    }

    pub(super) fn profile_to_change(&mut self) -> &mut Profile {
        self.device.profile_to_change(self.machine.now())
    }

    pub(super) fn look_up(&mut self, number: Number, reply: LookupReply) {
        let token = self.replies.wait_for_lookup(reply);
        self.device.look_up(self.machine.now(), number, token);
    }

    pub(super) fn trace(&mut self, entry: EntryId, reply: TraceReply) {
        let token = self.replies.wait_for_trace(reply);
        self.device.trace(self.machine.now(), entry, token);
    }

    /// Claims the number, if the server has refused it.
    pub(super) fn claim(&mut self, code: &str) {
        self.device.claim(self.machine.now(), code);
    }

    /// Gives the number up.
    pub(super) fn release(&mut self) {
        self.device.release_number(self.machine.now());
    }
}

impl Sockets {
    /// Until there is something to be read.
    async fn readable(&self) -> std::io::Result<()> {
        match &self.v6 {
            None => self.v4.readable().await,
            Some(v6) => tokio::select! {
                ready = self.v4.readable() => ready,
                ready = v6.readable() => ready,
            },
        }
    }

    fn try_recv(&self, datagram: &mut [u8]) -> Option<(usize, SocketAddr)> {
        let v4 = self.v4.try_recv_from(datagram).ok();
        v4.or_else(|| self.v6.as_ref()?.try_recv_from(datagram).ok())
    }
}

async fn resolve(address: &str) -> std::io::Result<SocketAddr> {
    let mut found = tokio::net::lookup_host(address).await?;
    found.next().ok_or_else(|| std::io::ErrorKind::NotFound.into())
}
