//! A simulated world in a browser: filmed first, then replayed by the page that shows networks.

use crate::log::say;
use axum::Router;
use axum::http::header;
use axum::routing::get;
use postrider_sim::trunks::{Film, Frame, Given, LinkSeen, Report, ServerSeen, film};
use postrider_web::{At, Web};
use serde_json::{Value, json};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

/// How often the world is looked at, in its own time.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Runs one world, and shows it until it is told to end.
pub(super) fn run(seed: u64, given: &Given, listen: SocketAddr) -> anyhow::Result<ExitCode> {
    let mut signals = Signals::new([SIGTERM, SIGINT])?;
    say(format_args!("seed {seed}: the world is run…"));
    let film = film(seed, given, LOOK_EVERY);
    let told = told(seed, &film).to_string();
    say(outcome(&film));
    let at = At { listen, names: Vec::new(), certificate: None };
    let web = Web::start(at, None, move || replay(told))?;
    say(format_args!("see it at http://{}/replay; Ctrl-C ends it", web.address()));
    signals.forever().next();
    web.stop();
    Ok(if film.outcome.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn replay(told: String) -> Router {
    let told = axum::body::Bytes::from(told);
    let answer = move || async move { ([(header::CONTENT_TYPE, "application/json")], told) };
    Router::new().route("/v1/replay", get(answer))
}

fn outcome(film: &Film) -> String {
    match &film.outcome {
        Ok(Report { accepted, delivered, returned, crashes, simulated, .. }) => format!(
            "Every promise was kept: {accepted} texts accepted, {delivered} delivered, {returned} \
             returned, {crashes} crashes, {:.0} min.",
            simulated.as_secs_f64() / 60.0
        ),
        Err(violation) => {
            let at_s = violation.at.as_micros() as f64 / 1e6;
            format!("{:?} was broken after {at_s:.1} s: {}", violation.promise, violation.what)
        }
    }
}

/// The film, each moment as what is other than before.
fn told(seed: u64, film: &Film) -> Value {
    let servers = film.servers.iter().enumerate();
    let servers = servers.map(|(at, key)| json!({ "key": key.to_string(), "name": name(at) }));
    let mut before = Told::of(film, &Frame::default());
    let frames = film.frames.iter().filter_map(|frame| {
        let now = Told::of(film, frame);
        let difference = now.since(&before, film);
        before = now;
        difference
    });
    let frames: Vec<Value> = frames.collect();
    json!({
        "title": format!("World of seed {seed}"),
        "version": env!("CARGO_PKG_VERSION"),
        "outcome": outcome(film),
        "kept": film.outcome.is_ok(),
        "servers": servers.collect::<Vec<Value>>(),
        "links": film.links,
        "frames": frames,
    })
}

/// What is told of a moment.
struct Told {
    at: Duration,
    is_calm: bool,
    servers: Vec<ServerSeen>,
    links: Vec<LinkTold>,
    items: Vec<[u64; 2]>,
}

/// A link, without what changes all the time.
#[derive(Clone, PartialEq)]
struct LinkTold {
    state: String,
    rtt_s: Option<f64>,
    loss: Option<f64>,
    waiting: usize,
}

impl Told {
    fn of(film: &Film, frame: &Frame) -> Told {
        let links = film.links.iter().zip(&frame.links);
        Told {
            at: frame.at,
            is_calm: frame.is_calm,
            servers: frame.servers.clone(),
            links: links.map(|(ends, link)| LinkTold::of(*ends, link)).collect(),
            items: frame.links.iter().map(|link| link.items).collect(),
        }
    }

    /// None where nothing is to be told.
    fn since(&self, before: &Told, film: &Film) -> Option<Value> {
        let changed = |(_, now, then): &(usize, &ServerSeen, Option<&ServerSeen>)| {
            then.is_none_or(|then| then != *now)
        };
        let servers = self.servers.iter().enumerate();
        let servers = servers.map(|(at, now)| (at, now, before.servers.get(at))).filter(changed);
        let servers: Vec<Value> = servers.map(|(at, now, _)| server_told(at, now)).collect();
        let links = self.links.iter().enumerate();
        let links = links.filter(|(at, now)| before.links.get(*at) != Some(now));
        let links: Vec<Value> = links
            .map(|(at, link)| json!([at, link.state, link.rtt_s, link.loss, link.waiting]))
            .collect();
        let (moves, says) = (self.moves(before), self.happened(before, film));
        let is_new = !(servers.is_empty() && links.is_empty() && moves.is_empty());
        (is_new || !says.is_empty()).then(|| {
            let at_s = self.at.as_secs_f64();
            json!({ "at_s": at_s, "servers": servers, "links": links, "moves": moves, "says": says })
        })
    }

    /// Items that were taken over since; a link that came up anew counts from nothing.
    fn moves(&self, before: &Told) -> Vec<Value> {
        let links = self.items.iter().enumerate().filter_map(|(at, now)| {
            let then = before.items.get(at).copied().unwrap_or_default();
            let moved = [0, 1].map(|end| now[end].checked_sub(then[end]).unwrap_or(now[end]));
            (moved != [0, 0]).then(|| json!([at, moved[0], moved[1]]))
        });
        links.collect()
    }

    fn happened(&self, before: &Told, film: &Film) -> Vec<String> {
        let mut says = Vec::new();
        if self.is_calm && !before.is_calm {
            says.push("the faults are over".to_owned());
        }
        for (at, (now, then)) in self.servers.iter().zip(&before.servers).enumerate() {
            says.extend(server_says(now, then).map(|what| format!("{} {what}", name(at))));
        }
        for (ends, (now, then)) in film.links.iter().zip(self.links.iter().zip(&before.links)) {
            let (is_cut, was_cut) = (now.is_cut(), then.is_cut());
            if is_cut != was_cut {
                let what = if is_cut { now.state.as_str() } else { "works again" };
                says.push(format!("{} – {}: {what}", name(ends.0), name(ends.1)));
            }
        }
        says
    }
}

impl LinkTold {
    fn of((a, b): (usize, usize), link: &LinkSeen) -> LinkTold {
        let state = match (link.cut, link.up) {
            ([true, true], _) => "cut".to_owned(),
            ([true, false], _) => format!("cut from {} to {}", name(a), name(b)),
            ([false, true], _) => format!("cut from {} to {}", name(b), name(a)),
            (_, [true, true]) => "up".to_owned(),
            _ => "down".to_owned(),
        };
        LinkTold {
            state,
            rtt_s: link.rtt.map(|rtt| two_digits(rtt.as_secs_f64())),
            loss: link.loss.map(|loss| (loss * 20.0).round() / 20.0),
            waiting: link.waiting.iter().sum(),
        }
    }

    fn is_cut(&self) -> bool {
        self.state.starts_with("cut")
    }
}

fn name(at: usize) -> String {
    format!("server {}", at + 1)
}

fn server_told(at: usize, server: &ServerSeen) -> Value {
    let says = if server.is_full { "its disk is full" } else { "runs" };
    json!([at, server.is_up, server.waiting, says])
}

fn server_says(now: &ServerSeen, then: &ServerSeen) -> impl Iterator<Item = &'static str> {
    let all = [
        (then.is_up && !now.is_up, "has crashed"),
        (!then.is_up && now.is_up, "runs again"),
        (now.is_full && !then.is_full, "has a full disk"),
        (then.is_full && !now.is_full, "has room on its disk again"),
        (now.moves > then.moves, "has another address"),
    ];
    all.into_iter().filter_map(|(is_so, what)| is_so.then_some(what))
}

/// What is measured changes a little all the time.
fn two_digits(value: f64) -> f64 {
    if value <= 0.0 {
        return 0.0;
    }
    let scale = 10_f64.powf(1.0 - value.log10().floor());
    (value * scale).round() / scale
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_film_tells_each_change_once_and_all_of_them() {
        let given = Given { servers: Some(5), ..Given::default() };
        let film = film(3, &given, LOOK_EVERY);
        let told = told(3, &film);
        let frames = told["frames"].as_array().unwrap();
        assert!(frames.len() > 20, "{}", frames.len());
        let mut up = vec![false; film.servers.len()];
        let mut moved = 0;
        for frame in frames {
            for server in frame["servers"].as_array().unwrap() {
                up[server[0].as_u64().unwrap() as usize] = server[1].as_bool().unwrap();
            }
            let moves = frame["moves"].as_array().unwrap().iter();
            moved += moves
                .map(|link| link[1].as_u64().unwrap() + link[2].as_u64().unwrap())
                .sum::<u64>();
        }
        assert!(up.iter().all(|up| *up) && moved > 0);
        let says: Vec<&str> = frames
            .iter()
            .flat_map(|frame| frame["says"].as_array().unwrap())
            .filter_map(Value::as_str)
            .collect();
        let crashes = says.iter().filter(|what| what.ends_with("has crashed")).count();
        let came_back = says.iter().filter(|what| what.ends_with("runs again")).count();
        assert_eq!(crashes, came_back);
        assert!(says.contains(&"the faults are over"), "{says:?}");
        assert_eq!(told["kept"], true);
    }
}
