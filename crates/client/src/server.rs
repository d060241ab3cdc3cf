//! Where a server is.

use postrider_link::{Mode, PublicKey};

/// A server that a client may attach to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// A name or an IP address, and a port: `post.example:10410`, `[fe80::1]:10410`.
    pub address: String,
    /// Its key. Without one the first key that is shown there is kept.
    pub key: Option<PublicKey>,
    /// Whether the link is to be sealed, or clear where the law asks for that.
    pub mode: Mode,
    /// Bytes of a datagram at most: 256 on a narrow link.
    pub mtu: u16,
}

impl Server {
    /// A server at this address, sealed, of which nothing else is known.
    pub fn at(address: impl Into<String>) -> Server {
        let mtu = postrider_link::limits::MTU_DEFAULT;
        Server { address: address.into(), key: None, mode: Mode::Sealed, mtu }
    }
}
