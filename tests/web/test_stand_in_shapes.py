"""The stand-in's objects and parameters beside what Stripe's SDK knows."""

from __future__ import annotations

import typing
from typing import Any

import pytest
import stripe
import stripe.params as params
import stripe.params.checkout as checkout_params
from stripe.checkout import Session

from web.stand_in import objects
from web.stand_in.cards import CARDS
from web.stand_in.checkouts import CREATE_CHECKOUT
from web.stand_in.endpoints import CREATE_REFUND, CUSTOMER, ENDPOINTS
from web.stand_in.parameters import Spec

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
    (stripe.PaymentMethod, objects.payment_method(NOW, CHARGE)),
    (stripe.Customer, objects.customer(NOW)),
    (stripe.Refund, REFUND),
    (stripe.BalanceTransaction, MOVED),
    (stripe.LineItem, objects.line_item("Credits", 1, 100, "eur")),
    (stripe.Event, EVENT),
]
ONLY_WITH_OTHER_MEANS: dict[type, set[str]] = {
    stripe.Charge: {"transfer"},
    stripe.LineItem: {"price"},
    stripe.PaymentMethod: {"customer"},
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


def accepted(spec: Spec, known: type) -> set[str]:
    return set(spec) - set(known.__annotations__)


@pytest.mark.parametrize(
    ("spec", "known"),
    [
        (CREATE_CHECKOUT, checkout_params.SessionCreateParams),
        (
            CREATE_CHECKOUT["line_items"][0],
            checkout_params.SessionCreateParamsLineItem,
        ),
        (
            CREATE_CHECKOUT["line_items"][0]["price_data"],
            checkout_params.SessionCreateParamsLineItemPriceData,
        ),
        (
            CREATE_CHECKOUT["payment_intent_data"],
            checkout_params.SessionCreateParamsPaymentIntentData,
        ),
        (CUSTOMER, params.CustomerCreateParams),
        (CUSTOMER, params.CustomerUpdateParams),
        (CREATE_REFUND, params.RefundCreateParams),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_no_parameter_is_taken_that_stripe_does_not_have(
    spec: Spec, known: type
) -> None:
    assert accepted(spec, known) == set()


@pytest.mark.parametrize(
    ("path", "known"),
    [
        ("/v1/checkout/sessions", checkout_params.SessionListParams),
        ("/v1/customers", params.CustomerListParams),
        ("/v1/payment_intents", params.PaymentIntentListParams),
        ("/v1/charges", params.ChargeListParams),
        ("/v1/refunds", params.RefundListParams),
        ("/v1/events", params.EventListParams),
        ("/v1/balance_transactions", params.BalanceTransactionListParams),
    ],
)
def test_no_list_filter_is_taken_that_stripe_does_not_have(
    path: str, known: type
) -> None:
    (found,) = [one for one in ENDPOINTS if (one.method, one.path) == ("GET", path)]
    assert accepted(found.params, known) == set()


def test_the_stand_in_speaks_the_version_that_the_sdk_pins() -> None:
    assert stripe.api_version == objects.API_VERSION
