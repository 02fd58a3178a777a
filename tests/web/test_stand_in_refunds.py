"""Money goes back at most once, and never more than a charge took."""

from __future__ import annotations

import pytest

from tests.web.paying import Api, Counter, error_of, refusal
from web.stand_in.books import Object
from web.stand_in.parameters import Refused
from web.stand_in.refunds import refund


@pytest.fixture
def counter() -> Counter:
    return Counter()


@pytest.fixture
def charge(counter: Counter) -> Object:
    return counter.charged()


def now(counter: Counter, charge: Object) -> Object:
    found = counter.books.get("charge", charge["id"])
    assert found is not None
    return found


def test_without_an_amount_everything_that_is_left_goes_back(
    counter: Counter, charge: Object
) -> None:
    first = refund(counter.desk, charge, 400)
    rest = refund(counter.desk, now(counter, charge), None)
    assert (first["amount"], rest["amount"]) == (400, 600)
    after = now(counter, charge)
    assert (after["amount_refunded"], after["refunded"]) == (1000, True)


def test_a_part_leaves_the_charge_refundable(counter: Counter, charge: Object) -> None:
    refund(counter.desk, charge, 999)
    after = now(counter, charge)
    assert (after["amount_refunded"], after["refunded"]) == (999, False)
    refund(counter.desk, after, 1)
    assert now(counter, charge)["refunded"]


@pytest.mark.parametrize(
    ("amount", "code", "param"),
    [
        (1001, None, "amount"),
        (0, "parameter_invalid_integer", "amount"),
        (-1, "parameter_invalid_integer", "amount"),
    ],
)
def test_too_much_and_too_little_are_refused_and_move_nothing(
    counter: Counter, charge: Object, amount: int, code: str | None, param: str
) -> None:
    told = counter.types()
    with pytest.raises(Refused) as refused:
        refund(counter.desk, charge, amount)
    assert refusal(refused.value) == (400, code, param)
    assert counter.books.all("refund") == []
    assert len(counter.books.all("balance_transaction")) == 1
    assert counter.types() == told


def test_more_than_is_left_is_refused_with_both_amounts(
    counter: Counter, charge: Object
) -> None:
    refund(counter.desk, charge, 400)
    with pytest.raises(Refused, match=r"€6.01.*greater than unrefunded.*€6.00"):
        refund(counter.desk, now(counter, charge), 601)


def test_a_charge_that_is_all_refunded_says_so_whatever_is_asked(
    counter: Counter, charge: Object
) -> None:
    refund(counter.desk, charge, None)
    for amount in (None, 1, 5000):
        with pytest.raises(Refused) as refused:
            refund(counter.desk, now(counter, charge), amount)
        assert refusal(refused.value)[1] == "charge_already_refunded"


def test_a_declined_charge_has_nothing_to_give_back(counter: Counter) -> None:
    declined = counter.charge_of(counter.tried(counter.opened(), "4000000000000002"))
    with pytest.raises(Refused, match="was not paid"):
        refund(counter.desk, declined, None)


def test_the_balance_at_the_processor_goes_down_by_what_went_back(
    counter: Counter, charge: Object
) -> None:
    made = refund(counter.desk, charge, 400)
    moved = counter.books.get("balance_transaction", made["balance_transaction"])
    assert moved is not None
    assert (moved["amount"], moved["fee"], moved["net"]) == (-400, 0, -400)
    assert (moved["type"], moved["source"]) == ("refund", made["id"])


def test_a_refund_is_told_with_the_charge_as_it_is_afterwards(
    counter: Counter, charge: Object
) -> None:
    refund(counter.desk, charge, 400)
    told = counter.events[-2:]
    assert [event["type"] for event in told] == ["refund.created", "charge.refunded"]
    assert told[1]["data"]["object"]["amount_refunded"] == 400


def test_a_refund_is_asked_for_by_charge_or_by_payment(
    counter: Counter, charge: Object
) -> None:
    api = Api(counter)
    half = api.post("/refunds", {"charge": charge["id"], "amount": 500})
    rest = api.post("/refunds", {"payment_intent": charge["payment_intent"]})
    assert (half.get_json()["amount"], rest.get_json()["amount"]) == (500, 500)
    assert api.get("/refunds", charge=charge["id"]).get_json()["data"] == [
        rest.get_json(),
        half.get_json(),
    ]


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({}, (400, "parameter_missing", "charge")),
        ({"charge": "ch_none"}, (400, "resource_missing", "charge")),
        ({"payment_intent": "pi_x"}, (400, "resource_missing", "payment_intent")),
        ({"charge": "ch_none", "amount": "1.5"},
         (400, "parameter_invalid_integer", "amount")),
        ({"charge": "ch_none", "reason": "regret"}, (400, None, "reason")),
    ],
    ids=["nothing", "charge", "payment", "amount", "reason"],
)  # fmt: skip
def test_a_refund_of_nothing_known_is_refused_by_the_parameters_name(
    counter: Counter, given: dict[str, str], found: tuple[int, str | None, str]
) -> None:
    assert error_of(Api(counter).post("/refunds", given)) == found


def test_a_repeated_key_refunds_once(counter: Counter, charge: Object) -> None:
    api, given = Api(counter), {"charge": charge["id"], "amount": 600}
    answers = [api.post("/refunds", given, key="back") for _ in range(3)]
    assert {answer.get_json()["id"] for answer in answers} == {
        answers[0].get_json()["id"]
    }
    assert now(counter, charge)["amount_refunded"] == 600
