//! The client's thread: its sockets, its clock, and the order of a turn.

use super::asked::Asked;
use super::outgoing::Outgoing;
use super::{ClientError, Status};
use crate::limits::DATAGRAMS_AT_ONCE;
use crate::session::{Place, Session};
use crate::{Event, Profile, ProfileError, durations};
use postrider_link::Time;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;
use tokio::net::UdpSocket;
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio::time::Instant;

/// What the program wants.
pub(super) enum Command {
    Job(Box<dyn FnOnce(&mut Driver) + Send>),
    Stop(oneshot::Sender<Profile>),
}

/// Bytes of a datagram, at most; one of more is none of the link's.
const DATAGRAM_BYTES_MAX: usize = 2_048;
/// How long the thread sleeps when nothing is due.
const NOTHING_DUE: Duration = Duration::from_secs(3_600);

/// All that the client's thread has.
pub(super) struct Driver {
    pub(super) profile: Profile,
    pub(super) session: Session,
    /// The servers' addresses as they were written, by their place in the session.
    pub(super) addresses: Vec<String>,
    pub(super) outgoing: Outgoing,
    pub(super) asked: Asked,
    /// The servers are to be read again.
    pub(super) is_to_connect: bool,
    /// When names that could not be resolved are tried again.
    resolve_at: Option<Instant>,
    sockets: Sockets,
    events: broadcast::Sender<Event>,
    status: watch::Sender<Status>,
    began: Instant,
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
        let session = new_session(&profile, Time::ZERO, Vec::new())?;
        Ok(Driver {
            profile,
            session,
            addresses: Vec::new(),
            outgoing: Outgoing::default(),
            asked: Asked::default(),
            is_to_connect: true,
            resolve_at: None,
            sockets: Sockets { v4, v6 },
            events,
            status,
            began: Instant::now(),
        })
    }

    /// One turn after the other. The reason if it did not end by being told to.
    async fn live(mut self, commands: &mut mpsc::Receiver<Command>) -> Option<String> {
        loop {
            if let Err(why) = self.turn().await {
                self.close().await;
                return Some(why.to_string());
            }
            let wait = self.deadline();
            tokio::select! {
                command = commands.recv() => match command {
                    Some(Command::Job(job)) => job(&mut self),
                    Some(Command::Stop(reply)) => {
                        self.close().await;
                        let _ = reply.send(self.profile);
                        return None;
                    }
                    None => {
                        self.close().await;
                        return None;
                    }
                },
                _ = self.sockets.readable() => self.take_datagrams(),
                () = tokio::time::sleep_until(wait) => {}
            }
        }
    }

    async fn turn(&mut self) -> Result<(), ProfileError> {
        self.profile.mind_clock()?;
        if self.is_to_connect || self.resolve_at.is_some_and(|at| at <= Instant::now()) {
            self.connect().await?;
        }
        let now = self.now();
        self.session.handle_due(now);
        self.handle_session()?;
        self.send_all()?;
        self.transmit().await;
        Ok(())
    }

    /// Those that wait, so that they share a commit.
    fn take_datagrams(&mut self) {
        let now = self.now();
        let mut datagram = [0; DATAGRAM_BYTES_MAX];
        for _ in 0..DATAGRAMS_AT_ONCE {
            let Some((length, from)) = self.sockets.try_recv(&mut datagram) else { return };
            self.session.handle(now, from, &mut datagram[..length]);
        }
    }

    /// Calls the profile's servers anew.
    async fn connect(&mut self) -> Result<(), ProfileError> {
        (self.is_to_connect, self.resolve_at) = (false, None);
        let now = self.now();
        self.session.close(now);
        self.transmit().await;
        let (mut places, mut addresses) = (Vec::new(), Vec::new());
        for server in self.profile.servers()? {
            match resolve(&server.address).await {
                Ok(address) => {
                    let (key, mode, mtu) = (server.key, server.mode, server.mtu);
                    places.push(Place { address, key, mode, mtu });
                    addresses.push(server.address);
                }
                Err(why) => {
                    self.tell(Event::Trouble(format!("cannot find {}: {why}", server.address)));
                    self.resolve_at = Some(Instant::now() + durations::ASK_AGAIN_AFTER);
                }
            }
        }
        if places.is_empty() {
            self.status.send_replace(Status::NoServer);
        }
        self.addresses = addresses;
        self.forget_session();
        self.session = new_session(&self.profile, now, places)?;
        Ok(())
    }

    /// The number is attached: what could not be resolved is not needed.
    pub(super) fn stop_resolving(&mut self) {
        self.resolve_at = None;
    }

    async fn transmit(&mut self) {
        let mut datagram = Vec::new();
        while let Some(to) = self.session.poll_transmit(self.now(), &mut datagram) {
            // One that cannot leave is one that was lost.
            let _ = match (to, &self.sockets.v6) {
                (SocketAddr::V6(_), Some(v6)) => v6.send_to(&datagram, to).await,
                _ => self.sockets.v4.send_to(&datagram, to).await,
            };
        }
    }

    async fn close(&mut self) {
        self.session.close(self.now());
        self.transmit().await;
    }

    fn deadline(&self) -> Instant {
        let due = self.session.deadline();
        let due = due.map(|due| self.began + Duration::from_micros(due.as_micros()));
        let due = due.into_iter().chain(self.resolve_at).min();
        due.unwrap_or_else(|| Instant::now() + NOTHING_DUE)
    }

    pub(super) fn now(&self) -> Time {
        let since = self.began.elapsed().as_micros();
        Time::from_micros(u64::try_from(since).unwrap_or(u64::MAX))
    }

    pub(super) fn tell(&self, event: Event) {
        let _ = self.events.send(event);
    }

    /// The status says it with the name, if it is the server that the number is attached to.
    pub(super) fn name_server(&self, named: &crate::ServerName) {
        self.status.send_if_modified(|status| match status {
            Status::Attached { server, .. } if server.id == named.id => {
                server.clone_from(named);
                true
            }
            _ => false,
        });
    }

    pub(super) fn set_status(&self, status: Status) {
        self.status.send_replace(status);
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

fn new_session(profile: &Profile, now: Time, places: Vec<Place>) -> Result<Session, ProfileError> {
    let mut seed = zeroize::Zeroizing::new([0; 32]);
    getrandom::fill(&mut *seed).map_err(crate::KeysError::Random)?;
    Ok(Session::new(now, profile.keys().clone(), places, &seed))
}
