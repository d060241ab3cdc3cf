//! Servers of the local network find each other, by multicast DNS (RFC 6762, RFC 6763).
//!
//! ```text
//!   _postrider._udp.local ◄─ announce ─┐
//!        the library's thread ─────────┴─► seen ─► this thread ─► trunks
//! ```
//!
//! A server that is told to says where it is and what its key is, and hears what others
//! say. Anybody there may say anything: it is for the trunks to make of it what it is
//! worth, and for the handshake to prove it.

mod announce;
mod seen;

use crate::ask::Asker;
use crate::limits::RECORDS_FOUND_MAX;
use crate::passing::{ForTrunks, Sighting};
use crate::server::{ServerError, thread};
use crate::settings::Settings;
use announce::Announced;
use mdns_sd::{Receiver, ServiceDaemon, ServiceEvent};
use postrider_proto::native::ServerKey;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::SyncSender;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// What servers call themselves on the local network.
const SERVICE: &str = "_postrider._udp.local.";

/// How often the thread looks whether it is to stop.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// How often it looks how much the library keeps.
const COUNT_EVERY: Duration = Duration::from_secs(1);

/// The pause after what somebody said. Fifty a second are far more than a sound network
/// says; what comes faster waits in the library, which cuts off a reader that is too far
/// behind, and tells it all again.
const PAUSE: Duration = Duration::from_millis(20);

/// How long it rests when the local network says too much, or cannot be heard.
const REST: Duration = Duration::from_secs(300);

/// How long the library may take to say how much it keeps. One that is flooded has no time
/// for it, and takes in little.
const ANSWER: Duration = Duration::from_secs(10);

/// How long the library may take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(1);

/// The thread that hears what the local network says.
#[derive(Debug)]
pub(crate) struct Discovering(JoinHandle<()>);

impl Discovering {
    /// Begins, if the settings say so. It ends when the server is told to stop.
    pub(crate) fn begin(
        settings: &Settings,
        address: SocketAddr,
        key: Option<ServerKey>,
        asker: &Asker,
        stop: &Arc<AtomicBool>,
    ) -> io::Result<Option<Discovering>> {
        let wanted = settings.trunks.as_ref().filter(|trunks| trunks.discover);
        let (Some(wanted), Some(key), Some(trunks)) = (wanted, key, asker.trunks.clone()) else {
            return Ok(None);
        };
        let own = Announced { key, name: wanted.name.clone(), address };
        let discovery = Discovery { own, trunks, stop: Arc::clone(stop) };
        Ok(Some(Discovering(thread("discovery", move || discovery.run())?)))
    }

    /// Waits until it has ended.
    pub(crate) fn end(self) -> Result<(), ServerError> {
        self.0.join().map_err(|_| ServerError::Panicked)
    }
}

/// Why the thread rests.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error("multicast DNS does not work here: {0}")]
    Library(#[from] mdns_sd::Error),
    #[error("the local network says more than can be kept; somebody there may be hostile")]
    TooMuch,
}

struct Discovery {
    own: Announced,
    trunks: SyncSender<ForTrunks>,
    stop: Arc<AtomicBool>,
}

impl Discovery {
    /// A server that neither finds others nor is found serves all the same.
    fn run(self) {
        while !self.is_over() {
            if let Err(trouble) = self.listen() {
                tracing::warn!(%trouble, rest_s = REST.as_secs(), "no peers are looked for");
                self.rest();
            }
        }
    }

    fn is_over(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn rest(&self) {
        let until = Instant::now() + REST;
        while !self.is_over() && Instant::now() < until {
            std::thread::park_timeout(LOOK_EVERY);
        }
    }

    /// Listens until it is over, or something is the matter.
    fn listen(&self) -> Result<(), Trouble> {
        let library = self.own.announce()?;
        let ended = self.hear_all(&library);
        if let Ok(goodbye) = library.shutdown() {
            // If it takes too long, the others find out by themselves.
            let _ = goodbye.recv_timeout(GOODBYE);
        }
        ended
    }

    fn hear_all(&self, library: &ServiceDaemon) -> Result<(), Trouble> {
        let mut events = library.browse(SERVICE)?;
        let mut count_at = Instant::now();
        while !self.is_over() {
            match events.recv_timeout(LOOK_EVERY) {
                Ok(event) => self.hear(&event),
                Err(_) if events.is_disconnected() => events = self.begin_again(library)?,
                Err(_) => {}
            }
            if Instant::now() >= count_at {
                check_amount(library)?;
                count_at = Instant::now() + COUNT_EVERY;
            }
        }
        Ok(())
    }

    /// It was too far behind.
    fn begin_again(&self, library: &ServiceDaemon) -> Result<Receiver<ServiceEvent>, Trouble> {
        std::thread::park_timeout(LOOK_EVERY);
        Ok(library.browse(SERVICE)?)
    }

    fn hear(&self, event: &ServiceEvent) {
        let sighting = match event {
            ServiceEvent::ServiceResolved(service) => {
                seen::found(service, self.own.address.ip()).map(Sighting::Here)
            }
            ServiceEvent::ServiceRemoved(_, name) => seen::whose(name).map(Sighting::Gone),
            _ => None,
        };
        if let Some(sighting) = sighting {
            // Once the trunks have ended, the server does.
            let _ = self.trunks.send(ForTrunks::Sighted(sighting));
            std::thread::park_timeout(PAUSE);
        }
    }
}

/// The library keeps whatever is said, for as long as it is said to be true.
fn check_amount(library: &ServiceDaemon) -> Result<(), Trouble> {
    let figures = library.get_metrics()?.recv_timeout(ANSWER).map_err(|_| Trouble::TooMuch)?;
    let kept: i64 = KEPT.iter().filter_map(|name| figures.get(*name)).sum();
    if kept > RECORDS_FOUND_MAX { Err(Trouble::TooMuch) } else { Ok(()) }
}

/// What the library calls the numbers of records that it keeps.
const KEPT: [&str; 6] =
    ["cached-ptr", "cached-srv", "cached-addr", "cached-txt", "cached-nsec", "cached-subtype"];
