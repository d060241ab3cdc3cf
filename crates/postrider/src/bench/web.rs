//! The page: what open ones cost a server, how fast a text is in one, and what the API takes.

use super::clients::{Attends, Browser, Device, idling, one_text, open, start};
use super::figures::Figures;
use super::load::number;
use anyhow::{Context, ensure};
use postrider_api::{Keys, Scope};
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::time::{Duration, Instant};

const SENDER: u64 = 5_550_000_001;
const NATIVE: u64 = 5_550_000_004;
const BROWSER: u64 = 5_550_000_005;
const TEXTS: usize = 2_000;
/// Programs that ask at once.
const PROGRAMS: usize = 16;

pub(super) fn measure(figures: &mut Figures, time: Duration, pages: u64) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let (server, home) = start(folder.path(), true)?;
    figures.heading("Open pages, each with a number, that do nothing");
    let crowds = open(figures, &server, home, pages, true)?;
    idling(figures, &server, pages, &folder.path().join("data"))?;

    figures.heading("From submit to a reader of the same server, by turns, beside those pages");
    let mut sender = Device::dial(number(SENDER), home)?;
    let mut native = Device::dial(number(NATIVE), home)?;
    let mut browser = Browser::dial(number(BROWSER), home)?;
    sender.until(|sender| sender.is_attached)?;
    native.until(|native| native.is_attached)?;
    browser.until(|browser| browser.is_attached)?;
    let (mut to_native, mut to_browser) = (Vec::new(), Vec::new());
    for _ in 0..TEXTS {
        to_native.push(one_text(&mut sender, &mut native, number(NATIVE))?);
        to_browser.push(one_text(&mut sender, &mut browser, number(BROWSER))?);
    }
    for (name, share) in [("p50", 0.5), ("p99", 0.99)] {
        let (native, browser) = (at(&mut to_native, share), at(&mut to_browser, share));
        figures.add(&format!("submit_to_native_{name}_us"), native, "");
        figures.add(&format!("submit_to_browser_{name}_us"), browser, "");
        figures.add(&format!("browser_to_native_{name}"), browser / native, "");
    }
    drop(crowds);

    figures.heading("Texts by HTTP, each on disk before its answer");
    let asked = asks(home.address, &folder.path().join("data"), time)?;
    figures.add("sent_by_http_per_s", asked, "16 programs of one application");
    Ok(())
}

fn at(micros: &mut [f64], share: f64) -> f64 {
    micros.sort_by(f64::total_cmp);
    micros[(micros.len() as f64 * share) as usize]
}

/// How many requests to send a text are answered a second.
fn asks(web: SocketAddr, data: &std::path::Path, time: Duration) -> anyhow::Result<f64> {
    let made = Command::new(std::env::current_exe()?)
        .args(["keys", "add", "--application", "bench", "--data"])
        .arg(data)
        .output()?;
    ensure!(made.status.success(), "no application was made");
    let (_, key) = Keys::in_folder(data).add(Some("bench"), [Scope::Send].into(), None)?;
    let began = Instant::now();
    let programs: Vec<_> = (0..PROGRAMS)
        .map(|program| {
            let key = key.0.clone();
            std::thread::spawn(move || program_asks(web, &key, program, time))
        })
        .collect();
    let mut answered = 0;
    for program in programs {
        answered += program.join().map_err(|_| anyhow::anyhow!("a program of the load"))??;
    }
    Ok(answered as f64 / began.elapsed().as_secs_f64())
}

fn program_asks(web: SocketAddr, key: &str, program: usize, time: Duration) -> anyhow::Result<u64> {
    let mut stream = TcpStream::connect(web)?;
    stream.set_nodelay(true)?;
    let mut answers = BufReader::new(stream.try_clone()?);
    let (began, mut answered) = (Instant::now(), 0);
    while began.elapsed() < time {
        let body = format!(r#"{{"to":"{BROWSER}","text":"text {answered} of {program}"}}"#);
        let request = format!(
            "POST /v1/texts HTTP/1.1\r\nHost: {web}\r\nAuthorization: Bearer {key}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes())?;
        read_created(&mut answers)?;
        answered += 1;
    }
    Ok(answered)
}

fn read_created(answers: &mut impl BufRead) -> anyhow::Result<()> {
    let (mut status, mut length) = (String::new(), 0);
    answers.read_line(&mut status)?;
    loop {
        let mut head = String::new();
        answers.read_line(&mut head)?;
        let head = head.trim_end().to_ascii_lowercase();
        if head.is_empty() {
            break;
        }
        if let Some(bytes) = head.strip_prefix("content-length: ") {
            length = bytes.parse().context("an odd length")?;
        }
    }
    let mut body = vec![0; length];
    answers.read_exact(&mut body)?;
    ensure!(status.contains(" 201 "), "{status}{}", String::from_utf8_lossy(&body));
    Ok(())
}
