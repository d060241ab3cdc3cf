"""Three servers in a line, with processes and sockets."""

import unittest

from classic_client import NoAnswer
from driver import ANN, BOB, CAT
from processes import LineTest


class LineOfThree(LineTest):
    def test_first_to_last_and_back(self):
        ann, bob = self.greeted(ANN, 0), self.greeted(BOB, 2)
        text = "\u00fcber/die//Leitung \u2713"
        self.assertEqual(ann.send(BOB, text + "\n"), 0)
        self.assertEqual(self.received(bob, 1), [text])
        self.assertEqual(bob.send(ANN, "back"), 0)
        self.assertEqual(self.received(ann, 1), ["back"])
        self.assertEqual(bob.receive(), [])

    def test_order_and_numbers(self):
        ann, bob = self.greeted(ANN, 0), self.greeted(BOB, 2)
        texts = [f"text {i}" for i in range(120)]
        self.assertEqual([ann.send(BOB, t) for t in texts], [i % 100 for i in range(120)])
        self.assertEqual(self.received(bob, 120), texts)

    def test_message_is_handed_out_until_the_ack(self):
        ann, bob = self.greeted(ANN, 0), self.greeted(BOB, 0)
        ann.send(BOB, "x")
        self.assertEqual(bob.get(), (0, ANN, "x"))
        self.assertEqual(bob.get(), (0, ANN, "x"))
        self.assertEqual(bob.receive(), [(0, ANN, "x")])
        self.assertIsNone(bob.get())

    def test_doubled_message_is_shown_once(self):
        ann, bob = self.greeted(ANN, 0), self.greeted(BOB, 0)
        ann.send(BOB, "x")
        ack, bob.ack = bob.ack, lambda *_: None
        self.assertEqual(bob.receive(), [(0, ANN, "x")])
        bob.ack = ack
        self.assertEqual(bob.receive(), [])
        self.assertIsNone(bob.get())

    def test_moved_client(self):
        ann, bob = self.greeted(ANN, 0), self.greeted(BOB, 2)
        ann.send(BOB, "one")
        self.assertEqual(self.received(bob, 1), ["one"])
        bob.move(self.addresses[1])
        ann.send(BOB, "two")
        self.assertEqual(self.received(bob, 1), ["two"])
        bob.move(self.addresses[0])
        ann.send(BOB, "three")
        self.assertEqual(self.received(bob, 1), ["three"])

    def test_waiting_messages_follow(self):
        ann, bob = self.greeted(ANN, 2), self.greeted(BOB, 2)
        texts = [f"text {i}" for i in range(30)]
        for text in texts:
            ann.send(BOB, text)
        bob.move(self.addresses[0])
        self.assertEqual(self.received(bob, 30), texts)

    def test_terminate(self):
        ann, bob = self.greeted(ANN, 0), self.greeted(BOB, 2)
        ann.send(BOB, "one")
        self.assertEqual(self.received(bob, 1), ["one"])
        bob.terminate()
        ann.send(BOB, "two")
        ann.send(BOB, "three")
        self.assertEqual(self.received(self.greeted(BOB, 1), 2), ["two", "three"])

    def test_client_that_only_gets(self):
        ann = self.greeted(ANN, 0)
        ann.send(BOB, "x")
        self.assertEqual(self.received(self.client(BOB, 2), 1), ["x"])

    def test_repeated_marks(self):
        ann, bob = self.greeted(ANN, 0), self.greeted(BOB, 2)
        self.assertEqual([ann.send(BOB, "same", 7) for _ in range(3)], [0, 0, 0])
        self.assertEqual(ann.send(BOB, "same", 8), 1)
        self.assertEqual([ann.send(BOB, "same", 0) for _ in range(2)], [2, 3])
        ann.send(BOB, "end")
        self.assertEqual(self.received(bob, 5), ["same"] * 4 + ["end"])

    def test_bad_datagrams(self):
        ann, bob = self.greeted(ANN, 0), self.greeted(BOB, 0)
        bad = [
            b"",
            b"\xff\xff\xff",
            b"x" * 1000,
            b"send",
            f"{ANN}/{self.addresses[1][0]}".encode(),
            f"terminate/0/{BOB}//1".encode(),
            f"send/100/{ANN}/{BOB}/x".encode(),
            f"send/0/{ANN}/{BOB}/{'x' * 161}".encode(),
        ]
        for data in bad:
            self.assertIsNone(ann.datagram(data, wait=0))
        # Over one pair of sockets in order: once this is answered, those were read.
        self.assertEqual(ann.send(BOB, "x"), 0)
        self.assertEqual(bob.receive(), [(0, ANN, "x")])
        self.assertEqual(self.servers[0].stop(), len(bad))

    def test_raw_datagram_is_answered(self):
        ann = self.client(ANN, 0)
        answer = ann.datagram(f"handshake/0/{ANN}//\0\n".encode())
        self.assertEqual(answer, f"ack/0/{ANN}//".encode())

    def test_last_server_is_down_for_a_while(self):
        ann, bob = self.greeted(ANN, 0), self.greeted(BOB, 2)
        ann.send(BOB, "before")
        self.assertEqual(self.received(bob, 1), ["before"])
        bob.send(CAT, "for later")
        self.servers[2].kill()
        ann.send(BOB, "meanwhile")
        ann.send(BOB, "and more")
        bob.timeout, bob.repeats = 0.1, 1
        with self.assertRaises(NoAnswer):
            bob.get()
        self.servers[2].start()
        bob.timeout, bob.repeats = 1.0, 5
        self.assertEqual(self.received(bob, 2), ["meanwhile", "and more"])
        cat = self.greeted(CAT, 0)
        self.assertEqual(self.received(cat, 1), ["for later"])

    def test_first_server_is_down_for_a_while(self):
        ann, bob = self.greeted(ANN, 0), self.greeted(BOB, 2)
        self.assertEqual(ann.send(BOB, "one"), 0)
        self.assertEqual(self.received(bob, 1), ["one"])
        ann.send(CAT, "for later", mark=50)
        self.assertEqual(self.servers[0].stop(), 0)
        self.servers[0].start()
        self.assertEqual(ann.send(CAT, "for later", mark=50), 1)
        self.assertEqual(ann.send(BOB, "two"), 2)
        self.assertEqual(self.received(bob, 1), ["two"])
        self.assertEqual(self.received(self.greeted(CAT, 1), 1), ["for later"])

    def test_many_clients(self):
        senders = [self.greeted(f"{i:010}", 0) for i in range(100, 130)]
        for sender in senders:
            sender.send(BOB, sender.number)
        bob = self.greeted(BOB, 2)
        texts = self.received(bob, len(senders))
        self.assertEqual(sorted(texts), [sender.number for sender in senders])
        for sender in senders:
            bob.send(sender.number, "back")
        for sender in senders:
            self.assertEqual(self.received(sender, 1), ["back"])


if __name__ == "__main__":
    unittest.main()
