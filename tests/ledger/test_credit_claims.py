"""What refunds, disputes and staff take of a balance, and what comes back."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from hypothesis import given as for_all
from hypothesis import strategies as st

from ledger.claims import ClaimTerms
from ledger.credits import CreditBalance
from ledger.holds import Figures
from ledger.refusals import InsufficientCredits
from tests.specification import fact, given, refusal_of, replayed, state
from tests.strategies import DAY, NOON, amounts, balance_of, holding, lot

FIRST, SECOND = UUID(int=1), UUID(int=2)
HOLD, CLAIM = UUID(int=21), UUID(int=31)
Balance = CreditBalance


def terms(state: Any, credits: int, lot_id: UUID = FIRST) -> ClaimTerms:
    return {
        "kind": "dispute",
        "source_id": "order",
        "lot_id": lot_id,
        "state": state,
        "credits": credits,
    }


def claimed(balance: Balance, state: Any, credits: int, **lot: UUID) -> Balance:
    balance.claim(CLAIM, terms(state, credits, **lot), NOON)
    return balance


def spent(balance: Balance, credits: int) -> Balance:
    balance.hold(HOLD, credits, "spring", NOON)
    balance.capture(HOLD, credits, NOON)
    return balance


def test_a_dispute_freezes_what_would_burn_last_and_takes_nothing() -> None:
    given(balance_of(5)).when(lambda b: b.claim(CLAIM, terms("frozen", 2), NOON)).then(
        fact(
            Balance.Frozen,
            claim_id=CLAIM,
            claim=terms("frozen", 2),
            parts=[(FIRST, 3, 2, 4, 1)],
        )
    )


def test_frozen_credits_cannot_be_held() -> None:
    given(claimed(balance_of(5), "frozen", 2)).when(
        lambda b: b.hold(HOLD, 4, "spring", NOON)
    ).then_refused(InsufficientCredits, asked=4, available=3)


def test_a_dispute_that_is_won_thaws_everything() -> None:
    balance = claimed(claimed(balance_of(5), "frozen", 5), "frozen", 0)
    assert balance.available(NOON) == 5
    assert balance.claims == {}


def test_a_dispute_that_is_lost_takes_the_frozen_and_leaves_what_was_spent_a_debt() -> (
    None
):
    balance = claimed(claimed(spent(balance_of(5), 2), "frozen", 5), "withdrawn", 5)
    figures = balance.figures(NOON)
    assert (figures.available, figures.disputed, figures.debt) == (0, 3, 2)


def test_a_later_purchase_fills_the_debt_first() -> None:
    balance = claimed(spent(balance_of(5), 2), "withdrawn", 5)
    given(balance).when(lambda b: b.grant(SECOND, lot(3))).then(
        fact(Balance.Granted, lot_id=SECOND, lot=lot(3), note=None),
        fact(
            Balance.DebtFilled,
            claim_id=CLAIM,
            claim=terms("withdrawn", 5),
            parts=[(SECOND, 0, 2, 6, 1)],
            debt=0,
        ),
    )


def test_a_gift_fills_no_debt() -> None:
    balance = claimed(spent(balance_of(5), 2), "withdrawn", 5)
    balance.grant(SECOND, lot(3, source_kind="promotion"))
    assert balance.available(NOON) == 3
    assert balance.figures(NOON).debt == 2


def test_money_that_is_reinstated_gives_back_even_what_filled_the_debt() -> None:
    balance = claimed(spent(balance_of(5), 2), "withdrawn", 5)
    balance.grant(SECOND, lot(3))
    claimed(balance, "withdrawn", 0)
    figures = balance.figures(NOON)
    assert (figures.available, figures.disputed, figures.debt) == (6, 0, 0)


def test_what_a_hold_has_stays_its_own_and_goes_to_the_claim_when_released() -> None:
    balance = claimed(holding(4, balance_of(5)), "frozen", 5)
    assert balance.figures(NOON).frozen == 1
    assert balance.held(NOON) == 4
    balance.release(HOLD, NOON)
    assert balance.figures(NOON).frozen == 5


def test_what_a_hold_lets_go_by_its_end_is_frozen_in_the_figures_at_once() -> None:
    balance = claimed(holding(4, balance_of(5)), "frozen", 5)
    figures = balance.figures(NOON + 8 * DAY)
    assert (figures.available, figures.frozen, figures.held) == (0, 5, 0)


def test_a_claim_told_again_is_no_news() -> None:
    given(claimed(balance_of(5), "frozen", 2)).when(
        lambda b: b.claim(CLAIM, terms("frozen", 2), NOON)
    ).then()


def test_staff_take_only_what_is_available_and_say_why() -> None:
    balance = balance_of(5)
    assert refusal_of(lambda: balance.remove(6, "wrong", NOON)) is not None
    balance.remove(2, "granted twice", NOON)
    assert balance.figures(NOON).removed == 2


def crossings(balance: Balance) -> list[tuple[str, int]]:
    return [
        (event.watcher, event.available)
        for event in balance.pending_events
        if isinstance(event, Balance.ThresholdCrossed)
    ]


def test_a_threshold_is_crossed_once_until_it_is_reached_again() -> None:
    balance = balance_of(5)
    balance.set_threshold(4)
    for number in range(3):
        balance.hold(UUID(int=50 + number), 1, "spring", NOON)
    assert crossings(balance) == [("notice", 3)]
    balance.grant(SECOND, lot(3))
    balance.hold(UUID(int=60), 2, "spring", NOON)
    assert crossings(balance) == [("notice", 3), ("notice", 3)]


def test_a_top_up_asked_for_below_its_threshold_begins_at_once() -> None:
    balance = balance_of(2)
    balance.set_top_up(3, NOON)
    balance.set_top_up(3, NOON)
    assert crossings(balance) == [("top_up", 2)]


def total(figures: Figures) -> int:
    return (
        figures.captured
        + figures.held
        + figures.available
        + figures.coming
        + figures.expired
        + figures.frozen
        + figures.refunded
        + figures.disputed
        + figures.removed
    )


claims = st.tuples(
    st.just("claim"),
    st.tuples(
        st.sampled_from([UUID(int=31), UUID(int=32)]),
        st.sampled_from(["frozen", "withdrawn"]),
        st.integers(0, 3),
    ),
)
spending = st.tuples(st.sampled_from(["hold", "capture", "grant", "remove"]), amounts)
passing = st.tuples(st.sampled_from(["release", "wait"]), st.just(0))


def act(balance: Balance, number: int, what: str, given: Any, now: Any) -> None:
    holds = list(balance.holds)
    if what == "claim":
        claim_id, status, credits = given
        lot_id = FIRST if claim_id.int == 31 else SECOND
        balance.claim(claim_id, terms(status, credits, lot_id), now)
    elif what == "hold":
        balance.hold(UUID(int=100 + number), given, "spring", now)
    elif what == "grant":
        balance.grant(UUID(int=200 + number), lot(given, now))
    elif what == "remove":
        balance.remove(given, "a mistake", now)
    elif what == "capture" and holds:
        balance.capture(holds[0], given, now)
    elif what == "release" and holds:
        balance.release(holds[-1], now)


@for_all(st.lists(st.one_of(claims, spending, passing), max_size=14))
def test_no_credit_is_lost_or_made_and_what_is_demanded_is_got_or_owed(
    acts: list[tuple[str, Any]],
) -> None:
    balance, now = balance_of(3, 3), NOON
    for number, (what, given_) in enumerate(acts):
        now += 8 * DAY if what == "wait" else timedelta(seconds=1)
        before = balance.figures(now)
        refusal_of(partial(act, balance, number, what, given_, now))
        figures = balance.figures(now)
        assert total(figures) == figures.granted
        assert min(vars(figures).values()) >= 0
        taken = figures.refunded + figures.disputed
        wanted = sum(
            one.credits for one in balance.claims.values() if one.state == "withdrawn"
        )
        assert taken + figures.debt == wanted
        assert what == "wait" or before.granted <= figures.granted
    assert state(replayed(balance.pending_events)) == state(balance)
