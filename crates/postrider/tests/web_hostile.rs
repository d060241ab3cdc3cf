//! Who means no good, on the port of the page and the API.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod support;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;
use support::{Asks, Mesh, PATIENCE, Running, raw};
use tungstenite::client::IntoClientRequest;
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::{Error, Message, WebSocket, client};

/// More than one host is let have at once from elsewhere.
const CROWD: usize = 1_100;

fn serve(mesh: &Mesh) -> (Running, SocketAddr) {
    let server = Running::start(mesh.command(1).args(["--web", "127.0.0.1:0"]));
    let web = Asks::web_of(&server);
    (server, web)
}

fn opens(web: SocketAddr, heads: &[(&'static str, &str)]) -> Result<WebSocket<TcpStream>, u16> {
    let stream = TcpStream::connect(web).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut request = format!("ws://{web}/v1/link").into_client_request().unwrap();
    for (name, value) in heads {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    match client(request, stream) {
        Ok((socket, _)) => Ok(socket),
        Err(tungstenite::HandshakeError::Failure(Error::Http(answer))) => {
            Err(answer.status().as_u16())
        }
        Err(error) => panic!("{error}"),
    }
}

/// With which code a WebSocket is closed after this.
fn closes(web: SocketAddr, said: Message) -> CloseCode {
    let mut socket = opens(web, &[]).unwrap();
    socket.send(said).unwrap();
    loop {
        match socket.read() {
            Ok(Message::Close(Some(frame))) => return frame.code,
            Ok(_) => {}
            Err(error) => panic!("it was cut off without a word: {error}"),
        }
    }
}

fn page_is_there(web: SocketAddr) {
    assert_eq!(raw(web, "GET", "/", &[], "").status, 200);
}

#[test]
fn a_crowd_that_says_nothing_whole_keeps_nobody_out() {
    let mesh = Mesh::apart(1);
    let (server, web) = serve(&mesh);
    let slow: Vec<TcpStream> = (0..CROWD)
        .map_while(|at| {
            let mut stream = TcpStream::connect(web).ok()?;
            let begun: &[u8] = if at % 2 == 0 { b"G" } else { b"GET / HTTP/1.1\r\nHost: a" };
            stream.write_all(begun).ok()?;
            Some(stream)
        })
        .collect();
    assert_eq!(slow.len(), CROWD);
    page_is_there(web);
    let mut text = opens(web, &[]).unwrap();
    assert!(matches!(text.read(), Ok(Message::Binary(_))), "a link comes up beside them");
    drop(slow);
    page_is_there(web);
    server.drain().well();
}

#[test]
fn who_asks_and_does_not_read_keeps_nobody_out() {
    let mesh = Mesh::apart(1);
    let (server, web) = serve(&mesh);
    let greedy: Vec<TcpStream> = (0..64)
        .map(|_| {
            let mut stream = TcpStream::connect(web).unwrap();
            stream.set_write_timeout(Some(Duration::from_millis(200))).unwrap();
            let request = format!("GET /vendor/none HTTP/1.1\r\nHost: {web}\r\n\r\n");
            // Until neither side's buffers take more.
            for _ in 0..2_000 {
                if stream.write_all(request.as_bytes()).is_err() {
                    break;
                }
            }
            stream
        })
        .collect();
    page_is_there(web);
    drop(greedy);
    server.drain().well();
}

#[test]
fn other_sites_open_no_link_and_other_names_get_no_page() {
    let mesh = Mesh::apart(1);
    let (_server, web) = serve(&mesh);
    let own = format!("http://{web}");
    assert!(opens(web, &[("origin", &own)]).is_ok());
    for heads in [
        [("origin", "http://evil.example"), ("sec-fetch-mode", "websocket")],
        [("origin", own.as_str()), ("sec-fetch-site", "cross-site")],
        [("origin", "null"), ("sec-fetch-site", "same-site")],
    ] {
        assert_eq!(opens(web, &heads).err(), Some(403), "{heads:?}");
    }
    let host = [("host", "evil.example")];
    assert_eq!(opens(web, &host).err(), Some(421));
}

#[test]
fn what_is_no_frame_of_ours_ends_its_own_link_and_says_so() {
    let mesh = Mesh::apart(1);
    let (server, web) = serve(&mesh);
    let binary = |bytes: &[u8]| Message::Binary(bytes.to_vec().into());
    for said in [binary(&[]), binary(&[0x81, 0, 0]), binary(&[0x07]), Message::text("hello")] {
        assert_eq!(closes(web, said.clone()), CloseCode::Policy, "{said:?}");
    }
    let too_long = binary(&[0x81; 1_100]);
    let mut socket = opens(web, &[]).unwrap();
    socket.send(too_long).unwrap();
    let mut rest = Vec::new();
    // Cut off, with the code for what is too long where that still reaches anybody.
    let _ = socket.get_mut().read_to_end(&mut rest);
    page_is_there(web);
    assert!(matches!(opens(web, &[]).unwrap().read(), Ok(Message::Binary(_))));
    server.drain().well();
}

#[test]
fn heads_and_bodies_without_an_end_are_refused_with_the_reason() {
    let mesh = Mesh::apart(1);
    let (_server, web) = serve(&mesh);
    let head = format!("X-Long: {}", "a".repeat(16_384));
    assert_eq!(raw(web, "GET", "/", &[&head], "").status, 431);
    let asks = Asks::with_new_key(&mesh, 1, web, &["--application", "a", "--number", "5550000001"]);
    let kind = ["Content-Type: application/json"];
    let long = format!("\"{}\"", "a".repeat(1 << 20));
    assert!(asks.ask("POST", "/v1/texts", &kind, &long).badly(413).contains("bytes"));
    let odd = asks.ask("POST", "/v1/texts", &kind, "{\"to\":").badly(422);
    assert!(odd.contains("nothing was done"), "{odd}");
    page_is_there(web);
}
