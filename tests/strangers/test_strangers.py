"""The strangers' classic servers and clients against each other.

The first half drives `Server` with a clock of its own; the second half runs the
scripts on 127.0.0.1.
"""

import contextlib
import heapq
import json
import os
import random
import select
import socket
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

from classic_client import Client, NoAnswer, TextRefused
from classic_server import Server

PATIENCE = 40.0

ANN = "0000000001"
BOB = "0000000002"
CAT = "0000000003"
LINE = [("127.0.0.1", 10410), ("127.0.0.1", 20002), ("127.0.0.1", 20003)]
FIRST, MIDDLE, LAST = LINE
PHONE = ("127.0.0.1", 40000)


class Driver:
    """One server, its clock, and what it sent at the last step."""

    def __init__(self, number=2, **options):
        self.now = 100.0
        self.server = Server(LINE, number, now=self.now, **options)

    def say(self, text, address=PHONE):
        data = text if isinstance(text, bytes) else text.encode("utf-8")
        return self.read(self.server.receive(data, address, self.now))

    def wait(self, seconds):
        self.now += seconds
        return self.read(self.server.tick(self.now))

    @staticmethod
    def read(sent):
        return [(data.decode("utf-8"), address) for data, address in sent]


def sends_to(address, sent):
    return [text for text, to in sent if to == address and text.startswith("send/")]


class ClientsOfOneServer(unittest.TestCase):
    def setUp(self):
        self.driver = Driver(number=1)
        self.say = self.driver.say

    def test_handshake_is_answered_and_shared(self):
        sent = self.say(f"handshake/0/{ANN}//")
        self.assertEqual(sent, [(f"ack/0/{ANN}//", PHONE), (f"{ANN}/127.0.0.1", MIDDLE)])
        self.assertEqual(self.say(f"handshake/7/{ANN}//ignored"), sent)

    def test_numbers_go_round(self):
        self.say(f"handshake/0/{ANN}//")
        for i in range(101):
            sent = self.say(f"send/0/{ANN}/{BOB}/x")
            self.assertEqual(sent, [(f"ack/{i % 100}/{ANN}/{BOB}/", PHONE)])

    def test_get_hands_out_until_the_ack(self):
        self.say(f"send/0/{ANN}/{BOB}/a/b//c")
        self.say(f"send/0/{ANN}/{BOB}/second")
        first = (f"send/0/{ANN}/{BOB}/a/b//c", PHONE)
        self.assertEqual(self.say(f"get/0/{BOB}//")[0], first)
        self.say(f"ack/1/{BOB}/{ANN}/")
        self.say(f"ack/0/{BOB}/{CAT}/")
        self.assertEqual(self.say(f"get/00/{BOB}//"), [first])
        self.assertEqual(self.say(f"ack/00/{BOB}/{ANN}/"), [])
        self.assertEqual(self.say(f"get/0/{BOB}//"), [(f"send/1/{ANN}/{BOB}/second", PHONE)])
        self.say(f"ack/1/{BOB}/{ANN}/")
        self.assertEqual(self.say(f"get/0/{BOB}//"), [(f"send/0//{BOB}/", PHONE)])

    def test_unacknowledged_removes_at_once(self):
        driver = Driver(number=1, acknowledged=False)
        driver.say(f"send/0/{ANN}/{BOB}/x")
        self.assertIn(f"send/0/{ANN}/{BOB}/x", driver.say(f"get/0/{BOB}//")[0])
        self.assertEqual(driver.say(f"get/0/{BOB}//"), [(f"send/0//{BOB}/", PHONE)])

    def seq_of(self, mark, text, to=BOB):
        return int(self.say(f"send/{mark}/{ANN}/{to}/{text}")[0][0].split("/")[1])

    def test_marks(self):
        self.assertEqual(self.seq_of(7, "x"), 0)
        self.assertEqual(self.seq_of("07", "x"), 0)
        self.assertEqual(self.seq_of(8, "x"), 1)
        self.assertEqual(self.seq_of(8, "y"), 2)
        self.assertEqual(self.seq_of(8, "y", CAT), 3)
        self.assertEqual(self.seq_of(0, "y", CAT), 4)
        self.assertEqual(self.seq_of(0, "y", CAT), 5)

    def test_handshake_and_terminate_end_the_comparison(self):
        self.assertEqual(self.seq_of(7, "x"), 0)
        self.say(f"handshake/0/{ANN}//")
        self.assertEqual(self.seq_of(7, "x"), 1)
        self.say(f"terminate/0/{ANN}//")
        self.assertEqual(self.seq_of(7, "x"), 2)

    def test_terminate_goes_to_every_other(self):
        self.say(f"handshake/0/{ANN}//")
        expected = [
            (f"terminate/0/{ANN}//1", MIDDLE),
            (f"terminate/0/{ANN}//1", LAST),
            (f"ack/0/{ANN}//", PHONE),
        ]
        self.assertEqual(self.say(f"terminate/0/{ANN}//"), expected)

    def test_terminate_of_a_moved_client_is_only_answered(self):
        self.say(f"{ANN}/127.0.0.1:20003", MIDDLE)
        self.assertEqual(self.say(f"terminate/0/{ANN}//"), [(f"ack/0/{ANN}//", PHONE)])
        self.assertEqual(self.driver.server.clients, {ANN: 3})


class BadInput(unittest.TestCase):
    def assert_dropped(self, data, address=PHONE):
        driver = Driver()
        driver.say(f"handshake/0/{ANN}//")
        before = driver.server.state()
        self.assertEqual(driver.say(data, address), [], data)
        self.assertEqual(driver.server.dropped, 1, data)
        self.assertEqual(driver.server.state(), before, data)

    def test_from_clients(self):
        for data in [
            b"",
            b"\n\0\n",
            b"\xff\xfe/0/1//",
            f"send/0/{ANN}/{BOB}/".encode() + b"\xed\xa0\x80",
            f"send/0/{ANN}/{BOB}",
            f"shout/0/{ANN}/{BOB}/x",
            f"Send/0/{ANN}/{BOB}/x",
            f"send//{ANN}/{BOB}/x",
            f"send/100/{ANN}/{BOB}/x",
            f"send/007/{ANN}/{BOB}/x",
            f"send/-1/{ANN}/{BOB}/x",
            f"send/+1/{ANN}/{BOB}/x",
            f"send/\u0661/{ANN}/{BOB}/x",
            f"send/0/{ANN}//x",
            f"send/0//{BOB}/x",
            f"send/0/{ANN}0/{BOB}/x",
            f"send/0/{ANN}/\u0660000000002/x",
            f"send/0/{BOB}/{ANN}/" + "x" * 161,
            f"send/0/{BOB}/{ANN}/" + "\u00e9" * 113 + "x",
            f"send/0/{BOB}/{ANN}/" + "\u20ac" * 100,
            f"get/0/{BOB}/{ANN}/",
            f"handshake/0/{BOB}/{ANN}/",
            f"terminate/0/{ANN}/{BOB}/",
            f"terminate/0/{ANN}//1",
            f"terminate/0/{ANN}//bye",
            f"{BOB}/127.0.0.1",
            "handshake/0/" + "1" * 300,
        ]:
            self.assert_dropped(data)

    def test_from_servers(self):
        for data in [
            f"handshake/0/{BOB}//",
            f"get/0/{BOB}//",
            f"terminate/0/{ANN}//",
            f"terminate/0/{ANN}//2",
            f"send/0/{BOB}/{ANN}/" + "x" * 161,
            f"{BOB}/127.0.0.1?",
            f"{BOB}/127.0.0.1?{CAT}/127.0.0.9",
            f"{BOB}/127.0.0.1?{CAT}",
            f"{BOB}/127.0.0.1?123/127.0.0.1",
            f"{BOB}/127.0.0.1/",
        ]:
            self.assert_dropped(data, FIRST)

    def test_the_largest_text_fits(self):
        text = "\u00e9" * 66 + "x" * 94
        self.assertEqual((len(text), len(text.encode())), (160, 226))
        sent = Driver().say(f"send/99/{ANN}/{BOB}/{text}\n\0\n\n")
        self.assertEqual(sent[0], (f"ack/0/{ANN}/{BOB}/", PHONE))


class Lists(unittest.TestCase):
    def setUp(self):
        self.driver = Driver(number=2)
        self.say = self.driver.say
        self.clients = self.driver.server.clients

    def test_news_goes_on_and_old_news_ends(self):
        text = f"{ANN}/127.0.0.1:10410?{BOB}/127.0.0.1:20003"
        out = f"{ANN}/127.0.0.1?{BOB}/127.0.0.1:20003"
        self.assertEqual(self.say(text, FIRST), [(out, FIRST), (out, LAST)])
        self.assertEqual(self.say(text, FIRST), [])
        self.assertEqual(self.say(text, LAST), [])

    def test_contradiction_counts_only_from_its_side(self):
        self.say(f"{ANN}/127.0.0.1", FIRST)
        self.assertEqual(self.say(f"{ANN}/127.0.0.1:20003", FIRST), [])
        self.assertEqual(self.clients, {ANN: 1})
        self.assertEqual(len(self.say(f"{ANN}/127.0.0.1:20003", LAST)), 2)
        self.assertEqual(self.clients, {ANN: 3})

    def test_pair_that_names_the_receiver_is_ignored(self):
        self.assertEqual(self.say(f"{ANN}/127.0.0.1:20002", FIRST), [])
        self.assertEqual(self.clients, {})

    def test_moved_client_is_given_up_with_its_messages(self):
        self.say(f"handshake/0/{ANN}//")
        self.say(f"send/0/{BOB}/{ANN}/x")
        self.driver.wait(0.3)
        sent = self.say(f"{ANN}/127.0.0.1:20003", LAST)
        self.assertEqual(sends_to(LAST, sent), [f"send/0/{BOB}/{ANN}/x"])
        self.assertEqual(self.clients[ANN], 3)

    def test_doubt_that_the_client_ends(self):
        self.say(f"handshake/0/{ANN}//")
        self.driver.wait(0.1)
        self.assertEqual(self.say(f"{ANN}/127.0.0.1:20003", LAST), [])
        self.driver.wait(0.1)
        self.say(f"get/0/{ANN}//")
        self.assertEqual(self.driver.wait(1), [])
        self.assertEqual(self.clients[ANN], 2)

    def test_doubt_that_runs_out(self):
        self.say(f"handshake/0/{ANN}//")
        self.driver.wait(0.1)
        self.say(f"{ANN}/127.0.0.1:20003", LAST)
        self.assertEqual(self.driver.wait(0.1), [])
        self.assertEqual(self.clients[ANN], 2)
        out = f"{ANN}/127.0.0.1:20003"
        self.assertEqual(self.driver.wait(0.1), [(out, FIRST), (out, LAST)])
        self.assertEqual(self.clients[ANN], 3)

    def test_long_list_is_split_between_pairs(self):
        names = [f"{i:010}" for i in range(30)]
        for name in names:
            self.say(f"handshake/0/{name}//")
        lists = [text for text, to in self.say(f"handshake/0/{names[0]}//") if to == FIRST]
        self.assertGreater(len(lists), 1)
        self.assertTrue(all(len(text) <= 256 for text in lists))
        pairs = [pair for text in lists for pair in text.split("?")]
        self.assertEqual(pairs, [f"{name}/127.0.0.1:20002" for name in names])

    def test_terminate_from_a_server(self):
        self.say(f"{ANN}/127.0.0.1", FIRST)
        self.assertEqual(self.say(f"terminate/0/{ANN}//1", LAST), [])
        self.assertEqual(self.clients, {ANN: 1})
        self.assertEqual(self.say(f"terminate/0/{ANN}//1", FIRST), [])
        self.assertEqual(self.clients, {})


class Forwarding(unittest.TestCase):
    def setUp(self):
        self.driver = Driver(number=1)
        self.say = self.driver.say
        self.wait = self.driver.wait
        self.say(f"{BOB}/127.0.0.1:20002", MIDDLE)

    def ack(self, seq, source=ANN, destination=BOB, address=MIDDLE):
        return self.say(f"ack/{seq}/{source}/{destination}/", address)

    def test_repeated_each_second_until_the_ack(self):
        message = f"send/0/{ANN}/{BOB}/x"
        self.assertEqual(sends_to(MIDDLE, self.say(message)), [message])
        self.assertEqual(self.wait(0.9), [])
        self.assertEqual(self.wait(0.1), [(message, MIDDLE)])
        self.assertEqual(self.wait(0.5), [])
        self.assertEqual(self.wait(0.5), [(message, MIDDLE)])
        self.ack(0, address=LAST)
        self.assertEqual(self.wait(1), [(message, MIDDLE)])
        self.ack(0)
        self.assertEqual(self.wait(5), [])

    def test_waits_for_an_unknown_client(self):
        self.assertEqual(sends_to(MIDDLE, self.say(f"send/0/{ANN}/{CAT}/x")), [])
        sent = self.say(f"{CAT}/127.0.0.1:20003", MIDDLE)
        self.assertEqual(sends_to(LAST, sent), [f"send/0/{ANN}/{CAT}/x"])

    def test_one_pair_in_order(self):
        self.say(f"send/0/{ANN}/{BOB}/a")
        self.assertEqual(sends_to(MIDDLE, self.say(f"send/0/{ANN}/{BOB}/b")), [])
        self.assertEqual(self.ack(0), [(f"send/1/{ANN}/{BOB}/b", MIDDLE)])

    def test_window(self):
        senders = [f"{i:010}" for i in range(100, 125)]
        sent = [sends_to(MIDDLE, self.say(f"send/0/{s}/{BOB}/x")) for s in senders]
        self.assertEqual([len(s) for s in sent], [1] * 20 + [0] * 5)
        self.assertEqual(len(self.wait(1)), 20)
        sent = self.ack(0, source=senders[0])
        self.assertEqual(sent, [(f"send/20/{senders[20]}/{BOB}/x", MIDDLE)])

    def test_equal_message_is_held_back(self):
        self.say(f"send/0/{ANN}/{BOB}/x")
        self.ack(0)
        self.say(f"handshake/0/{CAT}//")
        for i in range(99):
            self.say(f"send/0/{ANN}/{CAT}/{i}")
        self.assertEqual(sends_to(MIDDLE, self.say(f"send/0/{ANN}/{BOB}/x")), [])
        self.assertEqual(self.wait(10), [])
        self.assertEqual(self.wait(1), [(f"send/0/{ANN}/{BOB}/x", MIDDLE)])

    def test_not_straight_back_within_a_second(self):
        message = f"send/5/{ANN}/{BOB}/x"
        self.assertEqual(self.say(message, MIDDLE), [(f"ack/5/{ANN}/{BOB}/", MIDDLE)])
        self.assertEqual(self.wait(0.9), [])
        self.assertEqual(self.wait(0.2), [(message, MIDDLE)])

    def test_late_ack_of_a_server_that_was_tried_before(self):
        self.say(f"send/0/{ANN}/{BOB}/x")
        sent = self.say(f"{BOB}/127.0.0.1:20003", MIDDLE)
        self.assertEqual(sends_to(LAST, sent), [f"send/0/{ANN}/{BOB}/x"])
        self.ack(0)
        self.assertEqual(self.wait(1), [])

    def test_client_that_turns_up_gets_what_was_to_be_forwarded(self):
        self.say(f"send/0/{ANN}/{BOB}/x")
        self.assertEqual(self.say(f"get/0/{BOB}//")[0], (f"send/0/{ANN}/{BOB}/x", PHONE))
        self.assertEqual(sends_to(MIDDLE, self.wait(2)), [])


class ForwardedRepeats(unittest.TestCase):
    def setUp(self):
        self.driver = Driver(number=2)
        self.say = self.driver.say
        self.say(f"handshake/0/{BOB}//")
        self.driver.wait(1)

    def kept(self):
        return len(self.driver.server.messages)

    def test_repeat_is_acked_and_not_kept(self):
        for _ in range(2):
            sent = self.say(f"send/5/{ANN}/{BOB}/x", FIRST)
            self.assertEqual(sent, [(f"ack/5/{ANN}/{BOB}/", FIRST)])
        self.assertEqual(self.kept(), 1)
        self.say(f"send/5/{ANN}/{BOB}/y", FIRST)
        self.say(f"send/5/{ANN}/{BOB}/x", LAST)
        self.assertEqual(self.kept(), 3)
        self.assertNotIn(ANN, self.driver.server.clients)

    def test_ten_seconds(self):
        self.say(f"send/5/{ANN}/{BOB}/x", FIRST)
        self.driver.wait(9.9)
        self.say(f"send/5/{ANN}/{BOB}/x", FIRST)
        self.assertEqual(self.kept(), 1)
        self.driver.wait(0.2)
        self.say(f"send/5/{ANN}/{BOB}/x", FIRST)
        self.assertEqual(self.kept(), 2)

    def test_last_fifty(self):
        for i in range(50):
            self.say(f"send/{i}/{ANN}/{BOB}/x", FIRST)
        self.say(f"send/0/{ANN}/{BOB}/x", FIRST)
        self.assertEqual(self.kept(), 50)
        self.say(f"send/50/{ANN}/{BOB}/x", FIRST)
        self.say(f"send/0/{ANN}/{BOB}/x", FIRST)
        self.assertEqual(self.kept(), 52)

    def test_what_was_handed_on_may_come_back(self):
        self.say(f"send/5/{ANN}/{BOB}/x", FIRST)
        sent = self.say(f"{BOB}/127.0.0.1:20003", LAST)
        self.assertEqual(len(sends_to(LAST, sent)), 1)
        self.say(f"ack/5/{ANN}/{BOB}/", LAST)
        self.assertEqual(self.kept(), 0)
        self.say(f"send/5/{ANN}/{BOB}/x", FIRST)
        self.assertEqual(self.kept(), 1)


class Restart(unittest.TestCase):
    def test_everything_acknowledged_is_there_again(self):
        with tempfile.TemporaryDirectory() as directory:
            data = os.path.join(directory, "data.json")
            before = Driver(data=data)
            before.say(f"handshake/0/{ANN}//")
            before.say(f"send/7/{ANN}/{BOB}/to nobody yet")
            before.say(f"send/9/{CAT}/{ANN}/x", FIRST)
            after = Driver(data=data)
            self.assertEqual(after.server.state(), before.server.state())
            sent = after.say(f"send/7/{ANN}/{BOB}/to nobody yet")
            self.assertEqual(sent, [(f"ack/0/{ANN}/{BOB}/", PHONE)])
            after.say(f"send/9/{CAT}/{ANN}/x", FIRST)
            self.assertEqual(len(after.server.messages), 2)
            self.assertEqual(after.say(f"get/0/{ANN}//"), [(f"send/9/{CAT}/{ANN}/x", PHONE)])


class LossyNet:
    """Three servers and a net that loses and delays what they tell each other."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.now = 0.0
        self.loss = 0.2
        self.servers = {LINE[n - 1]: Server(LINE, n) for n in (1, 2, 3)}
        self.on_the_way = []
        self.count = 0

    def post(self, datagrams, source):
        for data, address in datagrams:
            if address in self.servers and self.random.random() >= self.loss:
                self.count += 1
                arrival = self.now + self.random.uniform(0.001, 0.1)
                heapq.heappush(self.on_the_way, (arrival, self.count, data, source, address))

    def ask(self, server, text):
        answers = self.servers[server].receive(text.encode(), PHONE, self.now)
        self.post(answers, server)
        return [data.decode() for data, address in answers if address == PHONE]

    def run(self, seconds):
        end = self.now + seconds
        while self.now < end:
            self.now += 0.05
            while self.on_the_way and self.on_the_way[0][0] <= self.now:
                _, _, data, source, address = heapq.heappop(self.on_the_way)
                self.post(self.servers[address].receive(data, source, self.now), address)
            for address, server in self.servers.items():
                self.post(server.tick(self.now), address)

    def receive_all(self, server, client):
        texts = []
        while True:
            answer = self.ask(server, f"get/0/{client}//")[0]
            _, seq, source, _, text = answer.split("/", 4)
            if not source:
                return texts
            texts.append((source, text))
            self.ask(server, f"ack/{seq}/{client}/{source}/")


class LossAndDelay(unittest.TestCase):
    def settle_list(self, net):
        net.loss = 0.0
        for server, client in zip(LINE, (ANN, BOB, CAT)):
            net.ask(server, f"handshake/0/{client}//")
        net.run(2)
        net.loss = 0.2

    def test_everything_once_and_in_order(self):
        for seed in range(5):
            net = LossyNet(seed)
            self.settle_list(net)
            for i in range(40):
                net.ask(FIRST, f"send/0/{ANN}/{CAT}/{i}")
                net.ask(MIDDLE, f"send/0/{BOB}/{CAT}/{i}")
                net.run(0.3)
            net.run(120)
            texts = net.receive_all(LAST, CAT)
            for source in (ANN, BOB):
                own = [text for s, text in texts if s == source]
                self.assertEqual(own, [str(i) for i in range(40)], seed)

    def test_nothing_is_lost_while_the_client_wanders(self):
        for seed in range(5):
            net = LossyNet(seed)
            self.settle_list(net)
            seen = []
            for i in range(30):
                net.ask(FIRST, f"send/0/{ANN}/{CAT}/{i}")
                place = net.random.choice(LINE)
                net.ask(place, f"handshake/0/{CAT}//")
                net.run(net.random.uniform(0.0, 3.0))
                seen += net.receive_all(place, CAT)
            net.loss = 0.0
            for _ in range(30):
                # A list that was lost is made up for by the next one only, and
                # the middle server passes on nothing that it knows already.
                net.ask(LAST, f"handshake/0/{CAT}//")
                net.ask(MIDDLE, f"handshake/0/{BOB}//")
                seen += net.receive_all(LAST, CAT)
                net.run(1)
            self.assertEqual({text for _, text in seen}, {str(i) for i in range(30)}, seed)


# From here on with processes and sockets.


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
