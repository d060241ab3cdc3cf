//! Clients over real sockets, with a server of [`crate::testing`] on loopback.

use super::*;
use crate::testing::Server as TestServer;
use crate::{Server, State, Trust, Way, Whereabouts};
use postrider_link::Time;
use postrider_proto::native::Refusal;
use std::net::{SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tempfile::TempDir;

type Shared = Arc<Mutex<TestServer>>;

/// Serves on a thread that ends with the test.
fn serve() -> (SocketAddr, Shared) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let (address, server) = (socket.local_addr().unwrap(), Shared::new(TestServer::new(9).into()));
    let (shared, began) = (server.clone(), Instant::now());
    std::thread::spawn(move || {
        let now = || Time::from_micros(began.elapsed().as_micros() as u64);
        let mut datagram = [0; 2_048];
        loop {
            let mut server = shared.lock().unwrap();
            server.handle_due(now());
            let mut out = Vec::new();
            while let Some(to) = server.endpoint.poll_transmit(now(), &mut out) {
                let _ = socket.send_to(&out, to);
            }
            let wait = server.endpoint.deadline().map(|due| due.at.since(now()));
            drop(server);
            let wait = wait.unwrap_or(Duration::from_secs(1)).max(Duration::from_millis(1));
            socket.set_read_timeout(Some(wait)).unwrap();
            if let Ok((length, from)) = socket.recv_from(&mut datagram) {
                shared.lock().unwrap().handle(now(), from, &mut datagram[..length]);
            }
        }
    });
    (address, server)
}

fn number(value: u64) -> Number {
    Number::from_value(value).unwrap()
}

fn profile(folder: &TempDir, value: u64, server: SocketAddr) -> Profile {
    let folder = folder.path().join(value.to_string());
    let mut profile = Profile::create(&folder, number(value)).unwrap();
    profile.set_servers(&[Server::at(server.to_string())]).unwrap();
    profile
}

async fn until<R>(events: &mut Events, mut is_it: impl FnMut(Event) -> Option<R>) -> R {
    loop {
        let event = events.next().await.expect("the client has ended");
        if let Some(found) = is_it(event) {
            return found;
        }
    }
}

async fn attached(client: &Client) -> Events {
    let mut events = client.events();
    while !matches!(client.status(), Status::Attached { .. }) {
        events.next().await.expect("the client has ended");
    }
    events
}

fn received(event: Event) -> Option<Entry> {
    match event {
        Event::Received(entry) => Some(entry),
        Event::Changed(entry) if matches!(entry.way, Way::Received { .. }) => Some(entry),
        _ => None,
    }
}

#[tokio::test]
async fn a_text_goes_from_one_to_the_other_and_its_proof_comes_back() {
    let (folder, (address, _server)) = (tempfile::tempdir().unwrap(), serve());
    let ann = Client::start(profile(&folder, 1, address)).unwrap();
    let ben = Client::start(profile(&folder, 2, address)).unwrap();
    let (mut of_ann, mut of_ben) = (attached(&ann).await, attached(&ben).await);
    let long = "Grüße ".repeat(60);
    let sent = ann.send(Draft::new(number(2), &long)).await.unwrap();
    assert_eq!(sent.way, Way::Sent(State::Waiting));
    let came = until(&mut of_ben, |event| {
        received(event).filter(|entry| {
            let Way::Received { trust, .. } = entry.way else { return false };
            trust == Trust::Verified && entry.parts_missing == 0
        })
    });
    let came = came.await;
    assert_eq!((came.with, &came.text, came.is_sealed), (number(1), &long, true));
    let delivered =
        until(&mut of_ann, |event| match event {
            Event::Changed(Entry {
                id, way: Way::Sent(State::Delivered { proven, .. }), ..
            }) if id == sent.id => Some(proven),
            _ => None,
        });
    assert!(delivered.await);
    let up_to = came.id;
    let read = ben.with_profile(move |ben| ben.mark_read(number(1), up_to, true, Stamp::now()));
    read.await.unwrap().unwrap();
    until(&mut of_ann, |event| match event {
        Event::Changed(Entry { way: Way::Sent(State::Read { proven: true, .. }), .. }) => Some(()),
        _ => None,
    })
    .await;
    let found = ann.lookup(number(2)).await.unwrap().row.unwrap();
    let of_ben = ben.with_profile(|ben| ben.owner_key()).await.unwrap();
    assert_eq!(found.key, Some(of_ben));
    assert_eq!(ann.lookup(number(3)).await.unwrap().row, None);
    let traced = ann.trace(sent.id).await.unwrap();
    assert!(matches!(traced.way, Way::Sent(State::Read { .. })), "a trace knows less");
}

#[tokio::test]
async fn what_was_written_without_a_server_leaves_once_when_there_is_one() {
    let (folder, (address, server)) = (tempfile::tempdir().unwrap(), serve());
    let mut ann = profile(&folder, 1, address);
    for text in ["one", "two", "three"] {
        ann.compose(&Draft::new(number(2), text), Stamp::now()).unwrap();
    }
    let ann = Client::start(ann).unwrap();
    let mut events = ann.events();
    let mut accepted = 0;
    while accepted < 3 {
        accepted += until(&mut events, |event| match event {
            Event::Changed(Entry { way: Way::Sent(State::Accepted { .. }), .. }) => Some(1),
            _ => None,
        })
        .await;
    }
    let last = ann.history().unwrap().page(number(2), None, 1).unwrap().remove(0);
    let traced = ann.trace(last.id).await.unwrap();
    let Way::Sent(State::Traced { by, whereabouts, .. }) = traced.way else { panic!("no trace") };
    assert_eq!((by.id, whereabouts), (server.lock().unwrap().key().id(), Whereabouts::InMailbox));
    let profile = ann.stop().await.unwrap();
    assert_eq!(profile.history().waiting().unwrap(), 0);
    let again = Client::start(profile).unwrap();
    let _events = attached(&again).await;
    drop(again);
    assert_eq!(server.lock().unwrap().taken.len(), 3);
}

#[tokio::test]
async fn the_key_of_the_first_use_is_kept_and_a_code_lets_in() {
    let (folder, (address, server)) = (tempfile::tempdir().unwrap(), serve());
    server.lock().unwrap().odd.code = Some("open sesame".to_owned());
    let ann = Client::start(profile(&folder, 1, address)).unwrap();
    let mut events = ann.events();
    while !matches!(ann.status(), Status::Refused { why: Refusal::NOT_INVITED, .. }) {
        events.next().await.expect("the client has ended");
    }
    assert!(matches!(ann.lookup(number(2)).await, Err(ClientError::NotAttached)));
    ann.claim("open sesame").await.unwrap();
    attached(&ann).await;
    let mut profile = ann.stop().await.unwrap();
    let key = profile.servers().unwrap()[0].key;
    assert_eq!(key.map(|key| *key.as_bytes()), Some(server.lock().unwrap().key().0));
    profile.set_servers(&[Server::at(address.to_string())]).unwrap();
    assert_eq!(profile.servers().unwrap()[0].key, key, "it is not forgotten by the way");
}

#[tokio::test]
async fn a_number_is_given_up() {
    let (folder, (address, _server)) = (tempfile::tempdir().unwrap(), serve());
    let ann = Client::start(profile(&folder, 1, address)).unwrap();
    let mut events = attached(&ann).await;
    ann.release_number().await.unwrap();
    until(&mut events, |event| (event == Event::Released).then_some(())).await;
    assert_eq!(ann.status(), Status::Released);
}

/// As the database undoes a turn by itself where the disk is full.
#[tokio::test]
async fn a_turn_that_was_undone_is_not_said_to_be_done_and_the_client_goes_on() {
    let (address, _server) = serve();
    let folder = tempfile::tempdir().unwrap();
    let ann = Client::start(profile(&folder, 1, address)).unwrap();
    let mut events = attached(&ann).await;
    let undoes = |ann: &mut Profile| {
        ann.compose(&Draft::new(number(2), "lost"), Stamp::now()).unwrap();
        ann.tables().execute_batch("ROLLBACK").unwrap();
    };
    let done = ann.with_profile(undoes).await;
    assert!(matches!(done, Err(ClientError::Profile(ProfileError::NotKept { .. }))), "{done:?}");
    until(&mut events, |event| matches!(event, Event::Trouble(_)).then_some(())).await;
    until(&mut events, |event| matches!(event, Event::Missed).then_some(())).await;
    let kept = ann.send(Draft::new(number(2), "kept")).await.unwrap();
    let is_accepted = |entry: &Entry| matches!(entry.way, Way::Sent(State::Accepted { .. }));
    until(&mut events, |event| match event {
        Event::Changed(entry) => (entry.id == kept.id && is_accepted(&entry)).then_some(()),
        _ => None,
    })
    .await;
    let page = ann.history().unwrap().page(number(2), None, 10).unwrap();
    assert_eq!(page.iter().map(|entry| entry.text.as_str()).collect::<Vec<_>>(), ["kept"]);
}
