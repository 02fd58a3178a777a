"""A set of contacts is a set, whatever the contacts are, at a third of the memory."""

from __future__ import annotations

import random
import tracemalloc

from hypothesis import example, given
from hypothesis import strategies as st

from ledger.contacts import BUCKET_CONTACTS, CONTACT_BYTES, FILLED_MAX, ContactSet

NARROW = st.binary(min_size=1, max_size=2).map(lambda some: (some * 16)[:16])
"""Contacts that overlap themselves and one another, and crowd into few buckets."""
SOME = st.one_of(st.binary(min_size=CONTACT_BYTES, max_size=CONTACT_BYTES), NARROW)
Batches = list[set[bytes]]


@given(st.lists(st.sets(SOME, max_size=60), max_size=8), st.integers(0, 5000))
@example([{bytes(16), b"\0" * 15 + b"\1", b"\1" + bytes(15)}, {bytes(16)}], 0)
@example([{b"ab" * 8, b"ba" * 8}, {b"ab" * 8, b"bb" * 8}], 0)
def test_it_misses_what_was_not_put_in(batches: Batches, expected: int) -> None:
    held, known = ContactSet(expected), set[bytes]()
    for batch in map(sorted, batches):
        missing = held.missing(b"".join(batch))
        assert missing == b"".join(one for one in batch if one not in known)
        held.add(missing)
        known.update(batch)
        assert len(held) == len(known)
        assert held.missing(b"".join(sorted(known))) == b""


def drawn(count: int) -> list[bytes]:
    chance = random.Random(1)
    return sorted({chance.randbytes(CONTACT_BYTES) for _ in range(count)})


def test_it_grows_and_loses_none() -> None:
    people, held = drawn(20_000), ContactSet()
    for start in range(0, len(people), 900):
        held.add(b"".join(people[start : start + 900]))
    assert len(held) == len(people)
    assert held.missing(b"".join(people)) == b""
    others = b"".join(bytes([one[0] ^ 1]) + one[1:] for one in people)
    assert held.missing(others) == others


def test_a_bucket_that_is_full_loses_none() -> None:
    crowd = b"".join(bytes(14) + number.to_bytes(2, "big") for number in range(300))
    held = ContactSet()
    held.add(crowd)
    assert len(held) == 300 > BUCKET_CONTACTS
    assert held.missing(crowd) == b""
    held.add(b"".join(drawn(FILLED_MAX * 64)))
    assert held.missing(crowd) == b""


def test_a_contact_takes_some_forty_bytes_at_most() -> None:
    contacts = b"".join(drawn(100_000))
    tracemalloc.start()
    held = ContactSet(len(contacts) // CONTACT_BYTES)
    held.add(contacts)
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size / len(held) < 48
