"""After any history the page of credits says what the aggregate says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.claims import ClaimState, ClaimTerms
from ledger.credits import CreditBalance
from ledger.journal import Journal
from ledger.refusals import Refusal
from projections.credit_figures import Credits, Line
from tests.conftest import NOON
from tests.desk import Desk, Purse
from tests.strategies import lot

DAY = timedelta(days=1)


@pytest.fixture
def desk(journal: Journal) -> Desk:
    return Desk(journal)


def a_hold(balance: CreditBalance, now: datetime, holds: list[UUID]) -> None:
    holds.append(uuid4())
    balance.hold(holds[-1], 2, "spring", now, 3 * DAY)


def a_capture(balance: CreditBalance, now: datetime, holds: list[UUID]) -> None:
    if holds:
        balance.capture(holds[0], 1, now)


def a_release(balance: CreditBalance, now: datetime, holds: list[UUID]) -> None:
    if holds:
        balance.release(holds.pop(0), now)


def an_extension(balance: CreditBalance, now: datetime, holds: list[UUID]) -> None:
    if holds:
        balance.extend(holds[-1], now, 4 * DAY)


def a_purchase(balance: CreditBalance, now: datetime, holds: list[UUID]) -> None:
    balance.grant(uuid4(), lot(4, now))


def a_removal(balance: CreditBalance, now: datetime, holds: list[UUID]) -> None:
    balance.remove(1, "granted twice", now)


def a_claim(state: ClaimState, credits: int) -> Deed:
    """A dispute about the last lot that does not expire."""

    def deed(balance: CreditBalance, now: datetime, holds: list[UUID]) -> None:
        known = [claim.lot_id for claim in balance.claims.values()]
        bought = [i for i, one in balance.lots.items() if one.expires_at is None]
        for lot_id in (known or bought)[-1:]:
            terms: ClaimTerms = {
                "kind": "dispute",
                "source_id": "order",
                "lot_id": lot_id,
                "state": state,
                "credits": credits,
            }
            balance.claim(uuid5(lot_id, "claim"), terms, now)

    return deed


Deed = Callable[[CreditBalance, datetime, list[UUID]], None]
DEEDS = st.sampled_from(
    [
        *(a_hold, a_hold, a_capture, a_release, an_extension, a_purchase, a_removal),
        *(a_claim("frozen", 4), a_claim("frozen", 0), a_claim("frozen", 2)),
        *(a_claim("withdrawn", 4), a_claim("withdrawn", 1), a_claim("withdrawn", 0)),
    ]
)
DAYS = st.integers(0, 2)
STEPS = st.lists(
    st.one_of(st.tuples(DEEDS, DAYS), st.tuples(st.integers(1, 6), DAYS)),
    min_size=2,
    max_size=14,
)


def same(line: Line) -> tuple[Any, ...]:
    """What was foretold of a line; a claim's moment is that of its being recorded."""
    at = None if line.kind in ("frozen", "filled") else line.at
    return (line.number, at, line.kind, line.change, line.balance)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_after_any_history_the_page_says_what_the_aggregate_says(
    desk: Desk, steps: list[tuple[Any, int]]
) -> None:
    purse, now, holds, seen = Purse(desk), NOON, list[UUID](), list[Line]()
    for what, days in [(3, 0), *steps]:
        now += days * DAY
        try:
            if isinstance(what, int):
                purse.grant(what, now, expires_at=now + what * DAY)
            else:
                purse.do(lambda b, w=what, n=now: w(b, n, holds), now)  # type: ignore[misc]
        except Refusal:
            pass
        desk.catch_up()
        credits = desk.views.credits.credits(purse.account_id, now, size=100)
        lines = list(credits.statement.rows)
        assert_equal(credits, purse.balance, now)
        assert [same(line) for line in lines[len(lines) - len(seen) :]] == list(
            map(same, seen)
        )
        seen = lines


def assert_equal(credits: Credits, balance: CreditBalance, now: datetime) -> None:
    figures = balance.figures(now)
    assert not credits.parked
    assert (credits.held, credits.available) == (figures.held, figures.available)
    assert sum(line.change for line in credits.statement.rows) == credits.total
    assert credits.coming == figures.coming
    assert (credits.frozen, credits.debt) == (figures.frozen, figures.debt)
    lines = credits.statement.rows
    assert -sum(li.change for li in lines if li.kind == "expired") == figures.expired
