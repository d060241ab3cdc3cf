"""The bytes of the link: packets, and the frames in the body of a data packet."""

import dataclasses

from forms import Reader, Refused, varint

INIT, RESPONSE, FINISH, COOKIE, SEALED, CLEAR = range(0x80, 0x86)
LENGTHS = {INIT: 160, RESPONSE: 141, FINISH: 105, COOKIE: 29}
VERSION = 1
INIT_USED = 55
SEALED_MODE, CLEAR_MODE = 0, 1
HEADER, TAG = 9, 16
PING, REPORT, CLOSE, ITEM = 1, 2, 3, 0x80
HAS_LENGTH, IS_PART = 0x40, 0x20
ITEM_MAX = 1024
TIMES_MAX, RANGES_MAX = 16, 100
GOODBYE, UNANSWERED, REPLACED, STILL_HERE, NOT_ALLOWED, OTHER_MODE, RULES_BROKEN, FULL = range(8)
REASONS = ["goodbye", "unanswered", "replaced", "still here", "not allowed", "other mode"]
REASONS += ["rules broken", "full"]


def init(mode, sender, ephemeral, cookie=bytes(16)):
    head = bytes([INIT, VERSION, mode]) + sender.to_bytes(4, "big")
    return (head + ephemeral + cookie).ljust(LENGTHS[INIT], b"\0")


def response(sender, receiver, message):
    return bytes([RESPONSE]) + sender.to_bytes(4, "big") + receiver.to_bytes(4, "big") + message


def finish(receiver, message):
    return bytes([FINISH]) + receiver.to_bytes(4, "big") + message


def cookie_reply(receiver, ephemeral, cookie):
    return bytes([COOKIE]) + receiver.to_bytes(4, "big") + ephemeral[:8] + cookie


def data_header(mode, receiver, number):
    low = (number & 0xFFFFFFFF).to_bytes(4, "big")
    return bytes([SEALED + mode]) + receiver.to_bytes(4, "big") + low


def is_packet(datagram):
    """Whether it has the length that its first byte asks for."""
    if not datagram or datagram[0] not in range(INIT, CLEAR + 1):
        return False
    length = LENGTHS.get(datagram[0])
    if datagram[0] == INIT and any(datagram[INIT_USED:]):
        return False
    return len(datagram) == length if length else len(datagram) > HEADER + TAG


@dataclasses.dataclass
class Piece:
    """An item, or a part of one, as a frame has it: the low 21 bits of its number."""

    low: int
    data: bytes
    offset: int = 0
    whole: int | None = None

    def frame(self, is_last):
        first = ITEM | self.low >> 16 | (0 if is_last else HAS_LENGTH)
        head = (self.low & 0xFFFF).to_bytes(2, "big")
        if self.whole is not None:
            first |= IS_PART
            head += self.offset.to_bytes(2, "big") + self.whole.to_bytes(2, "big")
        if not is_last:
            head += varint(len(self.data))
        return bytes([first]) + head + self.data


@dataclasses.dataclass
class Report:
    """Pairs as the page has them; clock in microseconds, modulo 2^32."""

    clock: int
    newest: int
    times: list
    arrived: list
    base: int
    kept: list

    def frame(self):
        head = bytes([REPORT]) + self.clock.to_bytes(4, "big") + self.newest.to_bytes(4, "big")
        head += pairs(self.times) + pairs(self.arrived)
        return head + self.base.to_bytes(4, "big") + pairs(self.kept)


def pairs(listed):
    return varint(len(listed)) + b"".join(varint(a) + varint(b) for a, b in listed)


def parse_body(body):
    """All frames, or Refused: pieces, reports, PING, and (CLOSE, reason)."""
    reader, frames = Reader(body), []
    while reader.left() or not frames:
        frames.append(parse_frame(reader))
    return frames


def parse_frame(reader):
    kind = reader.integer(1)
    if kind >= ITEM:
        return parse_piece(kind, reader)
    if kind == PING:
        return PING
    if kind == REPORT:
        return parse_report(reader)
    if kind == CLOSE:
        return (CLOSE, reader.integer(1))
    raise Refused("no such frame")


def parse_piece(first, reader):
    piece = Piece((first & 0x1F) << 16 | reader.integer(2), b"")
    if first & IS_PART:
        piece.offset, piece.whole = reader.integer(2), reader.integer(2)
    length = reader.varint(32) if first & HAS_LENGTH else reader.left()
    piece.data = reader.bytes(length)
    whole = len(piece.data) if piece.whole is None else piece.whole
    if whole not in range(1, ITEM_MAX + 1) or piece.offset + length > whole or not length:
        raise Refused("no such piece of an item")
    return piece


def parse_report(reader):
    clock, newest = reader.integer(4), reader.integer(4)
    times, arrived = parse_pairs(reader, TIMES_MAX), parse_pairs(reader, RANGES_MAX)
    return Report(clock, newest, times, arrived, reader.integer(4), parse_pairs(reader, RANGES_MAX))


def parse_pairs(reader, most):
    count = reader.varint(32)
    if count > most:
        raise Refused("a list that is too long")
    return [(reader.varint(32), reader.varint(32)) for _ in range(count)]
