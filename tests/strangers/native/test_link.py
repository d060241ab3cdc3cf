"""Two ends of this implementation with each other, in simulated time."""

import pathlib
import random
import unittest

import packets
from keys import Identity
from link import Links, Peer
from session import GENERATION_BITS, Session

ONE, OTHER = ("10.0.0.1", 1), ("10.0.0.2", 2)
STEP = 0.01
PAGE = pathlib.Path(__file__).parents[3] / "docs/protocol/link.md"


class Pair:
    """Two ends and the path between them."""

    def __init__(self, seed=0, loss=0.0, mtu=1200, mode=packets.SEALED_MODE, both=False):
        self.dice, self.loss, self.now = random.Random(seed), loss, 0.0
        who = [Identity(bytes([which]) * 32) for which in (1, 2)]
        peers = [Peer(who[1].public, OTHER, mode), Peer(who[0].public, ONE if both else None, mode)]
        self.ends = {
            ONE: Links(who[0], [peers[0]], mtu),
            OTHER: Links(who[1], [peers[1]], mtu),
        }
        self.told = {ONE: [], OTHER: []}
        self.seen = []

    def step(self):
        self.now += STEP
        for address, end in self.ends.items():
            end.due(self.now)
            self.carry(address, end)
            for key, event in end.events:
                self.handle(address, end, key, event)
            end.events = []

    def carry(self, address, end):
        sent, end.out = end.out, []
        for datagram, to in sent:
            self.seen.append(datagram)
            if self.dice.random() >= self.loss:
                self.ends[to].receive(datagram, address, self.now)

    def handle(self, address, end, key, event):
        self.told[address].append(event)
        if event[0] == "item":
            end.current(key).keep(event[1], self.now)

    def runs_until(self, done, most=6000):
        for _ in range(most):
            if done():
                return
            self.step()
        raise AssertionError(f"in vain: {self.told}")

    def session(self, address):
        (key,) = self.ends[address].peers
        return self.ends[address].current(key)

    def is_up(self):
        return all(self.session(address) for address in self.ends)

    def words(self, address):
        return [event[0] for event in self.told[address]]

    def items(self, address):
        return [event[2] for event in self.told[address] if event[0] == "item"]


class Handshakes(unittest.TestCase):
    def test_each_mode_comes_up(self):
        for mode in (packets.SEALED_MODE, packets.CLEAR_MODE):
            pair = Pair(mode=mode)
            pair.runs_until(pair.is_up)
            self.assertEqual(pair.session(ONE).mode, mode)

    def test_when_both_dial_one_session_is_left(self):
        pair = Pair(both=True)
        pair.runs_until(pair.is_up)
        for _ in range(300):
            pair.step()
        self.assertEqual(pair.words(ONE), ["up"])
        self.assertEqual(pair.words(OTHER), ["up"])
        self.assertEqual(pair.session(ONE).my_index, pair.session(OTHER).their_index)

    def test_a_busy_end_asks_for_a_cookie(self):
        pair = Pair()
        pair.ends[OTHER].always_busy = True
        pair.runs_until(pair.is_up)
        self.assertIn("asks a cookie", pair.words(OTHER))

    def test_an_end_that_may_not_come_is_told_so(self):
        pair = Pair()
        pair.ends[OTHER].peers.clear()
        pair.runs_until(lambda: "not up with" in pair.words(ONE))
        self.assertEqual(pair.told[ONE][-1][2], "not allowed")
        self.assertNotIn("up", pair.words(ONE))

    def test_another_key_than_the_one_expected_is_not_let_in(self):
        pair = Pair()
        pair.ends[OTHER].identity = Identity(bytes([9]) * 32)
        for _ in range(500):
            pair.step()
        self.assertEqual(pair.words(ONE), [])


class Examples(unittest.TestCase):
    """Those of the link's page."""

    def frames(self, written):
        self.assertIn(written, " ".join(PAGE.read_text().split()))
        return bytes.fromhex(written), packets.parse_body(bytes.fromhex(written))

    def test_two_items(self):
        body, frames = self.frames("c0 00 05 02 48 69 80 00 06 48 69")
        self.assertEqual(frames, [packets.Piece(5, b"Hi"), packets.Piece(6, b"Hi")])
        self.assertEqual(frames[0].frame(False) + frames[1].frame(True), body)

    def test_a_report(self):
        written = "02 00 00 00 01 00 00 00 06 01 00 84 07 02 00 00 01 04 00 00 00 02 01 01 00"
        body, frames = self.frames(written)
        report = packets.Report(1, 6, [(0, 900)], [(0, 0), (1, 4)], 2, [(1, 0)])
        self.assertEqual(frames, [report])
        self.assertEqual(report.frame(), body)


class Items(unittest.TestCase):
    def hands_over(self, pair, items):
        pair.runs_until(pair.is_up)
        for item in items:
            pair.session(ONE).send(item)
        pair.runs_until(lambda: pair.words(ONE).count("kept") == len(items))

    def test_each_is_handed_up_once_whatever_is_lost(self):
        items = [bytes([length % 256]) * (length % 400 + 1) for length in range(200)]
        pair = Pair(seed=1, loss=0.3, mtu=256)
        self.hands_over(pair, items)
        self.assertEqual(sorted(pair.items(OTHER)), sorted(items))

    def test_a_long_one_goes_in_parts_and_no_datagram_is_longer_than_the_mtu(self):
        items = [bytes(range(256)) * 4]
        pair = Pair(mtu=256)
        self.hands_over(pair, items)
        self.assertEqual(pair.items(OTHER), items)
        self.assertEqual(max(map(len, pair.seen)), 256)

    def test_keys_are_renewed_without_a_word(self):
        pair = Pair()
        pair.runs_until(pair.is_up)
        before = (1 << GENERATION_BITS) - 3
        pair.session(ONE).next_number = before
        pair.session(OTHER).newest = before - 1
        self.hands_over(pair, [b"under the old key and the new one"] * 6)
        for number in range(6):
            pair.session(ONE).send(bytes([number]))
            pair.step()
        pair.runs_until(lambda: len(pair.items(OTHER)) == 12)
        self.assertEqual(pair.session(OTHER).receive_keys.newest, 1)


if __name__ == "__main__":
    unittest.main()
