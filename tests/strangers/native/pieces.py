"""Items on both sides of a link: cut up, packed together, put together, in custody or not."""

from numbers_near import nearest
from packets import Piece

ITEM_BITS = 21
RESEND_AFTER = 0.5
ITEMS_A_PACKET = 64
AHEAD_MAX = 32768
RANGES_TOLD = 20
PART_HEADER = 7
HEADER = 3


class Outgoing:
    """What is handed over, until the other end says that it keeps it."""

    def __init__(self, body_max):
        self.body_max = body_max
        self.next_number = 0
        self.base = 0
        self.pieces = {}
        self.fresh = []
        self.under_way = {}
        self.has_kept = set()

    def add(self, item):
        number, self.next_number = self.next_number, self.next_number + 1
        self.pieces[number] = self.cut(number, item)
        self.fresh += [(number, place) for place in range(len(self.pieces[number]))]
        return number

    def cut(self, number, item):
        low = number & (1 << ITEM_BITS) - 1
        if len(item) <= self.body_max - HEADER:
            return [Piece(low, item)]
        room = self.body_max - PART_HEADER
        return [Piece(low, item[at : at + room], at, len(item)) for at in range(0, len(item), room)]

    def body(self, now):
        """The frames of a packet, and which pieces are in it."""
        self.give_up_on_lost(now)
        carried, length = [], 0
        while self.fresh and len(carried) < ITEMS_A_PACKET:
            piece = self.piece(self.fresh[0])
            if piece is None:
                self.fresh.pop(0)
                continue
            more = len(piece.frame(is_last=False))
            fits_as_last = length + len(piece.frame(is_last=True)) <= self.body_max
            if not fits_as_last or self.fresh[0][0] >= self.base + AHEAD_MAX:
                break
            carried.append(self.fresh.pop(0))
            length += more
            if length > self.body_max:
                break
        frames = [self.piece(name) for name in carried]
        ends = [place == len(frames) - 1 for place in range(len(frames))]
        return b"".join(piece.frame(end) for piece, end in zip(frames, ends)), carried

    def piece(self, name):
        """None where its item is in custody by now."""
        number, place = name
        return self.pieces[number][place] if number in self.pieces else None

    def sent(self, packet, carried, now):
        self.under_way[packet] = (carried, now)

    def arrived(self, packets):
        for packet in packets:
            self.under_way.pop(packet, None)

    def give_up_on_lost(self, now):
        lost = [n for n, (_, at) in self.under_way.items() if now - at > RESEND_AFTER]
        for packet in lost:
            self.fresh = self.under_way.pop(packet)[0] + self.fresh

    def kept(self, base, ranges):
        """The items that are in custody now and were not before."""
        numbers = set(range(self.base, base))
        at = base
        for missing, more in ranges:
            at += missing
            numbers |= set(range(at, at + more + 1))
            at += more + 1
        new = sorted(number for number in numbers if self.pieces.pop(number, None))
        self.base = max(self.base, base)
        return new

    def waits_for_custody(self):
        return bool(self.pieces) and not self.fresh and not self.under_way


class Incoming:
    """What the other end hands over: put together, once each."""

    def __init__(self):
        self.base = 0
        self.custody = set()
        self.whole = set()
        self.halves = {}

    def take(self, piece):
        """The item's number, and the item, the first time that it is whole."""
        number = nearest(piece.low, ITEM_BITS, self.first_missing())
        if self.is_kept(number) or number in self.whole:
            return number, None
        data = piece.data if piece.whole is None else self.put_together(number, piece)
        if data is not None:
            self.whole.add(number)
        return number, data

    def first_missing(self):
        number = self.base
        while number in self.whole or number in self.custody:
            number += 1
        return number

    def put_together(self, number, piece):
        parts = self.halves.setdefault(number, {})
        parts[piece.offset] = piece.data
        data = b"".join(parts[offset] for offset in sorted(parts))
        if len(data) < piece.whole:
            return None
        del self.halves[number]
        return data

    def keep(self, number):
        self.whole.discard(number)
        self.custody.add(number)
        while self.base in self.custody:
            self.custody.discard(self.base)
            self.base += 1

    def is_kept(self, number):
        return number < self.base or number in self.custody

    def kept(self):
        """The first item that is not in custody, and what is beyond it."""
        found, expected = [], self.base
        for number in sorted(self.custody):
            if found and number == expected:
                found[-1][1] += 1
            else:
                found.append([number - expected, 0])
            expected = number + 1
        return self.base, [tuple(pair) for pair in found[:RANGES_TOLD]]
