"""The client alone, and as a script."""

import json
import os
import select
import socket
import subprocess
import sys
import unittest

from classic_client import Client, NoAnswer, TextRefused
from driver import ANN, BOB
from processes import HERE, PATIENCE, LineTest


class ClientAlone(unittest.TestCase):
    def setUp(self):
        self.server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(self.server.close)
        self.server.bind(("127.0.0.1", 0))
        self.client = Client(self.server.getsockname(), ANN, timeout=0.05)
        self.addCleanup(self.client.close)

    def arrived(self):
        datagrams = []
        while select.select([self.server], [], [], 0)[0]:
            datagrams.append(self.server.recv(1000).decode())
        return datagrams

    def test_five_repeats(self):
        with self.assertRaisesRegex(NoAnswer, "the server does not answer"):
            self.client.handshake()
        self.assertEqual(self.arrived(), [f"handshake/0/{ANN}//"] * 6)

    def test_own_marks(self):
        self.client.repeats = 0
        for _ in range(100):
            with self.assertRaises(NoAnswer):
                self.client.send(BOB, "x")
            self.client.timeout = 0
        marks = [int(datagram.split("/")[1]) for datagram in self.arrived()]
        self.assertEqual(marks, [*range(1, 100), 1])

    def test_unmarked_is_not_repeated(self):
        with self.assertRaises(NoAnswer):
            self.client.send(BOB, "x", mark=0)
        self.assertEqual(self.arrived(), [f"send/0/{ANN}/{BOB}/x"])

    def test_refused_texts(self):
        for text in ("x" * 161, "\u20ac" * 76, "\ud800"):
            with self.assertRaises(TextRefused):
                self.client.send(BOB, text)
        self.assertEqual(self.arrived(), [])


class Scripts(LineTest):
    def run_client(self, number, position, *arguments):
        host, port = self.addresses[position]
        script = os.path.join(HERE, "classic_client.py")
        command = [sys.executable, script, "--server", f"{host}:{port}", "--id", number]
        done = subprocess.run(
            [*command, *arguments], capture_output=True, text=True, timeout=PATIENCE
        )
        self.assertEqual(done.stderr, "")
        return [json.loads(line) for line in done.stdout.splitlines()]

    def test_client_script(self):
        greeting = {"event": "handshake"}
        sent = self.run_client(ANN, 0, "send", BOB, "a/b")
        self.assertEqual(sent, [greeting, {"event": "sent", "seq": 0, "to": BOB, "text": "a/b"}])
        message = {"event": "message", "seq": 0, "from": ANN, "text": "a/b"}
        self.assertEqual(self.run_client(BOB, 0, "receive"), [greeting, message])
        self.assertEqual(self.run_client(BOB, 0, "receive"), [greeting, {"event": "no messages"}])
        refused = self.run_client(ANN, 0, "send", BOB, "x" * 161)
        self.assertEqual(refused[1]["event"], "error")
        self.assertEqual(self.run_client(BOB, 0, "terminate"), [{"event": "terminated"}])

    def test_raw_datagram(self):
        answer = self.run_client(ANN, 0, "datagram", f"get/0/{ANN}//")
        self.assertEqual(answer, [{"event": "answer", "text": f"send/0//{ANN}/"}])


if __name__ == "__main__":
    unittest.main()
