"""Rows of the directory, and summaries of what has been seen of it."""

import dataclasses
import unicodedata

from forms import Reader, Refused, varint
from keys import is_signed
from messages import ITEM_MAX, NUMBERS, NUMBER_BITS, not_zero, number

ROW, SUMMARY = 0x80, 0x81
NUMBER, LINK, SERVER = 1, 2, 3
RELEASED, BOUND, LATER_KEY, LINE = 1, 2, 4, 8
KEY, SIGNATURE, SHORT_KEY = 32, 64, 8
LABEL_MAX, BLOCKS_MAX = 32, 16
MORE = 1
DOMAIN = b"postrider row v1\0"
OWNER_DOMAIN = b"postrider owner v1\0"
KEY_DOMAIN = b"postrider key v1\0"


@dataclasses.dataclass
class Row:
    """A row as it is kept. `what` is what it is about, `says` is that as it was parsed."""

    origin: bytes
    sequence: int
    kind: int
    content: bytes
    signature: bytes = b""
    what: tuple = ()
    says: object = None

    def signed(self):
        return DOMAIN + self.unsigned()

    def unsigned(self):
        return self.origin + self.sequence.to_bytes(8, "big") + bytes([self.kind]) + self.content

    def item(self, step):
        return bytes([ROW]) + varint(step) + self.unsigned() + self.signature

    def is_signed(self):
        return is_signed(self.origin, self.signature, self.signed())


@dataclasses.dataclass
class NumberRow:
    number: int
    version: int
    flags: int = 0
    owner: bytes = b""
    owner_signature: bytes = b""
    first: bytes = b""
    holds_from: int = 0
    first_signature: bytes = b""

    def content(self):
        head = self.number.to_bytes(5, "big") + self.version.to_bytes(4, "big") + bytes([self.flags])
        return head + self.owner + self.owner_signature + self.later()

    def later(self):
        """Of an owner's key that is not the first: the first, which signed for it."""
        if not self.first:
            return b""
        return self.first + self.holds_from.to_bytes(4, "big") + self.first_signature

    def first_signed(self):
        """The bytes that the first key signs."""
        head = self.number.to_bytes(5, "big") + self.holds_from.to_bytes(4, "big")
        return KEY_DOMAIN + head + self.owner

    def owner_signed(self, home):
        """The bytes that the owner signs."""
        head = self.number.to_bytes(5, "big") + self.version.to_bytes(4, "big")
        return OWNER_DOMAIN + head + home + bytes([self.flags]) + self.owner


def own_row(identity, sequence, kind, content):
    """A row that this end says, signed."""
    row = Row(identity.public, sequence, kind, content)
    row.signature = identity.sign(row.signed())
    return parse_row(row.item(sequence))[1]


def link_content(other, cost):
    return other + cost.to_bytes(2, "big")


def server_content(label, blocks=(), place=b""):
    coded = label.encode()
    packed = (digits << NUMBER_BITS | low for digits, low in blocks)
    return bytes([len(coded)]) + coded + bytes([len(blocks)]) + b"".join(b.to_bytes(5, "big") for b in packed) + place


def parse_row(item):
    """The step of an item, and its row."""
    reader = Reader(item)
    reader.bytes(1)
    step, origin = reader.varint(64), reader.bytes(KEY)
    sequence, kind = not_zero(reader.integer(8)), reader.integer(1)
    if step == 0 or step > sequence:
        raise Refused("a step that leads nowhere")
    begin = reader.at
    if kind not in PARSERS:
        raise Refused("no such row")
    what, says = PARSERS[kind](reader)
    content = item[begin : reader.at]
    row = Row(origin, sequence, kind, content, reader.bytes(SIGNATURE), (kind, what), says)
    reader.ends()
    return step, row


def parse_number(reader):
    row = NumberRow(number(reader.integer(5)), not_zero(reader.integer(4)), reader.integer(1))
    is_bound, needs_key = row.flags & BOUND, row.flags & LATER_KEY
    if row.flags > 15 or (needs_key and not is_bound) or (row.flags & LINE and is_bound):
        raise Refused("flags that cannot be")
    if row.flags & BOUND:
        row.owner, row.owner_signature = reader.bytes(KEY), reader.bytes(SIGNATURE)
    if row.flags & LATER_KEY:
        row.first, row.holds_from = reader.bytes(KEY), not_zero(reader.integer(4))
        row.first_signature = reader.bytes(SIGNATURE)
        if row.first == row.owner or row.holds_from > row.version:
            raise Refused("no later key")
    return row.number, row


def parse_link(reader):
    return reader.bytes(KEY), reader.integer(2)


def parse_server(reader):
    length = reader.integer(1)
    if length not in range(1, LABEL_MAX + 1):
        raise Refused("no label is so long")
    try:
        label = reader.bytes(length).decode()
    except UnicodeDecodeError as error:
        raise Refused("no UTF-8") from error
    if label != label.strip() or any(is_forbidden(character) for character in label):
        raise Refused("no such label")
    count = reader.integer(1)
    if count > BLOCKS_MAX:
        raise Refused("blocks too many")
    return None, (label, parse_blocks(reader, count), parse_place(reader))


def parse_place(reader):
    """In a line of classic servers, if it stands in one: the line, and which of it."""
    if reader.left() == SIGNATURE:
        return None
    line, place = reader.bytes(8), reader.integer(1)
    if place not in range(1, 65):
        raise Refused("no such place")
    return line, place


PARSERS = {NUMBER: parse_number, LINK: parse_link, SERVER: parse_server}
RANGES = ((0xAD, 0xAD), (0x61C, 0x61C), (0x180E, 0x180E), (0x200B, 0x200F), (0x2028, 0x202E))
RANGES += ((0x2060, 0x206F), (0xFEFF, 0xFEFF), (0xFFF9, 0xFFFB), (0xE0000, 0xE0FFF))


def is_forbidden(character):
    code = ord(character)
    return unicodedata.category(character) == "Cc" or any(low <= code <= high for low, high in RANGES)


def parse_blocks(reader, count):
    blocks, free = [], 0
    for _ in range(count):
        value = reader.integer(5)
        digits, low = value >> NUMBER_BITS, number(value & 2**NUMBER_BITS - 1)
        size = NUMBERS // 10**digits if 1 <= digits <= 10 else 0
        if size == 0 or low % size or low < free:
            raise Refused("no such block, or not in its place")
        free = low + size
        blocks.append((digits, low))
    return blocks


def summaries(seen):
    """The items that say: all rows of these origins up to these are here."""
    entries = [key + varint(upto) for key, upto in sorted(seen.items()) if upto]
    parts = [b""]
    for entry in entries:
        if len(parts[-1]) + len(entry) > ITEM_MAX - 2:
            parts.append(b"")
        parts[-1] += entry
    last = len(parts) - 1
    return [bytes([SUMMARY, MORE if place < last else 0]) + part for place, part in enumerate(parts)]


def parse_summary(item):
    """Whether another part follows, and the entries."""
    reader = Reader(item)
    reader.bytes(1)
    flags, entries = reader.integer(1), []
    if flags > MORE:
        raise Refused("flags that cannot be")
    while reader.left():
        key = reader.bytes(SHORT_KEY)
        if entries and key <= entries[-1][0]:
            raise Refused("not in order")
        entries.append((key, not_zero(reader.varint(64))))
    return flags == MORE, entries
