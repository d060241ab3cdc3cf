//! What a server shows to browsers: the page, and a native link for each.
//!
//! ```text
//!   browser ──► http.rs     a loop of ours over hyper: time-outs, limits
//!                 │              by TLS where there are certificate files, tls.rs
//!                 ├─► page.rs      the files, compressed once
//!                 └─► gateway.rs   a WebSocket ◄──► link.rs  a link of its own ──UDP──► server
//! ```
//!
//! It is a client of its server like any other, with one link for each browser: it has no
//! number and no owner's key, and decides nothing (docs/protocol/web.md).

mod files;
mod frame;
mod gateway;
mod guard;
mod http;
pub mod limits;
mod link;
mod page;
mod problem;
mod tls;
mod web;

pub use problem::Problem;
pub use tls::{CertificateFiles, Tls, TlsError};
pub use web::{At, Home, Web, WebError};
