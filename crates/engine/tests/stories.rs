//! Stories: every promise of the classic protocol, told with real datagrams.
//!
//! A command stands at the left margin, what it brings about is indented below it,
//! in the order in which it leaves. What a server sends to another arrives at once,
//! in a turn of its own, unless the story says otherwise. `#` begins a comment.
//!
//! ```text
//! line 3 mailbox=2          servers 1 to 3; also clients= waiting= port= acknowledged=no
//! stranger 3                the story plays server 3: what it gets is only shown
//! a -> 2: get/0/0000…//     from a client; `3 -> 2:` is from a server, `10.0.0.3:99 -> 2:`
//! & b -> 2: …               … from that address; `&`: in the same turn as the one above
//! repeat 9: a -> 2: …{nn}   nine times, {nn} being 01 to 09; only the last one is shown
//! wait 1s (or 250ms)        what is due meanwhile happens, `+` shows after how long
//! lose 2 -> 1               the next one is lost; `double`: arrives twice; `cut`: all lost
//! hold 2 -> 1               … are kept back until `release 2 -> 1 [backwards]`; `mend` ends all
//! crash 2, restart 2        what was committed is replayed
//! fill 2, free 2            the disk has no room for new texts, or has again
//! where 0000000001, look 2  what the servers believe; how much server 2 holds
//! ```
//!
//! In a datagram `\n`, `\0` and `\xff` are bytes, `{x*160}` is a letter 160 times.
//! `UPDATE_STORIES=1` writes what happens into the files. `STORY=mark` tells only
//! the stories with `mark` in their name.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a story that fails is to fail loudly")]

#[path = "support/disk.rs"]
mod disk;
#[path = "support/script.rs"]
mod script;
#[path = "support/world.rs"]
mod world;

use postrider_engine::Config;
use postrider_engine::limits::Limits;
use postrider_proto::classic::ServerIndex;
use script::{Script, Step, diff};
use std::path::{Path, PathBuf};
use std::time::Duration;
use world::World;

#[test]
fn every_story_happens_as_it_is_told() {
    let differences: Vec<String> = stories().iter().filter_map(|file| tell(file)).collect();
    assert!(differences.is_empty(), "\n\n{}", differences.join("\n"));
}

fn stories() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stories");
    let wanted = std::env::var_os("STORY").unwrap_or_default().into_string().unwrap();
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = files
        .filter(|file| file.extension().is_some_and(|extension| extension == "story"))
        .filter(|file| name(file).contains(&wanted))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "there is no such story");
    files
}

fn name(file: &Path) -> String {
    file.file_stem().unwrap().to_string_lossy().replace('_', " ")
}

/// Plays a story; says where it differs from what is written.
fn tell(file: &Path) -> Option<String> {
    let text = std::fs::read_to_string(file).unwrap();
    let script = Script::parse(&text);
    let traces = std::panic::catch_unwind(|| play(&script)).unwrap_or_else(|_| {
        panic!("the story that could not be told is: {}", name(file));
    });
    if std::env::var_os("UPDATE_STORIES").is_some() {
        std::fs::write(file, script.print(&traces)).unwrap();
        return None;
    }
    let different =
        script.steps.iter().zip(&traces).filter(|(step, trace)| step.expected != **trace);
    let shown: String = different.map(|(step, trace)| difference(step, trace)).collect();
    (!shown.is_empty()).then(|| format!("{}\n{shown}", name(file)))
}

fn difference(step: &Step, trace: &[String]) -> String {
    let Step { line_number, command, expected, .. } = step;
    format!("line {line_number}: {command}\n{}", diff(expected, trace))
}

/// What each step brings about. Steps joined by `&` happen at the last of them.
fn play(script: &Script) -> Vec<Vec<String>> {
    let Some((first, rest)) = script.steps.split_first() else { return Vec::new() };
    let mut world = begin(&first.command);
    let mut traces = vec![world.take_trace()];
    let mut together = Vec::new();
    for (at, step) in rest.iter().enumerate() {
        together.push(step.command.trim_start_matches("& "));
        let joined = rest.get(at + 1).is_some_and(|next| next.command.starts_with("& "));
        if !joined {
            obey(&mut world, &std::mem::take(&mut together));
        }
        traces.push(world.take_trace());
    }
    traces
}

/// `line 3 mailbox=2 acknowledged=no`
fn begin(command: &str) -> World {
    let mut words = command.split(' ');
    assert_eq!(words.next(), Some("line"), "a story begins with its line of servers");
    let servers = words.next().unwrap().parse().unwrap();
    let me = ServerIndex::from_value(1).unwrap();
    let mut config =
        Config { me, servers, acknowledged: true, limits: Limits::default(), native: None };
    let mut port = 10410;
    for option in words {
        match option.split_once('=').unwrap() {
            ("acknowledged", value) => config.acknowledged = value != "no",
            ("mailbox", value) => config.limits.mailbox = value.parse().unwrap(),
            ("clients", value) => config.limits.clients = value.parse().unwrap(),
            ("waiting", value) => config.limits.waiting = value.parse().unwrap(),
            ("sender", value) => config.limits.sender = value.parse().unwrap(),
            ("submitted", value) => config.limits.submitted = value.parse().unwrap(),
            ("port", value) => port = value.parse().unwrap(),
            _ => panic!("unknown option {option}"),
        }
    }
    World::new(config, port)
}

fn obey(world: &mut World, commands: &[&str]) {
    let words: Vec<&str> = commands[0].split(' ').collect();
    match words[..] {
        ["wait", how_long] => world.wait(duration(how_long)),
        ["repeat", times, ..] => repeat(world, times, commands[0]),
        ["release", from, "->", to] => on_wire(world, from, to, |w, a, b| w.release(a, b, false)),
        ["release", from, "->", to, "backwards"] => {
            on_wire(world, from, to, |w, a, b| w.release(a, b, true));
        }
        ["mend", from, "->", to] => on_wire(world, from, to, World::mend_wire),
        [fate @ ("lose" | "double" | "cut" | "hold"), from, "->", to] => {
            on_wire(world, from, to, |w, a, b| w.set_wire(a, b, fate));
        }
        ["where", client] => world.tell_where(client.parse().unwrap()),
        [verb, server] => with_server(world, verb, server),
        _ => inject(world, commands),
    }
}

fn on_wire(
    world: &mut World,
    from: &str,
    to: &str,
    act: impl FnOnce(&mut World, ServerIndex, ServerIndex),
) {
    let (from, to) = (world.server_index(from), world.server_index(to));
    act(world, from, to);
}

fn with_server(world: &mut World, verb: &str, server: &str) {
    let server = world.server_index(server);
    match verb {
        "stranger" => world.play_by_hand(server),
        "crash" => world.crash(server),
        "restart" => world.restart(server),
        "fill" => world.set_disk_full(server, true),
        "free" => world.set_disk_full(server, false),
        "look" => world.tell_sizes(server),
        _ => panic!("unknown command {verb}"),
    }
}

/// `a -> 2: handshake/0/0000000001//`, one or several
fn inject(world: &mut World, commands: &[&str]) {
    let parsed = commands.iter().map(|command| {
        let (from, rest) = command.split_once(" -> ").expect(command);
        let (to, datagram) = rest.split_once(": ").expect(command);
        (from, to, datagram)
    });
    world.inject(&parsed.collect::<Vec<_>>());
}

/// `repeat 9: a -> 2: …`
fn repeat(world: &mut World, times: &str, command: &str) {
    let times: usize = times.trim_end_matches(':').parse().unwrap();
    let (_, command) = command.split_once(": ").unwrap();
    for round in 1..=times {
        world.take_trace();
        inject(world, &[&command.replace("{nn}", &format!("{round:02}"))]);
    }
}

fn duration(written: &str) -> Duration {
    match written.strip_suffix("ms") {
        Some(millis) => Duration::from_millis(millis.parse().unwrap()),
        None => Duration::from_secs(written.strip_suffix('s').unwrap().parse().unwrap()),
    }
}
