"""The buyer's bank takes money back, and sometimes returns it."""

from __future__ import annotations

import pytest

from tests.web.paying import Counter
from web.stand_in.books import Object
from web.stand_in.disputes import close_dispute, dispute, fail_refund
from web.stand_in.parameters import Refused
from web.stand_in.refunds import refund


@pytest.fixture
def counter() -> Counter:
    return Counter()


@pytest.fixture
def charge(counter: Counter) -> Object:
    return counter.charged()


def moved(counter: Counter) -> list[int]:
    return [one["amount"] for one in counter.books.all("balance_transaction")]


def test_the_money_leaves_at_once_with_a_fee(counter: Counter, charge: Object) -> None:
    made = dispute(counter.desk, charge)
    assert (made["amount"], made["status"]) == (1000, "needs_response")
    assert moved(counter)[-1] == -1000
    assert made["balance_transactions"][0]["fee"] > 0
    assert counter.types()[-2:] == [
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
    ]


@pytest.mark.parametrize("amount", [0, -1, 1001])
def test_more_than_was_paid_cannot_be_disputed(
    counter: Counter, charge: Object, amount: int
) -> None:
    with pytest.raises(Refused):
        dispute(counter.desk, charge, amount)


def test_a_dispute_that_is_won_brings_the_money_back(
    counter: Counter, charge: Object
) -> None:
    won = close_dispute(counter.desk, dispute(counter.desk, charge), "won")
    assert won["status"] == "won"
    assert moved(counter)[-2:] == [-1000, 1000]


def test_after_a_loss_money_may_be_reinstated_and_nothing_else(
    counter: Counter, charge: Object
) -> None:
    lost = close_dispute(counter.desk, dispute(counter.desk, charge), "lost")
    assert moved(counter)[-1] == -1000
    for outcome in ("won", "lost", "nothing"):
        with pytest.raises(Refused):
            close_dispute(counter.desk, lost, outcome)
    close_dispute(counter.desk, lost, "reinstated")
    assert moved(counter)[-1] == 1000


def test_an_open_dispute_cannot_be_reinstated(counter: Counter, charge: Object) -> None:
    with pytest.raises(Refused):
        close_dispute(counter.desk, dispute(counter.desk, charge), "reinstated")


def test_a_refund_that_comes_back_leaves_the_charge_unrefunded(
    counter: Counter, charge: Object
) -> None:
    made = refund(counter.desk, charge, 400)
    failed = fail_refund(counter.desk, made)
    after = counter.books.get("charge", charge["id"])
    assert after is not None
    assert (failed["status"], after["amount_refunded"]) == ("failed", 0)
    assert moved(counter)[-2:] == [-400, 400]
    with pytest.raises(Refused):
        fail_refund(counter.desk, failed)
