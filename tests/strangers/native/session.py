"""A session: what follows a handshake. Data packets both ways, custody, resending.

Nothing here knows a socket. `receive` takes a datagram, `due` returns those to send, and
`events` collects what happened: ("item", number, bytes), ("kept", number), ("up",),
("down", reason). The rate is fixed, so many packets a second.
"""

from forms import Refused
from noise import Failed, decrypt, encrypt, rekey
from numbers_near import nearest
import packets
from packets import Piece, Report
from pieces import Incoming, Outgoing

WINDOW = 2048
# How far back a report tells what has arrived, in packets, and in how many ranges.
TOLD_BACK, RANGES_TOLD = 256, 20
GENERATION_BITS = 16
REPORT_AFTER = 0.02
ASK_EVERY = 1.0
PACKETS_A_SECOND = 2000
BURST = 32
PINGS_UNDER_WAY = 32
PING_AFTER = 30.0
UNANSWERED_AFTER = 15.0
SILENT_AFTER = 100.0


def is_close(frame):
    return isinstance(frame, tuple) and frame[0] == packets.CLOSE


class Keys:
    """The keys of one direction: each generation of 65,536 packets has its own."""

    def __init__(self, first):
        self.newest = 0
        self.keys = {0: first}

    def of(self, number):
        """None for a packet of a generation that is over, or too far ahead."""
        generation = number >> GENERATION_BITS
        if generation == self.newest + 1:
            return rekey(self.keys[self.newest])
        return self.keys.get(generation)

    def used(self, number):
        """A packet with this number is true: its generation is the newest from now on."""
        generation = number >> GENERATION_BITS
        if generation > self.newest:
            self.keys = {self.newest: self.keys[self.newest], generation: self.of(number)}
            self.newest = generation


class Session:
    def __init__(self, mode, dialled, keys, my_index, their_index, address, mtu, now):
        self.mode = mode
        self.dialled = dialled
        self.send_keys, self.receive_keys = Keys(keys[0]), Keys(keys[1])
        self.my_index, self.their_index = my_index, their_index
        self.address = address
        self.body_max = mtu - packets.HEADER - packets.TAG
        self.is_up = not dialled
        self.next_number = 0
        self.newest = -1
        self.arrived = {}
        self.times = []
        self.report_at = None
        self.ping_wanted = not dialled
        self.more_pings, self.newest_reported = 0, -1
        self.outgoing = Outgoing(self.body_max)
        self.incoming = Incoming()
        self.events = []
        self.heard_at = now
        self.asked_at = None
        self.tokens, self.tokens_at = BURST, now
        self.ask_at = None
        self.is_over = False

    # What comes in.

    def receive(self, datagram, address, now):
        number = nearest(int.from_bytes(datagram[5:9], "big"), 32, self.newest + 1)
        body = self.opened(datagram, number)
        if body is None:
            return
        try:
            frames = packets.parse_body(body)
        except Refused:
            self.close(packets.RULES_BROKEN)
            return
        self.has_arrived(number, address, now)
        if not self.is_up and not any(is_close(frame) for frame in frames):
            self.is_up = True
            self.events.append(("up",))
        if any(frame == packets.PING or isinstance(frame, Piece) for frame in frames):
            self.is_asked(number, now)
        for frame in frames:
            self.take(frame, now)

    def opened(self, datagram, number):
        """The body, of a packet that is true and new."""
        if number in self.arrived or number <= self.newest - WINDOW or number < 0:
            return None
        key = self.receive_keys.of(number)
        if key is None or datagram[0] != packets.SEALED + self.mode:
            return None
        head = packets.HEADER if self.mode == packets.SEALED_MODE else len(datagram) - packets.TAG
        try:
            text = decrypt(key, number, datagram[:head], datagram[head:])
        except Failed:
            return None
        self.receive_keys.used(number)
        return text if self.mode == packets.SEALED_MODE else datagram[packets.HEADER : head]

    def has_arrived(self, number, address, now):
        self.heard_at = now
        self.arrived[number] = now
        if number > self.newest:
            for old in range(max(self.newest, number - WINDOW) - WINDOW, number - WINDOW + 1):
                self.arrived.pop(old, None)
            self.newest = number
            self.address = address

    def is_asked(self, number, now):
        self.times.append((number, now))
        if self.report_at is None:
            self.report_at = now + REPORT_AFTER

    def take(self, frame, now):
        if isinstance(frame, Piece):
            self.take_piece(frame, now)
        elif isinstance(frame, Report):
            self.take_report(frame)
        elif frame == packets.PING:
            self.report_at = now
        else:
            self.is_told_to_close(frame[1])

    def take_piece(self, piece, now):
        number, item = self.incoming.take(piece)
        if item is not None:
            self.events.append(("item", number, item))
        elif self.incoming.is_kept(number):
            self.report_at = now

    def take_report(self, report):
        self.asked_at = None
        newest = nearest(report.newest, 32, self.next_number - 1)
        if newest >= self.next_number:
            self.close(packets.RULES_BROKEN)
            return
        self.newest_reported = max(self.newest_reported, newest)
        self.outgoing.arrived(self.numbers_reported(report))
        base = nearest(report.base, 32, self.outgoing.base)
        if base > self.outgoing.next_number:
            self.close(packets.RULES_BROKEN)
            return
        for number in self.outgoing.kept(base, report.kept):
            self.events.append(("kept", number))

    def numbers_reported(self, report):
        """The numbers of my packets that have arrived."""
        at = nearest(report.newest, 32, self.next_number - 1)
        for missing, more in report.arrived:
            at -= missing
            yield from range(at, at - more - 1, -1)
            at -= more + 1

    def is_told_to_close(self, reason):
        if reason == packets.REPLACED:
            self.events.append(("reply", self.packet(bytes([packets.CLOSE, packets.STILL_HERE]))))
        self.over(reason)

    # What goes out.

    def send(self, item):
        """Hands over an item; its number in this session."""
        return self.outgoing.add(item)

    def keep(self, number, now):
        """An item of the other end is where it is to be kept: custody."""
        self.incoming.keep(number)
        if self.report_at is None:
            self.report_at = now + REPORT_AFTER

    def due(self, now):
        """The datagrams to send now."""
        if self.is_over or not self.is_up:
            return []
        if self.is_silent(now):
            self.close(packets.UNANSWERED)
            return []
        out = []
        if self.report_at is not None and self.report_at <= now:
            out.append(self.packet(self.report(now).frame()))
        if self.wants_ping(now):
            self.ping_wanted, self.ask_at = False, now + ASK_EVERY
            self.asked_at = self.asked_at or now
            out.append(self.packet(bytes([packets.PING])))
        return out + self.pings_due() + self.items_due(now)

    def pings_due(self):
        """Of those that a test asks for, as many as may be under way."""
        room = PINGS_UNDER_WAY - (self.next_number - 1 - self.newest_reported)
        count = max(0, min(self.more_pings, room))
        self.more_pings -= count
        if count and not self.more_pings:
            self.events.append(("pinged",))
        return [self.packet(bytes([packets.PING])) for _ in range(count)]

    def items_due(self, now):
        self.tokens = min(BURST, self.tokens + (now - self.tokens_at) * PACKETS_A_SECOND)
        self.tokens_at, out = now, []
        while self.tokens >= 1:
            body, carried = self.outgoing.body(now)
            if not body:
                break
            self.outgoing.sent(self.next_number, carried, now)
            self.asked_at = self.asked_at or now
            self.tokens -= 1
            out.append(self.packet(body))
        return out

    def wants_ping(self, now):
        waits = self.outgoing.waits_for_custody()
        if waits and self.ask_at is None:
            self.ask_at = now + ASK_EVERY
        is_quiet = self.dialled and now - self.heard_at > PING_AFTER and self.asked_at is None
        return self.ping_wanted or is_quiet or (waits and now >= self.ask_at)

    def is_silent(self, now):
        unanswered = self.asked_at is not None and now - self.asked_at > UNANSWERED_AFTER
        return unanswered or (not self.dialled and now - self.heard_at > SILENT_AFTER)

    def report(self, now):
        self.report_at = None
        times, after = [], now
        for number, at in reversed(self.times[-packets.TIMES_MAX :]):
            times.append((self.newest - number, round((after - at) * 1e6)))
            after = at
        self.times = []
        base, kept = self.incoming.kept()
        clock, newest = round(now * 1e6) & 0xFFFFFFFF, self.newest & 0xFFFFFFFF
        return Report(clock, newest, times, self.ranges(), base & 0xFFFFFFFF, kept)

    def ranges(self):
        """What has arrived, from the newest down: so many missing, then so many, less one."""
        found, expected = [], self.newest
        for number in range(self.newest, self.newest - TOLD_BACK, -1):
            if number not in self.arrived:
                continue
            if found and number == expected:
                found[-1][1] += 1
            else:
                found.append([expected - number, 0])
            expected = number - 1
        return [tuple(pair) for pair in found[:RANGES_TOLD]]

    def packet(self, body):
        number, self.next_number = self.next_number, self.next_number + 1
        key = self.send_keys.of(number)
        self.send_keys.used(number)
        head = packets.data_header(self.mode, self.their_index, number)
        if self.mode == packets.SEALED_MODE:
            return head + encrypt(key, number, head, body)
        return head + body + encrypt(key, number, head + body, b"")

    def close(self, reason):
        self.events.append(("reply", self.packet(bytes([packets.CLOSE, reason]))))
        self.over(reason)

    def over(self, reason):
        if not self.is_over:
            self.is_over = True
            self.events.append(("down", reason))
