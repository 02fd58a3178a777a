"""Which checkouts are opened, and which ones Stripe would refuse."""

from __future__ import annotations

from typing import Any

import pytest
import stripe.params.checkout as known

from tests.web.paying import ITEM, Api, Counter, error_of, refusal
from web.stand_in.checkouts import (
    CREATE_CHECKOUT,
    LEAST_SECONDS,
    LINES_MAX,
    MOST_SECONDS,
)
from web.stand_in.parameters import Refused, Spec

PRICE = ITEM["price_data"]


@pytest.fixture
def counter() -> Counter:
    return Counter()


def priced(**changed: Any) -> dict[str, Any]:
    return {**ITEM, "price_data": {**PRICE, **changed}}


def test_a_new_checkout_is_open_for_a_day_and_unpaid(counter: Counter) -> None:
    session = counter.opened()
    assert (session["status"], session["payment_status"]) == ("open", "unpaid")
    assert (session["amount_total"], session["currency"]) == (1000, "eur")
    assert session["expires_at"] - session["created"] == 86_400
    assert session["url"] == f"http://127.0.0.1:7/c/pay/{session['id']}"
    assert session["payment_intent"] is None
    assert counter.events == []


def test_the_total_is_that_of_all_lines(counter: Counter) -> None:
    lines = [ITEM, {**ITEM, "quantity": 3}, priced(unit_amount=0)]
    session = counter.opened(line_items=lines)
    assert session["amount_total"] == session["amount_subtotal"] == 2500
    noted = counter.desk.note_of(session)["lines"]
    assert [line["amount_total"] for line in noted] == [1000, 1500, 0]


def test_the_currency_is_read_in_any_case(counter: Counter) -> None:
    session = counter.opened(line_items=[priced(currency="EUR"), ITEM])
    assert session["currency"] == "eur"


@pytest.mark.parametrize(("total", "taken"), [(50, True), (49, False)])
def test_less_than_half_a_euro_is_too_small(
    counter: Counter, total: int, taken: bool
) -> None:
    items = [{**priced(unit_amount=total), "quantity": 1}]
    if taken:
        assert counter.opened(line_items=items)["amount_total"] == total
        return
    with pytest.raises(Refused) as refused:
        counter.opened(line_items=items)
    assert refusal(refused.value)[1] == "amount_too_small"


@pytest.mark.parametrize(
    ("seconds", "taken"),
    [
        (LEAST_SECONDS - 60, True),
        (LEAST_SECONDS - 61, False),
        (MOST_SECONDS + 60, True),
        (MOST_SECONDS + 61, False),
        (-1, False),
    ],
)
def test_a_checkout_lasts_half_an_hour_to_a_day(
    counter: Counter, seconds: int, taken: bool
) -> None:
    ends = counter.now + seconds
    if taken:
        assert counter.opened(expires_at=ends)["expires_at"] == ends
        return
    with pytest.raises(Refused) as refused:
        counter.opened(expires_at=ends)
    assert refusal(refused.value) == (400, None, "expires_at")


@pytest.mark.parametrize(
    ("changed", "code", "param"),
    [
        ({"colour": "red"}, "parameter_unknown", "colour"),
        ({"line_items": [{**ITEM, "colour": "red"}]},
         "parameter_unknown", "line_items[0][colour]"),
        ({"line_items": ""}, None, "line_items"),
        ({"line_items": [{"quantity": 1}]},
         "parameter_missing", "line_items[0][price_data]"),
        ({"line_items": [ITEM, {**ITEM, "quantity": 0}]},
         "parameter_invalid_integer", "line_items[1][price_data]"),
        ({"line_items": [priced(unit_amount=-1)]},
         "parameter_invalid_integer", "line_items[0][price_data]"),
        ({"line_items": [priced(currency="euro")]},
         None, "line_items[0][price_data][currency]"),
        ({"line_items": [priced(currency="€€€")]},
         None, "line_items[0][price_data][currency]"),
        ({"line_items": [priced(product_data={"description": "x"})]},
         "parameter_missing", "line_items[0][price_data][product_data][name]"),
        ({"line_items": [ITEM, priced(currency="usd")]}, None, "line_items"),
        ({"line_items": [ITEM] * (LINES_MAX + 1)}, None, "line_items"),
        ({"success_url": "javascript:alert(1)"}, "url_invalid", "success_url"),
        ({"success_url": ""}, "url_invalid", "success_url"),
        ({"cancel_url": "//evil.example"}, "url_invalid", "cancel_url"),
        ({"expires_at": "soon"}, "parameter_invalid_integer", "expires_at"),
        ({"mode": "rent"}, None, "mode"),
        ({"locale": "tlh"}, None, "locale"),
        ({"customer": "cus_x"}, "resource_missing", "customer"),
        ({"customer_email": "no address"}, "email_invalid", "customer_email"),
        ({"metadata": {"k" * 41: "v"}}, None, "metadata"),
    ],
    ids=range(20),
)  # fmt: skip
def test_what_stripe_would_not_take_is_refused_and_opens_nothing(
    counter: Counter, changed: Any, code: str | None, param: str
) -> None:
    answer = Api(counter).opened(**changed)
    found = error_of(answer)
    assert (found[0], found[1]) == (400, code)
    assert (found[2] or "").startswith(param)
    assert counter.books.all("checkout.session") == []


@pytest.mark.parametrize("lacks", ["mode", "line_items", "success_url"])
def test_what_a_checkout_cannot_be_without_is_named(
    counter: Counter, lacks: str
) -> None:
    with pytest.raises(Refused) as refused:
        counter.opened(**{lacks: None})
    assert refusal(refused.value) == (400, "parameter_missing", lacks)


@pytest.mark.parametrize("other", ["customer_email", "customer_creation"])
def test_a_known_customer_brings_his_own_address(counter: Counter, other: str) -> None:
    known_one = counter.desk.open_customer(email="ann@example.com")["id"]
    with pytest.raises(Refused, match="only specify one"):
        counter.opened(customer=known_one, **{other: "always"})
    session = counter.opened(customer=known_one)
    assert (session["customer"], session["customer_creation"]) == (known_one, None)


@pytest.mark.parametrize(
    ("spec", "params"),
    [
        (CREATE_CHECKOUT, known.SessionCreateParams),
        (CREATE_CHECKOUT["line_items"][0], known.SessionCreateParamsLineItem),
        (
            CREATE_CHECKOUT["line_items"][0]["price_data"],
            known.SessionCreateParamsLineItemPriceData,
        ),
        (
            CREATE_CHECKOUT["payment_intent_data"],
            known.SessionCreateParamsPaymentIntentData,
        ),
    ],
    ids=["session", "line", "price", "payment"],
)
def test_no_parameter_is_taken_that_stripe_does_not_have(
    spec: Spec, params: type
) -> None:
    assert set(spec) - set(params.__annotations__) == set()


@pytest.mark.parametrize(
    ("changed", "param"),
    [
        (
            {"mode": "subscription", "payment_intent_data": None},
            "line_items",
        ),
        ({"line_items": [priced(recurring={"interval": "month"})]}, "mode"),
        ({"subscription_data": {"metadata": {}}}, "subscription_data"),
        ({"mode": "subscription", "payment_intent_data": {}}, "payment_intent_data"),
        (
            {
                "mode": "subscription",
                "payment_intent_data": None,
                "customer_creation": None,
            },
            "line_items",
        ),
    ],
)
def test_what_belongs_to_another_mode_is_refused(
    counter: Counter, changed: Any, param: str
) -> None:
    with pytest.raises(Refused) as refused:
        counter.opened(**changed)
    assert refusal(refused.value)[2] == param
