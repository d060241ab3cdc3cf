"""Texts in septets: the alphabet of the SMS, seven bits to a character or to half of one."""

import pathlib

from forms import Refused

ALPHABET = pathlib.Path(__file__).parents[3] / "docs/protocol/vectors/gsm-alphabet.txt"
ESCAPE = 0x1B


def alphabet():
    """The septets of each character, as the file that belongs to the page lists them."""
    lines = ALPHABET.read_text().splitlines()
    pairs = (line.split(" = ") for line in lines if line and not line.startswith("#"))
    return {chr(int(code, 16)): bytes.fromhex(septets) for septets, code in pairs}


SEPTETS = alphabet()
CHARACTERS = {septets: character for character, septets in SEPTETS.items()}


def of_text(text):
    """The septets of a text, one to a byte; none where the alphabet cannot say it."""
    if any(character not in SEPTETS for character in text):
        return None
    return b"".join(SEPTETS[character] for character in text)


def to_text(septets):
    text, rest = "", septets
    while rest:
        width = 2 if rest[0] == ESCAPE else 1
        if rest[:width] not in CHARACTERS:
            raise Refused("an escape before nothing")
        text, rest = text + CHARACTERS[rest[:width]], rest[width:]
    return text


def pack(septets):
    bits = sum(septet << 7 * place for place, septet in enumerate(septets))
    return bits.to_bytes(packed_length(len(septets)), "little")


def packed_length(septets):
    return (7 * septets + 7) // 8


def count_in(packed, is_one_less):
    """How many septets these bytes hold: as many as fit, or one less (form 1)."""
    count = 8 * len(packed) // 7
    if is_one_less and (not packed or len(packed) % 7):
        raise Refused("no room for seven bits that are none")
    return count - is_one_less


def unpack(packed, count):
    bits = int.from_bytes(packed, "little")
    if len(packed) != packed_length(count) or bits >> 7 * count:
        raise Refused("more or less than so many septets")
    return bytes(bits >> 7 * place & 0x7F for place in range(count))
