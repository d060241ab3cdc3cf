//! What may be asked of a profile, whoever has it open.

use super::door::Caller;
use super::{explain, network, stage_of, wait_for};
use anyhow::Context;
use postrider_client::{
    Client, Draft, Entry, EntryId, Event, Profile, ProfileError, Server, Stamp, Standing, Way,
};
use postrider_link::{Mode, PublicKey};
use postrider_proto::Number;
use postrider_proto::native::{Lifetime, OwnerKey, Precedence};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// What is asked.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Request {
    /// Something is to be changed, without the network.
    Change(Change),
    /// A text is to be sent; each thing that becomes of it is told.
    Send(Outgoing),
    /// Which servers the profile has.
    Servers,
}

/// A text to be sent.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Outgoing {
    pub(crate) to: String,
    pub(crate) text: String,
    pub(crate) precedence: u8,
    pub(crate) lifetime_s: u64,
    pub(crate) seal: bool,
}

/// What is changed in a profile.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Change {
    Name { number: String, name: Option<String> },
    Key { number: String, key: [u8; 32] },
    Standing { number: String, is_blocked: bool },
    Read { number: String, up_to: i64 },
    Servers(Vec<Place>),
}

/// A server, as it is written to the door.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    address: String,
    key: Option<[u8; 32]>,
    is_clear: bool,
    mtu: u16,
}

impl From<&Server> for Place {
    fn from(server: &Server) -> Place {
        Place {
            address: server.address.clone(),
            key: server.key.map(|key| *key.as_bytes()),
            is_clear: server.mode == Mode::Clear,
            mtu: server.mtu,
        }
    }
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Reply {
    /// It is done, and on disk.
    Done,
    /// It is not.
    Failed(String),
    /// How far the text is; `id` is its place in the history.
    Text { id: i64, stage: Stage },
    /// Something has come from whom the text is to.
    Heard,
    /// How the network is.
    Network(String),
    /// A server does not let the number in.
    Refused(String),
    /// The servers, the preferred one first.
    Servers(Vec<Place>),
}

/// How far a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Stage {
    /// On this device's disk.
    Kept,
    /// A server has it.
    Accepted,
    /// Its reader has it, or nothing more will be known.
    Delivered,
    /// It was refused, or has expired.
    Failed,
}

/// A question that was asked. What it began goes on as long as this lives.
pub(crate) struct Asked {
    replies: Receiver<Reply>,
    client: Option<Client>,
}

/// Asks the profile in a folder, or the program that has it open.
pub(crate) fn ask(folder: &Path, request: Request) -> anyhow::Result<Asked> {
    let (told, replies) = channel();
    match Profile::open(folder) {
        Ok(mut profile) => {
            if let Request::Change(change) = request {
                change.carry_out(&mut profile)?;
                let _ = told.send(Reply::Done);
                return Ok(Asked { replies, client: None });
            }
            if let Request::Servers = request {
                let servers = profile.servers()?.iter().map(Place::from).collect();
                let _ = told.send(Reply::Servers(servers));
                return Ok(Asked { replies, client: None });
            }
            let client = Client::start(profile)?;
            let asked = client.clone();
            std::thread::spawn(move || {
                carry_out(&asked, request, &mut |reply| told.send(reply).is_ok());
            });
            Ok(Asked { replies, client: Some(client) })
        }
        Err(in_use @ ProfileError::InUse { .. }) => {
            let Ok(caller) = Caller::at(folder, &request) else { return Err(explain(in_use)) };
            std::thread::spawn(move || caller.read(&mut |reply| told.send(reply).is_ok()));
            Ok(Asked { replies, client: None })
        }
        Err(other) => Err(explain(other)),
    }
}

impl Asked {
    /// The next answer; none after the deadline, or if nobody answers any more.
    pub(crate) fn next(&self, deadline: Instant) -> Option<Reply> {
        let left = deadline.saturating_duration_since(Instant::now());
        self.replies.recv_timeout(left).ok()
    }

    /// Ends what it began, in order.
    pub(crate) fn end(self) -> anyhow::Result<()> {
        match self.client {
            Some(client) => wait_for(client.stop())?.map(drop).map_err(Into::into),
            None => Ok(()),
        }
    }
}

impl Change {
    pub(crate) fn carry_out(self, profile: &mut Profile) -> anyhow::Result<()> {
        let number = |number: String| number.parse::<Number>().context("a number");
        match self {
            Change::Name { number: of, name } => {
                profile.set_name(number(of)?, name.as_deref())?;
            }
            Change::Key { number: of, key } => {
                profile.accept_key(number(of)?, OwnerKey(key), Stamp::now())?;
            }
            Change::Standing { number: of, is_blocked } => {
                let standing = if is_blocked { Standing::Blocked } else { Standing::Accepted };
                profile.set_standing(number(of)?, standing)?;
            }
            Change::Read { number: with, up_to } => {
                profile.mark_read(number(with)?, EntryId(up_to), true, Stamp::now())?;
            }
            Change::Servers(places) => {
                let servers: Vec<Server> = places.into_iter().map(Place::read).collect();
                profile.set_servers(&servers)?;
            }
        }
        Ok(())
    }
}

impl Place {
    pub(crate) fn read(self) -> Server {
        Server {
            address: self.address,
            key: self.key.and_then(|key| PublicKey::from_bytes(key).ok()),
            mode: if self.is_clear { Mode::Clear } else { Mode::Sealed },
            mtu: self.mtu,
        }
    }
}

/// Does what is asked, and tells what comes of it until `tell` says no.
pub(super) fn carry_out(client: &Client, request: Request, tell: &mut dyn FnMut(Reply) -> bool) {
    let done = match request {
        Request::Change(change) => alter(client, change, tell),
        Request::Send(outgoing) => send(client, outgoing, tell),
        Request::Servers => servers(client, tell),
    };
    if let Err(why) = done {
        tell(Reply::Failed(format!("{why:#}")));
    }
}

fn alter(
    client: &Client,
    change: Change,
    tell: &mut dyn FnMut(Reply) -> bool,
) -> anyhow::Result<()> {
    let is_about_servers = matches!(change, Change::Servers(_));
    wait_for(client.with_profile(move |profile| change.carry_out(profile)))???;
    if is_about_servers {
        wait_for(client.reconnect())??;
    }
    tell(Reply::Done);
    Ok(())
}

fn send(
    client: &Client,
    outgoing: Outgoing,
    tell: &mut dyn FnMut(Reply) -> bool,
) -> anyhow::Result<()> {
    let mut events = client.events();
    let from = |entry: &Entry| matches!(entry.way, Way::Received { .. }).then_some(entry.with);
    let sent = wait_for(client.send(outgoing.draft()?))??;
    let mut goes_on = tell(Reply::Network(network(&client.status()))) && tell(told(&sent));
    while goes_on {
        goes_on = match events.blocking_next() {
            Some(Event::Changed(entry)) if entry.id == sent.id => tell(told(&entry)),
            Some(Event::Received(entry) | Event::Changed(entry))
                if from(&entry) == Some(sent.with) =>
            {
                tell(Reply::Heard)
            }
            Some(Event::Missed) => match client.history()?.entry(sent.id)? {
                Some(entry) => tell(told(&entry)) && tell(Reply::Heard),
                None => true,
            },
            Some(event) => tell_network(client, &event, tell),
            None => false,
        };
    }
    Ok(())
}

fn tell_network(client: &Client, event: &Event, tell: &mut dyn FnMut(Reply) -> bool) -> bool {
    match event {
        Event::Connecting { .. } | Event::Attached { .. } | Event::Detached { .. } => {
            tell(Reply::Network(network(&client.status())))
        }
        Event::Refused { why, .. } => tell(Reply::Refused(why.to_string())),
        Event::ServerKeyChanged { .. } => {
            super::what_happened(event).is_none_or(|what| tell(Reply::Network(what)))
        }
        Event::Ended(why) => {
            let why = why.clone().unwrap_or_else(|| "the client has ended".to_owned());
            tell(Reply::Failed(why));
            false
        }
        _ => true,
    }
}

fn told(entry: &Entry) -> Reply {
    let stage = match &entry.way {
        Way::Sent(state) => stage_of(state),
        Way::Received { .. } => Stage::Kept,
    };
    Reply::Text { id: entry.id.0, stage }
}

impl From<Draft> for Outgoing {
    fn from(draft: Draft) -> Outgoing {
        Outgoing {
            to: draft.to.to_string(),
            text: draft.text,
            precedence: draft.precedence.code(),
            lifetime_s: draft.lifetime.duration().as_secs(),
            seal: draft.seal,
        }
    }
}

impl Outgoing {
    fn draft(self) -> anyhow::Result<Draft> {
        let to = self.to.parse().context("a number")?;
        let precedence = Precedence::ALL.get(usize::from(self.precedence)).copied();
        Ok(Draft {
            precedence: precedence.unwrap_or_default(),
            lifetime: Lifetime::at_least(Duration::from_secs(self.lifetime_s)),
            seal: self.seal,
            ..Draft::new(to, self.text)
        })
    }
}

fn servers(client: &Client, tell: &mut dyn FnMut(Reply) -> bool) -> anyhow::Result<()> {
    let servers = wait_for(client.look(|profile| profile.servers()))???;
    tell(Reply::Servers(servers.iter().map(Place::from).collect()));
    Ok(())
}
