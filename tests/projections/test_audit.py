"""The books from nothing but the journal, and what differs from them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest

from commands.credits import (
    CaptureCredits,
    HoldCredits,
    capture_credits,
    hold_credits,
)
from projections.audit import Books, Until, compare, explain_credits, replay
from tests.conftest import NOON, context_at
from tests.web.service import (
    Clock,
    a_purchase,
    a_receipt,
    an_account,
    followed,
    service_on,
)
from web.database import Database
from web.wiring import Service


@pytest.fixture
def service(empty_database: Database) -> Iterator[Service]:
    with service_on(empty_database, Clock()) as service:
        yield service


@pytest.fixture
def account(service: Service) -> UUID:
    account_id = an_account(service)
    purchase = a_purchase(service, account_id)
    a_receipt(service, account_id, purchase)
    hold = HoldCredits(account_id=account_id, campaign_id="spring", credits=100)
    held = hold_credits(service.journal, hold, context_at(NOON))
    capture = CaptureCredits(
        account_id=account_id, hold_id=UUID(held.ids["hold"]), credits=60
    )
    later = NOON + timedelta(hours=1)
    capture_credits(service.journal, capture, context_at(later))
    return account_id


def books(service: Service, until: Until | None = None) -> list[Books]:
    with service.connections.direct() as connection:
        now = NOON + timedelta(hours=2)
        return list(replay(service.reader, connection, now, until=until))


def test_replay_gives_the_balance_to_the_credit(
    service: Service, account: UUID
) -> None:
    (found,) = books(service)
    assert (found.account_id, found.balance, found.available, found.held) == (
        account,
        1940,
        1900,
        40,
    )
    assert (found.orders, found.receipts, found.paid_minor) == (1, 1, {"EUR": 2000})


def test_as_of_a_moment_later_facts_do_not_count(
    service: Service, account: UUID
) -> None:
    del account
    (found,) = books(service, Until(moment=NOON + timedelta(minutes=1)))
    assert (found.balance, found.held, found.captured) == (2000, 100, 0)


def test_the_views_agree_until_a_row_is_changed_behind_their_back(
    service: Service, account: UUID, empty_database: Database
) -> None:
    followed(service)
    now = NOON + timedelta(hours=2)
    (found,) = books(service)
    assert compare(service.views, found, now) == []
    with psycopg.connect(empty_database.owner, autocommit=True) as connection:
        connection.execute(
            "UPDATE credit_lots SET remaining = remaining - 1 WHERE account_id = %s",
            (account,),
        )
    told = " ".join(compare(service.views, found, now))
    assert "available: the journal gives 1,900, the view 1,899" in told


def test_an_explanation_adds_up_to_the_figure(service: Service, account: UUID) -> None:
    now = NOON + timedelta(hours=2)
    with service.connections.direct() as connection:
        steps, balance = explain_credits(service.reader, connection, account, now)
    assert balance is not None
    assert sum(step.change for step in steps) == balance.balance(now)
    assert [step.topic for step in steps if step.change] == [
        "credits.Granted",
        "credits.Captured",
    ]
