"""A set of contacts in memory: exact, compact, and asked for a batch at a time."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from struct import Struct

CONTACT_BYTES = 16
"""A contact is the first half of an HMAC-SHA-256 (RFC 2104, truncated as its §5 says):
two of ten million share one once in 7 · 10²⁴ periods."""
BUCKET_CONTACTS = 32
"""There is room for in a bucket."""
FILLED_MAX = 24
"""Of them on average; then one bucket in twenty-five is full (Poisson)."""
BUCKET_BYTES = BUCKET_CONTACTS * CONTACT_BYTES
SHELF_BITS = 4
SHELVES = 1 << SHELF_BITS
PREFIX_BITS = 32
PREFIXES = Struct(">I12x")
CONTACTS = Struct(f"{CONTACT_BYTES}s")


class ContactSet:
    """The contacts of one period, each in the bucket that its first bits name.

    Contacts are parts of HMACs, so that every bucket gets about as many. Buckets lie
    in the order of the contacts, so that a batch, which is given sorted, goes through
    them once. A contact takes some 45 bytes, where Python's own set needs over a
    hundred. Room for `expected` contacts is made at once.
    """

    def __init__(self, expected: int = 0) -> None:
        self._count = 0
        self._shelves = [_Shelf(number, expected) for number in range(SHELVES)]

    def __len__(self) -> int:
        return self._count

    def missing(self, contacts: bytes) -> bytes:
        """Return those of the sorted contacts that are not in the set, in order."""
        return b"".join(
            contact
            for shelf, some in self._by_shelf(contacts)
            for contact in shelf.missing(some)
        )

    def add(self, contacts: bytes) -> None:
        """Put in sorted contacts that are missing, each of them once."""
        self._count += len(contacts) // CONTACT_BYTES
        for shelf, some in self._by_shelf(contacts):
            shelf.add(some)

    def _by_shelf(self, contacts: bytes) -> Iterator[tuple[_Shelf, bytes]]:
        places, start = range(0, len(contacts), CONTACT_BYTES), 0
        for number, shelf in enumerate(self._shelves, 1):
            first = number << 8 - SHELF_BITS
            end = bisect_left(places, first, start, key=contacts.__getitem__)
            if end > start:
                some = slice(start * CONTACT_BYTES, end * CONTACT_BYTES)
                yield shelf, contacts[some]
            start = end


class _Shelf:
    """The contacts with the same first few bits, in one piece of memory.

    When it is filled it moves into twice the room. Each shelf of a set is filled with
    another number, so that they move one after another, whenever the set grows.
    """

    def __init__(self, number: int, expected: int) -> None:
        self._filled_max = FILLED_MAX / 2 * 2 ** ((number + 1) / SHELVES)
        self._count, bits = 0, 0
        while expected > SHELVES * self._filled_max * (1 << bits):
            bits += 1
        self._make_room(bits)

    def missing(self, contacts: bytes) -> list[bytes]:
        find, filled, beside = self._room.find, self._filled, self._beside
        shift, mask, found = self._shift, self._mask, []
        for (prefix,), (contact,) in zip(
            PREFIXES.iter_unpack(contacts), CONTACTS.iter_unpack(contacts), strict=True
        ):
            bucket = prefix >> shift & mask
            start = bucket * BUCKET_BYTES
            end = start + filled[bucket] * CONTACT_BYTES
            place = find(contact, start, end)
            # The same bytes can also lie across two contacts.
            while place % CONTACT_BYTES and place > 0:
                place = find(contact, place + 1, end)
            if place < 0 and contact not in beside:
                found.append(contact)
        return found

    def add(self, contacts: bytes) -> None:
        self._count += len(contacts) // CONTACT_BYTES
        while self._count > self._filled_max * (1 << self._bits):
            self._double()
        self._put(contacts)

    def _make_room(self, bits: int) -> None:
        self._bits, self._mask = bits, (1 << bits) - 1
        self._shift = PREFIX_BITS - SHELF_BITS - bits
        self._room = bytearray(BUCKET_BYTES << bits)
        self._filled = bytearray(1 << bits)
        self._beside: set[bytes] = set()

    def _put(self, contacts: bytes | bytearray) -> None:
        room, filled, shift, mask = self._room, self._filled, self._shift, self._mask
        for (prefix,), (contact,) in zip(
            PREFIXES.iter_unpack(contacts), CONTACTS.iter_unpack(contacts), strict=True
        ):
            bucket = prefix >> shift & mask
            count = filled[bucket]
            if count == BUCKET_CONTACTS:
                self._beside.add(contact)
                continue
            place = bucket * BUCKET_BYTES + count * CONTACT_BYTES
            room[place : place + CONTACT_BYTES] = contact
            filled[bucket] = count + 1

    def _double(self) -> None:
        room, filled, beside = self._room, self._filled, self._beside
        self._make_room(self._bits + 1)
        shift = self._shift
        for bucket, count in enumerate(filled):
            place = bucket * BUCKET_BYTES
            some = room[place : place + count * CONTACT_BYTES]
            halves: tuple[list[bytes], list[bytes]] = ([], [])
            for (prefix,), (contact,) in zip(
                PREFIXES.iter_unpack(some), CONTACTS.iter_unpack(some), strict=True
            ):
                halves[prefix >> shift & 1].append(contact)
            for half, kept in enumerate(halves, 2 * bucket):
                place = half * BUCKET_BYTES
                self._room[place : place + len(kept) * CONTACT_BYTES] = b"".join(kept)
                self._filled[half] = len(kept)
        self._put(b"".join(beside))
