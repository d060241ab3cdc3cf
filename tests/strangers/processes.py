"""A line of servers on 127.0.0.1, each a process, and their clients."""

import contextlib
import os
import select
import socket
import subprocess
import sys
import tempfile
import time
import unittest

from classic_client import Client

HERE = os.path.dirname(os.path.abspath(__file__))

PATIENCE = 40.0


def free_addresses(count):
    with contextlib.ExitStack() as stack:
        addresses = []
        for _ in range(count):
            sock = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            sock.bind(("127.0.0.1", 0))
            addresses.append(sock.getsockname())
        return addresses


def read_line(stream, seconds=PATIENCE):
    if not select.select([stream], [], [], seconds)[0]:
        raise AssertionError("the server says nothing")
    return stream.readline().strip()


class ServerProcess:
    def __init__(self, line, number, data):
        self.command = [
            sys.executable,
            os.path.join(HERE, "classic_server.py"),
            "--line",
            ",".join(f"{host}:{port}" for host, port in line),
            "--index",
            str(number),
            "--data",
            data,
        ]
        self.process = None

    def start(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True)
        if read_line(self.process.stdout) != "ready":
            raise AssertionError("the server is not ready")

    def stop(self):
        """End it cleanly; return how many datagrams it dropped."""
        self.process.terminate()
        rest, _ = self.process.communicate(timeout=PATIENCE)
        if self.process.returncode != 0:
            raise AssertionError(f"the server ended with {self.process.returncode}")
        return int(rest.split()[1])

    def kill(self):
        self.process.kill()
        self.process.communicate()

    def is_running(self):
        return self.process is not None and self.process.poll() is None


class LineTest(unittest.TestCase):
    length = 3

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.addresses = free_addresses(self.length)
        self.servers = []
        for n in range(1, self.length + 1):
            data = os.path.join(directory.name, f"server{n}.json")
            self.servers.append(ServerProcess(self.addresses, n, data))
            self.addCleanup(self.end, self.servers[-1])
            self.servers[-1].start()

    @staticmethod
    def end(server):
        if server.is_running():
            server.stop()

    def client(self, number, position, **options):
        client = Client(self.addresses[position], number, **options)
        self.addCleanup(client.close)
        return client

    def greeted(self, number, position):
        client = self.client(number, position)
        client.handshake()
        return client

    def received(self, client, count):
        """The texts of the next `count` messages, as soon as they are there."""
        messages = []
        deadline = time.monotonic() + PATIENCE
        while len(messages) < count and time.monotonic() < deadline:
            messages += client.receive()
        return [text for _, _, text in messages]
