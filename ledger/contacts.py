"""A set of contacts in memory: exact, compact, and asked for a batch at a time."""

from __future__ import annotations

from struct import Struct

CONTACT_BYTES = 16
"""A contact is the first half of an HMAC-SHA-256 (RFC 2104, truncated as its §5 says):
two of ten million share one once in 7 · 10²⁴ periods."""
BUCKET_CONTACTS = 32
"""There is room for in a bucket."""
FILLED_MAX = 24
"""Of them on average; then one bucket in twenty-five is full (Poisson)."""
BUCKET_BYTES = BUCKET_CONTACTS * CONTACT_BYTES
FIRST_BITS, LAST_BITS = 4, 32
PREFIXES = Struct(">I12x")
CONTACTS = Struct(f"{CONTACT_BYTES}s")


class ContactSet:
    """The contacts of one period, each in the bucket that its first bits name.

    Contacts are parts of HMACs, so that every bucket gets about as many. All buckets
    lie in one piece of memory in the order of the contacts: a sorted batch walks
    through it once, and a contact takes 21 to 43 bytes, where Python's own set needs
    over a hundred. Room for `expected` contacts is made at once.
    """

    def __init__(self, expected: int = 0) -> None:
        self._count = 0
        bits = FIRST_BITS
        while bits < LAST_BITS and expected > FILLED_MAX << bits:
            bits += 1
        self._make_room(bits)

    def __len__(self) -> int:
        return self._count

    def missing(self, contacts: bytes) -> bytes:
        """Return those of the contacts that are not in the set, in their order."""
        find, filled, beside = self._room.find, self._filled, self._beside
        shift, found = 32 - self._bits, []
        for (prefix,), (contact,) in zip(
            PREFIXES.iter_unpack(contacts), CONTACTS.iter_unpack(contacts), strict=True
        ):
            bucket = prefix >> shift
            start = bucket * BUCKET_BYTES
            end = start + filled[bucket] * CONTACT_BYTES
            place = find(contact, start, end)
            # The same bytes can also lie across two contacts.
            while place % CONTACT_BYTES and place > 0:
                place = find(contact, place + 1, end)
            if place < 0 and contact not in beside:
                found.append(contact)
        return b"".join(found)

    def add(self, contacts: bytes) -> None:
        """Put in contacts that are missing, each of them once."""
        self._count += len(contacts) // CONTACT_BYTES
        bits = self._bits
        while bits < LAST_BITS and self._count > FILLED_MAX << bits:
            bits += 1
        if bits > self._bits:
            self._move(bits)
        self._put(contacts)

    def _make_room(self, bits: int) -> None:
        self._bits = bits
        self._room = bytearray(BUCKET_BYTES << bits)
        self._filled = bytearray(1 << bits)
        self._beside: set[bytes] = set()

    def _put(self, contacts: bytes | bytearray) -> None:
        room, filled, shift = self._room, self._filled, 32 - self._bits
        for (prefix,), (contact,) in zip(
            PREFIXES.iter_unpack(contacts), CONTACTS.iter_unpack(contacts), strict=True
        ):
            bucket = prefix >> shift
            count = filled[bucket]
            if count == BUCKET_CONTACTS:
                self._beside.add(contact)
                continue
            place = bucket * BUCKET_BYTES + count * CONTACT_BYTES
            room[place : place + CONTACT_BYTES] = contact
            filled[bucket] = count + 1

    def _move(self, bits: int) -> None:
        room, filled, beside = self._room, self._filled, self._beside
        self._make_room(bits)
        for bucket, count in enumerate(filled):
            start = bucket * BUCKET_BYTES
            self._put(room[start : start + count * CONTACT_BYTES])
        self._put(b"".join(beside))
