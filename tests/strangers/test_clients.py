"""What one server does for its clients, and what it drops."""

import unittest

from driver import ANN, BOB, CAT, FIRST, LAST, MIDDLE, PHONE, Driver


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


if __name__ == "__main__":
    unittest.main()
