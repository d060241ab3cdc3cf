//! What programs ask a server over HTTP.
//!
//! ```text
//!   a program ──► a bearer key ──► an application: a number, and a native client of its own
//!   an operator's page ──► a key ──► the answers of the control socket
//!   a monitor ──► /healthz, /readyz, /metrics
//! ```
//!
//! An application is a profile in the server's data folder, whose client is attached to the
//! server like any other: its texts are signed, sealed, kept and told of as those of people.
//! [`document`] says what can be asked, in OpenAPI, from the code that answers.

mod access;
mod api;
mod applications;
mod body;
mod contacts;
mod document;
mod groups;
mod hooks;
mod keys;
pub mod limits;
mod live;
mod monitors;
mod network;
mod numbers;
mod samples;
mod texts;
mod words;

pub use api::Api;
pub use applications::folder_of;
pub use document::document;
pub use keys::{Key, Keys, KeysError, Scope, Secret};
