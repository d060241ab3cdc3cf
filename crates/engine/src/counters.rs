//! What has happened in this run, counted.

/// What has happened since the server started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Texts accepted from clients.
    pub accepted: u64,
    /// Clients' marked `send`s that were repeats.
    pub accepted_repeats: u64,
    /// Messages taken over from other servers.
    pub taken_over: u64,
    /// Servers' `send`s that were repeats.
    pub taken_over_repeats: u64,
    /// `get`s answered with a message.
    pub handed_out: u64,
    /// `get`s answered with nothing.
    pub handed_nothing: u64,
    /// Messages whose reader has acknowledged them, or which were removed when
    /// they were handed out where no acknowledgment is asked.
    pub delivered: u64,
    /// Forwarded `send`s, the first time.
    pub forwarded: u64,
    /// Forwarded `send`s, repeated.
    pub forwarded_again: u64,
    /// Forwarded messages that the other server has taken over.
    pub handed_over: u64,
    /// Acks that matched nothing.
    pub acks_unmatched: u64,
    /// Pairs of lists that were taken over.
    pub pairs_taken: u64,
    /// Pairs of lists that contradicted, from the wrong side, and were ignored.
    pub pairs_echoed: u64,
    /// Own clients that have moved to another server.
    pub moved_away: u64,
    /// `send`s refused because the disk is full.
    pub refused_disk: u64,
    /// `send`s refused because the recipient's mailbox is full.
    pub refused_mailbox: u64,
    /// `send`s refused because too many messages wait on this server.
    pub refused_waiting: u64,
    /// Requests refused because too many clients are known.
    pub refused_clients: u64,
    /// Messages refused because their neighbour, or all own clients, have their share.
    pub refused_share: u64,
    /// `send`s refused because too much of their sender waits here.
    pub refused_sender: u64,
    /// `send`s refused because their sender sends too fast.
    pub refused_rate: u64,
    /// Attaches and claims of clients that were refused.
    pub attaches_refused: u64,
    /// What clients handed over that is not theirs to say.
    pub submits_refused: u64,
    /// What clients handed over whose number was not at home here at the time; it waits.
    pub submits_early: u64,
    /// Texts in the name of a bound number that its owner has not signed.
    pub refused_unproved: u64,
    /// Messages that had no hop left.
    pub refused_hops: u64,
    /// Trunks refused: to this server itself, or too many servers are known.
    pub trunks_refused: u64,
    /// Trunks cut: the other side gave no custody for too long.
    pub trunks_cut: u64,
    /// Rows of servers that are too many, or that no server numbers so high.
    pub rows_refused: u64,
    /// Rows of bound numbers that none of their keys that hold has signed.
    pub rows_not_owners: u64,
    /// Rows without a key whose version is too far ahead of what is known.
    pub rows_far_ahead: u64,
    /// Rows that put a number of somebody's block elsewhere.
    pub rows_reserved: u64,
    /// Rows of numbers that are bound to another first key as well.
    pub rows_disputed: u64,
    /// Own clients whose numbers are of somebody else's block, and were not told to others.
    pub claims_withheld: u64,
    /// Requests of classic clients in the name of a number that is bound to a key.
    pub refused_bound: u64,
    /// Rows that count and of which a neighbour had said that they are not there.
    pub rows_hidden: u64,
    /// Rows that were known already.
    pub rows_known: u64,
    /// Rows that were not.
    pub rows_taken: u64,
    /// Rows handed to trunks.
    pub rows_given: u64,
    /// Messages handed to trunks.
    pub given: u64,
    /// Custody of what was not handed over.
    pub custody_unmatched: u64,
    /// Messages that got older than they may.
    pub expired: u64,
    /// Receipts sent.
    pub receipts: u64,
    /// Receipts for own clients' messages.
    pub learned: u64,
    /// Commits, a flush each.
    pub commits: u64,
    /// Bytes committed to the log.
    pub committed_bytes: u64,
}

impl Counters {
    /// Everything that was refused, for whatever reason.
    pub fn refused(&self) -> u64 {
        self.refused_disk
            + self.refused_mailbox
            + self.refused_waiting
            + self.refused_clients
            + self.refused_share
            + self.refused_sender
            + self.refused_rate
            + self.submits_early
    }
}
