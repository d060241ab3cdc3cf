#!/usr/bin/env python3
"""Writes the vectors: a second implementation of the page, which shares no code with the first.

    python3 docs/protocol/vectors/make.py        needs the package "cryptography"

The alphabet is read from gsm-alphabet.txt, which this does not write.
"""

from pathlib import Path
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

HERE = Path(__file__).parent
LINES = [line for line in (HERE / "gsm-alphabet.txt").read_text().splitlines() if line[:1] not in "#"]
SEPTETS = {chr(int(point, 16)): bytes.fromhex(codes) for codes, point in (l.split(" = ") for l in LINES)}


# Fields


def varint(value):
    out = bytearray()
    while value > 127:
        out.append(value % 128 + 128)
        value //= 128
    return bytes(out) + bytes([value])


def pack(codes):
    bits = sum(code << (7 * i) for i, code in enumerate(codes))
    return bits.to_bytes((7 * len(codes) + 7) // 8, "little")


def septets(text):
    return b"".join(SEPTETS[character] for character in text)


def age_of(code):
    exponent, mantissa = divmod(code, 2048)
    return mantissa if exponent == 0 else (2048 + mantissa) * 2 ** (exponent - 1)


def lifetime_of(code):
    exponent, mantissa = divmod(code + 1, 16)
    return mantissa if exponent == 0 else (16 + mantissa) * 2 ** (exponent - 1)


def least(of, codes, wanted):
    return next((code for code in range(codes) if of(code) >= wanted), codes - 1)


def age(millis):
    return least(age_of, 65536, millis).to_bytes(2, "big")


class Key:
    def __init__(self, seed):
        self.seed = f"{seed:02x}"
        self.secret = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
        self.public = self.secret.public_key().public_bytes_raw()

    def sign(self, data):
        return self.secret.sign(data)


# Items


def message(kind, form, body, *, precedence=0, hops=32, age_ms=0, numbers=("5550000001", "5550000002"),
            epoch=0xABCDEF, count=1, lifetime_min=10240, part=None, key=None):
    shape = kind << 4 | precedence << 2 | (2 if key else 0) | (1 if part else 0)
    packed = form << 68 | int(numbers[0]) << 34 | int(numbers[1])
    fixed = packed.to_bytes(9, "big") + epoch.to_bytes(3, "big") + count.to_bytes(4, "big")
    fixed += bytes([least(lifetime_of, 256, lifetime_min)])
    fixed += bytes([(part[0] - 1) << 4 | (part[1] - 1)]) if part else b""
    signed = b"postrider message v1\0" + bytes([shape | 2]) + fixed + body
    signature = key.sign(signed) if key else b""
    item = bytes([shape, hops]) + age(age_ms) + fixed + body + signature
    fields = {
        "item": item.hex(), "kind": ["text", "receipt", "history"][kind],
        "precedence": ["routine", "priority", "immediate", "flash"][precedence],
        "hops": hops, "age-ms": age_ms, "from": numbers[0], "to": numbers[1], "epoch": epoch,
        "count": count, "lifetime-min": lifetime_min,
    }
    if part:
        fields["part"] = f"{part[0]} of {part[1]}"
    fields["signed"] = signed.hex()
    if key:
        fields |= {"seed": key.seed, "key": key.public.hex(), "signature": signature.hex()}
    return fields


def gsm_text(text, **header):
    codes = septets(text)
    form = 1 if len(codes) % 8 == 7 else 0
    return message(0, form, pack(codes), **header) | {"form": "septets", "text": text.encode().hex()}


def utf8_text(text, **header):
    return message(0, 2, text.encode(), **header) | {"form": "utf-8", "text": text.encode().hex()}


def sealed_text(sealed, **header):
    return message(0, 3, sealed, **header) | {"form": "sealed", "sealed": sealed.hex()}


def receipt(outcome, code, *, epoch=0xABCDEF, count=7, at=bytes(range(8)), after_ms=0, **header):
    body = epoch.to_bytes(3, "big") + count.to_bytes(4, "big") + bytes([code]) + at + age(after_ms)
    about = {"outcome": outcome, "about-epoch": epoch, "about-count": count, "server": at.hex(),
             "after-ms": after_ms}
    return message(1, 4, body, **header) | about


def history(first, **header):
    return message(2, 4, first.to_bytes(4, "big"), **header) | {"first": first}


def row(kind, fact, *, step=1, sequence=1, origin):
    entry = origin.public + sequence.to_bytes(8, "big") + bytes([kind]) + fact
    signed = b"postrider row v1\0" + entry
    item = b"\x80" + varint(step) + entry + origin.sign(signed)
    return {"item": item.hex(), "origin-seed": origin.seed, "origin": origin.public.hex(),
            "sequence": sequence, "after": sequence - step, "signed": signed.hex(),
            "signature": origin.sign(signed).hex()}


LINE = bytes(range(0xA0, 0xA8))


def number_row(number, version, *, released=False, line=False, owner=None, first=None, since=0, origin, **header):
    flags = (1 if released else 0) | (2 if owner else 0) | (4 if first else 0) | (8 if line else 0)
    about = int(number).to_bytes(5, "big") + version.to_bytes(4, "big")
    fact, fields = about + bytes([flags]), {}
    if owner:
        signed = b"postrider owner v1\0" + about + origin.public + bytes([flags]) + owner.public
        fact += owner.public + owner.sign(signed)
        fields = {"owner-seed": owner.seed, "owner": owner.public.hex(), "owner-signed": signed.hex(),
                  "owner-signature": owner.sign(signed).hex()}
        if first:
            since = since.to_bytes(4, "big")
            signed = b"postrider key v1\0" + about[:5] + since + owner.public
            fact += first.public + since + first.sign(signed)
            fields |= {"first-seed": first.seed, "first": first.public.hex(),
                       "since": int.from_bytes(since, "big"), "first-signed": signed.hex(),
                       "first-signature": first.sign(signed).hex()}
    kind = {"kind": "number", "number": number, "version": version,
            "released": "yes" if released else "no", "line": "yes" if line else "no"}
    return row(1, fact, origin=origin, **header) | kind | fields


def link_row(peer, cost, **header):
    return row(2, peer.public + cost.to_bytes(2, "big"), **header) | {
        "kind": "link", "peer": peer.public.hex(), "cost": cost}


def server_row(label, blocks, line=None, **header):
    fact = bytes([len(label.encode())]) + label.encode() + bytes([len(blocks)])
    for block in blocks:
        digits = block.rstrip("x")
        fact += (len(digits) << 34 | int(block.replace("x", "0"))).to_bytes(5, "big")
    place = {}
    if line:
        fact += line[0] + bytes([line[1]])
        place = {"line": line[0].hex(), "line-index": line[1]}
    return row(3, fact, **header) | {
        "kind": "server", "label": label.encode().hex(), "blocks": " ".join(blocks)} | place


def summary(entries, more=False):
    item = bytes([0x81, 1 if more else 0]) + b"".join(origin + varint(upto) for origin, upto in entries)
    listed = " ".join(f"{origin.hex()}:{upto}" for origin, upto in entries)
    return {"item": item.hex(), "more": "yes" if more else "no", "entries": listed}


# Vectors


def write(name, about, vectors):
    lines = [f"# {line}" for line in about.splitlines()]
    for title, fields in vectors.items():
        lines += ["", f"vector = {title}"]
        lines += [f"{key} = {value}".rstrip() for key, value in fields.items()]
    (HERE / name).write_text("\n".join(lines) + "\n")


def packing(text):
    codes = septets(text)
    return {"text": text.encode().hex(), "septets": codes.hex(), "packed": pack(codes).hex()}


def no_packing(count, packed):
    return {"count": count, "packed": packed}


ANN, BEN, MINE, SHORE = Key(1), Key(2), Key(3), Key(4)

gsm = {f"{n} septets": packing("abcdefghijklmnopqrstuvwxy"[:n]) for n in range(18)}
gsm |= {
    "hello": packing("hello"),
    "all of the default alphabet": packing("".join(c for c, codes in SEPTETS.items() if len(codes) == 1)),
    "all of the extension table": packing("".join(c for c, codes in SEPTETS.items() if len(codes) == 2)),
    "an escape across a byte": packing("a€b[c]d{e}f\\g~h|i^"),
    "seven septets and seven bits to spare": packing("1234567"),
    "eight septets that end in @": packing("1234567@"),
    "seven septets that end in CR": packing("123456\r"),
    "160 septets": packing("The quick brown fox jumps over the lazy dog, " * 3 + "and rests after it."[:25].ljust(25, ".")),
    "160 characters of two septets": packing("€" * 160),
    "an escape ends the text": no_packing(1, "1b"),
    "an escape before a code without a character": no_packing(2, pack(b"\x1b\x41").hex()),
    "an escape before an escape": no_packing(2, pack(b"\x1b\x1b").hex()),
    "a bit set after the last septet": no_packing(1, "e1"),
    "seven bits set after the last septet": no_packing(7, pack(b"1234567A").hex()),
    "a byte too many": no_packing(1, "6100"),
    "a byte too few": no_packing(2, "61"),
    "none in a byte": no_packing(0, "00"),
}
write("gsm.txt", """Texts in septets (3GPP TS 23.038, sections 6.1.2.1 and 6.2.1).
text: in UTF-8. septets: one to a byte. packed: as they travel.
Where there is no text, so many septets in these bytes are refused.""", gsm)

ages = [0, 1, 2047, 2048, 2049, 4095, 4096, 6143, 6144, 30000, 65535]
lifetimes = [0, 1, 14, 15, 16, 30, 31, 32, 47, 48, 88, 200, 254, 255]
millis = [0, 1, 4095, 4096, 4097, 4098, 60_000, 86_400_000, 86_400_001, 10**12, 4_397_120_028_672, 10**15]
minutes = [0, 1, 31, 32, 33, 60, 90, 1440, 2880, 10080, 43200, 507_905, 524_288, 10**6]
durations = {f"age {code}": {"age-code": code, "ms": age_of(code)} for code in ages}
durations |= {f"age of {ms} ms": {"duration-ms": ms, "age-code": least(age_of, 65536, ms)} for ms in millis}
durations |= {f"lifetime {code}": {"lifetime-code": code, "min": lifetime_of(code)} for code in lifetimes}
durations |= {f"lifetime of {m} min": {"duration-min": m, "lifetime-code": least(lifetime_of, 256, m)}
              for m in minutes}
write("durations.txt", """Codes of ages and lifetimes, in decimal: what they say (ms, min), and which code a
duration (duration-ms, duration-min) is rounded up to.""", durations)

long = ("Well 3 is dry. Send the tanker by the north road, the bridge at km 12 is out. "
        "Two of us walk down to meet it at noon; bring diesel and the spare pump. Thx, Ann.")
assert len(long) == len(septets(long)) == 160, len(long)
messages = {
    "a classic user's text": gsm_text("Hi Ben", hops=31, age_ms=1500),
    "a signed text": gsm_text("Hi Ben", key=ANN),
    "no characters at all": gsm_text("", key=ANN),
    "seven septets": gsm_text("Hi Ben!", key=ANN, count=2),
    "eight septets": gsm_text("Hi Ben!@", key=ANN, count=3),
    "a signed text of 160 septets": gsm_text(long, key=ANN, precedence=1, count=4, age_ms=age_of(12345)),
    "a signed part of 160 septets": gsm_text(long, key=ANN, part=(2, 3), count=5),
    "160 characters of two septets, signed": gsm_text("€" * 160, key=ANN, count=6),
    "in UTF-8": utf8_text("Grüße aus Łódź, 你好 🙂", key=ANN, count=7),
    "160 characters of four bytes": utf8_text("🙂" * 160, key=ANN, part=(16, 16), count=8),
    "the least of everything": gsm_text("", hops=0, numbers=("0000000000", "0000000000"), epoch=0, lifetime_min=1),
    "the most of everything": utf8_text("x", key=ANN, precedence=3, hops=255, age_ms=age_of(65535),
                                        numbers=("9999999999", "9999999999"), epoch=2**24 - 1,
                                        count=2**32 - 1, lifetime_min=524_288, part=(16, 16)),
    "sealed, the shortest": sealed_text(bytes(range(49)), key=ANN, count=9),
    "sealed, the longest, a part": sealed_text(bytes(i % 251 for i in range(689)), key=ANN, part=(1, 2), count=10),
}
back = {"numbers": ("5550000002", "5550000001")}
where = SHORE.public[:8]
messages |= {
    "delivered, as a server says": receipt("delivered", 1, at=where, after_ms=2048, count=1, **back),
    "read, signed by the reader": receipt("read", 2, at=where, after_ms=4096, count=1, key=BEN, **back),
    "passed on to a classic server": receipt("passed-on", 4, at=where, after_ms=1500, count=1, **back),
    "expired": receipt("expired", 3, at=where, after_ms=614_465_536, count=2, precedence=2, **back),
}
messages |= {f"refused, reason {r}": receipt(f"refused {r}", 0x80 + r, at=where, count=3 + r, **back)
             for r in [*range(11), 127]}
messages |= {
    "a history": history(1, count=5, precedence=2),
    "a history of one message": history(2**32 - 1, count=2**32 - 1, precedence=2),
}
write("messages.txt", """Messages, as items. signed: the bytes that the sender signs. seed: each byte of the seed
of the signer's key.""", messages)

rows = {
    "a classic number": number_row("0000000042", 1, origin=MINE),
    "a classic number that has left": number_row("0000000042", 2, released=True, origin=MINE, sequence=2),
    "a number at another server of a classic line": number_row(
        "0000000043", 1, line=True, origin=MINE, sequence=9),
    "that number has left": number_row(
        "0000000043", 2, released=True, line=True, origin=MINE, sequence=10),
    "a bound number": number_row("5550000001", 1, owner=ANN, origin=MINE, sequence=3, step=3),
    "it has moved": number_row("5550000001", 2, owner=ANN, origin=SHORE, sequence=1),
    "it has a later key": number_row("5550000001", 3, owner=BEN, first=ANN, since=3, origin=SHORE, sequence=300, step=299),
    "it is given up": number_row("5550000001", 2**32 - 1, released=True, owner=BEN, first=ANN, since=3, origin=SHORE,
                                 sequence=2**64 - 1, step=2**64 - 1),
    "a link": link_row(SHORE, 10, origin=MINE, sequence=4),
    "a link that is no more": link_row(SHORE, 0, origin=MINE, sequence=5),
    "a server": server_row("mine", ["604555xxxx"], origin=MINE, sequence=6),
    "a server with the most of everything": server_row(
        "Ж" * 16, [f"60455{i:02}xxx" for i in range(15)] + ["9999999999"], origin=MINE, sequence=128, step=128),
    "a server with a tenth of all numbers": server_row("1", ["0xxxxxxxxx"], origin=MINE, sequence=7),
    "a server in a classic line": server_row(
        "mine", ["604555xxxx"], (LINE, 64), origin=MINE, sequence=11),
    "a server without blocks": server_row("Küste 1 (自治)", [], origin=SHORE, sequence=8),
}
write("rows.txt", """Rows, as items. signed: the bytes that the origin signs. owner-signed: the bytes that
the owner signs; first-signed: those that the first key does, where the owner's is another
one. label: in UTF-8.
seeds: each byte of the seed of a key.""", rows)

ids = sorted(key.public[:8] for key in (ANN, BEN, MINE, SHORE))
write("summaries.txt", "Parts of summaries, as items. entries: origin:up to, in order.", {
    "nothing": summary([]),
    "one origin": summary([(ids[0], 1)]),
    "some, and more follow": summary([(ids[0], 127), (ids[1], 128), (ids[2], 2**64 - 1)], more=True),
    "the rest": summary([(ids[3], 16384)]),
    "the ends of what there can be": summary([(bytes(8), 5), (b"\xff" * 8, 6)]),
})


# What is refused


def changed(fields, at, to):
    item = bytearray.fromhex(fields["item"])
    item[at] = to
    return bytes(item)


text, bound = messages["a classic user's text"], rows["a bound number"]
plain, signed = bytes.fromhex(text["item"]), bytes.fromhex(messages["a signed text"]["item"])
slip = bytes.fromhex(messages["expired"]["item"])
past = bytes.fromhex(messages["a history"]["item"])
link = bytes.fromhex(rows["a link"]["item"])
entry = bytes.fromhex(rows["a server"]["item"])
classic = bytes.fromhex(rows["a classic number"]["item"])
later = bytes.fromhex(rows["it has a later key"]["item"])


def texts_body(form, body):
    return plain[:4] + bytes([form << 4 | plain[4] & 15]) + plain[5:21] + body


def numbered(sender, recipient):
    return plain[:4] + (sender << 34 | recipient).to_bytes(9, "big") + plain[13:]


def served(label, blocks):
    return entry[:43] + bytes([len(label)]) + label + blocks + entry[-64:]


def block(digits, first):
    return (digits << 34 | first).to_bytes(5, "big")


def refused(why, item):
    return {"item": item.hex(), "why": why}


write("refused.txt", "Items that are refused. why: in the words of postrider's errors.", {
    "nothing": refused("Ended", b""),
    "1,025 bytes": refused("ItemLength", b"\x81\x00" + b"".join(
        i.to_bytes(8, "big") + varint(1 if i else 2**42) for i in range(113))),
    "an unknown item": refused("ItemKind", b"\xff" + plain[1:]),
    "an unknown kind of message": refused("ItemKind", changed(text, 0, 0x30)),
    "the last kind of message": refused("ItemKind", changed(text, 0, 0x70)),
    "half a header": refused("Ended", plain[:20]),
    "half a signature": refused("Ended", signed[:21] + signed[-63:]),
    "a sender beyond ten digits": refused("Number", numbered(10**10, 1)),
    "a recipient beyond ten digits": refused("Number", numbered(1, 2**34 - 1)),
    "a count of zero": refused("Zero", plain[:16] + bytes(4) + plain[20:]),
    "part 1 of 1": refused("Part", bytes([plain[0] | 1]) + plain[1:21] + b"\x00" + plain[21:]),
    "part 3 of 2": refused("Part", bytes([plain[0] | 1]) + plain[1:21] + b"\x21" + plain[21:]),
    "a part that is missing": refused("Ended", bytes([plain[0] | 1]) + plain[1:21]),
    "a receipt in parts": refused("Part", bytes([slip[0] | 1]) + slip[1:21] + b"\x01" + slip[21:]),
    "a receipt with the form of a text": refused("Form", slip[:4] + bytes([slip[4] & 15]) + slip[5:]),
    "a text with the form of a receipt": refused("Form", texts_body(4, slip[21:])),
    "an unknown form": refused("Form", texts_body(15, b"x")),
    "an escape ends the text": refused("Septets", texts_body(0, b"\x1b")),
    "a bit after the last septet": refused("Septets", texts_body(0, b"\xe1")),
    "six septets, and seven bits that are none": refused("Septets", texts_body(1, pack(b"123456"))),
    "no septets, and seven bits that are none": refused("Septets", texts_body(1, b"")),
    "161 septets": refused("TooLong", texts_body(0, pack(b"a" * 161))),
    "161 characters": refused("TooLong", texts_body(2, b"a" * 161)),
    "a surrogate in UTF-8": refused("NotUtf8", texts_body(2, b"\xed\xa0\x80")),
    "a slash in two bytes": refused("NotUtf8", texts_body(2, b"\xc0\xaf")),
    "sealed, too short": refused("Sealed", texts_body(3, bytes(48))),
    "sealed, too long": refused("Sealed", texts_body(3, bytes(690))),
    "a receipt of an unknown outcome": refused("Outcome", slip[:28] + b"\x05" + slip[29:]),
    "a receipt of outcome 0": refused("Outcome", slip[:28] + b"\x00" + slip[29:]),
    "a receipt of outcome 127": refused("Outcome", slip[:28] + b"\x7f" + slip[29:]),
    "a receipt about the count zero": refused("Zero", slip[:24] + bytes(4) + slip[28:]),
    "a receipt that is too long": refused("Trailing", slip + b"\x00"),
    "a receipt that is too short": refused("Ended", slip[:-1]),
    "a history that ends before it begins": refused("Range", past[:-1] + b"\x06"),
    "a history from the count zero": refused("Zero", past[:-1] + b"\x00"),
    "a history that is too long": refused("Trailing", past + b"\x00"),
    "a history that is too short": refused("Ended", past[:-1]),
    "a history in parts": refused("Part", bytes([past[0] | 1]) + past[1:21] + b"\x01" + past[21:]),
    "a history with the form of a text": refused("Form", past[:4] + bytes([past[4] & 15]) + past[5:]),
    "a row of an unknown kind": refused("RowKind", link[:42] + b"\x04" + link[43:]),
    "a row of kind 0": refused("RowKind", link[:42] + b"\x00" + link[43:]),
    "a row without a signature": refused("Ended", link[:50]),
    "a link that is too long": refused("Trailing", link[:-64] + b"\x00" + link[-64:]),
    "a link that is too short": refused("Ended", link[:-65] + link[-64:]),
    "a sequence number of zero": refused("Zero", link[:34] + bytes(8) + link[42:]),
    "a step of zero": refused("Zero", link[:1] + b"\x00" + link[2:]),
    "a step beyond the beginning": refused("After", link[:1] + b"\x05" + link[2:]),
    "a step in too many bytes": refused("Varint", link[:1] + b"\x81\x00" + link[2:]),
    "a step of over 64 bits": refused("Varint", link[:1] + b"\xff" * 9 + b"\x02" + link[2:]),
    "a number beyond ten digits in a row": refused("Number", classic[:43] + (10**10).to_bytes(5, "big") + classic[48:]),
    "a version of zero": refused("Zero", classic[:48] + bytes(4) + classic[52:]),
    "a flag that is unknown": refused("Flags", classic[:52] + b"\x10" + classic[53:]),
    "a bound number in a classic line": refused("Flags", changed(bound, 52, 10)),
    "a later key of a number without one": refused("Flags", classic[:52] + b"\x04" + classic[53:]),
    "a bound number without an owner": refused("Ended", classic[:52] + b"\x02" + classic[53:]),
    "a later key since version zero": refused("Zero", later[:182] + bytes(4) + later[186:]),
    "a later key since a version to come": refused("FirstKey", later[:182] + b"\x00\x00\x00\x04" + later[186:]),
    "a later key that is the first": refused("FirstKey", later[:150] + later[54:86] + later[182:]),
    "a later key without the first": refused("Ended", later[:150] + later[-64:]),
    "an owner of a number that is not bound": refused("Trailing", changed(bound, 52, 0)),
    "a label of no bytes": refused("Label", served(b"", b"\x00")),
    "a label of 33 bytes": refused("Label", served(b"a" * 33, b"\x00")),
    "a label that ends in a space": refused("Label", served(b"mine ", b"\x00")),
    "a label with a line end": refused("Label", served(b"a\nb", b"\x00")),
    "a label that turns the writing": refused("Label", served("a\u202eb".encode(), b"\x00")),
    "a label with a mark that nobody sees": refused("Label", served("a\u200bb".encode(), b"\x00")),
    "a label that is not UTF-8": refused("NotUtf8", served(b"\xff", b"\x00")),
    "a block of no digits": refused("Blocks", served(b"mine", b"\x01" + block(0, 0))),
    "a block of eleven digits": refused("Blocks", served(b"mine", b"\x01" + block(11, 0))),
    "a block with digits after its own": refused("Blocks", served(b"mine", b"\x01" + block(6, 6045551000))),
    "a block beyond ten digits": refused("Blocks", served(b"mine", b"\x01" + block(1, 10**10))),
    "a block twice": refused("Blocks", served(b"mine", b"\x02" + 2 * block(6, 6045550000))),
    "blocks that overlap": refused("Blocks", served(b"mine", b"\x02" + block(3, 6040000000) + block(6, 6045550000))),
    "blocks out of order": refused("Blocks", served(b"mine", b"\x02" + block(6, 6045560000) + block(6, 6045550000))),
    "seventeen blocks": refused("Blocks", served(b"mine", b"\x11" + b"".join(block(10, i) for i in range(17)))),
    "fewer blocks than said": refused("Ended", served(b"mine", b"\x02" + block(6, 6045550000))),
    "no place in a classic line": refused("LinePlace", served(b"mine", b"\x00" + LINE + b"\x00")),
    "a place beyond the longest line": refused("LinePlace", served(b"mine", b"\x00" + LINE + b"\x41")),
    "half a place in a classic line": refused("Ended", served(b"mine", b"\x00" + LINE)),
    "more than a place in a classic line": refused("Trailing", served(b"mine", b"\x00" + LINE + b"\x01\x00")),
    "a summary without flags": refused("Ended", b"\x81"),
    "a summary with an unknown flag": refused("Flags", b"\x81\x02"),
    "a summary that ends early": refused("Ended", b"\x81\x00" + bytes(7)),
    "a summary up to row zero": refused("Zero", b"\x81\x00" + bytes(8) + b"\x00"),
    "a summary out of order": refused("Order", b"\x81\x00" + ids[1] + b"\x01" + ids[0] + b"\x01"),
    "a summary with an origin twice": refused("Order", b"\x81\x00" + 2 * (ids[0] + b"\x01")),
    "a summary in too many bytes": refused("Varint", b"\x81\x00" + bytes(8) + b"\x80\x00"),
})
