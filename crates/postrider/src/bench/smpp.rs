//! SMPP: texts submitted over many binds, each on disk before it is answered, how long an answer
//! takes, and what binds cost that do nothing.

use super::figures::Figures;
use super::limits::append_per_s;
use super::load::{number, text};
use super::process::{Process, free_line};
use anyhow::{Context, ensure};
use postrider_client::{Client, Draft, Profile, Server, Status as Attached};
use postrider_server::control::{Ask, SmppAnswer, StatusAnswer, ask};
use postrider_smpp::codec::{
    Address, Bind, Frame, Message, Mode, Pdu, Status, command, frame, print,
};
use postrider_smpp::{Account, Accounts, folder_of};
use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};

const OUTSTANDING: usize = 1_024;
const BINDS: usize = 10;
const IDLE: usize = 1_000;
/// Who is refused waits for so long.
const REFUSED_FOR: Duration = Duration::from_millis(50);
const SENDER: u64 = 5_550_000_001;
const READER: &str = "5550000005";
const PASSWORD: &str = "bench";
const PDU_MAX: usize = 66_560;

/// Nobody's share is what is measured.
const SETTINGS: &str = "[limits]\nmailbox = 4000000\nsender = 4000000\ntexts_per_second = 400000\n";

pub(super) fn measure(figures: &mut Figures, time: Duration) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let (server, at, _) = start(folder.path())?;
    figures.heading("From a submit to its answer, 10 outstanding on one bind");
    latency(figures, folder.path(), at, time)?;
    figures.heading("Binds that do nothing");
    idle(figures, &server, at)?;
    figures.heading("SMPP: texts submitted, each on disk before its answer");
    let smpp_us = submits(figures, &server, at, time)?;
    drop(server);
    figures.heading("The same texts by a native client, each on disk before its call returns");
    let folder = tempfile::tempdir()?;
    let (server, _, home) = start(folder.path())?;
    let native_us = native(figures, folder.path(), (&server, home), time)?;
    figures.add("smpp_per_core", native_us / smpp_us, "of what a native client submits per core");
    Ok(())
}

/// What the system has counted for this process so far.
fn own_cpu() -> anyhow::Result<Duration> {
    let usage = nix::sys::resource::getrusage(nix::sys::resource::UsageWho::RUSAGE_SELF)?;
    let spent = |time: nix::sys::time::TimeVal| {
        Duration::from_secs(time.tv_sec() as u64) + Duration::from_micros(time.tv_usec() as u64)
    };
    Ok(spent(usage.user_time()) + spent(usage.system_time()))
}

fn start(folder: &Path) -> anyhow::Result<(Process, SocketAddr, Server)> {
    let data = folder.join("data");
    let settings = folder.join("postrider.toml");
    std::fs::write(&settings, SETTINGS)?;
    let address = free_line(1)?[0];
    let at = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let flags = ["--config", &settings.display().to_string(), "--listen", &address.to_string()];
    let mut flags: Vec<String> = flags.map(String::from).to_vec();
    flags.extend(["--smpp".to_owned(), at.to_string()]);
    flags.extend(["--log", "warn"].map(String::from));
    let process = Process::start_with(&flags, address, &data)?;
    let number = number(SENDER);
    let binds = (IDLE + BINDS) as u32;
    let mut account = Account::new("bench", PASSWORD)?;
    account.numbers = vec![number];
    (account.window, account.binds) = (OUTSTANDING as u32, binds);
    std::fs::create_dir_all(folder_of(&data, number).parent().context("a folder")?)?;
    drop(Profile::create(&folder_of(&data, number), number)?);
    Accounts::in_folder(&data).add(account)?;
    let began = Instant::now();
    while !ask::<SmppAnswer>(&data, &Ask::Smpp)?.accounts.iter().any(|one| one.attached == 1) {
        ensure!(began.elapsed().as_secs() < 60, "the account's number was not attached");
        std::thread::sleep(Duration::from_millis(20));
    }
    let status: StatusAnswer = ask(&data, &Ask::Status)?;
    let key = status.key.as_deref().and_then(postrider_server::parse_key);
    let key = key.and_then(|key| postrider_link::PublicKey::from_bytes(key.0).ok());
    Ok((process, at, Server { key, ..Server::at(address.to_string()) }))
}

/// A client that is bound.
struct Bound {
    stream: TcpStream,
    input: Vec<u8>,
    submit: Vec<u8>,
    sent: VecDeque<Instant>,
    micros: Vec<f64>,
    taken: u64,
    refused: u64,
}

impl Bound {
    fn new(at: SocketAddr) -> anyhow::Result<Bound> {
        let mut stream = TcpStream::connect(at)?;
        stream.set_nodelay(true)?;
        let bind = Pdu::Bind(Bind {
            mode: Mode::Transmitter,
            system_id: b"bench",
            password: PASSWORD.as_bytes(),
            system_type: b"",
            interface_version: 0x34,
            range: Address::default(),
        });
        let mut bytes = Vec::new();
        print(&bind, Status::OK, 1, &mut bytes);
        stream.write_all(&bytes)?;
        let mut head = [0; 16];
        stream.read_exact(&mut head)?;
        ensure!(head[8..12] == [0; 4], "the bind was refused: {head:?}");
        let mut rest = vec![0; usize::from(head[3]) - head.len()];
        stream.read_exact(&mut rest)?;
        let text = text();
        let destination = Address { ton: 0, npi: 1, digits: READER.as_bytes() };
        let text = text.as_str().as_bytes();
        let mut submit = Vec::new();
        let message = Pdu::Submit(Message { destination, text, ..Message::default() });
        print(&message, Status::OK, 2, &mut submit);
        let (sent, micros) = (VecDeque::new(), Vec::new());
        Ok(Bound { stream, input: Vec::new(), submit, sent, micros, taken: 0, refused: 0 })
    }

    fn send(&mut self, count: usize) -> anyhow::Result<()> {
        let now = Instant::now();
        let mut bytes = Vec::with_capacity(count * self.submit.len());
        for _ in 0..count {
            // Answers come in the order of their questions, since a number does them in turn.
            self.sent.push_back(now);
            let sequence = (self.taken + self.refused + self.sent.len() as u64) as u32;
            self.submit[12..16].copy_from_slice(&sequence.to_be_bytes());
            bytes.extend_from_slice(&self.submit);
        }
        Ok(self.stream.write_all(&bytes)?)
    }

    /// Reads answers; how many.
    fn hear(&mut self) -> anyhow::Result<usize> {
        let mut bytes = [0; 16_384];
        let count = self.stream.read(&mut bytes)?;
        ensure!(count > 0, "the connection has ended");
        self.input.extend_from_slice(&bytes[..count]);
        let (mut at, mut answers) = (0, 0);
        while let Frame::Whole { header, length, .. } = frame(&self.input[at..], PDU_MAX) {
            at += length;
            if header.command == command::SUBMIT_SM | command::RESP {
                answers += 1;
                let sent = self.sent.pop_front().context("an answer to nothing")?;
                match header.status {
                    0 => {
                        self.taken += 1;
                        self.micros.push(sent.elapsed().as_secs_f64() * 1e6);
                    }
                    _ => self.refused += 1,
                }
            }
        }
        self.input.drain(..at);
        Ok(answers)
    }

    /// Keeps so many under way for this time, and waits for the last.
    fn run(&mut self, outstanding: usize, time: Duration) -> anyhow::Result<()> {
        let began = Instant::now();
        self.send(outstanding)?;
        while !self.sent.is_empty() {
            let refused = self.refused;
            let heard = self.hear()?;
            if self.refused > refused {
                std::thread::sleep(REFUSED_FOR);
            }
            if began.elapsed() < time {
                self.send(heard)?;
            }
        }
        Ok(())
    }
}

fn submits(
    figures: &mut Figures,
    server: &Process,
    at: SocketAddr,
    time: Duration,
) -> anyhow::Result<f64> {
    let (before, began) = (server.usage()?, Instant::now());
    let run = |share: usize| -> anyhow::Result<(u64, u64)> {
        let mut bound = Bound::new(at)?;
        bound.run(share, time)?;
        Ok((bound.taken, bound.refused))
    };
    let done: Vec<anyhow::Result<(u64, u64)>> = std::thread::scope(|scope| {
        let share = |index: usize| OUTSTANDING / BINDS + usize::from(index < OUTSTANDING % BINDS);
        let threads: Vec<_> =
            (0..BINDS).map(|index| scope.spawn(move || run(share(index)))).collect();
        let joined = threads.into_iter().map(std::thread::ScopedJoinHandle::join);
        joined
            .map(|done| done.unwrap_or_else(|_| Err(anyhow::anyhow!("a thread panicked"))))
            .collect()
    });
    let took = began.elapsed().as_secs_f64();
    let (mut taken, mut refused) = (0, 0);
    for one in done {
        let (more, less) = one?;
        (taken, refused) = (taken + more, refused + less);
    }
    let cpu = server.usage()?.user_and_system() - before.user_and_system();
    figures.add("submitted_per_s", taken as f64 / took, "1,024 outstanding over 10 binds");
    figures.add("refused_per_s", refused as f64 / took, "too many waited for the server");
    let micros = cpu.as_secs_f64() * 1e6 / taken.max(1) as f64;
    let of = "user and system, of the message centre, its number's client and the server";
    figures.add("server_cpu_us_per_text", micros, of);
    Ok(micros)
}

fn latency(
    figures: &mut Figures,
    folder: &Path,
    at: SocketAddr,
    time: Duration,
) -> anyhow::Result<()> {
    let mut bound = Bound::new(at)?;
    bound.run(10, time)?;
    let mut micros = bound.micros;
    micros.sort_by(f64::total_cmp);
    ensure!(!micros.is_empty(), "nothing was taken");
    let flush_us = 1e6 / append_per_s(folder, 260, 1.0, Duration::from_millis(500))?;
    let at = |share: f64| micros[(micros.len() as f64 * share) as usize];
    figures.add("answer_p50_us", at(0.5), "");
    figures.add("answer_p99_us", at(0.99), "");
    figures.add("flush_us", flush_us, "of 260 bytes at the end of a file, in the same run");
    figures.add("answer_p99_flushes", at(0.99) / flush_us, "");
    Ok(())
}

fn idle(figures: &mut Figures, server: &Process, at: SocketAddr) -> anyhow::Result<()> {
    let before = server.usage()?.resident_bytes;
    let bound = (0..IDLE).map(|_| Bound::new(at)).collect::<anyhow::Result<Vec<_>>>()?;
    let after = server.usage()?.resident_bytes;
    let each = after.saturating_sub(before) as f64 / bound.len() as f64;
    figures.add("idle_bind_kib", each / 1_024.0, "of the server's memory, each of 1,000");
    Ok(())
}

fn native(
    figures: &mut Figures,
    folder: &Path,
    (server, home): (&Process, Server),
    time: Duration,
) -> anyhow::Result<f64> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut profile = Profile::create(&folder.join("native"), number(SENDER + 1))?;
    profile.set_servers(&[home])?;
    let client = Client::start(profile)?;
    let began = Instant::now();
    while !matches!(client.status(), Attached::Attached { .. }) {
        ensure!(began.elapsed().as_secs() < 60, "the native client was not attached");
        std::thread::sleep(Duration::from_millis(20));
    }
    let (began, to) = (Instant::now(), READER.parse()?);
    let before = own_cpu()? + server.usage()?.user_and_system();
    let sent = runtime.block_on(async {
        let mut all = tokio::task::JoinSet::new();
        for _ in 0..OUTSTANDING {
            let client = client.clone();
            all.spawn(async move {
                let mut sent = 0_u64;
                while began.elapsed() < time {
                    client.send(Draft::new(to, text().as_str())).await?;
                    sent += 1;
                }
                anyhow::Ok(sent)
            });
        }
        let mut sum = 0;
        while let Some(done) = all.join_next().await {
            sum += done??;
        }
        anyhow::Ok(sum)
    })?;
    let per_s = sent as f64 / began.elapsed().as_secs_f64();
    let cpu = own_cpu()? + server.usage()?.user_and_system() - before;
    let micros = cpu.as_secs_f64() * 1e6 / sent.max(1) as f64;
    figures.add("native_client_per_s", per_s, "1,024 outstanding");
    figures.add("native_cpu_us_per_text", micros, "of the client, its caller and the server");
    Ok(micros)
}
