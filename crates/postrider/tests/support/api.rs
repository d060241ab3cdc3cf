//! A program that asks a server over HTTP, and one that is told by it.

use super::{Mesh, PATIENCE, Running, eventually, postrider};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

/// Who asks: the server's place, and a key.
#[derive(Clone, Debug)]
pub(crate) struct Asks {
    pub(crate) web: SocketAddr,
    pub(crate) key: String,
}

/// What is answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    /// `null` where there is no JSON.
    pub(crate) body: Value,
}

impl Answer {
    /// The body, of what was done.
    pub(crate) fn well(self) -> Value {
        assert!((200..300).contains(&self.status), "{self:?}");
        self.body
    }

    /// What is said to be wrong, under this status.
    pub(crate) fn badly(self, status: u16) -> String {
        assert_eq!(self.status, status, "{self:?}");
        assert!(self.head.contains("content-type: application/problem+json"), "{self:?}");
        self.body["detail"].as_str().unwrap().to_owned()
    }
}

impl Asks {
    /// Where the page of a server that was started with `--web 127.0.0.1:0` is.
    pub(crate) fn web_of(server: &Running) -> SocketAddr {
        server.said(|out| {
            let (_, rest) = out.split_once("its page is at http://")?;
            rest.split_once('\n')?.0.parse().ok()
        })
    }

    /// Makes a key of a server of a mesh, with what follows `postrider keys add`.
    pub(crate) fn with_new_key(mesh: &Mesh, index: usize, web: SocketAddr, words: &[&str]) -> Asks {
        let mut command = postrider("keys");
        command.args(["add", "--json"]).args(words).arg("--data").arg(mesh.data(index));
        let made: Value = serde_json::from_str(&Running::to_end(&mut command).well()).unwrap();
        Asks { web, key: made["key"].as_str().unwrap().to_owned() }
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[], "")
    }

    pub(crate) fn put(&self, method: &str, path: &str, body: &Value) -> Answer {
        let kind = ["Content-Type: application/json"];
        self.ask(method, path, &kind, &body.to_string())
    }

    /// Sends a text under a key of the program's.
    pub(crate) fn sends(&self, to: &str, text: &str, key: &str) -> Answer {
        let key = format!("Idempotency-Key: {key}");
        let heads = ["Content-Type: application/json", &key];
        let body = serde_json::json!({ "to": to, "text": text }).to_string();
        self.ask("POST", "/v1/texts", &heads, &body)
    }

    pub(crate) fn ask(&self, method: &str, path: &str, heads: &[&str], body: &str) -> Answer {
        let key = format!("Authorization: Bearer {}", self.key);
        let heads: Vec<&str> = heads.iter().copied().chain([key.as_str()]).collect();
        raw(self.web, method, path, &heads, body)
    }
}

/// A request as it is written.
pub(crate) fn raw(web: SocketAddr, method: &str, path: &str, heads: &[&str], body: &str) -> Answer {
    let mut stream = TcpStream::connect(web).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let has_host = heads.iter().any(|head| head.to_lowercase().starts_with("host:"));
    let mut request = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
    if !has_host {
        request += &format!("Host: {web}\r\n");
    }
    for head in heads {
        request += &format!("{head}\r\n");
    }
    request += &format!("Content-Length: {}\r\n\r\n{body}", body.len());
    // Who is refused early may not read all of it.
    let _ = stream.write_all(request.as_bytes());
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    Answer {
        status: status.unwrap_or_else(|| panic!("no answer to {method} {path}: {answer:?}")),
        head: head.to_lowercase(),
        body: serde_json::from_str(body).unwrap_or_default(),
    }
}

/// A program that is told what happens, and answers with a status of ours.
pub(crate) struct Hook {
    pub(crate) address: SocketAddr,
    calls: Receiver<(String, Value)>,
    answers: Sender<&'static str>,
}

impl Hook {
    pub(crate) fn listen() -> Hook {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (told, calls) = channel();
        let (answers, to_answer) = channel::<&'static str>();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let Some(call) = read_call(&stream) else { continue };
                if told.send(call).is_err() {
                    return;
                }
                let Ok(answer) = to_answer.recv() else { return };
                let _ = (&stream).write_all(answer.as_bytes());
            }
        });
        Hook { address, calls, answers }
    }

    /// Waits for a call: its `webhook-id`, and what it says; and answers it so.
    pub(crate) fn is_told(&self, status: &str) -> (String, Value) {
        let call = self.calls.recv_timeout(PATIENCE).expect("the hook is told");
        let location = "http://127.0.0.1:1/";
        let answer =
            format!("HTTP/1.1 {status}\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
        self.answers.send(answer.leak()).unwrap();
        call
    }

    /// Whether nothing more was told until now.
    pub(crate) fn is_told_nothing(&self) -> bool {
        self.calls.try_recv().is_err()
    }
}

fn read_call(stream: &TcpStream) -> Option<(String, Value)> {
    stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
    let mut reader = BufReader::new(stream);
    let (mut id, mut length, mut is_signed) = (String::new(), 0, false);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            if line.trim_end().is_empty() {
                break;
            }
            continue;
        };
        match name.to_ascii_lowercase().as_str() {
            "webhook-id" => value.clone_into(&mut id),
            "webhook-signature" => is_signed = value.starts_with("v1,"),
            "content-length" => length = value.parse().ok()?,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    is_signed.then(|| (id, serde_json::from_slice(&body).unwrap_or_default()))
}

/// Waits until a text of an application is in this state.
pub(crate) fn becomes(asks: &Asks, id: &Value, state: &str) {
    eventually(&format!("text {id} {state}"), || {
        (asks.get(&format!("/v1/texts/{id}")).well()["state"] == state).then_some(())
    });
}
