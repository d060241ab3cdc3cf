"""What a server does with items: keeps the directory, finds ways, hands messages on.

It knows links only as `send(item)`, which says in time that the item is in custody. All
that it has is in memory: it is for tests, and keeps no promise about power cuts.
"""

import dataclasses
import secrets

import items
import messages
import rows
from directory import Directory
from forms import Refused


class Trunk:
    """A session with a neighbour: what it has been handed, what it has seen."""

    def __init__(self, key, session):
        self.key, self.session = key, session
        self.handed = {}
        self.parts = []
        self.seen = None


class Station:
    def __init__(self, identity, label, tell):
        """`tell` is called with a line for people whenever something happens."""
        self.identity, self.tell = identity, tell
        self.directory = Directory(identity)
        self.trunks = {}
        self.here = set()
        self.waiting = {}
        self.counts, self.taken, self.held = {}, {}, {}
        self.epoch = secrets.randbits(24)
        self.directory.say(rows.SERVER, rows.server_content(label))

    # Trunks.

    def up(self, key, session, now):
        self.trunks[key] = Trunk(key, session)
        self.directory.say(rows.LINK, rows.link_content(key, 1))
        for item in rows.summaries(self.directory.seen()):
            session.send(item)
        self.settle(now)

    def down(self, key, session, now):
        trunk = self.trunks.get(key)
        if trunk is None or trunk.session is not session:
            return
        del self.trunks[key]
        for identity in trunk.handed.values():
            if identity in self.waiting:
                self.waiting[identity].at = None
        self.directory.say(rows.LINK, rows.link_content(key, 0))
        self.settle(now)

    def kept(self, key, number):
        """The neighbour has this item: it answers for it now."""
        trunk = self.trunks.get(key)
        identity = trunk and trunk.handed.pop(number, None)
        if identity is not None:
            self.waiting.pop(identity, None)

    def take(self, key, item, now):
        """An item from a neighbour. Refused ones count as kept: they come no better."""
        try:
            parsed = items.parse(item)
        except Refused as why:
            self.tell(f"refused {why}")
            return
        if isinstance(parsed, messages.Message):
            self.take_message(parsed, now)
        elif item[0] == rows.ROW:
            self.take_row(self.trunks.get(key), *parsed)
        else:
            self.take_summary(self.trunks.get(key), *parsed)
        self.settle(now)

    # The directory.

    def take_summary(self, trunk, more, entries):
        if trunk is None:
            return
        trunk.parts += entries
        if not more:
            trunk.seen, trunk.parts = dict(trunk.parts), []
            self.directory.go_beyond(trunk.seen.get(self.identity.public[:8], 0))

    def take_row(self, trunk, step, row):
        if not row.is_signed():
            self.tell("refused a row with a wrong signature")
            return
        for number in self.directory.take(step, row):
            self.here.discard(number)
            self.tell(f"moved {number:010}")
        if trunk is not None and trunk.seen is not None:
            seen = trunk.seen.get(row.origin[:8], 0)
            trunk.seen[row.origin[:8]] = max(seen, row.sequence)

    def attach(self, number, now):
        """A number is at home here from now on."""
        self.here.add(number)
        self.directory.claim(number)
        self.settle(now)

    # Messages.

    def text(self, sender, recipient, words, now):
        form, body = messages.body_of(words)
        message = messages.Message(sender, recipient, self.epoch, 0, form=form, body=body)
        self.tell(f"sent {self.send(message, now).name()}")
        self.settle(now)

    def send(self, message, now):
        """Gives it the next count of its sender and recipient, and keeps it."""
        pair = (message.sender, message.recipient)
        message.count = self.counts[pair] = self.counts.get(pair, 0) + 1
        self.wait(message, now)
        return message

    def wait(self, message, now):
        message.since, message.at = now, None
        self.waiting.setdefault(message.identity(), message)

    def take_message(self, message, now):
        identity = message.identity()
        if message.kind == messages.HISTORY and message.recipient in self.here:
            counts = self.taken.setdefault(identity[:3], set())
            counts.update(range(messages.parse_history(message), message.count + 1))
        elif message.recipient in self.here:
            self.wait(message, now)
        elif message.hops == 0:
            self.receipt(message, messages.REFUSED + 6, message.age, now)
        else:
            message.hops -= 1
            self.wait(message, now)

    def settle(self, now):
        """Hands on what can be handed on: rows, then messages."""
        for trunk in self.trunks.values():
            self.hand_rows(trunk)
        while here := [m for m in self.waiting.values() if m.recipient in self.here]:
            for message in here:
                del self.waiting[message.identity()]
                self.arrives(message, now)
        for message in [m for m in self.waiting.values() if m.at is None]:
            self.hand_on(message, now)

    def hand_rows(self, trunk):
        if trunk.seen is None:
            return
        for step, row in self.directory.beyond(trunk.seen):
            trunk.session.send(row.item(step))
            trunk.seen[row.origin[:8]] = row.sequence

    def hand_on(self, message, now):
        next_hop = self.directory.next_hop(message.recipient, set(self.trunks))
        if next_hop is None:
            return
        age = message.age + round((now - message.since) * 1000)
        if age >= messages.lifetime_minutes(message.lifetime) * 60_000:
            del self.waiting[message.identity()]
            self.receipt(message, messages.EXPIRED, age, now)
            return
        trunk = self.trunks[next_hop]
        message.at = next_hop
        number = trunk.session.send(dataclasses.replace(message, age=age).item())
        trunk.handed[number] = message.identity()
        self.tell(f"hands {message.name()} to {next_hop.hex()}")

    def arrives(self, message, now):
        """For a number that is here: once, and in order."""
        line = message.identity()[:3]
        counts = self.taken.setdefault(line, set())
        if message.count in counts:
            return
        held = self.held.setdefault(line, {})
        held[message.count] = message
        expected = max(counts, default=0) + 1
        while expected in held:
            counts.add(expected)
            self.hand_out(held.pop(expected), now)
            expected += 1

    def hand_out(self, message, now):
        if message.kind == messages.RECEIPT:
            self.tell(self.said_by(message))
            return
        key = self.directory.owner(message.sender)
        if key is not None and not message.is_signed_by(key):
            self.receipt(message, messages.REFUSED + 8, message.age, now)
            return
        self.tell(f"text {message.sender:010} {message.recipient:010} {message.text()}")
        age = message.age + round((now - message.since) * 1000)
        self.receipt(message, messages.DELIVERED, age, now)

    def said_by(self, message):
        about = messages.parse_receipt(message.body)
        outcome = {1: "delivered", 2: "read", 3: "expired", 4: "passed on"}.get(about.outcome)
        outcome = outcome or f"refused {about.outcome - messages.REFUSED}"
        name = f"{message.recipient:010}-{message.sender:010}-{about.epoch:06x}-{about.count}"
        return f"receipt {name} {outcome} {about.server.hex()}"

    def receipt(self, message, outcome, age, now):
        """Tells a message's sender what became of it. Of a receipt nothing is told."""
        if message.kind != messages.TEXT:
            return
        server = self.identity.public[:8]
        body = messages.Receipt(message.epoch, message.count, outcome, server, age).body()
        told = messages.Message(message.recipient, message.sender, self.epoch, 0)
        told.kind, told.form, told.body = messages.RECEIPT, messages.TOLD, body
        told.lifetime = messages.LIFETIME_MAX
        self.send(told, now)
