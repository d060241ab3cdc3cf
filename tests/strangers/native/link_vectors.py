"""The vectors of the link's page: `link_vectors.py > docs/protocol/vectors/link.txt`."""

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

import packets
from handshakes import payload
from keys import Identity
from noise import Handshake, encrypt, rekey

HEAD = """\
# Links: handshakes, and data packets. seed: each byte of the seed of an end's Ed25519 key.
# ephemeral: each byte of the secret of its ephemeral X25519 key, before X25519 clamps it.
# index: its receiver index. key: the first key of a direction, of packets 0 to 65535.
# number: the whole number of a packet. All but mtu, mode and number are in hex.
"""
DIALS = {"seed": 5, "ephemeral": 0x15, "index": 0x01020304, "mtu": 1200}
ANSWERS = {"seed": 6, "ephemeral": 0x16, "index": 0xA1B2C3D4, "mtu": 256}
BODIES = {
    "a ping": b"\x01",
    "two items": bytes.fromhex("c000050248698000064869"),
    "a report": bytes.fromhex("02000000010000000601008407020000010400000002010100"),
    "close, goodbye": b"\x03\x00",
}
NUMBERS = {"a ping": 0, "two items": 65535, "a report": 65536, "close, goodbye": 131072}


def end(dials, who, prologue):
    secret = X25519PrivateKey.from_private_bytes(bytes([who["ephemeral"]]) * 32)
    identity = Identity(bytes([who["seed"]]) * 32)
    return identity, Handshake(dials, identity.static, prologue, secret)


def handshake(name, mode):
    prologue = packets.init(mode, DIALS["index"], bytes(32))[:7]
    one, noise = end(True, DIALS, prologue)
    other, their_noise = end(False, ANSWERS, prologue)
    init = packets.init(mode, DIALS["index"], noise.write())
    their_noise.read(init[7:39])
    greeting = their_noise.write(payload(other, ANSWERS["mtu"]))
    noise.read(greeting)
    last = noise.write(payload(one, DIALS["mtu"]))
    their_noise.read(last)
    assert noise.split() == their_noise.split()
    yield "vector", f"a {name} handshake"
    yield "mode", mode
    for word, who in (("dials", DIALS), ("answers", ANSWERS)):
        yield f"{word}-seed", f"{who['seed']:02x}"
        yield f"{word}-ephemeral", f"{who['ephemeral']:02x}"
        yield f"{word}-index", f"{who['index']:08x}"
        yield f"{word}-mtu", who["mtu"]
    yield "init", init.hex()
    yield "response", packets.response(ANSWERS["index"], DIALS["index"], greeting).hex()
    yield "finish", packets.finish(ANSWERS["index"], last).hex()
    yield "dials-key", noise.split()[0].hex()
    yield "answers-key", noise.split()[1].hex()


def data(name, mode, body, number):
    first = key = bytes(range(32))
    for _ in range(number >> 16):
        key = rekey(key)
    head = packets.data_header(mode, ANSWERS["index"], number)
    sealed = encrypt(key, number, head, body) if mode == packets.SEALED_MODE else None
    packet = head + (sealed or body + encrypt(key, number, head + body, b""))
    yield "vector", f"{name}, {'clear' if mode else 'sealed'}"
    yield "mode", mode
    yield "key", first.hex()
    yield "index", f"{ANSWERS['index']:08x}"
    yield "number", number
    yield "body", body.hex()
    yield "packet", packet.hex()


def written():
    """The whole file."""
    vectors = [handshake("sealed", packets.SEALED_MODE), handshake("clear", packets.CLEAR_MODE)]
    for name, body in BODIES.items():
        for mode in (packets.SEALED_MODE, packets.CLEAR_MODE):
            vectors.append(data(name, mode, body, NUMBERS[name]))
    blocks = ("".join(f"{name} = {value}\n" for name, value in vector) for vector in vectors)
    return HEAD + "\n" + "\n".join(blocks)


if __name__ == "__main__":
    print(written(), end="")
