//! SMPP clients that others wrote: `smpplib` and `aiosmpplib` in Python, `smpp` in Node, Kannel.

// Where a test has to be skipped it says why.
#![allow(clippy::print_stdout)]

use super::{Mesh, PATIENCE, Python, Running, eventually, postrider};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

/// Where a server that was started with `--smpp 127.0.0.1:0` speaks SMPP.
pub(crate) fn smpp_of(server: &Running) -> SocketAddr {
    server.said(|out| {
        let (_, rest) = out.split_once("it speaks SMPP at ")?;
        rest.split_once('\n')?.0.parse().ok()
    })
}

/// Makes an account, and returns its password.
pub(crate) fn smpp_account(mesh: &Mesh, index: usize, name: &str, words: &[&str]) -> String {
    let mut command = postrider("smpp");
    command.args(["account", "add", name, "--json"]).args(words);
    command.arg("--data").arg(mesh.data(index));
    let made: Value = serde_json::from_str(&Running::to_end(&mut command).well()).unwrap();
    made["password"].as_str().unwrap().to_owned()
}

/// A client that is told what to do in lines, and says in lines what happens.
pub(crate) struct Lines {
    running: Running,
    /// Bytes of what it said that were looked at.
    heard: usize,
    /// What came while something else was waited for.
    pub(crate) came: Vec<Value>,
}

impl Lines {
    /// `smpplib`; none, and says so, where `./run test` has not installed it.
    pub(crate) fn smpplib(at: SocketAddr) -> Option<Lines> {
        Some(Lines::start(&mut Lines::python_command("smpplib", "client.py")?, at))
    }

    /// `aiosmpplib`; none, and says so, where `./run test` has not installed it.
    pub(crate) fn aiosmpplib(at: SocketAddr) -> Option<Lines> {
        Some(Lines::start(&mut Lines::python_command("aiosmpplib", "aio.py")?, at))
    }

    /// The same by TLS, of somebody who trusts this certificate.
    pub(crate) fn smpplib_by_tls(at: SocketAddr, certificate: &Path) -> Option<Lines> {
        let mut command = Lines::python_command("smpplib", "client.py")?;
        command.args([at.ip().to_string(), at.port().to_string()]).arg(certificate);
        Some(Lines { running: Running::start(&mut command), heard: 0, came: Vec::new() })
    }

    fn python_command(library: &str, client: &str) -> Option<Command> {
        let made = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/strangers/bin/python");
        let import = Command::new(&made).args(["-c", &format!("import {library}")]).output();
        if !import.is_ok_and(|done| done.status.success()) {
            println!("SKIPPED: no Python with `{library}`, which `./run test` installs");
            return None;
        }
        let mut command = Command::new(made);
        command.arg("-B").arg(folder().join(client));
        Some(command)
    }

    /// `smpp` of Node; none, and says so, where `./run test` has not installed it.
    pub(crate) fn node(at: SocketAddr) -> Option<Lines> {
        let has_node = Command::new("node").arg("--version").output().is_ok();
        if !has_node || !folder().join("node_modules/smpp").is_dir() {
            println!("SKIPPED: no Node with `smpp`, which `./run test` installs");
            return None;
        }
        let mut command = Command::new("node");
        command.arg(folder().join("client.js"));
        Some(Lines::start(&mut command, at))
    }

    fn start(command: &mut Command, at: SocketAddr) -> Lines {
        command.args([at.ip().to_string(), at.port().to_string()]);
        Lines { running: Running::start(command), heard: 0, came: Vec::new() }
    }

    /// Does something, and returns what came of it.
    pub(crate) fn does(&mut self, what: &str, mut with: Value) -> Value {
        with["do"] = what.into();
        self.running.type_in(&format!("{with}\n"));
        self.waits(|event| event["event"] == what)
    }

    pub(crate) fn binds(&mut self, mode: &str, system_id: &str, password: &str) -> u64 {
        let with = json!({ "mode": mode, "system_id": system_id, "password": password });
        self.does("bind", with)["status"].as_u64().unwrap()
    }

    /// Sends a text, and returns its names.
    pub(crate) fn sends(&mut self, with: Value) -> Vec<String> {
        let said = self.does("submit", with);
        assert_eq!(said["status"], 0, "{said}");
        let ids = said["ids"].as_array().unwrap();
        ids.iter().map(|id| id.as_str().unwrap().to_owned()).collect()
    }

    /// Waits for what is looked for among what was not asked for.
    pub(crate) fn hears(&mut self, looks: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.came.iter().position(&looks) {
            return self.came.remove(at);
        }
        self.waits(looks)
    }

    /// Waits for a receipt about a text.
    pub(crate) fn hears_receipt(&mut self, id: &str, state: &str) -> Value {
        let (id, state) = (format!("id:{id} "), format!("stat:{state} "));
        self.hears(|event| {
            let text = text_of(event);
            event["event"] == "deliver" && text.contains(&id) && text.contains(&state)
        })
    }

    fn waits(&mut self, looks: impl Fn(&Value) -> bool) -> Value {
        let (mut heard, mut came) = (self.heard, std::mem::take(&mut self.came));
        let found = self.running.said(|out| {
            while let Some((line, _)) = out[heard..].split_once('\n') {
                heard += line.len() + 1;
                let event: Value = serde_json::from_str(line).ok()?;
                if looks(&event) {
                    return Some(event);
                }
                came.push(event);
            }
            None
        });
        (self.heard, self.came) = (heard, came);
        found
    }
}

/// What a `deliver_sm` says, whichever client tells it.
pub(crate) fn text_of(event: &Value) -> String {
    if let Some(text) = event["text"].as_str() {
        return text.to_owned();
    }
    let hex = event["hex"].as_str().unwrap_or_default();
    let digits = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    let mut bytes: Vec<u8> = (0..hex.len()).step_by(2).map(digits).collect();
    if event["esm_class"].as_u64().is_some_and(|class| class & 0x40 != 0) {
        bytes.drain(..=usize::from(bytes[0]));
    }
    match event["data_coding"].as_u64() {
        Some(8) => {
            let units = bytes.chunks(2).map(|unit| u16::from_be_bytes([unit[0], unit[1]]));
            char::decode_utf16(units).map(Result::unwrap).collect()
        }
        _ => postrider_proto::gsm::read_unpacked(&bytes).map(Option::unwrap).collect(),
    }
}

fn folder() -> PathBuf {
    Python::folder().join("smpp")
}

/// Kannel: its bearerbox is the client, its smsbox where programs ask it to send.
pub(crate) struct Kannel {
    folder: TempDir,
    sendsms: u16,
    web: Arc<Mutex<Vec<String>>>,
    hook: SocketAddr,
    pub(crate) bearerbox: Option<Running>,
    pub(crate) smsbox: Option<Running>,
}

impl Kannel {
    /// Bound to a message centre; none, and says so, where it is not installed.
    pub(crate) fn bind(at: SocketAddr, system_id: &str, password: &str) -> Option<Kannel> {
        Kannel::bind_as(&["transceiver"], at, system_id, password)
    }

    /// The same, with a bind for each of these.
    pub(crate) fn bind_as(
        modes: &[&str],
        at: SocketAddr,
        system_id: &str,
        password: &str,
    ) -> Option<Kannel> {
        let found = ["/usr/sbin/bearerbox", "/usr/sbin/smsbox"];
        if !found.iter().all(|file| Path::new(file).exists()) {
            println!("SKIPPED: Kannel is not installed");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let [admin, smsbox, sendsms] = free_ports();
        let (hook, web) = listen();
        let port = at.port();
        // A group for each: one that has both ports is not liked any more.
        let binds: String = modes
            .iter()
            .map(|mode| {
                let port = match *mode {
                    "transmitter" => format!("port = {port}"),
                    "receiver" => format!("receive-port = {port}"),
                    _ => format!("port = {port}\ntransceiver-mode = true"),
                };
                format!(
                    "group = smsc\nsmsc = smpp\nsmsc-id = camp\nhost = 127.0.0.1\n{port}\n\
                     smsc-username = {system_id}\nsmsc-password = {password}\n\
                     system-type = kannel\nreconnect-delay = 1\nenquire-link-interval = 5\n\n"
                )
            })
            .collect();
        let config = format!(
            "group = core\nadmin-port = {admin}\nadmin-interface = 127.0.0.1\n\
             admin-password = x\nsmsbox-port = {smsbox}\nsmsbox-interface = 127.0.0.1\n\
             box-allow-ip = 127.0.0.1\nlog-level = 0\nsms-resend-freq = 1\n\n\
             {binds}\
             group = smsbox\nbearerbox-host = 127.0.0.1\nsendsms-port = {sendsms}\n\
             sendsms-interface = 127.0.0.1\n\n\
             group = sendsms-user\nusername = u\npassword = p\nconcatenation = true\n\
             max-messages = 30\nuser-allow-ip = 127.0.0.1\n\n\
             group = sms-service\nkeyword = default\nmax-messages = 0\nconcatenation = true\n\
             catch-all = true\n\
             get-url = \"http://{hook}/came?from=%p&to=%P&coding=%c&hex=%b&udh=%u\"\n"
        );
        std::fs::write(folder.path().join("kannel.conf"), config).unwrap();
        let mut kannel = Kannel { folder, sendsms, web, hook, bearerbox: None, smsbox: None };
        kannel.comes();
        Some(kannel)
    }

    /// Starts both of its programs.
    pub(crate) fn comes(&mut self) {
        let start = |program: &str| {
            let mut command = Command::new(program);
            command.args(["-v", "0", "kannel.conf"]).current_dir(self.folder.path());
            Running::start(&mut command)
        };
        let bearerbox = start("/usr/sbin/bearerbox");
        // The other one gives up where it does not find this one.
        bearerbox.logs("entering mainloop");
        self.bearerbox = Some(bearerbox);
        let smsbox = start("/usr/sbin/smsbox");
        // It takes requests before it is ready for them, and ends by a fault then.
        smsbox.logs("(gw/heartbeat.c:heartbeat_thread)");
        self.smsbox = Some(smsbox);
    }

    /// Kills both.
    pub(crate) fn goes(&mut self) {
        (self.smsbox, self.bearerbox) = (None, None);
    }

    /// Waits until the bearerbox logs this.
    pub(crate) fn logs(&self, words: &str) {
        self.bearerbox.as_ref().unwrap().logs(words);
    }

    /// Has it send a text, as a program does.
    pub(crate) fn sends(&self, from: &str, to: &str, text: &str) {
        let dlr = format!("http://{}/receipt?state=%d&answer=%A&to={to}", self.hook);
        let is_gsm = postrider_proto::gsm::septets(text).is_some();
        let coding = if is_gsm { 0 } else { 2 };
        let path = format!(
            "/cgi-bin/sendsms?username=u&password=p&from={}&to={to}&text={}&charset=UTF-8\
             &coding={coding}&dlr-mask=31&dlr-url={}",
            encoded(from),
            encoded(text),
            encoded(&dlr),
        );
        let mut last = String::new();
        let taken = super::in_time(|| {
            let mut stream = TcpStream::connect(("127.0.0.1", self.sendsms)).ok()?;
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            write!(stream, "GET {path} HTTP/1.0\r\n\r\n").ok()?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer).ok()?;
            last = answer;
            last.contains(" 202 ").then_some(())
        });
        let log = self.smsbox.as_ref().map(Running::logged).unwrap_or_default();
        assert!(taken.is_some(), "Kannel does not take the text: {last:?}; {log}");
    }

    /// Waits for a request of Kannel's that has all of this in it.
    pub(crate) fn asks(&self, words: &[&str]) -> String {
        eventually(&format!("{words:?} of Kannel"), || {
            let mut web = self.web.lock().unwrap();
            let at = web.iter().position(|line| words.iter().all(|word| line.contains(word)))?;
            Some(web.remove(at))
        })
    }

    /// Waits for a receipt of this state: 1 delivered, 2 not, 4 on its way, 8 it is at the
    /// message centre.
    pub(crate) fn is_told(&self, to: &str, state: u8) {
        self.asks(&["GET /receipt?", &format!("state={state}&"), &format!("to={to} ")]);
    }

    /// Waits for a text, and says it.
    pub(crate) fn receives(&self, from: &str) -> String {
        let line = self.asks(&["GET /came?", &format!("from={from}&")]);
        let field = |name: &str| {
            let (_, rest) = line.split_once(name).unwrap();
            rest.split(['&', ' ']).next().unwrap().to_owned()
        };
        let bytes = decoded(&field("hex="));
        match field("coding=").as_str() {
            "2" => {
                let units = bytes.chunks(2).map(|unit| u16::from_be_bytes([unit[0], unit[1]]));
                char::decode_utf16(units).map(Result::unwrap).collect()
            }
            _ => String::from_utf8_lossy(&bytes).into_owned(),
        }
    }
}

/// Ports that are free, and are not given to those who ask for any: Kannel binds them later.
fn free_ports() -> [u16; 3] {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 20_000 + (std::process::id() % 10_000) as u16;
    [(); 3].map(|()| {
        eventually("a free port", || {
            let port = first + NEXT.fetch_add(1, Ordering::Relaxed) % 2_000;
            TcpListener::bind(("127.0.0.1", port)).is_ok().then_some(port)
        })
    })
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn decoded(text: &str) -> Vec<u8> {
    let (mut bytes, mut rest) = (Vec::new(), text);
    while let Some(first) = rest.chars().next() {
        if first == '%' {
            bytes.push(u8::from_str_radix(&rest[1..3], 16).unwrap());
            rest = &rest[3..];
        } else {
            bytes.push(if first == '+' { b' ' } else { first as u8 });
            rest = &rest[1..];
        }
    }
    bytes
}

/// Answers whatever is asked, and keeps what that was.
fn listen() -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let asked = Arc::<Mutex<Vec<String>>>::default();
    let keep = asked.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let keep = keep.clone();
            std::thread::spawn(move || {
                let mut reader = BufReader::new(&stream);
                loop {
                    let mut first = String::new();
                    if reader.read_line(&mut first).unwrap_or(0) == 0 {
                        return;
                    }
                    let mut line = String::from("-");
                    while !line.trim().is_empty() {
                        line.clear();
                        if reader.read_line(&mut line).unwrap_or(0) == 0 {
                            return;
                        }
                    }
                    keep.lock().unwrap().push(first);
                    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
                    if (&stream).write_all(answer.as_bytes()).is_err() {
                        return;
                    }
                }
            });
        }
    });
    (address, asked)
}
