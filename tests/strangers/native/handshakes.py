"""Handshakes, of both ends. `Dial` is the one that speaks first, `Answer` the other."""

import keys
import packets
from noise import Failed, Handshake

INIT_WAITS = [1, 2, 4, 8]
GIVE_UP_AFTER = 20
PAYLOAD = 36


class Shown:
    """What an end says of itself within a handshake: its key and its mtu."""

    def __init__(self, payload, static):
        if len(payload) != PAYLOAD or any(payload[34:]):
            raise Failed("a payload of another form")
        self.key, self.mtu = payload[:32], int.from_bytes(payload[32:34], "big")
        if keys.montgomery(self.key) != static or keys.is_weak(static):
            raise Failed("it does not hold the key that it shows")


def payload(identity, mtu):
    return identity.public + mtu.to_bytes(2, "big") + bytes(2)


class Dial:
    """This end dials. The other's key is checked against the one that is expected, if any."""

    def __init__(self, identity, index, address, expected, mode, mtu, now):
        self.identity, self.index, self.address = identity, index, address
        self.expected, self.mode, self.mtu, self.begun = expected, mode, mtu, now
        prologue = packets.init(mode, index, bytes(32))[:7]
        self.noise = Handshake(True, identity.static, prologue)
        self.ephemeral = self.noise.write()
        self.waits = list(INIT_WAITS)
        self.again_at = now
        self.cookie = bytes(16)
        self.finish = None
        self.session_keys = None
        self.peer = None
        self.their_index = None
        self.replied_in = None

    def on_cookie(self, datagram, now):
        if self.finish is None and datagram[5:13] == self.ephemeral[:8]:
            self.cookie = datagram[13:]
            self.again_at = now
            self.waits.insert(0, INIT_WAITS[0])

    def on_response(self, datagram, now):
        """Failed where it is not from the end that was dialled."""
        if self.finish is not None:
            return
        shown = Shown(self.noise.read(datagram[9:]), self.noise.their_static)
        if self.expected not in (None, shown.key):
            raise Failed("another key than the one expected")
        self.peer, self.their_index = shown, int.from_bytes(datagram[1:5], "big")
        message = self.noise.write(payload(self.identity, self.mtu))
        self.finish = packets.finish(self.their_index, message)
        self.session_keys = self.noise.split()
        round_trip = now - self.begun
        self.waits = [max(1, 2 * round_trip) * 2**again for again in range(5)]
        self.again_at = now

    def due(self, now):
        if now < self.again_at or not self.waits:
            return []
        self.again_at = now + self.waits.pop(0)
        return [self.finish or packets.init(self.mode, self.index, self.ephemeral, self.cookie)]

    def is_over(self, now):
        return now - self.begun > GIVE_UP_AFTER


class Answer:
    """This end is dialled."""

    def __init__(self, identity, index, init, address, mtu, now):
        self.identity, self.index, self.init, self.address = identity, index, init[:39], address
        self.mode, self.mtu, self.begun = init[2], mtu, now
        self.their_index = int.from_bytes(init[3:7], "big")
        self.noise = Handshake(False, identity.static, init[:7])
        self.noise.read(init[7:39])
        message = self.noise.write(payload(identity, mtu))
        self.response = packets.response(index, self.their_index, message)

    def on_finish(self, datagram):
        """Who dialled, and the keys of what this end sends and receives."""
        shown = Shown(self.noise.read(datagram[5:]), self.noise.their_static)
        theirs, mine = self.noise.split()
        return shown, (mine, theirs)

    def is_over(self, now):
        return now - self.begun > GIVE_UP_AFTER
