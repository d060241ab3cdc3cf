"""What one server does when another one speaks: lists, forwarding, repeats."""

import os
import tempfile
import unittest

from driver import ANN, BOB, CAT, FIRST, LAST, MIDDLE, PHONE, Driver, sends_to


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


if __name__ == "__main__":
    unittest.main()
