"""What all forms share: integers, and readers that refuse what is not as the page has it."""


class Refused(Exception):
    """These bytes mean nothing."""


def varint(value):
    """Seven bits to a byte, the lowest first."""
    low = bytearray()
    while value > 0x7F:
        low.append(0x80 | value & 0x7F)
        value >>= 7
    return bytes(low) + bytes([value])


class Reader:
    """Bytes that are read from the front. Refused where they end too soon."""

    def __init__(self, data):
        self.data = data
        self.at = 0

    def left(self):
        return len(self.data) - self.at

    def bytes(self, count):
        if self.left() < count:
            raise Refused("ended")
        self.at += count
        return self.data[self.at - count : self.at]

    def rest(self):
        return self.bytes(self.left())

    def integer(self, count):
        return int.from_bytes(self.bytes(count), "big")

    def varint(self, bits):
        """In its shortest form, and of no more bits than these."""
        value, shift = 0, 0
        while True:
            byte = self.integer(1)
            value |= (byte & 0x7F) << shift
            shift += 7
            if value >> bits or shift > 70:
                raise Refused("a varint beyond its limit")
            if byte < 0x80:
                if byte == 0 and shift > 7:
                    raise Refused("a varint in too many bytes")
                return value

    def ends(self):
        if self.left():
            raise Refused("bytes too many")
