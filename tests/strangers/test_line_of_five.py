"""Five servers in a line, with processes and sockets."""

import unittest

from driver import ANN, BOB, CAT
from processes import LineTest


class LineOfFive(LineTest):
    length = 5

    def test_first_to_last_and_back(self):
        ann, bob = self.greeted(ANN, 0), self.greeted(BOB, 4)
        texts = [f"text {i}" for i in range(10)]
        for text in texts:
            ann.send(BOB, text)
        self.assertEqual(self.received(bob, 10), texts)
        bob.send(ANN, "back")
        self.assertEqual(self.received(ann, 1), ["back"])

    def test_every_pair_of_servers(self):
        clients = [self.greeted(f"{i:010}", i) for i in range(5)]
        for sender in clients:
            for other in clients:
                sender.send(other.number, f"{sender.number} to {other.number}")
        for client in clients:
            expected = [f"{sender.number} to {client.number}" for sender in clients]
            self.assertEqual(sorted(self.received(client, 5)), expected)

    def test_client_wanders_along_the_line(self):
        ann, bob = self.greeted(ANN, 0), self.client(BOB, 0)
        sent = []
        for position in (4, 0, 3, 1, 2):
            bob.move(self.addresses[position])
            sent.append(f"at {position}")
            ann.send(BOB, sent[-1])
            # A text that went to the old server as well, before its ack, comes again.
            texts = []
            while sent[-1] not in texts:
                texts = self.received(bob, 1)
                self.assertTrue(texts and set(texts) <= set(sent), texts)

    def test_terminate_reaches_every_server(self):
        ann, bob = self.greeted(ANN, 0), self.greeted(BOB, 4)
        ann.send(BOB, "one")
        self.assertEqual(self.received(bob, 1), ["one"])
        bob.terminate()
        ann.send(BOB, "two")
        self.assertEqual(self.received(self.greeted(BOB, 2), 1), ["two"])
        ann.terminate()

    def test_middle_server_is_down_for_a_while(self):
        ann, bob = self.greeted(ANN, 0), self.greeted(BOB, 4)
        ann.send(BOB, "one")
        self.assertEqual(self.received(bob, 1), ["one"])
        self.servers[2].kill()
        ann.send(BOB, "two")
        self.assertEqual(self.received(bob, 1), ["two"])
        cat = self.client(CAT, 2)
        ann.send(CAT, "for later")
        self.servers[2].start()
        cat.handshake()
        self.assertEqual(self.received(cat, 1), ["for later"])
        cat.send(BOB, "three")
        self.assertEqual(self.received(bob, 1), ["three"])


if __name__ == "__main__":
    unittest.main()
