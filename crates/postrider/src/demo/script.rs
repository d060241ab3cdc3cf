//! `postrider demo --script`: a conversation across the whole line, each step shown
//! as it happens and checked.

use super::network::Network;
use super::shape::{farthest, has_way};
use crate::classic::session::{Message, Session, attach};
use crate::log::say;
use anyhow::{Context, ensure};
use postrider_proto::{Number, Text};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// How long a text may take to arrive before the script gives up on it: links that were
/// down more than once are used again only after a while.
const PATIENCE: Duration = Duration::from_secs(60);

/// Someone who texts.
struct Person {
    name: &'static str,
    number: Number,
    at: usize,
    session: Session,
}

pub(super) fn play(network: &mut Network) -> anyhow::Result<ExitCode> {
    let last = farthest(&network.links, network.count());
    let mut ann = Person::attach(network, "Ann", 5_550_000_001, 1)?;
    let mut ben = Person::attach(network, "Ben", 5_550_000_005, last)?;
    ann.texts(&ben, "Hello from one end of the network!")?;
    ben.receives(&ann, "Hello from one end of the network!")?;
    ben.texts(&ann, "Hello from the other; it is 5 o'clock / all's well")?;
    ann.receives(&ben, "Hello from the other; it is 5 o'clock / all's well")?;

    if last > 1 {
        say(format_args!("\n  Server {last} is stopped. A text for Ben waits meanwhile."));
        network.stop_server(last)?;
        ann.texts(&ben, "Are you there?")?;
        say(format_args!("  Server {last} is started again."));
        network.start_server(last)?;
        ben.receives(&ann, "Are you there?")?;
    }
    for between in (2..=network.count()).filter(|between| *between != last) {
        text_around(network, between, &mut ann, &mut ben)?;
    }

    let middle = network.count().div_ceil(2);
    say(format_args!("\n  Ben moves to server {middle}. What is sent to him follows."));
    ben = ben.moves(network, middle)?;
    ann.texts(&ben, "Where are you now?")?;
    ben.receives(&ann, "Where are you now?")?;

    say("\n  A text to a number that nobody has yet waits until somebody does.");
    let cleo = Number::from_value(5_550_000_009).context("a number")?;
    ann.texts_number("Cleo", cleo, "Welcome!")?;
    let mut cleo = Person::attach(network, "Cleo", 5_550_000_009, last)?;
    cleo.receives(&ann, "Welcome!")?;

    say("");
    for person in [ann, ben, cleo] {
        person.leaves()?;
    }
    say("\nEvery step was checked. All is well.");
    Ok(ExitCode::SUCCESS)
}

/// A server between Ann and Ben is away: a text goes round it where there is another way,
/// and waits for it where there is none.
fn text_around(
    network: &mut Network,
    between: usize,
    ann: &mut Person,
    ben: &mut Person,
) -> anyhow::Result<()> {
    let has_way = has_way(&network.links, ann.at, ben.at, between);
    let what = if has_way { "there is another way" } else { "texts wait for it" };
    say(format_args!("\n  Server {between} is stopped: {what}."));
    network.stop_server(between)?;
    let text = format!("Without server {between}");
    ann.texts(ben, &text)?;
    if has_way {
        ben.receives(ann, &text)?;
    }
    say(format_args!("  Server {between} is started again."));
    network.start_server(between)?;
    if !has_way {
        ben.receives(ann, &text)?;
    }
    network.wait_for_links()
}

impl Person {
    fn attach(
        network: &Network,
        name: &'static str,
        number: u64,
        at: usize,
    ) -> anyhow::Result<Person> {
        let number = Number::from_value(number).context("a number")?;
        let session = attach(network.address(at), number)?;
        say(format_args!("  {name} ({number}) attaches to server {at}."));
        Ok(Person { name, number, at, session })
    }

    fn texts(&mut self, to: &Person, text: &str) -> anyhow::Result<()> {
        self.texts_number(to.name, to.number, text)
    }

    fn texts_number(&mut self, name: &str, to: Number, text: &str) -> anyhow::Result<()> {
        let seq = self.session.send(to, Text::new(text)?)?;
        say(format_args!("  {} to {name}: {text}", self.name));
        say(format_args!("      accepted by server {} as number {seq}: it is on disk", self.at));
        Ok(())
    }

    /// Asks until a message is there, and checks that it is the one expected.
    fn receives(&mut self, from: &Person, text: &str) -> anyhow::Result<()> {
        let asked = Instant::now();
        let mut inbox: Vec<Message> = Vec::new();
        while inbox.is_empty() {
            ensure!(asked.elapsed() < PATIENCE, "nothing arrived for {} in time", self.name);
            self.session.receive(|message| {
                inbox.push(message.clone());
                Ok(())
            })?;
        }
        let expected = (from.number, text);
        let received: Vec<_> = inbox.iter().map(|one| (one.from, one.text.as_str())).collect();
        ensure!(received == [expected], "{} received something else", self.name);
        let after_ms = asked.elapsed().as_millis();
        say(format_args!(
            "      {} receives it from server {}, {after_ms} ms after asking, and acknowledges it",
            self.name, self.at
        ));
        Ok(())
    }

    fn moves(self, network: &Network, at: usize) -> anyhow::Result<Person> {
        let session = attach(network.address(at), self.number)?;
        Ok(Person { at, session, ..self })
    }

    fn leaves(self) -> anyhow::Result<()> {
        self.session.terminate()?;
        say(format_args!("  {} leaves server {}.", self.name, self.at));
        Ok(())
    }
}
