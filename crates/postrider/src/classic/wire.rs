//! One request at a time over a connected socket: ask, wait, ask again.
//!
//! ```text
//!   ask ──► datagram ─ wait 1 s ─► datagram ─ wait 1 s ─► … six in all ──► NoAnswer
//!                        └──► the first answer that fits ──► what it says
//! ```
//!
//! What the answers mean is not known here: the one who asks brings a closure that
//! picks what fits, and everything else that arrives is ignored.

use postrider_proto::classic::{Answer, Request};
use std::fmt;
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

/// How long an answer is waited for before the request is repeated.
pub(crate) const PATIENCE: Duration = Duration::from_secs(1);

/// How often a request is repeated, beside the first time.
pub(crate) const REPEATS: u32 = 5;

/// Datagrams thrown away before a request, at the most: a flood must not keep the
/// client from asking.
const STALE_MAX: usize = 1_000;

/// The pause after an error of the socket, so that one which stays does not turn
/// the wait into a busy loop.
const TROUBLE_PAUSE: Duration = Duration::from_millis(10);

/// The largest datagram of UDP: one that was cut off might look like a legal one.
const RECEIVED_BYTES_MAX: usize = 65_535;

/// No answer came to a request and its repeats. Whether the server has them is not
/// known, except where none was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NoAnswer {
    /// The server that was asked.
    pub(crate) server: SocketAddr,
    /// How often it was asked; 0 where there was no way to it.
    pub(crate) asked: u32,
    /// The last error that the socket reported meanwhile.
    pub(crate) trouble: Option<ErrorKind>,
}

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.asked {
            0 => write!(f, "the server {} cannot be reached", self.server)?,
            asked => write!(f, "the server {} does not answer, asked {asked} times", self.server)?,
        }
        self.trouble.map_or(Ok(()), |trouble| write!(f, " ({trouble})"))
    }
}

impl std::error::Error for NoAnswer {}

/// A socket that speaks with one server.
#[derive(Debug)]
pub(super) struct Wire {
    socket: UdpSocket,
    server: SocketAddr,
    pub(super) patience: Duration,
    datagram: Vec<u8>,
    received: Vec<u8>,
    trouble: Option<ErrorKind>,
}

impl Wire {
    /// Binds a socket; nothing is sent.
    pub(super) fn open(server: SocketAddr, patience: Duration) -> Result<Wire, NoAnswer> {
        let socket = connected(server).map_err(|error| NoAnswer {
            server,
            asked: 0,
            trouble: Some(error.kind()),
        })?;
        let received = vec![0; RECEIVED_BYTES_MAX];
        Ok(Wire { socket, server, patience, datagram: Vec::new(), received, trouble: None })
    }

    /// Throws away what has arrived: answers to requests that are settled.
    pub(super) fn drain(&mut self) {
        if self.socket.set_nonblocking(true).is_ok() {
            for _ in 0..STALE_MAX {
                match self.socket.recv(&mut self.received) {
                    Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                    Ok(_) | Err(_) => {}
                }
            }
        }
        self.socket.set_nonblocking(false).unwrap_or_else(|error| self.note(&error));
    }

    /// Sends a request that is not answered.
    pub(super) fn tell(&mut self, request: &Request<'_>) {
        self.datagram.clear();
        request.print(&mut self.datagram);
        // An error that the datagram before has caused is reported by the next
        // send, in place of sending.
        let sent = self.socket.send(&self.datagram).or_else(|_| self.socket.send(&self.datagram));
        if let Err(error) = sent {
            self.note(&error);
        }
    }

    /// Sends a request, again whenever patience ends, until `fits` finds what it
    /// looks for. It gets each answer, and how often the request has been sent.
    pub(super) fn ask<T>(
        &mut self,
        request: &Request<'_>,
        mut fits: impl FnMut(Answer<'_>, u32) -> Option<T>,
    ) -> Result<T, NoAnswer> {
        self.trouble = None;
        for asked in 1..=1 + REPEATS {
            self.tell(request);
            if let Some(found) = self.wait(|answer| fits(answer, asked)) {
                return Ok(found);
            }
        }
        Err(NoAnswer { server: self.server, asked: 1 + REPEATS, trouble: self.trouble })
    }

    /// Listens until an answer fits or patience ends. A refusal by the server's
    /// machine does not shorten it: the server may just be starting.
    fn wait<T>(&mut self, mut fits: impl FnMut(Answer<'_>) -> Option<T>) -> Option<T> {
        let deadline = Instant::now() + self.patience;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            match self.hear(left) {
                Ok(datagram) => {
                    let found = Answer::parse(datagram).ok().and_then(&mut fits);
                    if found.is_some() {
                        return found;
                    }
                }
                Err(error) if is_silence(&error) => {}
                Err(error) => {
                    self.note(&error);
                    std::thread::sleep(TROUBLE_PAUSE.min(left));
                }
            }
        }
    }

    fn hear(&mut self, left: Duration) -> io::Result<&[u8]> {
        self.socket.set_read_timeout(Some(left))?;
        let length = self.socket.recv(&mut self.received)?;
        Ok(&self.received[..length])
    }

    fn note(&mut self, error: &io::Error) {
        self.trouble = Some(error.kind());
    }
}

fn connected(server: SocketAddr) -> io::Result<UdpSocket> {
    let socket = match server {
        SocketAddr::V4(_) => UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)),
        SocketAddr::V6(_) => UdpSocket::bind((Ipv6Addr::UNSPECIFIED, 0)),
    }?;
    socket.connect(server)?;
    Ok(socket)
}

fn is_silence(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}

#[cfg(test)]
mod tests {
    use super::super::peer::{BRISK, CALM, HASTE, Peer, me, refusing_address};
    use super::*;

    fn get_nothing(wire: &mut Wire) -> Result<u32, NoAnswer> {
        wire.ask(&Request::Get { client: me() }, |answer, asked| {
            (answer == Answer::Nothing { client: me() }).then_some(asked)
        })
    }

    #[test]
    fn a_silent_server_is_asked_six_times_and_no_more() {
        let peer = Peer::start(|_, _| vec![]);
        let mut wire = Wire::open(peer.address(), HASTE).unwrap();
        let no_answer = get_nothing(&mut wire).unwrap_err();
        assert_eq!(no_answer, NoAnswer { server: peer.address(), asked: 6, trouble: None });
        assert_eq!(peer.stop(), vec!["get/0/5550000001//"; 6]);
    }

    #[test]
    fn a_lost_datagram_costs_a_repeat_and_nothing_else() {
        let peer = Peer::start(|_, heard| match heard {
            1 | 2 => vec![],
            _ => vec!["send/0//5550000001/".into()],
        });
        let mut wire = Wire::open(peer.address(), BRISK).unwrap();
        assert!(get_nothing(&mut wire).unwrap() >= 3);
    }

    #[test]
    fn a_refusal_by_the_servers_machine_is_waited_out_like_silence() {
        let mut wire = Wire::open(refusing_address(), HASTE).unwrap();
        let began = Instant::now();
        let no_answer = get_nothing(&mut wire).unwrap_err();
        assert!(began.elapsed() >= HASTE * 6);
        assert!(no_answer.to_string().contains("does not answer, asked 6 times"), "{no_answer}");
    }

    #[test]
    fn a_refused_datagram_does_not_swallow_the_next_one() {
        let address = refusing_address();
        let mut wire = Wire::open(address, HASTE).unwrap();
        wire.tell(&Request::Get { client: me() });
        wire.hear(CALM).expect_err("the refusal arrives");
        wire.tell(&Request::Get { client: me() });
        // The second refusal is still unread when the server starts.
        let peer = Peer::start_at(address, |_, _| vec!["send/0//5550000001/".into()]);
        wire.patience = CALM;
        assert_eq!(get_nothing(&mut wire), Ok(1));
        drop(peer);
    }

    #[test]
    fn garbage_and_answers_for_others_do_not_end_the_wait() {
        let peer = Peer::start(|_, _| {
            let garbage = ["", "hello", "send/0//5550000002/", "ack/0/5550000001//"];
            let mut replies = garbage.map(String::from).to_vec();
            replies.push(format!("send/0//5550000001/{}", "x".repeat(300)));
            replies.push("send/0//5550000001/".into());
            replies
        });
        let mut wire = Wire::open(peer.address(), CALM).unwrap();
        assert_eq!(get_nothing(&mut wire), Ok(1));
    }

    #[test]
    fn a_chatty_stranger_does_not_stretch_the_wait() {
        let peer = Peer::start(|_, _| vec!["ack/0/5550000002//".into(); 100]);
        let mut wire = Wire::open(peer.address(), HASTE).unwrap();
        assert_eq!(get_nothing(&mut wire).unwrap_err().asked, 6);
    }

    #[test]
    fn what_arrived_before_a_request_is_thrown_away() {
        let peer = Peer::start(|_, heard| match heard {
            1 => vec!["send/0//5550000001/".into(), "send/0//5550000001/".into()],
            _ => vec!["ack/0/5550000001//".into()],
        });
        let mut wire = Wire::open(peer.address(), CALM).unwrap();
        get_nothing(&mut wire).unwrap();
        wire.socket.peek(&mut [0]).expect("the copy has arrived");
        wire.drain();
        wire.patience = HASTE;
        get_nothing(&mut wire).expect_err("the copy is gone");
    }

    #[test]
    fn a_server_without_a_way_to_it_is_told_from_a_silent_one() {
        let nowhere = NoAnswer {
            server: "10.0.0.5:10410".parse().unwrap(),
            asked: 0,
            trouble: Some(ErrorKind::NetworkUnreachable),
        };
        let said = "the server 10.0.0.5:10410 cannot be reached (network unreachable)";
        assert_eq!(nowhere.to_string(), said);
    }
}
