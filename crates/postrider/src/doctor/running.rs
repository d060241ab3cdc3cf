//! The server that runs, and its peers.

use super::finding::Finding;
use postrider_server::control::{
    Ask, AskError, Health, PeerAnswer, PeersAnswer, StatusAnswer, ask,
};
use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::net::{SocketAddr, UdpSocket};
use std::path::Path;
use std::time::Duration;

const SERVER: &str = "running server";
const PEER: &str = "peer";

/// Peers of which it is found out why they do not answer.
const PEERS_MAX: usize = 32;

/// How long a machine may take to say that nobody listens there.
const PROBE: Duration = Duration::from_millis(300);

/// What the server that has this folder open says of itself, and what is to be said of that.
pub(super) fn server(data: &Path) -> (Option<StatusAnswer>, Vec<Finding>) {
    match ask::<StatusAnswer>(data, &Ask::Status) {
        Ok(status) => {
            let found = of_running(&status);
            (Some(status), found)
        }
        Err(error) => (None, vec![of_silent(data, &error)]),
    }
}

fn of_running(status: &StatusAnswer) -> Vec<Finding> {
    let (theirs, ours) = (status.version.as_str(), env!("CARGO_PKG_VERSION"));
    let mut found = vec![match theirs == ours {
        true => Finding::fine(SERVER, format!("{:?} answers, at {}", status.name, status.address)),
        false => {
            let says = format!("it is of version {theirs}, and this program of {ours}");
            Finding::hint(SERVER, says, "restart the server, so that it is the one installed")
        }
    }];
    let health = Health::of(status);
    found.extend(health.unready.into_iter().map(|why| Finding::fault(SERVER, why)));
    let see = "see the peers below";
    found.extend(health.notes.into_iter().map(|note| Finding::hint(SERVER, note, see)));
    found
}

fn of_silent(data: &Path, error: &AskError) -> Finding {
    let is_held = is_held(data);
    match error {
        AskError::Nobody { why, .. } if why.kind() == ErrorKind::PermissionDenied => {
            let advice = "run this as the server's user, or as root";
            Finding::hint(SERVER, format!("it cannot be asked: {why}"), advice)
        }
        AskError::Nobody { .. } if is_held => {
            Finding::fault(SERVER, "a process has the data folder open, and does not answer")
                .but("see its log; it may be starting, or checking")
        }
        AskError::Nobody { why, .. } if why.kind() == ErrorKind::ConnectionRefused => {
            let says = "none runs; a killed one has left its control socket";
            Finding::hint(SERVER, says, "nothing: the next start replaces it, and nothing is lost")
        }
        AskError::Nobody { .. } => Finding::fine(SERVER, "none runs with this data folder"),
        AskError::Answer(_) => Finding::fault(SERVER, error.to_string())
            .but("restart the server, so that it is the one installed"),
        AskError::Broken(_) => Finding::fault(SERVER, error.to_string())
            .but("it hangs, or its disk does; see its log and the system's"),
        AskError::Refused(_) => Finding::fault(SERVER, error.to_string()),
    }
}

/// Whether a process has the folder open as a store.
fn is_held(data: &Path) -> bool {
    let tried = File::open(data).map(|folder| folder.try_lock());
    matches!(tried, Ok(Err(TryLockError::WouldBlock)))
}

/// Those of the settings that are not connected, and why.
pub(super) fn peers(data: &Path, own_key: Option<&str>) -> Vec<Finding> {
    let answer = match ask::<PeersAnswer>(data, &Ask::Peers) {
        Ok(answer) => answer,
        Err(error) => return vec![Finding::fault(PEER, error.to_string())],
    };
    let all: Vec<&PeerAnswer> = answer.peers.iter().filter(|peer| peer.configured).collect();
    let is_up = |peer: &&&PeerAnswer| peer.state == "up";
    let silent = all.iter().filter(|peer| !is_up(peer)).take(PEERS_MAX);
    let mut found: Vec<Finding> = silent.map(|peer| of_peer(peer, own_key)).collect();
    let up = all.iter().filter(is_up).count();
    found.push(Finding::fine(PEER, format!("{up} of {} in the settings are connected", all.len())));
    found
}

fn of_peer(peer: &PeerAnswer, own_key: Option<&str>) -> Finding {
    let name = peer.name.as_ref().or(peer.address.as_ref()).or(peer.key.as_ref());
    let name = name.map(String::as_str).unwrap_or("without a name");
    let says = format!("{name} is {}", peer.state);
    let Some(why) = peer.state.strip_prefix("refused") else {
        let advice = unanswered(peer.address.as_deref());
        return Finding::hint(PEER, says, advice);
    };
    let own_key = own_key.unwrap_or("this server's key");
    Finding::fault(PEER, says).but(match why {
        why if why.contains("another key") => {
            "ask its operator which key is right; if it has a new one, name that as `key`, and if \
             none was named, remove its line from `known-peers` in the data folder"
                .to_owned()
        }
        why if why.contains("by the other end") => {
            format!("its operator has to name this server's key there: {own_key}")
        }
        why if why.contains("clear") => {
            "say `clear = true` for this peer at both ends, or at neither".to_owned()
        }
        why if why.contains("this server") => {
            "leave it out of the peers; a copied data folder needs a key of its own".to_owned()
        }
        _ => "docs/trunks.md says what each word means".to_owned(),
    })
}

/// Why nothing comes from there, as far as a datagram tells.
fn unanswered(address: Option<&str>) -> String {
    let Some(address) = address.and_then(|address| address.parse::<SocketAddr>().ok()) else {
        return "it has no address here, so it has to come by itself, or be on the local network \
                with `discover`"
            .to_owned();
    };
    match probe(address) {
        Some(ErrorKind::ConnectionRefused) => {
            format!(
                "its machine answers, and nobody listens at UDP {address}: start the server there"
            )
        }
        Some(kind) => {
            format!("no way to {address}: {kind}; see this machine's routes and firewall")
        }
        None => format!(
            "nothing comes from UDP {address}: is it running, is the address right, and do \
             firewalls on the way let UDP through in both directions?"
        ),
    }
}

/// What the network says to a datagram that means nothing; none where it says nothing.
fn probe(address: SocketAddr) -> Option<ErrorKind> {
    let any: SocketAddr = match address {
        SocketAddr::V4(_) => ([0, 0, 0, 0], 0).into(),
        SocketAddr::V6(_) => ([0u16; 8], 0).into(),
    };
    let tried = UdpSocket::bind(any).and_then(|socket| {
        socket.set_read_timeout(Some(PROBE))?;
        socket.connect(address)?;
        socket.send(&[0])?;
        socket.recv(&mut [0; 1]).map(drop)
    });
    let kind = tried.err()?.kind();
    (!matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut)).then_some(kind)
}
