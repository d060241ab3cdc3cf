//! Sends a text and tells what becomes of it: `say FOLDER NUMBER HOST:PORT TO TEXT`, where NUMBER
//! is the sender's. The folder is made the first time. Ends when the text has ended.

#![allow(clippy::print_stdout, reason = "it is a program")]

use postrider_client::{Client, Draft, Event, Profile, Server, State, Way, shown};
use std::path::Path;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, number, server, to, text] = &arguments[..] else {
        anyhow::bail!("FOLDER NUMBER HOST:PORT TO TEXT")
    };
    let folder = Path::new(folder);
    let mut profile = match Profile::open(folder) {
        Ok(profile) => profile,
        Err(_) => Profile::create(folder, number.parse()?)?,
    };
    profile.set_servers(&[Server::at(server)])?;
    let client = Client::start(profile)?;
    let mut events = client.events();
    let sent = client.send(Draft::new(to.parse()?, text)).await?;
    while let Some(event) = events.next().await {
        match event {
            Event::Changed(entry) if entry.id == sent.id => {
                println!("{:?}", entry.way);
                if !matches!(entry.way, Way::Sent(State::Accepted { .. })) {
                    break;
                }
            }
            Event::Received(entry) => println!("{}: {}", entry.with, shown(&entry.text)),
            other => println!("{other:?}"),
        }
    }
    Ok(())
}
