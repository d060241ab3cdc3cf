"""Every vector of docs/protocol/vectors, both ways: bytes to meaning and meaning to bytes."""

import pathlib
import unittest

import items
import link_vectors
import messages
import rows
import septets
from forms import Refused
from keys import Identity, is_signed

FOLDER = pathlib.Path(__file__).parents[3] / "docs/protocol/vectors"
PRECEDENCES = ["routine", "priority", "immediate", "flash"]
KINDS = ["text", "receipt", "history"]
ROW_KINDS = {"number": rows.NUMBER, "link": rows.LINK, "server": rows.SERVER}
OUTCOMES = {"delivered": messages.DELIVERED, "read": messages.READ, "expired": messages.EXPIRED}
OUTCOMES["passed-on"] = messages.PASSED_ON


def vectors(name):
    """The vectors of a file; each a dictionary of words."""
    found = []
    for line in (FOLDER / name).read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        key, value = line.split(" =", 1)
        if key == "vector":
            found.append({})
        found[-1][key] = value.strip()
    return found


def signer(seed):
    return Identity(bytes.fromhex(seed) * 32)


class Vectors(unittest.TestCase):
    def each(self, name, check):
        found = vectors(name)
        self.assertTrue(found)
        for vector in found:
            with self.subTest(file=name, vector=vector["vector"]):
                check(vector)

    def test_septets(self):
        self.each("gsm.txt", self.check_septets)

    def check_septets(self, vector):
        packed = bytes.fromhex(vector["packed"])
        if "text" not in vector:
            with self.assertRaises(Refused):
                septets.to_text(septets.unpack(packed, int(vector["count"])))
            return
        text = bytes.fromhex(vector["text"]).decode()
        coded = septets.of_text(text)
        self.assertEqual(coded.hex(), vector["septets"])
        self.assertEqual(septets.pack(coded), packed)
        count = septets.count_in(packed, len(coded) % 8 == 7)
        self.assertEqual(septets.to_text(septets.unpack(packed, count)), text)

    def test_durations(self):
        self.each("durations.txt", self.check_duration)

    def check_duration(self, vector):
        number = {key: int(value) for key, value in vector.items() if key != "vector"}
        if "duration-ms" in number:
            self.assertEqual(messages.age_code(number["duration-ms"]), number["age-code"])
        elif "duration-min" in number:
            code = messages.lifetime_code(number["duration-min"])
            self.assertEqual(code, number["lifetime-code"])
        elif "age-code" in number:
            self.assertEqual(messages.age_ms(number["age-code"]), number["ms"])
        else:
            minutes = messages.lifetime_minutes(number["lifetime-code"])
            self.assertEqual(minutes, number["min"])

    def test_messages(self):
        self.each("messages.txt", self.check_message)

    def check_message(self, vector):
        message = self.message(vector)
        self.assertEqual(message.signed().hex(), vector["signed"])
        if "seed" in vector:
            owner = signer(vector["seed"])
            message.signature = owner.sign(message.signed())
            self.assertEqual(owner.public.hex(), vector["key"])
            self.assertEqual(message.signature.hex(), vector["signature"])
            self.assertTrue(message.is_signed_by(owner.public))
        self.assertEqual(message.item().hex(), vector["item"])
        self.assertEqual(items.parse(message.item()), message)

    def message(self, vector):
        """The message that a vector describes, without a signature."""
        form, body = self.body(vector)
        part = vector.get("part")
        return messages.Message(
            kind=KINDS.index(vector["kind"]),
            precedence=PRECEDENCES.index(vector["precedence"]),
            hops=int(vector["hops"]),
            age=int(vector["age-ms"]),
            sender=int(vector["from"]),
            recipient=int(vector["to"]),
            epoch=int(vector["epoch"]),
            count=int(vector["count"]),
            lifetime=messages.lifetime_code(int(vector["lifetime-min"])),
            form=form,
            part=tuple(int(number) for number in part.split(" of ")) if part else None,
            body=body,
        )

    def body(self, vector):
        if "outcome" in vector:
            return messages.TOLD, self.receipt(vector).body()
        if "first" in vector:
            return messages.TOLD, int(vector["first"]).to_bytes(4, "big")
        if vector["form"] == "sealed":
            return messages.SEALED, bytes.fromhex(vector["sealed"])
        text = bytes.fromhex(vector["text"]).decode()
        if vector["form"] == "utf-8":
            return messages.UTF8, text.encode()
        coded = septets.of_text(text)
        form = messages.SEPTETS_LESS if len(coded) % 8 == 7 else messages.SEPTETS_FULL
        return form, septets.pack(coded)

    def receipt(self, vector):
        words = vector["outcome"].split()
        outcome = messages.REFUSED + int(words[1]) if words[1:] else OUTCOMES[words[0]]
        return messages.Receipt(
            epoch=int(vector["about-epoch"]),
            count=int(vector["about-count"]),
            outcome=outcome,
            server=bytes.fromhex(vector["server"]),
            age=int(vector["after-ms"]),
        )

    def test_rows(self):
        self.each("rows.txt", self.check_row)

    def check_row(self, vector):
        origin, sequence = signer(vector["origin-seed"]), int(vector["sequence"])
        kind = ROW_KINDS[vector["kind"]]
        row = rows.own_row(origin, sequence, kind, self.content(vector, origin.public))
        self.assertEqual(origin.public.hex(), vector["origin"])
        self.assertEqual(row.signed().hex(), vector["signed"])
        self.assertEqual(row.signature.hex(), vector["signature"])
        self.assertTrue(row.is_signed())
        step = sequence - int(vector["after"])
        self.assertEqual(row.item(step).hex(), vector["item"])
        self.assertEqual(items.parse(row.item(step)), (step, row))

    def content(self, vector, home):
        if vector["kind"] == "link":
            return rows.link_content(bytes.fromhex(vector["peer"]), int(vector["cost"]))
        if vector["kind"] == "server":
            blocks = [self.block(written) for written in vector["blocks"].split()]
            place = bytes.fromhex(vector.get("line", ""))
            place += bytes([int(vector["line-index"])]) if place else b""
            return rows.server_content(bytes.fromhex(vector["label"]).decode(), blocks, place)
        return self.number_row(vector, home).content()

    def block(self, written):
        return len(written.rstrip("x")), int(written.replace("x", "0"))

    def number_row(self, vector, home):
        released = rows.RELEASED if vector["released"] == "yes" else 0
        line = rows.LINE if vector["line"] == "yes" else 0
        row = rows.NumberRow(int(vector["number"]), int(vector["version"]), released | line)
        if "owner-seed" in vector:
            owner = signer(vector["owner-seed"])
            row.flags |= rows.BOUND | (rows.LATER_KEY if "first-seed" in vector else 0)
            row.owner = owner.public
            signed = row.owner_signed(home)
            self.assertEqual(signed.hex(), vector["owner-signed"])
            row.owner_signature = owner.sign(signed)
            self.assertEqual(row.owner_signature.hex(), vector["owner-signature"])
            self.assertTrue(is_signed(row.owner, row.owner_signature, signed))
        if "first-seed" in vector:
            first = signer(vector["first-seed"])
            row.first, row.holds_from = first.public, int(vector["since"])
            self.assertEqual(row.first_signed().hex(), vector["first-signed"])
            row.first_signature = first.sign(row.first_signed())
            self.assertEqual(row.first_signature.hex(), vector["first-signature"])
        return row

    def test_summaries(self):
        self.each("summaries.txt", self.check_summary)

    def check_summary(self, vector):
        item = bytes.fromhex(vector["item"])
        entries = [entry.split(":") for entry in vector["entries"].split()]
        entries = [(bytes.fromhex(key), int(upto)) for key, upto in entries]
        self.assertEqual(items.parse(item), (vector["more"] == "yes", entries))
        printed = rows.summaries(dict(entries))[0]
        self.assertEqual(printed[2:], item[2:])

    def test_links(self):
        """This implementation wrote them; ours reads them."""
        self.assertEqual((FOLDER / "link.txt").read_text(), link_vectors.written())

    def test_refused(self):
        self.each("refused.txt", self.check_refused)

    def check_refused(self, vector):
        with self.assertRaises(Refused):
            items.parse(bytes.fromhex(vector["item"]))


if __name__ == "__main__":
    unittest.main()
