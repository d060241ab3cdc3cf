//! All limits of the link, each with its unit and its reason. The times are in
//! `durations`.
//!
//! At a limit new work is refused or dropped, and counted. What was accepted stays.

/// Bytes of an item: a text of 160 characters of four bytes, sealed, signed and with its
/// header takes less than 900.
pub const ITEM_BYTES_MAX: usize = 1_024;

/// Bytes of a datagram of a link, at least: room for a handshake, and for a signed text
/// of 160 GSM characters.
pub const MTU_MIN: u16 = 256;

/// Bytes of a datagram of a link, at most: what every tunnel over Ethernet carries.
pub const MTU_MAX: u16 = 1_400;

/// Bytes of a datagram of a link unless it is set otherwise: the least that IPv6
/// carries without fragments, less its headers, and rounded.
pub const MTU_DEFAULT: u16 = 1_200;

/// Items that wait at one link, sent or not, until the other end has them in custody.
pub const QUEUE_ITEMS_MAX: usize = 16_384;

/// Bytes of the items that wait at one link. At worst twice this in memory.
pub const QUEUE_BYTES_MAX: usize = 4 << 20;

/// Items between the oldest without custody and the newest that was sent. Those that came
/// out of order take up to 16 bytes each at the other end. An item's
/// number is sent with 21 bits: this and [`REPLAY_WINDOW`] times [`CHUNKS_MAX`] together
/// are less than half of that, so that no late packet can be taken for a coming one.
pub const ITEM_WINDOW: u64 = 32_768;

/// Items, or parts of items, in one packet.
pub const CHUNKS_MAX: usize = 64;

/// Parts of one item: 1,024 bytes over packets of 256.
pub const PARTS_MAX: usize = 5;

/// Items whose parts have come only in part, of 1,072 bytes each; a sender has no more
/// under way.
pub const PARTIALS_MAX: usize = 128;

/// Packets behind the newest that may still come.
pub const REPLAY_WINDOW: u64 = 2_048;

/// Packets that are sent and of which nothing has been heard. 48 bytes each.
pub const FLIGHT_MAX: usize = 32_768;

/// Ranges in a list of a report; a list that is cut off is completed by later ones.
pub const REPORT_RANGES_MAX: usize = 100;

/// Times of arrival in a report.
pub const REPORT_TIMES_MAX: usize = 16;

/// Packets that arrive without a report, at most: the next report has room for as many
/// ranges.
pub const UNREPORTED_MAX: u32 = 64;

/// Events that wait to be polled, of 64 bytes; no datagram is taken while there are as
/// many. One brings at most [`ITEM_WINDOW`] of them.
pub const EVENTS_MAX: usize = 16_384;

/// Bytes of items that wait to be polled; no datagram is taken while there are as many.
pub const INBOX_BYTES_MAX: usize = 4 << 20;

/// Handshake datagrams that wait to be polled. 200 bytes each.
pub const OUTGOING_MAX: usize = 256;

/// Handshakes begun by others that may be unfinished. 3 kB each; of more the oldest is
/// forgotten, once it has had its time.
pub const ANSWERING_MAX: usize = 512;

/// The same from one IPv4 address or one IPv6 network of 64 bits: a village behind a router
/// comes back all at once.
pub const ANSWERING_PER_HOST_MAX: usize = 128;

/// Unfinished handshakes from which on a cookie is demanded.
pub const COOKIE_FROM: usize = 32;

/// Handshakes begun by others that are answered without a cookie, a second and at once.
pub const ANSWERS_PER_SECOND: u64 = 64;

/// Sessions and handshakes: the places of 20 bits of a receiver index.
pub const LINKS_MAX: usize = 1 << 20;

/// Peers that are known, configured or not.
pub const PEERS_MAX: usize = 1 << 20;

/// Times that a handshake may fail on a damaged last packet before it is given up.
pub const REBUILDS_MAX: u8 = 3;

/// Bytes per second below which no link is paced: a packet of 256 bytes in four seconds.
pub const RATE_MIN: f64 = 64.0;

/// Bytes per second above which no link is paced.
pub const RATE_MAX: f64 = 1e9;
