"""The stand-in's objects beside what Stripe's SDK knows of them."""

from __future__ import annotations

import typing
from typing import Any

import pytest
import stripe
from stripe.checkout import Session

from web.stand_in import objects
from web.stand_in.cards import CARDS

NOW = 1_800_000_000
PAYER = {"email": "ann@example.com", "name": "Ann", "address": None, "phone": None}
INTENT = objects.payment_intent(NOW, amount=100, currency="eur", metadata={})
DETAILS = objects.card_details(CARDS["4242424242424242"], (12, 2034), True)
CHARGE = objects.charge(
    NOW,
    INTENT,
    billing_details={**PAYER, "tax_id": None},
    outcome={"type": "authorized"},
    payment_method_details=DETAILS,
)
SESSION = objects.session(
    NOW,
    amount_subtotal=100,
    amount_total=100,
    cancel_url=None,
    client_reference_id=None,
    currency="eur",
    customer=None,
    customer_creation="always",
    customer_email=None,
    expires_at=NOW + 86_400,
    locale="en",
    success_url="https://x.example",
    url="https://x.example",
)
REFUND = objects.refund(NOW, CHARGE, amount=100)
MOVED = objects.balance_transaction(NOW, CHARGE, "charge", 100, 27)
EVENT = objects.event(NOW, "charge.succeeded", CHARGE, {"id": None})

SHAPES: list[tuple[type, dict[str, Any]]] = [
    (Session, SESSION),
    (Session.AutomaticTax, SESSION["automatic_tax"]),
    (stripe.PaymentIntent, INTENT),
    (stripe.Charge, CHARGE),
    (stripe.Charge.BillingDetails, CHARGE["billing_details"]),
    (stripe.Charge.PaymentMethodDetails, DETAILS),
    (stripe.Charge.PaymentMethodDetails.Card, DETAILS["card"]),
    (stripe.Customer, objects.customer(NOW)),
    (stripe.Refund, REFUND),
    (stripe.BalanceTransaction, MOVED),
    (stripe.LineItem, objects.line_item("Credits", 1, 100, "eur")),
    (stripe.Event, EVENT),
]
ONLY_WITH_OTHER_MEANS: dict[type, set[str]] = {
    stripe.Charge: {"transfer"},
    stripe.LineItem: {"price"},
    stripe.Charge.PaymentMethodDetails.Card: {
        "setup_credential_usage",
        "stored_credential_usage",
    },
}


@pytest.mark.parametrize(("known", "made"), SHAPES, ids=range(len(SHAPES)))
def test_an_object_has_only_keys_that_the_sdk_knows(
    known: type, made: dict[str, Any]
) -> None:
    assert set(made) - set(known.__annotations__) == set()


@pytest.mark.parametrize(("known", "made"), SHAPES, ids=range(len(SHAPES)))
def test_an_object_has_every_key_that_the_sdk_says_is_always_there(
    known: type, made: dict[str, Any]
) -> None:
    always = {name for name, kind in known.__annotations__.items() if sure(name, kind)}
    assert always - ONLY_WITH_OTHER_MEANS.get(known, set()) - set(made) == set()


def sure(name: str, kind: Any) -> bool:
    optional = typing.get_origin(kind) is typing.Union and len(kind.__args__) == 2
    constant = typing.get_origin(kind) is typing.ClassVar
    return not constant and not (optional and type(None) in kind.__args__)


@pytest.mark.parametrize(("known", "made"), SHAPES, ids=range(len(SHAPES)))
def test_the_sdk_reads_an_object_back_unchanged(
    known: type[stripe.StripeObject], made: dict[str, Any]
) -> None:
    assert known.construct_from(made, "sk_test_x").to_dict() == made


def test_the_stand_in_speaks_the_version_that_the_sdk_pins() -> None:
    assert stripe.api_version == objects.API_VERSION


@pytest.mark.parametrize(
    ("amount", "fee"), [(0, 25), (33, 25), (34, 26), (100, 27), (1000, 40)]
)
def test_the_fee_is_a_share_rounded_half_up_and_a_fixed_part(
    amount: int, fee: int
) -> None:
    assert objects.fee_of(amount) == fee


def test_what_a_balance_keeps_is_the_amount_without_the_fee() -> None:
    free = objects.balance_transaction(NOW, REFUND, "refund", -100, 0)
    assert (MOVED["net"], free["net"]) == (73, -100)
    assert ([one["amount"] for one in MOVED["fee_details"]], free["fee_details"]) == (
        [27],
        [],
    )


def test_no_two_objects_share_an_id_or_a_changeable_part() -> None:
    one, other = objects.customer(NOW), objects.customer(NOW)
    assert one["id"] != other["id"]
    assert one["metadata"] is not other["metadata"]
    first, second = objects.session(NOW), objects.session(NOW)
    first["total_details"]["amount_tax"] = 5
    assert second["total_details"]["amount_tax"] == 0


def test_a_fields_own_value_goes_before_the_nothing_it_begins_as() -> None:
    made = objects.payment_intent(NOW, description="Credits", amount=1, currency="eur")
    assert (made["description"], made["customer"]) == ("Credits", None)
    assert made["client_secret"].startswith(f"{made['id']}_secret_")


def test_every_object_is_of_test_mode() -> None:
    for made in (SESSION, INTENT, CHARGE, EVENT, objects.customer(NOW)):
        assert made["livemode"] is False
