"""Messages: texts, receipts and histories."""

import dataclasses

import septets
from forms import Reader, Refused
from keys import is_signed

TEXT, RECEIPT, HISTORY = range(3)
SEPTETS_FULL, SEPTETS_LESS, UTF8, SEALED, TOLD = range(5)
DELIVERED, READ, EXPIRED, PASSED_ON, REFUSED = 1, 2, 3, 4, 0x80
ITEM_MAX = 1024
NUMBERS = 10**10
NUMBER_BITS = 34
CHARACTERS_MAX = 160
LIFETIME_MAX = 255
UTF8_MAX = 640
SEALED_LENGTHS = range(49, 690)
RECEIPT_LENGTH = 18
SIGNATURE = 64
SIGNED = 2
IS_PART = 1
DOMAIN = b"postrider message v1\0"


@dataclasses.dataclass
class Message:
    """Body as it travels. Age in ms, lifetime as its code, part as (number, of how many)."""

    sender: int
    recipient: int
    epoch: int
    count: int
    kind: int = TEXT
    precedence: int = 0
    hops: int = 64
    age: int = 0
    lifetime: int = 163
    form: int = SEPTETS_FULL
    part: tuple | None = None
    body: bytes = b""
    signature: bytes = b""
    # Not of the message: when this server was handed it, and where it has handed it on.
    since: float = dataclasses.field(default=0.0, compare=False)
    at: bytes | None = dataclasses.field(default=None, compare=False)

    def identity(self):
        return (self.sender, self.recipient, self.epoch, self.count)

    def name(self):
        return f"{self.sender:010}-{self.recipient:010}-{self.epoch:06x}-{self.count}"

    def shape(self):
        signed = SIGNED if self.signature else 0
        return self.kind << 4 | self.precedence << 2 | signed | (self.part is not None)

    def unchanging(self):
        ends = self.form << 2 * NUMBER_BITS | self.sender << NUMBER_BITS | self.recipient
        head = ends.to_bytes(9, "big") + self.epoch.to_bytes(3, "big") + self.count.to_bytes(4, "big")
        head += bytes([self.lifetime])
        if self.part is not None:
            number, parts = self.part
            head += bytes([number - 1 << 4 | parts - 1])
        return head + self.body

    def item(self):
        head = bytes([self.shape(), self.hops]) + age_code(self.age).to_bytes(2, "big")
        return head + self.unchanging() + self.signature

    def signed(self):
        """The bytes that the sender signs."""
        return DOMAIN + bytes([self.shape() | SIGNED]) + self.unchanging()

    def is_signed_by(self, key):
        return is_signed(key, self.signature, self.signed())

    def text(self):
        """What a person wrote; none of a sealed text."""
        if self.form == SEALED:
            return None
        if self.form == UTF8:
            return self.body.decode()
        count = septets.count_in(self.body, self.form == SEPTETS_LESS)
        return septets.to_text(septets.unpack(self.body, count))


def parse(item):
    """A message from an item that begins with a byte below 0x80."""
    reader = Reader(item)
    shape = reader.integer(1)
    kind = shape >> 4
    hops, age = reader.integer(1), age_ms(reader.integer(2))
    ends = reader.integer(9)
    message = Message(
        kind=kind,
        precedence=shape >> 2 & 3,
        hops=hops,
        age=age,
        form=ends >> 2 * NUMBER_BITS,
        sender=number(ends >> NUMBER_BITS & 2**NUMBER_BITS - 1),
        recipient=number(ends & 2**NUMBER_BITS - 1),
        epoch=reader.integer(3),
        count=not_zero(reader.integer(4)),
        lifetime=reader.integer(1),
    )
    if kind > HISTORY or (shape & IS_PART and kind != TEXT):
        raise Refused("no such shape")
    if shape & IS_PART:
        message.part = parse_part(reader.integer(1))
    signature = SIGNATURE if shape & SIGNED else 0
    if reader.left() < signature:
        raise Refused("half a signature")
    message.body = reader.bytes(reader.left() - signature)
    message.signature = reader.rest()
    check_body(message)
    return message


def number(value):
    if value >= NUMBERS:
        raise Refused("more than ten digits")
    return value


def not_zero(value):
    if value == 0:
        raise Refused("zero")
    return value


def parse_part(byte):
    part = (byte >> 4) + 1, (byte & 15) + 1
    if part[1] < 2 or part[0] > part[1]:
        raise Refused("no such part")
    return part


def check_body(message):
    if (message.form == TOLD) != (message.kind != TEXT) or message.form > TOLD:
        raise Refused("the form of another kind")
    if message.kind == RECEIPT:
        parse_receipt(message.body)
    elif message.kind == HISTORY:
        parse_history(message)
    elif message.form == SEALED:
        if len(message.body) not in SEALED_LENGTHS:
            raise Refused("no sealed text is so long")
    else:
        check_text(message)


def check_text(message):
    if message.form == UTF8 and len(message.body) > UTF8_MAX:
        raise Refused("too many bytes")
    try:
        text = message.text()
    except UnicodeDecodeError as error:
        raise Refused("no UTF-8") from error
    if len(text) > CHARACTERS_MAX:
        raise Refused("too many characters")


@dataclasses.dataclass
class Receipt:
    """What became of a message: outcome, the first bytes of a server's key, age in ms."""

    epoch: int
    count: int
    outcome: int
    server: bytes
    age: int

    def body(self):
        head = self.epoch.to_bytes(3, "big") + self.count.to_bytes(4, "big") + bytes([self.outcome])
        return head + self.server + age_code(self.age).to_bytes(2, "big")


def parse_receipt(body):
    reader = Reader(body)
    epoch, count, outcome = reader.integer(3), not_zero(reader.integer(4)), reader.integer(1)
    receipt = Receipt(epoch, count, outcome, reader.bytes(8), age_ms(reader.integer(2)))
    reader.ends()
    if outcome not in (DELIVERED, READ, EXPIRED, PASSED_ON) and outcome < REFUSED:
        raise Refused("no such outcome")
    return receipt


def parse_history(message):
    """The first count of the range whose last is the message's own."""
    reader = Reader(message.body)
    first = not_zero(reader.integer(4))
    reader.ends()
    if first > message.count:
        raise Refused("a range that ends before it begins")
    return first


def body_of(text):
    """The form and the bytes of a text: septets where they take no more bytes."""
    plain, coded = text.encode(), septets.of_text(text)
    if coded is None or septets.packed_length(len(coded)) > len(plain):
        return UTF8, plain
    return (SEPTETS_LESS if len(coded) % 8 == 7 else SEPTETS_FULL), septets.pack(coded)


def age_ms(code):
    exponent, mantissa = code >> 11, code & 0x7FF
    return mantissa if exponent == 0 else (2048 + mantissa) << exponent - 1


def age_code(milliseconds):
    return rounded_up(milliseconds, 11, 5)


def lifetime_minutes(code):
    exponent, mantissa = code + 1 >> 4, code + 1 & 15
    return mantissa if exponent == 0 else (16 + mantissa) << exponent - 1


def lifetime_code(minutes):
    return min(max(rounded_up(minutes, 4, 5) - 1, 0), 255)


def rounded_up(value, mantissa_bits, exponent_bits):
    """The least code of a floating-point number that says no less."""
    exponent = max(value.bit_length() - mantissa_bits - 1, 0)
    mantissa = -(-value >> exponent)
    # What is rounded up to a whole power has the next exponent, and the same sum says so.
    code = mantissa if exponent == 0 and value < 1 << mantissa_bits else (exponent << mantissa_bits) + mantissa
    return min(code, (1 << mantissa_bits + exponent_bits) - 1)
