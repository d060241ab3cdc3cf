//! Whether texts can leave.

use crate::ServerName;
use postrider_link::Mode;
use postrider_proto::native::Refusal;

/// Whether texts can leave at the moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// No server is known.
    #[default]
    NoServer,
    /// A server is being called.
    Connecting {
        /// As it was written in the settings.
        address: String,
    },
    /// The number is attached.
    Attached {
        /// Where.
        server: ServerName,
        /// Whether the link is sealed or clear.
        mode: Mode,
    },
    /// A server does not let the number in; it is asked again, and the others are.
    Refused {
        /// Which server.
        server: ServerName,
        /// Why.
        why: Refusal,
    },
    /// The number has been given up.
    Released,
    /// The client has ended.
    Ended,
}
