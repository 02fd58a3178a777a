"""Rows of the zone that somebody changed are named."""

from __future__ import annotations

import pytest

from commands.zone_checks import zone_differences
from tests.commands.keyholders import KeyHolder
from tests.commands.linking import Linker
from web.wiring import Service


class Zone:
    """A domain with keys, and a tracking host; and somebody with the database."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.keys = KeyHolder(service)
        self.keys.rotate(self.keys.sign_from())
        self.links = Linker(service)
        self.links.verified()

    def differences(self) -> list[str]:
        connection = self.service.connections.direct()
        with connection, connection.transaction():
            return list(zone_differences(self.service.journal, connection))

    def meddle(self, sql: str) -> None:
        with self.service.connections.for_account(self.keys.account_id) as connection:
            connection.execute(sql.encode())


@pytest.fixture
def zone(service: Service) -> Zone:
    return Zone(service)


def test_what_commands_wrote_agrees(zone: Zone) -> None:
    assert zone.differences() == []
    zone.keys.stop(zone.keys.sign_from())
    zone.links.clear()
    assert zone.differences() == []


@pytest.mark.parametrize(
    "change",
    [
        "public_key = 'MIIB' WHERE state = 'active'",
        "state = 'staged' WHERE state = 'retiring'",
        "label = 'other' WHERE selector = 'dm1'",
        "key_id = gen_random_uuid() WHERE selector = 'dm2'",
    ],
)
def test_a_key_that_was_exchanged_is_named_by_its_domain(
    zone: Zone, change: str
) -> None:
    zone.meddle(f"UPDATE signing_keys SET {change}")
    (line,) = zone.differences()
    assert str(zone.keys.domain_id) in line
    assert str(zone.keys.account_id) in line


def test_a_domain_that_nobody_added_is_named(zone: Zone) -> None:
    zone.meddle(
        "INSERT INTO signing_keys SELECT gen_random_uuid(), gen_random_uuid(), 'dm1',"
        " 'label', gen_random_uuid(), 'active', 'MIIB', now(), 1"
    )
    count, line = zone.differences()
    assert count == "domains with keys: the journal gives 1, the zone has 2"
    assert line.startswith("keys of domain ")


@pytest.mark.parametrize(
    "change", ["target = 'mine'", "published = false", "host_id = gen_random_uuid()"]
)
def test_a_target_that_was_exchanged_is_named_by_its_account(
    zone: Zone, change: str
) -> None:
    zone.meddle(f"UPDATE tracking_targets SET {change}")
    assert zone.differences() == [f"targets of account {zone.links.account_id}"]
