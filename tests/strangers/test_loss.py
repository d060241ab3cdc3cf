"""Three servers and a net that loses and delays what they tell each other."""

import heapq
import random
import unittest

from classic_server import Server
from driver import ANN, BOB, CAT, FIRST, LAST, LINE, MIDDLE, PHONE


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


if __name__ == "__main__":
    unittest.main()
