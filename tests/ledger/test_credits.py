"""What a balance of credits records, and what it refuses."""

from __future__ import annotations

from uuid import UUID

import msgspec
import pytest

from ledger.credits import CreditBalance
from ledger.holds import HOLD_TERM, Allowance, CreditState, Figures
from ledger.refusals import (
    CaptureExceedsHold,
    HoldExists,
    HoldExpired,
    InsufficientCredits,
    LotExists,
    NoSuchHold,
    Refusal,
)
from tests.specification import fact, given, state
from tests.strategies import (
    ANN,
    BEN,
    DAY,
    INSTANT,
    NOON,
    balance_of,
    holding,
    lot,
)

FIRST, SECOND = UUID(int=1), UUID(int=2)
HOLD, OTHER = UUID(int=21), UUID(int=22)
Balance = CreditBalance


def test_a_balance_has_one_stream_for_each_account() -> None:
    assert (
        Balance(account_id=ANN).id == Balance.create_id(ANN) != Balance.create_id(BEN)
    )


def test_opening_records_whose_balance_it_is() -> None:
    given(None).when(lambda _: Balance(account_id=ANN)).then(
        fact(Balance.Opened, account_id=ANN)
    )


def test_granting_records_the_lot_with_what_was_paid_and_no_unit_price() -> None:
    terms = lot(3, net_minor=10, tax_minor=2, expires_at=NOON + DAY)
    given(balance_of()).when(lambda b: b.grant(FIRST, terms, "a gift")).then(
        fact(Balance.Granted, lot_id=FIRST, lot=terms, note="a gift")
    )


def test_a_lot_is_granted_once() -> None:
    given(balance_of(3)).when(lambda b: b.grant(FIRST, lot(3))).then_refused(
        LotExists, lot_id=FIRST
    )


def test_holding_takes_parts_of_lots_with_what_they_cost_for_seven_days() -> None:
    given(balance_of(3, 5)).when(lambda b: b.hold(HOLD, 4, "spring", NOON)).then(
        fact(
            Balance.Held,
            hold_id=HOLD,
            campaign_id="spring",
            credits=4,
            parts=[(FIRST, 0, 3, 10, 2), (SECOND, 0, 1, 2, 0)],
            expires_at=NOON + HOLD_TERM,
        )
    )


def test_holding_too_much_is_refused_and_says_by_how_much() -> None:
    given(balance_of(3)).when(lambda b: b.hold(HOLD, 4, "spring", NOON)).then_refused(
        InsufficientCredits, asked=4, available=3
    )


def test_a_hold_id_is_used_once_while_it_is_open() -> None:
    balance = holding(1, balance_of(3))
    given(balance).when(lambda b: b.hold(HOLD, 1, "autumn", NOON)).then_refused(
        HoldExists, hold_id=HOLD
    )


def test_capturing_spends_the_first_credits_of_the_hold() -> None:
    balance = holding(4, balance_of(3, 5))
    given(balance).when(lambda b: b.capture(HOLD, 2, NOON)).then(
        fact(
            Balance.Captured,
            hold_id=HOLD,
            credits=2,
            parts=[(FIRST, 0, 2, 6, 1)],
            late=False,
        )
    )


def test_captures_go_on_where_the_last_one_stopped() -> None:
    balance = holding(4, balance_of(3, 5))
    balance.capture(HOLD, 2, NOON)
    given(balance).when(lambda b: b.capture(HOLD, 2, NOON)).then(
        fact(
            Balance.Captured,
            hold_id=HOLD,
            credits=2,
            parts=[(FIRST, 2, 1, 4, 1), (SECOND, 0, 1, 2, 0)],
            late=False,
        )
    )


def test_a_final_capture_releases_the_rest() -> None:
    balance = holding(3, balance_of(3))
    captured = [(FIRST, 0, 2, 6, 1)]
    given(balance).when(lambda b: b.capture(HOLD, 2, NOON, final=True)).then(
        fact(Balance.Captured, hold_id=HOLD, credits=2, parts=captured, late=False),
        fact(Balance.Released, hold_id=HOLD, credits=1, parts=[(FIRST, 2, 1, 4, 1)]),
    )
    assert balance.available(NOON) == 1


def test_more_than_was_held_cannot_be_captured() -> None:
    given(holding(2, balance_of(3))).when(
        lambda b: b.capture(HOLD, 3, NOON)
    ).then_refused(CaptureExceedsHold, hold_id=HOLD, asked=3, held=2)


@pytest.mark.parametrize("deed", ["capture", "release", "extend"])
def test_a_hold_that_was_never_made_can_be_neither_used_nor_closed(deed: str) -> None:
    asks = {
        "capture": lambda b: b.capture(OTHER, 1, NOON),
        "release": lambda b: b.release(OTHER, NOON),
        "extend": lambda b: b.extend(OTHER, NOON),
    }
    given(holding(2, balance_of(3))).when(asks[deed]).then_refused(
        NoSuchHold, hold_id=OTHER
    )


def test_releasing_gives_back_what_the_hold_still_has() -> None:
    balance = holding(3, balance_of(3))
    balance.capture(HOLD, 1, NOON)
    given(balance).when(lambda b: b.release(HOLD, NOON)).then(
        fact(Balance.Released, hold_id=HOLD, credits=2, parts=[(FIRST, 1, 2, 7, 2)])
    )
    assert (balance.available(NOON), balance.held(NOON)) == (2, 0)


def test_credits_can_be_held_until_the_instant_before_their_expiry() -> None:
    balance = balance_of(3, expires_at=NOON + DAY)
    assert balance.available(NOON + DAY - INSTANT) == 3
    given(balance).when(lambda b: b.hold(HOLD, 1, "late", NOON + DAY)).then_refused(
        InsufficientCredits, asked=1, available=0
    )


def test_exhausted_lots_and_closed_holds_leave_the_state() -> None:
    balance = holding(4, balance_of(3, 1))
    balance.capture(HOLD, 4, NOON)
    assert (balance.lots, balance.holds) == ({}, {})
    assert balance.figures(NOON) == Figures(
        granted=4, captured=4, held=0, available=0, coming=0, expired=0
    )


def test_priority_decides_which_lot_is_spent_first() -> None:
    balance = balance_of(2)
    balance.grant(SECOND, lot(2, net_minor=0, tax_minor=0, priority=10))
    assert balance.parts(NOON) == [(SECOND, 0, 2, 0, 0), (FIRST, 0, 2, 10, 2)]


def test_credits_of_a_lot_that_is_not_effective_yet_are_coming() -> None:
    balance = balance_of(2, effective_at=NOON + DAY)
    assert balance.figures(NOON + DAY - INSTANT) == Figures(
        granted=2, captured=0, held=0, available=0, coming=2, expired=0
    )
    assert balance.available(NOON + DAY) == 2


@pytest.mark.parametrize(("recipients", "short"), [(3, 0), (4, 1)])
def test_the_allowance_says_yes_or_how_many_credits_lack(
    recipients: int, short: int
) -> None:
    assert balance_of(3).allowance(recipients, NOON) == Allowance(
        allowed=short == 0, needed=recipients, available=3, short=short
    )


def test_a_threshold_is_recorded_when_it_changes() -> None:
    balance = balance_of()
    given(balance).when(lambda b: b.set_threshold(50)).then(
        fact(Balance.ThresholdSet, credits=50)
    )
    given(balance).when(lambda b: b.set_threshold(50)).then()
    given(balance).when(lambda b: b.set_threshold(None)).then(
        fact(Balance.ThresholdSet, credits=None)
    )


def test_a_send_to_a_million_contacts_is_a_few_dozen_facts() -> None:
    balance = balance_of(600_000, 600_000)
    before = len(balance.pending_events)
    balance.hold(HOLD, 1_000_000, "spring", NOON)
    for _ in range(20):
        balance.capture(HOLD, 50_000, NOON)
    assert len(balance.pending_events) - before == 21
    assert balance.balance(NOON) == 200_000


def test_holding_names_its_refusals_in_order() -> None:
    balance = holding(1, balance_of(3))
    given(balance).when(lambda b: b.hold(HOLD, 9, "x", NOON)).then_refused(HoldExists)
    given(balance).when(lambda b: b.hold(OTHER, 9, "x", NOON)).then_refused(
        InsufficientCredits
    )
    balance.hold(OTHER, 2, "x", NOON)


def test_capturing_names_its_refusals_in_order() -> None:
    balance, later = holding(3, balance_of(3)), NOON + HOLD_TERM
    balance.hold(OTHER, 2, "autumn", later)
    wrong: list[tuple[UUID, int, type[Refusal]]] = [
        (FIRST, 9, NoSuchHold),
        (HOLD, 9, CaptureExceedsHold),
        (HOLD, 3, HoldExpired),
    ]
    for hold_id, credits, refusal in wrong:
        given(balance).when(
            lambda b, h=hold_id, c=credits: b.capture(h, c, later)  # type: ignore[misc]
        ).then_refused(refusal)
    balance.capture(HOLD, 1, later)


def test_a_snapshot_keeps_the_whole_state() -> None:
    balance = holding(2, balance_of(3, expires_at=NOON + DAY))
    kept = {name: vars(balance)[name] for name in CreditState.__annotations__}
    assert msgspec.json.decode(msgspec.json.encode(kept), type=CreditState) == kept
    assert set(state(balance)) == {*CreditState.__annotations__, "_id", "_version"}
