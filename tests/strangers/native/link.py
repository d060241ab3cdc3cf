"""All links of an end: handshakes, who may come, which session counts. It knows no socket.

    receive(datagram, address, now) ──► out: [(datagram, address)]
    due(now)                            events: [(key, event)]
"""

import dataclasses
import hashlib
import secrets

import packets
from handshakes import Answer, Dial
from noise import Failed
from session import Session

MTU_MIN = 256
UNFINISHED_MAX = 32
BEGUN_A_SECOND_MAX = 64
REDIAL_WAITS = [1, 2, 4, 8, 15, 30, 60]


@dataclasses.dataclass
class Peer:
    """Another end, as it is configured. Without an address it is waited for."""

    key: bytes
    address: tuple | None = None
    mode: int = packets.SEALED_MODE
    failures: int = 0
    dial_at: float = 0.0


class Links:
    def __init__(self, identity, peers, mtu=1200):
        self.identity, self.mtu = identity, mtu
        self.peers = {peer.key: peer for peer in peers}
        self.dials, self.answers, self.sessions = {}, {}, {}
        self.keys = {}
        self.came_up = {}
        self.begun = []
        self.always_busy = False
        self.secret = secrets.token_bytes(32)
        self.out, self.events = [], []

    # What comes in.

    def receive(self, datagram, address, now):
        if not packets.is_packet(datagram):
            return
        kind = datagram[0]
        if kind == packets.INIT:
            self.on_init(datagram, address, now)
            return
        at = 5 if kind == packets.RESPONSE else 1
        index = int.from_bytes(datagram[at : at + 4], "big")
        if kind == packets.RESPONSE and index in self.dials:
            self.on_response(self.dials[index], datagram, now)
        elif kind == packets.COOKIE and index in self.dials:
            self.events.append((b"", ("is asked for a cookie",)))
            self.dials[index].on_cookie(datagram, now)
        elif kind == packets.FINISH and index in self.answers:
            self.on_finish(self.answers[index], datagram, address, now)
        elif kind >= packets.SEALED and index in self.sessions:
            self.sessions[index].receive(datagram, address, now)
            self.collect(index, now)

    def on_init(self, datagram, address, now):
        if datagram[1] != packets.VERSION or datagram[2] > packets.CLEAR_MODE:
            return
        for answer in self.answers.values():
            if answer.init == datagram[:39] and answer.address == address:
                self.out.append((answer.response, address))
                return
        cookie = self.cookie(address)
        if self.is_busy(now) and datagram[39:55] != cookie:
            self.events.append((b"", ("asks a cookie",)))
            reply = packets.cookie_reply(int.from_bytes(datagram[3:7], "big"), datagram[7:39], cookie)
            self.out.append((reply, address))
            return
        self.answer(datagram, address, now)

    def answer(self, datagram, address, now):
        index = self.new_index()
        try:
            answer = Answer(self.identity, index, datagram, address, self.mtu, now)
        except Failed:
            return
        self.begun.append(now)
        self.answers[index] = answer
        self.out.append((answer.response, address))

    def is_busy(self, now):
        self.begun = [at for at in self.begun if now - at < 1]
        is_full = len(self.answers) >= UNFINISHED_MAX or len(self.begun) >= BEGUN_A_SECOND_MAX
        return self.always_busy or is_full

    def cookie(self, address):
        ip = bytes(int(part) for part in address[0].split("."))
        told = ip + address[1].to_bytes(2, "big")
        return hashlib.blake2s(told, digest_size=16, key=self.secret).digest()

    def on_response(self, dial, datagram, now):
        had_finished = dial.finish is not None
        try:
            dial.on_response(datagram, now)
        except Failed:
            return
        if not had_finished:
            keys = dial.session_keys
            self.begin(dial.peer, True, dial, keys, dial.address, now)

    def on_finish(self, answer, datagram, address, now):
        try:
            shown, keys = answer.on_finish(datagram)
        except Failed:
            return
        del self.answers[answer.index]
        current = self.current(shown.key)
        if current is not None and self.came_up[current.my_index] > answer.begun:
            return
        if not self.gives_way(shown.key):
            return
        session = self.begin(shown, False, answer, keys, address, now)
        refusal = self.refusal(shown.key, answer.mode)
        if refusal is not None:
            session.ping_wanted = False
            session.close(refusal)
            self.collect(session.my_index, now)
        else:
            self.is_up(session, now)

    def gives_way(self, key):
        """When both dial: whether the other's finish counts. If so, the own dial is void."""
        for index, dial in list(self.dials.items()):
            if key not in (dial.expected, dial.peer and dial.peer.key):
                continue
            if dial.finish is not None and self.identity.public < key:
                return False
            del self.dials[index]
            self.sessions.pop(index, None)
        return True

    def refusal(self, key, mode):
        if key not in self.peers:
            return packets.NOT_ALLOWED
        return packets.OTHER_MODE if self.peers[key].mode != mode else None

    def begin(self, shown, dialled, handshake, keys, address, now):
        mtu = max(MTU_MIN, min(self.mtu, shown.mtu))
        index, theirs = handshake.index, handshake.their_index
        session = Session(handshake.mode, dialled, keys, index, theirs, address, mtu, now)
        self.sessions[index], self.keys[index] = session, shown.key
        return session

    def is_up(self, session, now):
        key = self.keys[session.my_index]
        for other in list(self.sessions.values()):
            if other is not session and self.keys[other.my_index] == key and not other.is_over:
                if other.is_up:
                    other.close(packets.REPLACED)
                    self.collect(other.my_index, now)
                else:
                    del self.sessions[other.my_index]
        self.dials = {index: d for index, d in self.dials.items() if d.expected != key}
        self.came_up[session.my_index] = now
        self.peers[key].failures = 0
        self.events.append((key, ("up", session)))

    def collect(self, index, now):
        """What a session has to say."""
        session, key = self.sessions[index], self.keys[index]
        events, session.events = session.events, []
        for event in events:
            if event[0] == "up":
                self.is_up(session, now)
            elif event[0] == "reply":
                self.out.append((event[1], session.address))
            elif event[0] == "down":
                self.is_down(session, event[1], now)
            else:
                self.events.append((key, event))

    def is_down(self, session, reason, now):
        key = self.keys[session.my_index]
        peer = self.peers.get(key)
        self.dials.pop(session.my_index, None)
        if peer is not None:
            self.dial_later(peer, now, replaced=reason == packets.REPLACED)
        word = "down" if session.my_index in self.came_up else "not up with"
        self.events.append((key, (word, session, packets.REASONS[min(reason, 7)])))

    # What goes out.

    def current(self, key):
        """The session with this end that is up, if any."""
        for index, session in self.sessions.items():
            if self.keys[index] == key and index in self.came_up and not session.is_over:
                return session
        return None

    def due(self, now):
        for peer in self.peers.values():
            if peer.address and now >= peer.dial_at and not self.is_busy_with(peer.key):
                self.dial(peer, now)
        for index, dial in list(self.dials.items()):
            self.out += [(datagram, dial.address) for datagram in dial.due(now)]
            if dial.is_over(now):
                del self.dials[index]
                self.sessions.pop(index, None)
                self.dial_later(self.peers[dial.expected], now)
        self.answers = {i: a for i, a in self.answers.items() if not a.is_over(now)}
        for index, session in list(self.sessions.items()):
            datagrams = session.due(now)
            self.out += [(datagram, session.address) for datagram in datagrams]
            self.collect(index, now)

    def is_busy_with(self, key):
        dials = any(dial.expected == key for dial in self.dials.values())
        return dials or self.current(key) is not None

    def dial(self, peer, now):
        index = self.new_index()
        identity = self.identity
        dial = Dial(identity, index, peer.address, peer.key, peer.mode, self.mtu, now)
        self.dials[index] = dial

    def dial_later(self, peer, now, replaced=False):
        wait = 60 if replaced else REDIAL_WAITS[min(peer.failures, len(REDIAL_WAITS) - 1)]
        peer.failures += 1
        peer.dial_at = now + wait * (0.75 + secrets.randbelow(500) / 1000)

    def new_index(self):
        while True:
            index = secrets.randbits(32)
            if index not in self.dials and index not in self.answers and index not in self.sessions:
                return index
