"""What is kept of aggregates between two commands, and who may have it in hand."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Event, local
from uuid import UUID, uuid4

import pytest

from ledger.journal import Contended, cache
from ledger.journal.cache import Cache, Unit
from ledger.journal.gathering import Gathering
from tests.jars import Jar


def jar() -> Jar:
    return Jar._create(
        event_class=Jar.Labelled, id=uuid4(), account_id=uuid4(), name="Ann"
    )


def test_what_was_used_longest_ago_leaves_first() -> None:
    kept, jars = Cache(size_max=2), [jar() for _ in range(3)]
    kept.put(jars[0])
    kept.put(jars[1])
    assert kept.get(jars[0].id) is jars[0]
    kept.put(jars[2])
    found = [kept.get(one.id) for one in jars]
    assert found == [jars[0], None, jars[2]]


def test_what_is_put_again_replaces_what_was_there() -> None:
    kept, old = Cache(size_max=2), jar()
    new = Jar._create(
        event_class=Jar.Labelled, id=old.id, account_id=old.account_id, name="Bea"
    )
    kept.put(old)
    kept.put(new)
    assert kept.get(old.id) is new


def test_a_unit_that_fails_forgets_what_it_held() -> None:
    kept, one, other = Cache(), jar(), jar()
    kept.put(one)
    kept.put(other)
    unit = Unit(local(), kept, Gathering())
    with suppress(ValueError), unit:
        unit.hold(one.id)
        raise ValueError
    assert (kept.get(one.id), kept.get(other.id)) == (None, other)


def test_a_unit_that_ends_well_keeps_what_it_held() -> None:
    kept, one = Cache(), jar()
    kept.put(one)
    unit = Unit(local(), kept, Gathering())
    with unit:
        unit.hold(one.id)
    assert kept.get(one.id) is one


def held_elsewhere(kept: Cache, stream_id: UUID) -> bool:
    def hold() -> None:
        unit = Unit(local(), kept, Gathering())
        with unit:
            unit.hold(stream_id)

    with ThreadPoolExecutor(1) as pool:
        return isinstance(pool.submit(hold).exception(), Contended)


def test_a_stream_is_in_one_units_hands_at_a_time_and_free_after_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cache, "LOCK_SECONDS_MAX", 0.01)
    kept, stream = Cache(), uuid4()
    unit = Unit(local(), kept, Gathering())
    with unit:
        unit.hold(stream)
        unit.hold(stream)
        assert held_elsewhere(kept, stream)
    assert not held_elsewhere(kept, stream)


class Noticed(Gathering):
    """Tells when somebody left."""

    def __init__(self) -> None:
        super().__init__()
        self.left = Event()

    def leaves(self) -> None:
        super().leaves()
        self.left.set()


def test_who_waits_for_a_stream_is_not_waited_for() -> None:
    kept, stream, gathering = Cache(), uuid4(), Noticed()

    def hold() -> int:
        with (unit := Unit(local(), kept, gathering)):
            unit.hold(stream)
            return gathering.expected

    holder = Unit(local(), kept, gathering)
    with ThreadPoolExecutor(1) as pool:
        with holder:
            holder.hold(stream)
            blocked = pool.submit(hold)
            assert gathering.left.wait(60)
            assert gathering.expected == 1
        assert blocked.result() == 1
