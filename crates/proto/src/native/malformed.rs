//! Why bytes are not what they should be.

/// Why bytes are dropped. Nothing was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Malformed {
    /// They end within a field.
    #[error("the bytes end within a field")]
    Ended,
    /// They go on after the last field.
    #[error("bytes after the last field")]
    Trailing,
    /// An integer of variable length in more bytes than it needs, or too large for
    /// its field.
    #[error("an integer in too many bytes, or too large for its field")]
    Varint,
    /// An item that begins with a byte that the protocol does not know.
    #[error("an item of an unknown kind")]
    ItemKind,
    /// An item of over 1,024 bytes.
    #[error("an item of over 1,024 bytes")]
    ItemLength,
    /// A number beyond 9999999999.
    #[error("a number of more than ten digits")]
    Number,
    /// A count, version or sequence number of zero.
    #[error("a zero where counting begins at one")]
    Zero,
    /// A part of fewer than two, or beyond the last.
    #[error("a part of fewer than two, or beyond the last")]
    Part,
    /// A form of content that the protocol does not know, or not in such a message.
    #[error("a content of an unknown form")]
    Form,
    /// Septets that say no text, or bits set after them.
    #[error("septets that say no text")]
    Septets,
    /// Not strict UTF-8.
    #[error("not UTF-8")]
    NotUtf8,
    /// A text of over 160 characters.
    #[error("a text of over 160 characters")]
    TooLong,
    /// A sealed text that is too short to be one, or longer than any.
    #[error("a sealed text that is too short or too long")]
    Sealed,
    /// An outcome that the protocol does not know.
    #[error("a receipt with an unknown outcome")]
    Outcome,
    /// A range that ends before it begins.
    #[error("a range that ends before it begins")]
    Range,
    /// A row of a kind that the protocol does not know.
    #[error("a row of an unknown kind")]
    RowKind,
    /// Flags that the protocol does not know, or that contradict each other.
    #[error("flags that are unknown or contradict each other")]
    Flags,
    /// A first key that is the same as the later one, or speaks of a version to come.
    #[error("a first key that is the later one, or speaks of a version to come")]
    FirstKey,
    /// A row that is said to follow a later one.
    #[error("a row that is said to follow a later one")]
    After,
    /// An invitation code of over 32 bytes.
    #[error("an invitation code of over 32 bytes")]
    Code,
    /// A server's label that is empty, over 32 bytes, or does not print.
    #[error("a label that is empty, too long, or does not print")]
    Label,
    /// A block that is none, or blocks that are too many, out of order or overlap.
    #[error("blocks that are too many, out of order, or overlap")]
    Blocks,
    /// A place in a line of classic servers that no line has.
    #[error("a place in a line of classic servers that no line has")]
    LinePlace,
    /// A summary whose origins are out of order.
    #[error("a summary whose origins are out of order")]
    Order,
}
