//! A browser's link: a WebSocket to the server's page (docs/protocol/web.md).

use super::device::own_address;
use super::person::{Attends, Home, Person};
use anyhow::{Context, bail};
use postrider_link::PublicKey;
use postrider_proto::Number;
use socket2::{Domain, Socket, Type};
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};
use tungstenite::client::IntoClientRequest;
use tungstenite::protocol::{WebSocket, WebSocketConfig};
use tungstenite::{Error, Message, client::client_with_config};

const UP: u8 = 0x01;
const ITEM: u8 = 0x02;
const TAKEN: u8 = 0x03;
const SAY: u8 = 0x81;
const CUSTODY: u8 = 0x82;
const PING: u8 = 0x83;

/// How long nothing is said before it asks whether the server is there.
const SILENCE: Duration = Duration::from_secs(45);

/// A page that is open.
pub(in crate::bench) struct Browser {
    socket: WebSocket<TcpStream>,
    pub(in crate::bench) person: Person,
    said_at: Instant,
}

impl Browser {
    /// Opens it at a server whose page is at the same port, by TCP.
    pub(in crate::bench) fn dial(number: Number, home: Home) -> anyhow::Result<Browser> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None);
        let socket = socket.context("no more sockets: see ulimit -n")?;
        socket.bind(&SocketAddr::from((own_address(number), 0)).into())?;
        socket.connect(&home.address.into())?;
        let stream = TcpStream::from(socket);
        stream.set_nodelay(true)?;
        let mut request = format!("ws://{}/v1/link", home.address).into_client_request()?;
        let protocol = "postrider.v1".parse()?;
        request.headers_mut().insert("Sec-WebSocket-Protocol", protocol);
        // Ten thousand of them are not to have more memory than what is measured.
        let config = WebSocketConfig::default().read_buffer_size(2_048).write_buffer_size(0);
        let opened = client_with_config(request, stream, Some(config));
        let (socket, _) = opened.map_err(|error| anyhow::anyhow!("no WebSocket: {error}"))?;
        socket.get_ref().set_nonblocking(true)?;
        let person = Person::new(number, home)?;
        Ok(Browser { socket, person, said_at: Instant::now() })
    }

    fn say(&mut self, frame: Vec<u8>) -> anyhow::Result<()> {
        self.said_at = Instant::now();
        match self.socket.send(Message::Binary(frame.into())) {
            Ok(()) => Ok(()),
            Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn take(&mut self, frame: &[u8]) -> anyhow::Result<()> {
        match frame.split_first() {
            Some((&UP, keys)) => {
                let device: &[u8; 32] = keys.get(32..).context("an odd frame")?.try_into()?;
                let device = PublicKey::from_bytes(*device)?;
                let attach = self.person.attach(&device);
                self.send(&attach)
            }
            Some((&ITEM, rest)) => {
                let (handle, item) = rest.split_first_chunk::<4>().context("an odd frame")?;
                let answer = self.person.take(item)?;
                answer.into_iter().try_for_each(|answer| self.send(&answer))?;
                self.say([&[CUSTODY][..], handle].concat())
            }
            Some((&TAKEN, _)) => {
                self.person.kept += 1;
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

impl Attends for Browser {
    fn person(&self) -> &Person {
        &self.person
    }

    fn drive(&mut self) -> anyhow::Result<()> {
        loop {
            match self.socket.read() {
                Ok(Message::Binary(frame)) => self.take(&frame)?,
                Ok(Message::Close(_)) => bail!("the server has closed a page's link"),
                Ok(_) => {}
                Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error.into()),
            }
        }
        match self.said_at.elapsed() >= SILENCE {
            true => self.say(vec![PING]),
            false => Ok(()),
        }
    }

    fn send(&mut self, item: &[u8]) -> anyhow::Result<()> {
        let head = [SAY, 0, 0, 0, 1, 0];
        self.say([&head[..], item].concat())
    }
}
