"""A client for the classic protocol, written from its specification alone."""

import argparse
import collections
import json
import re
import select
import socket
import sys
import time

DEFAULT_PORT = 10410
MAX_DATAGRAM = 256
MAX_CHARACTERS = 160
MAX_TEXT_BYTES = 226
GETS_PER_REQUEST = 5

Fields = collections.namedtuple("Fields", "kind seq source destination payload")


class NoAnswer(Exception):
    """Every repeat went by without an answer."""


class TextRefused(ValueError):
    """The text does not fit into a message."""


def parse(data):
    """The five fields of a datagram, or None where it is not well formed."""
    data = data.rstrip(b"\n\0")
    if len(data) > MAX_DATAGRAM:
        return None
    try:
        parts = data.decode("utf-8").split("/", 4)
    except UnicodeDecodeError:
        return None
    if len(parts) < 5 or not re.fullmatch("[0-9]{1,2}", parts[1]):
        return None
    return Fields(parts[0], int(parts[1]), *parts[2:])


def checked_text(text):
    """The text as it will arrive, or TextRefused."""
    text = text.rstrip("\n\0")
    if len(text) > MAX_CHARACTERS:
        raise TextRefused(f"the text has {len(text)} characters, {MAX_CHARACTERS} is the most")
    try:
        size = len(text.encode("utf-8"))
    except UnicodeEncodeError:
        raise TextRefused("the text cannot be written as UTF-8") from None
    if size > MAX_TEXT_BYTES:
        raise TextRefused(f"the text has {size} bytes, {MAX_TEXT_BYTES} is the most")
    return text


def checked_id(number):
    if not re.fullmatch("[0-9]{10}", number):
        raise ValueError(f"an ID is ten digits, not {number!r}")
    return number


class Client:
    def __init__(self, server_address, number, timeout=1.0, repeats=5, local="127.0.0.1"):
        self.server_address = tuple(server_address)
        self.number = checked_id(number)
        self.timeout = timeout
        self.repeats = repeats
        self.last_mark = 0
        self.last_seen = None
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((local, 0))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def handshake(self):
        self._request(f"handshake/0/{self.number}//", self._is_plain_ack)

    def move(self, server_address):
        """Turn up at another server, without leaving the old one."""
        self.server_address = tuple(server_address)
        self.handshake()

    def send(self, to, text, mark=None):
        """Send a text; return the number that the server gave it."""
        text = checked_text(text)
        checked_id(to)
        if mark is None:
            mark = self._next_mark()
        # Without a mark a repeat would be a second message.
        repeats = self.repeats if mark else 0
        datagram = f"send/{mark}/{self.number}/{to}/{text}"
        return self._request(datagram, lambda f: self._is_ack_for(f, to), repeats).seq

    def get(self):
        """The oldest waiting message as (seq, from, text), or None."""
        fields = self._request(f"get/0/{self.number}//", self._is_message)
        if not fields.source:
            return None
        return fields.seq, fields.source, fields.payload

    def ack(self, seq, source):
        self._transmit(f"ack/{seq}/{self.number}/{source}/".encode())

    def receive(self, show=None):
        """One request to receive; returns the messages that were shown."""
        shown = []
        for _ in range(GETS_PER_REQUEST):
            message = self.get()
            if message is None:
                continue
            if message != self.last_seen:
                shown.append(message)
                if show:
                    show(message)
            self.last_seen = message
            self.ack(message[0], message[1])
        return shown

    def terminate(self):
        self._request(f"terminate/0/{self.number}//", self._is_plain_ack)

    def datagram(self, data, wait=None):
        """Send raw bytes; return the raw answer, or None where none comes in time."""
        self._drain()
        self._transmit(data)
        return self._next_datagram(time.monotonic() + (self.timeout if wait is None else wait))

    def _next_mark(self):
        self.last_mark = self.last_mark % 99 + 1
        return self.last_mark

    def _is_plain_ack(self, fields):
        return fields[:4] == ("ack", 0, self.number, "")

    def _is_ack_for(self, fields, to):
        return (fields.kind, fields.source, fields.destination) == ("ack", self.number, to)

    def _is_message(self, fields):
        return fields.kind == "send" and fields.destination == self.number

    def _request(self, text, wanted, repeats=None):
        self._drain()
        for _ in range(1 + (self.repeats if repeats is None else repeats)):
            self._transmit(text.encode("utf-8"))
            answer = self._answer(wanted)
            if answer:
                return answer
        raise NoAnswer("the server does not answer")

    def _answer(self, wanted):
        deadline = time.monotonic() + self.timeout
        while (data := self._next_datagram(deadline)) is not None:
            fields = parse(data)
            if fields and wanted(fields):
                return fields
        return None

    def _drain(self):
        # A late answer to an earlier repeat must not pass for the next one's.
        while self._next_datagram(0) is not None:
            pass

    def _next_datagram(self, deadline):
        while True:
            left = max(0.0, deadline - time.monotonic())
            if not select.select([self.socket], [], [], left)[0]:
                return None
            data, address = self.socket.recvfrom(65536)
            if address == self.server_address:
                return data

    def _transmit(self, data):
        try:
            self.socket.sendto(data, self.server_address)
        except OSError:
            # Datagrams may be lost; this one was lost early.
            pass


def parse_address(text):
    host, colon, port = text.partition(":")
    return host, int(port) if colon else DEFAULT_PORT


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(description="A client for the classic protocol.")
    parser.add_argument("--server", required=True, type=parse_address, metavar="IP:PORT")
    parser.add_argument("--id", required=True, type=checked_id, help="ten digits")
    parser.add_argument("--timeout", type=float, default=1.0, help="seconds to wait for an answer")
    parser.add_argument("--local", default="127.0.0.1", help="own address to send from")
    parser.add_argument("--no-handshake", action="store_true", help="do not say handshake first")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("handshake")
    send = commands.add_parser("send")
    send.add_argument("to", type=checked_id)
    send.add_argument("text")
    send.add_argument("--mark", type=int, choices=range(100), metavar="0-99")
    commands.add_parser("get")
    ack = commands.add_parser("ack")
    ack.add_argument("seq", type=int)
    ack.add_argument("source", type=checked_id, metavar="from")
    commands.add_parser("receive")
    commands.add_parser("terminate")
    raw = commands.add_parser("datagram")
    raw.add_argument("text")
    return parser.parse_args(arguments)


def report(event, **details):
    print(json.dumps({"event": event, **details}), flush=True)


def report_message(message):
    report("message", seq=message[0], **{"from": message[1]}, text=message[2])


def run_send(client, options):
    seq = client.send(options.to, options.text, options.mark)
    report("sent", seq=seq, to=options.to, text=options.text)


def run_get(client, _):
    message = client.get()
    if message:
        report_message(message)
    else:
        report("no messages")


def run_ack(client, options):
    client.ack(options.seq, options.source)
    report("acked", seq=options.seq, **{"from": options.source})


def run_receive(client, _):
    if not client.receive(show=report_message):
        report("no messages")


def run_terminate(client, _):
    client.terminate()
    report("terminated")


def run_datagram(client, options):
    answer = client.datagram(options.text.encode("utf-8", "surrogateescape"))
    report("answer", text=None if answer is None else answer.decode("utf-8", "replace"))


COMMANDS = {
    "send": run_send,
    "get": run_get,
    "ack": run_ack,
    "receive": run_receive,
    "terminate": run_terminate,
    "datagram": run_datagram,
}

# An ack or a raw datagram stands for itself, and to greet only to leave would
# call back a client that is elsewhere by now.
WITHOUT_HANDSHAKE = {"ack", "datagram", "terminate"}


def run(client, options):
    if options.command not in WITHOUT_HANDSHAKE and not options.no_handshake:
        client.handshake()
        report("handshake")
    if options.command in COMMANDS:
        COMMANDS[options.command](client, options)


def main():
    options = parse_arguments(sys.argv[1:])
    with Client(options.server, options.id, options.timeout, local=options.local) as client:
        try:
            run(client, options)
        except (NoAnswer, TextRefused) as error:
            report("error", error=str(error))
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
