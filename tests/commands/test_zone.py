"""The zone as it is read from the rows, and what changed in it since."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
from psycopg import Connection

from commands import zone
from commands.zone import ZoneHosts, ZoneState
from ledger.signing_keys import RETIRING, REVOKED
from ledger.zone import ZoneRecord
from tests.commands.keyholders import KeyHolder
from tests.web.service import an_account
from web.wiring import Service

HOSTS = ZoneHosts(bounce="mx.example.net", tracking="links.example.net")


@contextmanager
def reading(service: Service) -> Iterator[Connection[Any]]:
    with service.connections.direct() as connection, connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield connection


def written(service: Service) -> tuple[ZoneState, dict[str, ZoneRecord]]:
    with reading(service) as connection:
        state = zone.zone_state(connection)
        records = list(zone.zone_records(connection, HOSTS))
    named = {record.name: record for record in records}
    assert len(named) == len(records)
    return state, named


def changed(service: Service, after: int) -> tuple[int, dict[str, ZoneRecord]]:
    with reading(service) as connection:
        until = zone.zone_state(connection).position
        found = list(zone.zone_changes(connection, HOSTS, after, until))
    assert [one.position for one in found] == sorted(one.position for one in found)
    return until, {record.name: record for _, record in found}


@pytest.fixture
def holder(service: Service) -> KeyHolder:
    return KeyHolder(service)


def test_a_domain_has_two_keys_and_a_return_path(holder: KeyHolder) -> None:
    holder.begin()
    label, keys = holder.label, holder.keys.keys
    _, named = written(holder.service)
    assert set(named) == {
        *(f"{selector}.{label}.dkim" for selector in keys),
        f"{label}.bounce",
    }
    assert named[f"{label}.bounce"].value == "mx.example.net."
    for selector, key in keys.items():
        value = named[f"{selector}.{label}.dkim"].value
        assert value == f"v=DKIM1; k=rsa; p={key.public_key}"


def test_each_change_has_a_higher_serial_and_nothing_else_has(
    holder: KeyHolder,
) -> None:
    serials = [written(holder.service)[0].serial]
    ready = holder.sign_from()
    steps: list[Callable[[datetime], object]] = [holder.rotate, holder.stop]
    for step in steps:
        serials.append(written(holder.service)[0].serial)
        an_account(holder.service)
        assert written(holder.service)[0].serial == serials[-1]
        step(ready)
    serials.append(written(holder.service)[0].serial)
    assert serials == sorted(set(serials))


def test_following_the_changes_gives_the_zone_that_is_written_whole(
    holder: KeyHolder,
) -> None:
    other = KeyHolder(holder.service)
    known: dict[str, ZoneRecord] = {}
    position, ready = 0, holder.sign_from()
    for step in (
        lambda: other.begin(ready),
        lambda: holder.rotate(ready),
        lambda: holder.tend(ready + RETIRING),
        lambda: other.stop(ready + RETIRING),
        lambda: holder.tend(ready + RETIRING + REVOKED),
        lambda: other.tend(ready + RETIRING + REVOKED),
    ):
        step()
        position, news = changed(holder.service, position)
        known = {name: it for name, it in (known | news).items() if it.value}
        assert known == written(holder.service)[1]
    assert not [name for name in known if other.label in name]
    assert changed(holder.service, position) == (position, {})


def test_a_change_below_an_open_transaction_is_not_passed_by(
    holder: KeyHolder,
) -> None:
    with holder.service.connections.direct() as slow, slow.transaction():
        slow.execute("SELECT pg_current_xact_id()")
        holder.begin()
        before, news = changed(holder.service, 0)
        assert news == {}
        assert len(written(holder.service)[1]) == 3
    after, news = changed(holder.service, before)
    assert len(news) == 3
    assert after > before
