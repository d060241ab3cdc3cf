//! The web of one server: a thread of its own.

use crate::files::connections_max;
use crate::http::{self, Hosts, Shared};
use crate::limits::GOODBYES_WITHIN;
use crate::page::Page;
use crate::tls::{CertificateFiles, Tls, TlsError};
use axum::Router;
use postrider_link::PublicKey;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::thread::JoinHandle;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// The server that browsers' links are with.
#[derive(Clone, Copy, Debug)]
pub struct Home {
    pub(crate) address: SocketAddr,
    pub(crate) key: PublicKey,
}

/// Where a web is, and by what names.
#[derive(Clone, Debug)]
pub struct At {
    /// By TCP.
    pub listen: SocketAddr,
    /// Under which it is asked, beside addresses and local names.
    pub names: Vec<String>,
    /// HTTPS alone, where there is one; plain HTTP otherwise.
    pub certificate: Option<CertificateFiles>,
}

/// Why there is no web.
#[derive(Debug, thiserror::Error)]
pub enum WebError {
    /// The address cannot be had.
    #[error("cannot show the page at {address}: {source}")]
    Listen {
        /// Where it was to be.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// Its certificate cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The thread cannot be had.
    #[error("the web cannot be started: {0}")]
    Start(#[from] io::Error),
}

/// A running web. It ends with [`Web::stop`].
pub struct Web {
    address: SocketAddr,
    stop: Arc<watch::Sender<bool>>,
    thread: JoinHandle<()>,
}

impl Home {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Who it is.
    pub fn key(&self) -> PublicKey {
        self.key
    }

    /// A server of this machine, by where it listens; its key is not secret.
    pub fn at(listens: SocketAddr, key: PublicKey) -> Home {
        let mut address = listens;
        match address {
            SocketAddr::V4(v4) if v4.ip().is_unspecified() => {
                address.set_ip(Ipv4Addr::LOCALHOST.into());
            }
            SocketAddr::V6(v6) if v6.ip().is_unspecified() => {
                address.set_ip(Ipv6Addr::LOCALHOST.into());
            }
            _ => {}
        }
        Home { address, key }
    }
}

impl Web {
    /// Starts to take connections. Without a server there are no links. `more` is made on the web's thread, and says what is there
    /// beside the page and the links.
    pub fn start(
        at: At,
        home: Option<Home>,
        more: impl FnOnce() -> Router + Send + 'static,
    ) -> Result<Web, WebError> {
        let At { listen, names, certificate } = at;
        let tls = certificate.map(Tls::from_files).transpose()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let listener = runtime.block_on(TcpListener::bind(listen));
        let unheard = |source| WebError::Listen { address: listen, source };
        let listener = listener.map_err(unheard)?;
        let address = listener.local_addr()?;
        let (stop, stopped) = watch::channel(false);
        let stop = Arc::new(stop);
        let shared = Shared {
            home,
            names,
            tls,
            page: Page::new(),
            hosts_there: Hosts::new(connections_max()),
            stop: stopped,
        };
        let thread = std::thread::Builder::new().name("web".to_owned());
        let stopping = stop.clone();
        let thread = thread.spawn(move || {
            runtime.block_on(async {
                http::listen(listener, Arc::new(shared), more()).await;
                let _ = tokio::time::timeout(GOODBYES_WITHIN, stopping.closed()).await;
            });
        })?;
        Ok(Web { address, stop, thread })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends it; what browsers have not been told to be taken they say again to the next.
    pub fn stop(self) {
        self.stop.send_replace(true);
        let _ = self.thread.join();
    }
}
