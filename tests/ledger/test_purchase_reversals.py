"""Refunds and disputes of a purchase: any order of news gives the same books."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

import pytest

from ledger.claims import ClaimTerms
from ledger.credits import CreditBalance
from ledger.purchases import Purchase
from ledger.refusals import (
    NoSuchRefund,
    PurchaseUnpaid,
    RefundDecided,
    RefundExceeds,
    SecondPersonNeeded,
)
from ledger.reversals import DisputeNews, RefundNews, RefundPart
from tests.specification import given, refusal_of, replayed, state
from tests.strategies import ANN, NOON, balance_of, lot, payment, purchase

REFUND, LOT = UUID(int=41), UUID(int=1)
PART: RefundPart = {"item": 0, "credits": 10, "net_minor": 100, "tax_minor": 20}
TOTAL, QUANTITY = 1200, 100


def paid() -> Purchase:
    it = purchase()
    it.pay(1, payment("ch_1"), amount=it.total, payment_label=None, paid_at=NOON)
    return it


def proposed(approvals: int = 1) -> Purchase:
    it = paid()
    ask(it, approvals)
    return it


def ask(it: Purchase, approvals: int = 1, part: RefundPart = PART) -> None:
    it.propose_refund(
        REFUND,
        [part],
        reason="he asked",
        approvals=approvals,
        proposed_by="staff bo",
        emails_sent=None,
        now=NOON,
    )


def refund(
    id: str, amount: int, status: Any = "succeeded", ours: UUID | None = None
) -> RefundNews:
    return RefundNews(
        id=id,
        refund_id=ours,
        amount_minor=amount,
        status=status,
        code=None,
        created_at=NOON + timedelta(hours=int(id[-1])),
    )


def dispute(status: Any, amount: int = TOTAL) -> DisputeNews:
    return DisputeNews(
        id="du_2", amount_minor=amount, status=status, reason="fraud", opened_at=NOON
    )


def test_what_was_not_paid_is_not_given_back() -> None:
    given(purchase()).when(ask).then_refused(PurchaseUnpaid)
    given(purchase()).when(lambda p: p.reverse([], [])).then_refused(PurchaseUnpaid)


def test_never_more_is_given_back_than_was_paid() -> None:
    too_much: RefundPart = {**PART, "net_minor": 1181}
    given(paid()).when(lambda p: ask(p, part=too_much)).then_refused(
        RefundExceeds, asked_minor=1201, left_minor=1200
    )
    given(proposed()).when(
        lambda p: ask(p, part={**PART, "net_minor": 1061})
    ).then_refused(RefundExceeds, asked_minor=1081, left_minor=1080)


def test_who_proposed_does_not_agree_to_it_himself() -> None:
    given(proposed()).when(lambda p: p.approve_refund(REFUND, "staff bo")).then_refused(
        SecondPersonNeeded, refund_id=REFUND
    )


def test_only_what_was_proposed_is_decided_and_only_once() -> None:
    given(paid()).when(lambda p: p.approve_refund(REFUND, "staff cy")).then_refused(
        NoSuchRefund, refund_id=REFUND
    )
    given(proposed(0)).when(lambda p: p.reject_refund(REFUND, "x", "y")).then_refused(
        RefundDecided, status="approved"
    )


def test_the_processors_refusal_ends_an_approved_refund_and_no_other() -> None:
    it = proposed()
    it.refuse_refund(REFUND, "too late")
    assert it.refunds[str(REFUND)].status == "proposed"
    it.approve_refund(REFUND, "staff cy")
    it.refuse_refund(REFUND, "too late")
    assert it.refunds[str(REFUND)].status == "rejected"


def test_news_of_our_own_refund_keep_its_parts() -> None:
    it = proposed(0)
    it.reverse([refund("re_1", 120, ours=REFUND)], [])
    assert list(it.refunds) == [str(REFUND)]
    assert it.claims[0].credits == 10
    assert it.claims[0].state == "withdrawn"


def test_news_told_again_are_no_news() -> None:
    it = paid()
    told = [refund("re_1", 120)], [dispute("open")]
    it.reverse(*told)
    given(it).when(lambda p: p.reverse(*told)).then()


Chain = Sequence[Any]
REFUND_CHAIN = [
    refund("re_1", 360, "pending"),
    refund("re_1", 360),
    refund("re_1", 360, "failed"),
]
DISPUTE_CHAIN = [dispute("open"), dispute("lost"), dispute("won")]
SECOND = [refund("re_3", 500)]


def interleavings(chains: Sequence[Chain]) -> Iterator[list[Any]]:
    if not any(chains):
        yield []
    for number, chain in enumerate(chains):
        if chain:
            rest = [c[1:] if n == number else c for n, c in enumerate(chains)]
            for tail in interleavings(rest):
                yield [chain[0], *tail]


def observe(
    it: Purchase, balance: CreditBalance, known: dict[str, RefundNews | DisputeNews]
) -> None:
    """Tell purchase and balance how things stand, as the command does."""
    it.reverse(
        [one for one in known.values() if isinstance(one, RefundNews)],
        [one for one in known.values() if isinstance(one, DisputeNews)],
    )
    for claim in it.claims:
        terms: ClaimTerms = {
            "kind": claim.kind,
            "source_id": "order",
            "lot_id": LOT,
            "state": claim.state,
            "credits": claim.credits,
        }
        balance.claim(uuid5(ANN, claim.key), terms, NOON)


def books(
    story: Sequence[RefundNews | DisputeNews], skipped: int, spent: int
) -> tuple[Purchase, CreditBalance]:
    it, balance = paid(), balance_of()
    terms = lot(QUANTITY, net_minor=1000, tax_minor=200)
    balance.grant(LOT, terms)
    if spent:
        balance.hold(UUID(int=9), spent, "spring", NOON)
        balance.capture(UUID(int=9), spent, NOON)
    known: dict[str, RefundNews | DisputeNews] = {}
    for number, news in enumerate(story):
        known[news.id] = news
        if number != skipped and skipped >= 0:
            observe(it, balance, known)
    observe(it, balance, known)
    return it, balance


@pytest.mark.parametrize("spent", [0, 30, 100])
@pytest.mark.parametrize("disputed", [0, 1, 2, 3])
@pytest.mark.parametrize("refunded", [0, 1, 2, 3])
def test_every_order_and_every_gap_gives_the_same_books(
    refunded: int, disputed: int, spent: int
) -> None:
    chains: list[Chain] = [REFUND_CHAIN[:refunded], DISPUTE_CHAIN[:disputed], SECOND]
    found = set()
    for story in interleavings(chains):
        for skipped in range(-1, len(story)):
            it, balance = books(story, skipped, spent)
            figures = balance.figures(NOON)
            found.add((figures, len(it.refunds), len(it.disputes)))
            assert state(replayed(balance.pending_events)) == state(balance)
    assert len({one[0] for one in found}) == 1
    gone = 500 + 360 * (refunded == 2) + TOTAL * (disputed == 2)
    withdrawn = figures.refunded + figures.disputed + figures.debt
    assert withdrawn == pytest.approx(QUANTITY * min(gone, TOTAL) / TOTAL, abs=2)
    assert (withdrawn == QUANTITY) == (gone >= TOTAL)
    assert figures.captured == spent


def test_no_refusal_is_raised_by_late_news() -> None:
    it = paid()
    it.reverse([], [dispute("won")])
    assert refusal_of(lambda: it.reverse([], [dispute("open")])) is None
    assert it.disputes["du_2"].status == "won"


def test_a_loss_told_after_the_money_was_reinstated_is_no_news() -> None:
    it = paid()
    for status in ("open", "lost", "won"):
        it.reverse([], [dispute(status)])
    given(it).when(lambda p: p.reverse([], [dispute("lost")])).then()
    assert it.claims[0].credits == 0


def test_what_is_kept_is_what_neither_refunds_nor_banks_took() -> None:
    it = paid()
    it.reverse([refund("re_1", 200)], [dispute("open", 300)])
    assert it.kept_minor == TOTAL - 200
    it.reverse([refund("re_1", 200)], [dispute("lost", 300)])
    assert it.kept_minor == TOTAL - 500
    it.reverse([refund("re_1", 200)], [dispute("won", 300)])
    assert it.kept_minor == TOTAL - 200


def test_what_is_only_proposed_or_under_way_is_kept() -> None:
    it = proposed()
    it.reverse([], [dispute("lost", TOTAL - 120)])
    assert it.kept_minor == 120
    it.approve_refund(REFUND, "staff cy")
    it.reverse([refund("re_1", 120, "pending", REFUND)], [])
    assert it.kept_minor == 120
    it.reverse([refund("re_1", 120, ours=REFUND)], [])
    assert it.kept_minor == 0
