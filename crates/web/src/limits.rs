//! All limits of the web, each with its unit and its reason.

use std::time::Duration;

/// Connections at once, where the system lets the process have the files for them.
pub const CONNECTIONS_MAX: usize = 10_000;

/// Files that are left to the server beside: its log, its sockets, questions of its operator.
pub const FILES_LEFT: usize = 256;

/// The same of one IPv4 address or one IPv6 network of 64 bits: a village behind a router.
pub const CONNECTIONS_PER_HOST_MAX: usize = 1_024;

/// Bytes of a request's line and headers.
pub const HEAD_BYTES_MAX: usize = 8_192;

/// A request's headers have come within this: on the slowest link that is worth it.
pub const HEAD_WITHIN: Duration = Duration::from_secs(20);

/// A connection that is no WebSocket ends after this, whatever it was doing.
pub const CONNECTION_MAX: Duration = Duration::from_secs(300);

/// Who does not read what was sent for this long is cut off.
pub const UNREAD_MAX: Duration = Duration::from_secs(30);

/// A WebSocket on which nothing was said for this long is closed: two pings and a bit.
pub const SILENCE_MAX: Duration = Duration::from_secs(100);

/// Bytes of a WebSocket's message: an item and what is before it.
pub const MESSAGE_BYTES_MAX: usize = 1_024 + 6;

/// Bytes of what a WebSocket has read and is not looked at yet.
pub const READ_BUFFER_BYTES: usize = 2_048;

/// Bytes that wait to be written to a WebSocket: the 64 messages that a server hands over, and
/// some answers.
pub const WRITE_BUFFER_BYTES_MAX: usize = 128 * 1_024;

/// Items of a browser that its server has not taken.
pub const UNDER_WAY_MAX: usize = 1_024;

/// Items that a browser has not taken. A server hands over 64 messages, and besides only what
/// was asked for.
pub const HANDED_MAX: usize = 4_096;

/// Datagrams that are taken before what they brought is passed on.
pub const DATAGRAMS_AT_ONCE: usize = 64;

/// At the end, browsers are told goodbye for this long.
pub const GOODBYES_WITHIN: Duration = Duration::from_secs(2);

/// Certificate files are looked at again after this, at the earliest.
pub const CERTIFICATE_LOOK_EVERY: Duration = Duration::from_secs(60);
