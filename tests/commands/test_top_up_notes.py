"""When top-up is looked at next, and what pauses it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from commands.top_up_notes import (
    ASK_AFTER,
    DAILY,
    HOURLY,
    NEVER,
    PAGE_AGAIN,
    known_top_up,
    next_look,
    pending,
    reversed_by,
)
from ledger.purchases import Purchase
from ledger.refusals import NoSuchAccount
from ledger.top_ups import TopUp
from tests.commands.people import member
from tests.ledger.test_top_ups import OPEN, RUNNING, after, begin, fail, turn_on
from tests.replay.moving import dispute, news
from tests.shop import paid, started
from tests.strategies import NOON
from web.wiring import Service

SOON, DAY = timedelta(minutes=2), timedelta(days=1)


def capped(it: TopUp) -> None:
    it.begin(uuid4(), 100, "2026-11")
    it.buy(next(iter(it.spent)))
    it.begin(uuid4(), 100, "2026-11")
    it.buy([*it.spent][-1])
    it.begin(uuid4(), 100, "2026-11")


@pytest.mark.parametrize(
    ("deeds", "wait"),
    [
        ((turn_on,), NEVER),
        (RUNNING, DAILY),
        (OPEN, ASK_AFTER),
        ((*OPEN, fail("a")), DAY),
        ((*RUNNING, capped), HOURLY),
        ((*RUNNING, lambda it: it.open_page("cs_2", NOON + DAY)), PAGE_AGAIN),
        ((*RUNNING, lambda it: it.open_page("cs_2", NOON - HOURLY)), DAILY),
        ((*RUNNING, begin, lambda it: it.pause("refunded")), ASK_AFTER),
    ],
    ids=range(8),
)
def test_it_is_looked_at_as_soon_as_something_may_be_new(
    deeds: tuple[object, ...], wait: timedelta
) -> None:
    it = after(*deeds)  # type: ignore[arg-type]
    assert next_look(it, NOON) == NOON + wait


def decided(*reversals: tuple[list[object], list[object]]) -> Purchase:
    """A paid purchase whose last news alone is still pending."""
    it = paid(started(UUID(int=1)), 7)
    for refunds, disputes in reversals:
        it.collect_events()
        it.reverse(refunds, disputes)  # type: ignore[arg-type]
    return it


def test_a_new_refund_or_dispute_pauses_and_news_of_it_does_not() -> None:
    theirs = news(uuid4(), "pending")
    assert reversed_by(decided()) is None
    assert reversed_by(decided(([], [dispute("open")]))) == "disputed"
    lost = decided(([], [dispute("open")]), ([], [dispute("lost")]))
    assert reversed_by(lost) is None
    assert reversed_by(decided(([theirs], []))) == "refunded"


def test_a_refund_of_ours_pauses_when_it_is_proposed() -> None:
    it, refund_id = paid(started(UUID(int=1)), 7), uuid4()
    it.propose_refund(
        refund_id,
        [{"item": 0, "credits": 5, "net_minor": 10, "tax_minor": 2}],
        reason="he asked",
        approvals=0,
        proposed_by="staff bo",
        emails_sent=None,
        now=NOON,
    )
    assert reversed_by(it) == "refunded"
    it.collect_events()
    it.reverse([news(refund_id, "succeeded")], [])
    assert reversed_by(it) is None


def test_an_account_has_none_until_it_has_one(service: Service) -> None:
    account_id = member(service.journal).account_id
    assert known_top_up(service.journal, account_id) is None
    with pytest.raises(NoSuchAccount):
        known_top_up(service.journal, uuid4())


def test_only_what_decided_something_is_recorded() -> None:
    it = after(turn_on)
    assert pending(None, it) == [it]
    it.collect_events()
    assert pending(None, it) == []
