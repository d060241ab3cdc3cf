//! Somebody at the demo's other end, who greets and answers: a client with a number of its own.

use super::network::Network;
use crate::profile::wait_for;
use anyhow::Context;
use postrider_client::{Client, Draft, Entry, Event, Events, History, Profile, Stamp, Way};
use postrider_proto::Number;
use std::thread::JoinHandle;

/// Texts that are answered at once.
const PAGE: usize = 100;

/// Characters of a text that are said again.
const QUOTED_MAX: usize = 60;

/// Who answers, on a thread of its own.
pub(super) struct Partner {
    client: Client,
    answering: JoinHandle<anyhow::Result<()>>,
}

impl Partner {
    /// Greets somebody, if they have not spoken yet, and answers everybody.
    pub(super) fn start(
        profile: Profile,
        greeted: Number,
        at: usize,
        network: &Network,
    ) -> anyhow::Result<Partner> {
        let client = Client::start(profile)?;
        let (events, history) = (client.events(), client.history()?);
        if history.page(greeted, None, 1)?.is_empty() {
            wait_for(client.send(Draft::new(greeted, greeting(at))))??;
        }
        let answers = answers(greeted, &network.address(network.count().div_ceil(2)).to_string());
        let answering = Answering { client: client.clone(), history, answers };
        let answering = std::thread::spawn(move || answering.run(events));
        Ok(Partner { client, answering })
    }

    /// Leaves it to the end of the program.
    pub(super) fn goes_on(self) {}

    /// Ends in order.
    pub(super) fn stop(self) -> anyhow::Result<()> {
        drop(wait_for(self.client.stop())??);
        let answered = self.answering.join();
        answered.unwrap_or_else(|_| anyhow::bail!("who answers has ended by a fault"))
    }
}

struct Answering {
    client: Client,
    history: History,
    answers: Vec<String>,
}

impl Answering {
    fn run(self, mut events: Events) -> anyhow::Result<()> {
        loop {
            // A text whose sender is known only later is a change; one that was missed is unread.
            for text in self.history.unread(None, PAGE)? {
                if text.is_whole() {
                    self.answer(&text)?;
                }
            }
            match events.blocking_next() {
                Some(Event::Ended(_)) | None => return Ok(()),
                Some(_) => {}
            }
        }
    }

    fn answer(&self, text: &Entry) -> anyhow::Result<()> {
        let (with, id) = (text.with, text.id);
        let known = self.history.page(with, None, PAGE)?;
        let came = known.iter().filter(|entry| matches!(entry.way, Way::Received { .. }));
        let read = came.filter(|entry| matches!(entry.way, Way::Received { is_read: true, .. }));
        let answer = answer(&self.answers, read.count(), &text.text);
        // After this the client may have ended, and answers the next time.
        let Ok(sent) = wait_for(self.client.send(Draft::new(with, answer)))? else { return Ok(()) };
        drop(sent);
        let mark = move |profile: &mut Profile| profile.mark_read(with, id, true, Stamp::now());
        match wait_for(self.client.with_profile(mark))? {
            Ok(marked) => marked.context("the text is not marked as read"),
            Err(_) => Ok(()),
        }
    }
}

fn greeting(at: usize) -> String {
    format!(
        "Hello! I am a program at server {at}. Type something and press Enter: it goes from disk \
         to disk to me, and I answer."
    )
}

/// What is said to the first texts of somebody, in this order.
fn answers(greeted: Number, near: &str) -> Vec<String> {
    vec![
        "It has come. The note at your text says what is known of it: accepted (your server has \
         it on disk), delivered (my key has signed that), read."
            .to_owned(),
        "^D shows all about a text, and ^F finds one. F9 leaves for the classic client: plain \
         datagrams of 256 bytes, which reach me as well."
            .to_owned(),
        format!(
            "Another person? In another terminal: postrider chat --profile /tmp/ben --server \
             {near} and then text {greeted}."
        ),
    ]
}

/// What is said to a text, after so many.
fn answer(answers: &[String], before: usize, text: &str) -> String {
    let quoted: String = text.chars().take(QUOTED_MAX).collect();
    let more = if quoted.len() < text.len() { "…" } else { "" };
    answers.get(before).cloned().unwrap_or_else(|| format!("You wrote: {quoted}{more}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use postrider_client::limits::TEXT_CHARACTERS_MAX;

    #[test]
    fn each_text_has_an_answer_of_one_part() {
        let known = answers(Number::MAX, "127.0.0.1:10413");
        for answer in known.iter().chain([&greeting(50)]) {
            let septets = postrider_proto::gsm::septets(answer);
            assert!(septets.is_some_and(|septets| septets <= 160), "{septets:?}: {answer}");
        }
        assert_eq!(answer(&known, 0, "hello"), known[0]);
        assert_eq!(answer(&known, known.len(), "hello"), "You wrote: hello");
        let long = "é".repeat(TEXT_CHARACTERS_MAX);
        let said = answer(&known, known.len(), &long);
        assert!(said.ends_with("é…") && said.chars().count() < 100, "{said}");
    }
}
