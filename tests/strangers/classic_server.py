"""A server for the classic protocol, written from its specification alone.

`Server` does no input or output but for its data file: it is given datagrams
and the time, and returns the datagrams to send.
"""

import argparse
import collections
import dataclasses
import json
import os
import re
import select
import signal
import socket
import sys
import time

DEFAULT_PORT = 10410
MAX_DATAGRAM = 256
MAX_CHARACTERS = 160
MAX_TEXT_BYTES = 226
NUMBERS = 100
WINDOW = 20
REPEATS_KEPT = 50
REPEAT_SPAN = 10.0
# Longer than the span: the other server's ten seconds begin after ours, and what
# reached it a moment early would be taken for a repeat and lost.
HOLD_BACK = REPEAT_SPAN + 0.5
RESEND_AFTER = 1.0
NOT_BACK_WITHIN = 1.0
DOUBT = 0.25
TICK = 0.05

KINDS = {"handshake", "send", "get", "ack", "terminate"}
KINDS_WITH_DESTINATION = {"send", "ack"}

Fields = collections.namedtuple("Fields", "kind seq source destination payload")


class Bad(Exception):
    """A datagram to drop and count."""


@dataclasses.dataclass(eq=False)
class Message:
    seq: int
    source: str
    destination: str
    text: str
    taken: float
    origin: int | None = None  # the server that it came from
    target: int | None = None  # the server that it is being forwarded to
    order: int = 0  # its place among all that were forwarded to the target
    due: float = 0.0  # when to repeat it
    sent: dict = dataclasses.field(default_factory=dict)  # server: last time

    @property
    def key(self):
        return (self.seq, self.source, self.destination, self.text)

    @property
    def pair(self):
        return (self.source, self.destination)


def decode(data):
    data = data.rstrip(b"\n\0")
    if len(data) > MAX_DATAGRAM:
        raise Bad("too long")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise Bad("not UTF-8") from None


def is_list(text):
    return re.match("..[0-9]", text, re.DOTALL) is not None


def is_id(text):
    return re.fullmatch("[0-9]{10}", text) is not None


def parse(text):
    parts = text.split("/", 4)
    if len(parts) < 5:
        raise Bad("too few fields")
    kind, seq, source, destination, payload = parts
    if kind not in KINDS:
        raise Bad("unknown type")
    if not re.fullmatch("[0-9]{1,2}", seq):
        raise Bad("bad seq")
    if not is_id(source):
        raise Bad("bad source")
    if not (is_id(destination) if kind in KINDS_WITH_DESTINATION else destination == ""):
        raise Bad("bad destination")
    return Fields(kind, int(seq), source, destination, payload)


def check_text(text):
    if len(text) > MAX_CHARACTERS or len(text.encode("utf-8")) > MAX_TEXT_BYTES:
        raise Bad("text too long")


def server_name(address):
    host, port = address
    return host if port == DEFAULT_PORT else f"{host}:{port}"


class Server:
    """Server `number` (1 to N) of `line`, a list of (IP, port)."""

    def __init__(self, line, number, data=None, acknowledged=True, now=0.0):
        self.line = line
        self.number = number
        self.data = data
        self.acknowledged = acknowledged
        self.now = now
        self.others = [n for n in range(1, len(line) + 1) if n != number]
        self.numbers = {address: n for n, address in enumerate(line, 1)}
        self.names = {server_name(address): n for address, n in self.numbers.items()}
        self.names |= {f"{host}:{port}": n for (host, port), n in self.numbers.items()}

        self.dropped = 0
        self.next_seq = 0
        self.clients = {}  # client: number of its server
        self.marks = {}  # client: its last send, as [mark, destination, text, seq]
        self.messages = []  # everything kept, oldest first
        self.taken = {n: collections.deque(maxlen=REPEATS_KEPT) for n in self.others}
        self.forwarded = {n: [] for n in self.others}
        self.next_order = {n: 0 for n in self.others}
        self.last_heard = {}
        self.doubts = {}  # own client: (end of the doubt, where it may be)
        self.handed = {}  # client: the message that its last get was given
        self.outbox = []
        self.saved = None
        self.load()

    # What comes in and what goes out

    def receive(self, data, address, now):
        """Handle one datagram; return the (datagram, address) pairs to send."""
        self.now = now
        self.settle_doubts()
        try:
            self.dispatch(decode(data), address)
        except Bad:
            self.dropped += 1
        return self.finish()

    def tick(self, now):
        """Do what is due by now; return the (datagram, address) pairs to send."""
        self.now = now
        self.settle_doubts()
        return self.finish()

    def finish(self):
        self.forward()
        # Nothing may leave before that which it acknowledges is safe.
        self.save()
        outbox, self.outbox = self.outbox, []
        return outbox

    def put(self, text, address):
        self.outbox.append((text.encode("utf-8"), address))

    def put_to_server(self, text, number):
        self.put(text, self.line[number - 1])

    def dispatch(self, text, address):
        sender = self.numbers.get(address)
        if sender == self.number:
            raise Bad("from its own address")
        if is_list(text):
            self.take_list(text, sender)
        elif sender is None:
            self.dispatch_client(parse(text), address)
        else:
            self.dispatch_server(parse(text), sender)

    def dispatch_client(self, fields, address):
        handlers = {
            "handshake": self.client_handshake,
            "send": self.client_send,
            "get": self.client_get,
            "ack": self.client_ack,
            "terminate": self.client_terminate,
        }
        handlers[fields.kind](fields, address)

    def dispatch_server(self, fields, sender):
        handlers = {
            "send": self.server_send,
            "ack": self.server_ack,
            "terminate": self.server_terminate,
        }
        if fields.kind not in handlers:
            raise Bad("not a server's to say")
        handlers[fields.kind](fields, sender)

    # Clients

    def client_handshake(self, fields, address):
        self.marks.pop(fields.source, None)
        self.adopt(fields.source)
        self.put(f"ack/0/{fields.source}//", address)
        self.share_list()

    def client_send(self, fields, address):
        check_text(fields.payload)
        added = self.adopt(fields.source)
        seq = self.repeated_seq(fields)
        if seq is None:
            seq = self.take_from_client(fields)
        self.put(f"ack/{seq}/{fields.source}/{fields.destination}/", address)
        if added:
            self.share_list()

    def repeated_seq(self, fields):
        """The number it got before, where it is the client's last send again."""
        said = [fields.seq, fields.destination, fields.payload]
        last = self.marks.get(fields.source)
        return last[3] if fields.seq and last and last[:3] == said else None

    def take_from_client(self, fields):
        seq = self.next_seq
        self.next_seq = (seq + 1) % NUMBERS
        self.keep(fields._replace(seq=seq))
        self.marks[fields.source] = [fields.seq, fields.destination, fields.payload, seq]
        return seq

    def client_get(self, fields, address):
        client = fields.source
        added = self.adopt(client)
        message = next((m for m in self.messages if m.destination == client), None)
        self.hand_out(message, client, address)
        if added:
            self.share_list()

    def hand_out(self, message, client, address):
        self.handed[client] = message
        if message is None:
            self.put(f"send/0//{client}/", address)
            return
        self.put(f"send/{message.seq}/{message.source}/{client}/{message.text}", address)
        if not self.acknowledged:
            self.remove(message)

    def client_ack(self, fields, _):
        client = fields.source
        if self.clients.get(client) == self.number:
            self.note_heard(client)
        message = self.handed.get(client)
        if (
            message in self.messages
            and (message.seq, message.source) == (fields.seq, fields.destination)
        ):
            self.remove(message)
            del self.handed[client]

    def client_terminate(self, fields, address):
        client = fields.source
        if fields.payload:
            raise Bad("a client's terminate with a payload")
        self.marks.pop(client, None)
        if self.clients.get(client, self.number) == self.number:
            self.forget(client)
            for number in self.others:
                self.put_to_server(f"terminate/0/{client}//1", number)
        self.put(f"ack/0/{client}//", address)

    def adopt(self, client):
        """Make it an own client; tell whether it was none before."""
        self.note_heard(client)
        if self.clients.get(client) == self.number:
            return False
        self.place(client, self.number)
        return True

    def note_heard(self, client):
        self.last_heard[client] = self.now
        self.doubts.pop(client, None)

    def place(self, client, number):
        self.clients[client] = number
        self.doubts.pop(client, None)
        for message in self.messages:
            if message.destination == client:
                message.target = None

    def forget(self, client):
        self.clients.pop(client, None)
        self.doubts.pop(client, None)
        self.handed.pop(client, None)
        self.last_heard.pop(client, None)

    # Other servers

    def server_send(self, fields, sender):
        check_text(fields.payload)
        key = tuple(fields[1:])
        if not self.is_repeat(key, sender):
            self.keep(fields, sender)
            self.taken[sender].append((key, self.now))
        ack = f"ack/{fields.seq}/{fields.source}/{fields.destination}/"
        self.put_to_server(ack, sender)

    def is_repeat(self, key, sender):
        return any(k == key and self.now - t <= REPEAT_SPAN for k, t in self.taken[sender])

    def server_ack(self, fields, sender):
        for message in self.messages:
            if message.key[:3] == fields[1:4] and sender in message.sent:
                self.remove(message)
                self.stop_comparing(message)
                return

    def stop_comparing(self, message):
        """It was handed on and may come back, which is no repeat then."""
        if message.origin is not None:
            records = self.taken[message.origin]
            left = [record for record in records if record[0] != message.key]
            records.clear()
            records.extend(left)

    def server_terminate(self, fields, sender):
        if fields.payload != "1":
            raise Bad("a server's terminate without the flag")
        if self.clients.get(fields.source) == sender:
            self.marks.pop(fields.source, None)
            self.forget(fields.source)

    # Lists

    def take_list(self, text, sender):
        if sender is None:
            raise Bad("a list from no server")
        news = False
        for client, number in self.parse_list(text):
            if self.take_pair(client, number, sender):
                news = True
        if news:
            self.share_list()

    def parse_list(self, text):
        pairs = []
        for pair in text.split("?"):
            client, _, name = pair.partition("/")
            if not is_id(client) or name not in self.names:
                raise Bad("bad pair")
            pairs.append((client, self.names[name]))
        return pairs

    def take_pair(self, client, number, sender):
        """Take one pair over if that is due; tell whether it was new."""
        known = self.clients.get(client)
        if number in (self.number, known):
            return False
        if known is not None and not self.is_proper_side(number, sender):
            return False
        if known == self.number and self.spoke_lately(client):
            self.doubts[client] = (self.last_heard[client] + DOUBT, number)
            return False
        self.place(client, number)
        return True

    def is_proper_side(self, number, sender):
        return sender == self.number + (1 if number > self.number else -1)

    def spoke_lately(self, client):
        heard = self.last_heard.get(client)
        return heard is not None and self.now - heard < DOUBT

    def settle_doubts(self):
        # Whoever says something meanwhile is no longer among the doubts.
        over = [(c, n) for c, (end, n) in self.doubts.items() if end <= self.now]
        for client, number in over:
            self.place(client, number)
        if over:
            self.share_list()

    def share_list(self):
        for number in (self.number - 1, self.number + 1):
            if number in self.others:
                for datagram in self.list_datagrams():
                    self.put_to_server(datagram, number)

    def list_datagrams(self):
        datagrams = []
        for client, number in self.clients.items():
            pair = f"{client}/{server_name(self.line[number - 1])}"
            if datagrams and len(datagrams[-1]) + 1 + len(pair) <= MAX_DATAGRAM:
                datagrams[-1] += "?" + pair
            else:
                datagrams.append(pair)
        return datagrams

    # Messages

    def keep(self, fields, origin=None):
        self.messages.append(Message(*fields[1:], taken=self.now, origin=origin))

    def remove(self, message):
        self.messages.remove(message)
        for number, when in message.sent.items():
            self.forwarded[number].append((message.key, when))

    def forward(self):
        for number in self.others:
            self.forwarded[number] = [
                (key, when)
                for key, when in self.forwarded[number]
                if self.now - when <= HOLD_BACK
            ]
        pairs = set()
        for message in self.messages:
            # Only the oldest of a pair is on its way, or they could overtake.
            if message.pair not in pairs:
                pairs.add(message.pair)
                self.forward_one(message)

    def forward_one(self, message):
        # Where the client has gone, the server that was tried last may have taken
        # the message already: its ack is still worth asking for.
        number = self.clients.get(message.destination, message.target)
        if number in (None, self.number):
            return
        if message.target == number:
            if self.now >= message.due:
                self.transmit(message)
        elif self.may_start(message, number):
            message.target = number
            message.order = self.next_order[number]
            self.next_order[number] += 1
            self.transmit(message)

    def may_start(self, message, number):
        if message.origin == number and self.now - message.taken < NOT_BACK_WITHIN:
            return False
        if any(key == message.key for key, _ in self.forwarded[number]):
            return False
        return self.has_room(number)

    def has_room(self, number):
        # Counted from the oldest without an ack, so that not even its last repeat
        # finds the other server's memory of it pushed out by later ones.
        orders = [m.order for m in self.messages if m.target == number]
        return not orders or self.next_order[number] - min(orders) < WINDOW

    def transmit(self, message):
        message.due = self.now + RESEND_AFTER
        message.sent[message.target] = self.now
        text = f"send/{message.seq}/{message.source}/{message.destination}/{message.text}"
        self.put_to_server(text, message.target)

    # The data file

    def state(self):
        return {
            "next_seq": self.next_seq,
            "clients": self.clients,
            "marks": self.marks,
            "messages": [[*m.key, m.origin, sorted(m.sent)] for m in self.messages],
            "taken": [[n, key] for n, records in self.taken.items() for key, _ in records],
            "forwarded": [[n, key] for n, records in self.forwarded.items() for key, _ in records],
        }

    def save(self):
        if not self.data:
            return
        state = json.dumps(self.state())
        if state != self.saved:
            write_safely(self.data, state)
            self.saved = state

    def load(self):
        if not self.data or not os.path.exists(self.data):
            return
        with open(self.data, encoding="utf-8") as file:
            state = json.load(file)
        self.next_seq = state["next_seq"]
        self.clients = state["clients"]
        self.marks = state["marks"]
        # Clocks do not survive a restart: every span begins anew.
        for *key, origin, sent in state["messages"]:
            times = {n: self.now for n in sent}
            self.messages.append(Message(*key, taken=self.now, origin=origin, sent=times))
        for number, key in state["taken"]:
            self.taken[number].append((tuple(key), self.now))
        for number, key in state["forwarded"]:
            self.forwarded[number].append((tuple(key), self.now))


def write_safely(path, text):
    """Replace the file's content such that it is on the disk, old or new, always."""
    new = f"{path}.new"
    with open(new, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(new, path)
    directory = os.open(os.path.dirname(os.path.abspath(path)), os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def send_all(sock, datagrams):
    for data, address in datagrams:
        try:
            sock.sendto(data, address)
        except OSError:
            # The same as a datagram that is lost on the way.
            pass


def serve(server, sock, stopping):
    while not stopping():
        if select.select([sock], [], [], TICK)[0]:
            data, address = sock.recvfrom(65536)
            send_all(sock, server.receive(data, address, time.monotonic()))
        else:
            send_all(sock, server.tick(time.monotonic()))


def parse_address(text):
    host, colon, port = text.partition(":")
    return host, int(port) if colon else DEFAULT_PORT


def parse_line(text):
    return [parse_address(address) for address in text.split(",")]


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(description="A server for the classic protocol.")
    parser.add_argument("--line", required=True, type=parse_line, metavar="IP:PORT,...")
    parser.add_argument("--index", required=True, type=int, help="which of the line, from 1")
    parser.add_argument("--data", metavar="FILE", help="keep everything in this file")
    parser.add_argument(
        "--unacknowledged",
        action="store_true",
        help="remove a message when it is handed out (acknowledged = false)",
    )
    options = parser.parse_args(arguments)
    if not 1 <= options.index <= len(options.line):
        parser.error("--index has to be a number from 1 to the length of the line")
    return options


def main():
    options = parse_arguments(sys.argv[1:])
    stop = []
    signal.signal(signal.SIGTERM, lambda *_: stop.append(True))
    server = Server(
        options.line,
        options.index,
        options.data,
        acknowledged=not options.unacknowledged,
        now=time.monotonic(),
    )
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(options.line[options.index - 1])
        print("ready", flush=True)
        serve(server, sock, lambda: stop)
        print(f"dropped {server.dropped}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
