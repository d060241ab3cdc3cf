//! The shell's limits, each with its unit and its reason. The engine's are in its
//! own file of this name.

/// Datagrams that one system call receives. Each has a buffer of
/// [`DATAGRAM_BYTES`], of which only the pages that are used take memory.
pub(crate) const RECEIVED_PER_CALL: usize = 64;

/// The longest datagram that UDP carries: a legal one may end in any number of
/// newlines and NULs.
pub(crate) const DATAGRAM_BYTES: usize = 65_536;

/// Batches that wait for the engine: 4,096 datagrams, one turn's worth.
pub(crate) const BATCHES_IN_MAX: usize = 64;

/// Batches that wait to be sent; each holds the outputs of one turn.
pub(crate) const BATCHES_OUT_MAX: usize = 4;

/// Datagrams that one system call sends: the kernel takes no more.
pub(crate) const SENT_PER_CALL: usize = 1_024;

/// Bytes asked for each of the socket's buffers: some 8,000 small datagrams, what
/// comes in during a slow flush. The kernel may grant less.
pub const SOCKET_BUFFER_BYTES: usize = 8 << 20;

/// Addresses whose rates are told apart. 32 bytes each; where two share a place they
/// share a rate.
pub(crate) const RATE_SLOTS: usize = 8_192;

/// Requests that an address may make at once, in units of its rate per second.
pub(crate) const RATE_BURST_SECONDS: u64 = 2;

/// Servers on the local network that are nobody's peers, as operators are shown them. Of
/// more the one that was seen first is forgotten.
pub(crate) const NEIGHBOURS_MAX: usize = 64;

/// Addresses that are tried of a peer that was seen on the local network, the latest ones:
/// a host has a few, and anybody may say more.
pub(crate) const ADDRESSES_FOUND_MAX: usize = 4;

/// Records of the local network that the library keeps, in number: some hundred servers
/// with all that belongs to them, or some megabytes. It has no limit of its own, so at more
/// it is ended for a while.
pub(crate) const RECORDS_FOUND_MAX: i64 = 4_096;

/// Batches that wait for the trunks, of the reader and of the turns. The reader's beyond
/// are dropped, the turns wait.
pub(crate) const BATCHES_TRUNKS_MAX: usize = 64;
