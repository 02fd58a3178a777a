"""What happens by itself once its time has come, and nothing before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest

from commands.credentials import credentials_of
from commands.factor_resets import StartFactorReset, start_factor_reset
from commands.owners import address_of, owner
from ledger.credentials import Credentials
from ledger.factors import TOTP, Binding
from ledger.journal import Journal
from tests.conftest import NOON, context_at
from tests.desk import Desk
from tests.web.service import Clock, an_account, service_on
from web import timers
from web.database import Database
from web.wiring import Service

DAYS = timedelta(days=1)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def service(empty_database: Database, clock: Clock) -> Iterator[Service]:
    with service_on(empty_database, clock) as service:
        yield service


def with_a_factor(service: Service, account_id: UUID) -> None:
    """Turn two-factor on, past forms; its secret is never asked for."""
    journal = service.journal
    account = owner(journal, account_id)

    def decided() -> Credentials:
        credentials = credentials_of(journal, account)
        secret = Binding(account_id, "00", account_id)
        credentials.add_factor(account_id, TOTP, None, secret)
        return credentials

    Desk(journal).record(account_id, decided)
    with journal.connections.for_account(account_id) as connection:
        connection.execute(
            "INSERT INTO secrets VALUES (%s, %s, 'totp', '', %s)",
            (account_id, account_id, account_id),
        )
        connection.execute(
            "UPDATE account_guards SET credential_epoch = 2 WHERE account_id = %s",
            (account_id,),
        )


def two_factor(journal: Journal, account_id: UUID) -> bool:
    return credentials_of(journal, owner(journal, account_id)).two_factor


def test_a_reset_of_two_factor_happens_after_three_days_and_once(
    service: Service, clock: Clock
) -> None:
    account_id = an_account(service)
    with_a_factor(service, account_id)
    start = StartFactorReset(account_id=account_id, reason="lost the phone")
    start_factor_reset(service.journal, start, context_at(NOON))
    clock.move(3 * DAYS - timedelta(seconds=1))
    timers.step(service)
    assert two_factor(service.journal, account_id)
    clock.move(timedelta(seconds=1))
    assert timers.step(service) >= 1
    assert not two_factor(service.journal, account_id)
    assert timers.step(service) == 0


def test_nothing_is_done_where_nothing_is_due(service: Service) -> None:
    account_id = an_account(service)
    before = service.journal.position_of(account_id)
    assert timers.step(service) == 0
    assert service.journal.position_of(account_id) == before
    address = address_of(service.journal, owner(service.journal, account_id))
    assert address.change is None
