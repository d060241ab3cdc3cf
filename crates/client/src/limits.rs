//! All limits of the client, each with its unit and its reason. The times are in `durations`.

use postrider_proto::native::{Content, Part};

/// Characters of a text: as many parts as there may be, each full.
pub const TEXT_CHARACTERS_MAX: usize = Content::CHARACTERS_MAX * Part::PARTS_MAX as usize;

/// Messages that a server was handed and has not in custody.
pub const IN_FLIGHT_MAX: usize = 1_024;

/// Items of a server that wait for one before them. It hands over at most 64 messages without
/// custody, and besides only what was asked for.
pub const EARLY_ITEMS_MAX: usize = 4_096;

/// Servers of a profile.
pub const SERVERS_MAX: usize = 16;

/// Servers in the code of a second device, so that a camera can still read its picture.
pub const CODE_SERVERS_MAX: usize = 4;

/// Letters of such a code: those over which its check is good.
pub const CODE_CHARACTERS_MAX: usize = 1_023;

/// Bytes of a server's address in it: a host's name has at most 253, a port five digits.
pub const ADDRESS_BYTES_MAX: usize = 255;

/// Numbers that are known to a session; of more all are asked for again.
pub const KNOWN_MAX: usize = 4_096;

/// Events that wait for the program; of more it misses the oldest, and is told so.
pub const EVENTS_MAX: usize = 1_024;

/// Commands of the program that wait for the client's thread.
pub const COMMANDS_MAX: usize = 64;

/// Datagrams that are taken before what they brought is committed, with one flush.
pub const DATAGRAMS_AT_ONCE: usize = 64;

/// Entries of a page of the history.
pub const PAGE_MAX: usize = 1_000;

/// Members of a group: each text is one for each of them.
pub const GROUP_MEMBERS_MAX: usize = 500;

/// Texts of one member that a group hands on at once, if it has not texted for a while. They may
/// have waited together, while the group or the member could not be reached.
pub const GROUP_TEXTS_AT_ONCE: u32 = 100;

/// Numbers of which a group remembers how fast they text, and what it has told them.
pub const GROUP_NUMBERS_MAX: usize = 2_000;

/// Copies of texts that a group remembers, about 30 MB; of more it forgets the oldest.
pub const GROUP_COPIES_MAX: usize = 100_000;

/// Characters of a member's name: it stands before each of its texts.
pub const GROUP_NAME_CHARACTERS_MAX: usize = 20;

/// Characters of a group's name.
pub const GROUP_TITLE_CHARACTERS_MAX: usize = 40;
