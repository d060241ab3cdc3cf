"""A native server in a process: a UDP socket, the links, the station. For tests.

    peer.py --listen 127.0.0.1:0 --name Post --allow KEY --dial KEY@IP:PORT [--clear] [--mtu N]

It says on standard output what happens, a line each, and does what standard input says:

    attach NUMBER            a number is at home here
    text FROM TO WORDS       a text
    pings COUNT              so many pings to every neighbour, some at a time
    crowd IP:PORT            some people there begin handshakes, and never finish them
    busy                     asks everybody who dials for a cookie
"""

import argparse
import os
import select
import secrets
import socket
import sys
import time

import packets
from keys import Identity
from link import Links, Peer
from station import Station

TICK = 0.02
DATAGRAM_MAX = 2048
# More than an end answers at once without a cookie.
CROWD = ["127.0.0.2", "127.0.0.3", "127.0.0.4"]
HANDSHAKES_EACH = 20
COOKIE_WITHIN = 10


def address(written):
    ip, port = written.rsplit(":", 1)
    return ip, int(port)


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--listen", type=address, default=("127.0.0.1", 0))
    parser.add_argument("--seed", type=bytes.fromhex, default=secrets.token_bytes(32))
    parser.add_argument("--name", default="Stranger")
    parser.add_argument("--allow", action="append", default=[], type=bytes.fromhex)
    parser.add_argument("--dial", action="append", default=[])
    parser.add_argument("--mtu", type=int, default=1200)
    parser.add_argument("--clear", action="store_true")
    return parser.parse_args()


def peers(options):
    mode = packets.CLEAR_MODE if options.clear else packets.SEALED_MODE
    for key in options.allow:
        yield Peer(key, mode=mode)
    for written in options.dial:
        key, where = written.split("@")
        yield Peer(bytes.fromhex(key), address(where), mode)


class Process:
    def __init__(self, options):
        self.identity = Identity(options.seed)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(options.listen)
        self.socket.setblocking(False)
        self.links = Links(self.identity, peers(options), options.mtu)
        self.station = Station(self.identity, options.name, say)
        self.typed = b""
        self.pings_left = {}
        ip, port = self.socket.getsockname()
        say(f"ready on {ip}:{port} key {self.identity.public.hex()}")

    def run(self):
        while True:
            ready, _, _ = select.select([self.socket, sys.stdin], [], [], TICK)
            now = time.monotonic()
            if sys.stdin in ready and not self.reads_words(now):
                return
            if self.socket in ready:
                self.reads_datagrams(now)
            self.turn(now)

    def reads_datagrams(self, now):
        for _ in range(64):
            try:
                datagram, source = self.socket.recvfrom(DATAGRAM_MAX)
            except BlockingIOError:
                return
            except ConnectionRefusedError:
                continue
            self.links.receive(datagram, source, now)

    def turn(self, now):
        """What happened on the links, and what is due."""
        self.handle_events(now)
        self.links.due(now)
        self.handle_events(now)
        for datagram, to in self.links.out:
            try:
                self.socket.sendto(datagram, to)
            except OSError as error:
                say(f"not sent to {to}: {error}")
        self.links.out.clear()

    def handle_events(self, now):
        events, self.links.events = self.links.events, []
        for key, event in events:
            if event[0] == "up":
                mode = "clear" if event[1].mode == packets.CLEAR_MODE else "sealed"
                by = "dialled" if event[1].dialled else "was dialled"
                say(f"up {key.hex()} {mode} {by}")
                self.station.up(key, event[1], now)
            elif event[0] == "down":
                say(f"down {key.hex()} {event[2]}")
                self.station.down(key, event[1], now)
            elif event[0] == "item":
                self.station.take(key, event[2], now)
                self.links.current(key).keep(event[1], now)
            elif event[0] == "kept":
                self.station.kept(key, event[1])
            else:
                say(" ".join([event[0], key.hex(), *event[2:]]))

    def reads_words(self, now):
        data = os.read(sys.stdin.fileno(), 65536)
        *lines, self.typed = (self.typed + data).split(b"\n")
        for line in lines:
            self.obey(line.decode(), now)
        return bool(data)

    def obey(self, line, now):
        word, _, rest = line.partition(" ")
        if word == "attach":
            self.station.attach(int(rest), now)
        elif word == "text":
            sender, recipient, words = rest.split(" ", 2)
            self.station.text(int(sender), int(recipient), words, now)
        elif word == "pings":
            for trunk in self.station.trunks.values():
                trunk.session.more_pings = int(rest)
        elif word == "busy":
            self.links.always_busy = True
        elif word == "crowd":
            crowd(address(rest))
        else:
            say(f"unknown word {word}")


def crowd(where):
    for ip in CROWD:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
            one.bind((ip, 0))
            for _ in range(HANDSHAKES_EACH):
                index, ephemeral = secrets.randbits(32), secrets.token_bytes(32)
                one.sendto(packets.init(packets.SEALED_MODE, index, ephemeral), where)
            if ip == CROWD[-1]:
                one.settimeout(COOKIE_WITHIN)
                while one.recv(DATAGRAM_MAX)[0] != packets.COOKIE:
                    pass
                say("the crowd is asked for a cookie")


def say(line):
    print(line, flush=True)


if __name__ == "__main__":
    Process(arguments()).run()
