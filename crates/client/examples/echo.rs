//! Sends back what it is sent: `echo FOLDER NUMBER HOST:PORT`. The folder is made the first time.

use anyhow::Context;
use postrider_client::{Client, Draft, Event, Profile, Server, Stamp};
use std::path::Path;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, number, server] = &arguments[..] else { anyhow::bail!("FOLDER NUMBER HOST:PORT") };
    let folder = Path::new(folder);
    let mut profile = match Profile::open(folder) {
        Ok(profile) => profile,
        Err(_) => Profile::create(folder, number.parse()?)?,
    };
    profile.set_servers(&[Server::at(server)])?;
    let client = Client::start(profile)?;
    let mut events = client.events();
    while let Some(event) = events.next().await {
        if matches!(event, Event::Ended(_)) {
            break;
        }
        // A text whose sender is known only later is a change; one that was missed is unread.
        for text in client.history()?.unread(None, 100)? {
            let (with, id) = (text.with, text.id);
            if !text.is_whole() {
                continue;
            }
            client.send(Draft::new(with, text.text)).await?;
            let read = move |profile: &mut Profile| profile.mark_read(with, id, true, Stamp::now());
            client.with_profile(read).await?.context("the text is not marked as read")?;
        }
    }
    Ok(())
}
