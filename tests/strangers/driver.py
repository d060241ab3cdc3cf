"""A server without sockets, driven with a clock of the test's own."""

from classic_server import Server

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
