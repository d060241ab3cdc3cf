"""The directory: every origin's rows, who is at home where, and the ways there."""

import heapq

import rows
from rows import LINK, NUMBER, RELEASED, SERVER, NumberRow, own_row


class Origin:
    """The rows of a server: the newest of each thing that it says."""

    def __init__(self):
        self.upto = 0
        self.rows = {}
        self.early = {}


class Directory:
    def __init__(self, identity):
        self.identity = identity
        self.origins = {identity.public: Origin()}
        self.own = self.origins[identity.public]

    def seen(self):
        return {key[:8]: origin.upto for key, origin in self.origins.items()}

    def say(self, kind, content):
        """A row of this server's own."""
        self.own.upto += 1
        row = own_row(self.identity, self.own.upto, kind, content)
        self.own.rows[row.what] = row

    def go_beyond(self, sequence):
        """A neighbour has rows that this server said before it forgot them: says all anew."""
        if sequence <= self.own.upto:
            return
        said = sorted(self.own.rows.values(), key=lambda row: row.sequence)
        self.own.upto = sequence
        for row in said:
            self.say(row.kind, row.content)

    def take(self, step, row):
        """Takes a row, and those that waited for it. Own numbers that have gone."""
        origin = self.origins.setdefault(row.origin, Origin())
        origin.early[row.sequence] = (step, row)
        gone = []
        for sequence in sorted(origin.early):
            step, row = origin.early[sequence]
            if sequence > origin.upto >= sequence - step:
                origin.upto = sequence
                origin.rows[row.what] = row
                gone += self.gone_with(row)
            if sequence <= origin.upto:
                del origin.early[sequence]
        return gone

    def gone_with(self, row):
        mine = self.own.rows.get(row.what)
        is_lost = row.kind == NUMBER and mine is not None and self.is_newer(row, mine)
        return [row.says.number] if is_lost and not mine.says.flags & RELEASED else []

    def is_newer(self, row, other):
        """Of two homes of a number: the greater version; then the greater key."""
        return (row.says.version, row.origin) > (other.says.version, other.origin)

    def beyond(self, seen):
        """What a neighbour that has seen so much has not: steps and rows, in order."""
        for key, origin in self.origins.items():
            upto, before = seen.get(key[:8], 0), 0
            for row in sorted(origin.rows.values(), key=lambda row: row.sequence):
                if row.sequence > upto:
                    yield row.sequence - before, row
                before = row.sequence

    def claim(self, number):
        before = self.number_row(number)
        version = before.says.version + 1 if before else 1
        self.say(NUMBER, NumberRow(number, version).content())

    def number_row(self, number):
        """The row of a number that counts."""
        found = None
        for origin in self.origins.values():
            row = origin.rows.get((NUMBER, number))
            if row is not None and (found is None or self.is_newer(row, found)):
                found = row
        return found

    def owner(self, number):
        """The key that a number is bound to, if any."""
        row = self.number_row(number)
        return row.says.owner or None if row else None

    def next_hop(self, number, neighbours):
        """The neighbour on the cheapest way to a number's home."""
        row = self.number_row(number)
        if row is None or row.says.flags & RELEASED:
            return None
        return self.ways(neighbours).get(row.origin)

    def ways(self, neighbours):
        """To each server that can be reached, the neighbour through which."""
        found, heap = {}, [(0, self.identity.public, None)]
        while heap:
            cost, at, through = heapq.heappop(heap)
            if at in found:
                continue
            found[at] = through
            for other, more in self.links(at):
                if at != self.identity.public or other in neighbours:
                    heapq.heappush(heap, (cost + more, other, through or other))
        return found

    def links(self, at):
        """The links of a server that count: both ends say them."""
        for (kind, other), row in self.origins.get(at, Origin()).rows.items():
            if kind == LINK and row.says and other != at and self.cost(other, at):
                yield other, row.says

    def cost(self, of, to):
        row = self.origins.get(of, Origin()).rows.get((LINK, to))
        return row.says if row else 0

    def label(self, key):
        row = self.origins.get(key, Origin()).rows.get((SERVER, None))
        return row.says[0] if row else None
