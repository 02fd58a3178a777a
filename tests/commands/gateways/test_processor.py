"""What a payment processor is asked and answers, whichever one it is."""

from __future__ import annotations

import inspect
import traceback
from dataclasses import FrozenInstanceError, fields
from datetime import UTC, datetime
from typing import Any, get_type_hints
from uuid import UUID

import pytest

from commands.gateways import payments as gateway
from commands.gateways import processor
from commands.gateways.processor import (
    BadWebhook,
    Checkout,
    CheckoutItem,
    CheckoutState,
    PaymentRefused,
    Payments,
    PaymentsUnreachable,
    WebhookEvent,
)

MOMENT = datetime(2026, 11, 23, 12, tzinfo=UTC)
ANSWERS: list[tuple[type[Any], dict[str, Any]]] = [
    (CheckoutItem, {"name": "Credits", "quantity": 1, "amount_minor": 100}),
    (Checkout, {"id": "cs_1", "url": "https://x.example", "expires_at": MOMENT}),
    (
        CheckoutState,
        {field.name: None for field in fields(CheckoutState)} | {"id": "cs_1"},
    ),
    (
        WebhookEvent,
        {
            "id": "evt_1",
            "type": "charge.succeeded",
            "object_id": "ch_1",
            "purchase_id": UUID(int=1),
            "account_id": None,
            "created_at": MOMENT,
        },
    ),
]
each_answer = pytest.mark.parametrize(
    ("kind", "told"), ANSWERS, ids=[kind.__name__ for kind, _ in ANSWERS]
)
QUESTIONS = [name for name in vars(Payments) if not name.startswith("_")]


@each_answer
def test_an_answer_is_never_changed_after_it_was_given(
    kind: type[Any], told: dict[str, Any]
) -> None:
    made = kind(**told)
    with pytest.raises(FrozenInstanceError):
        made.id = "another"
    assert made == kind(**told)


@each_answer
def test_the_fields_of_an_answer_are_named_so_that_none_takes_anothers_place(
    kind: type[Any], told: dict[str, Any]
) -> None:
    with pytest.raises(TypeError):
        kind(*told.values())
    for lacking in told:
        with pytest.raises(TypeError, match=lacking):
            kind(**{name: told[name] for name in told if name != lacking})


@pytest.mark.parametrize("name", QUESTIONS)
def test_stripe_is_asked_exactly_what_any_processor_is_asked(name: str) -> None:
    asked, answered = getattr(Payments, name), getattr(gateway.StripePayments, name)
    assert inspect.signature(asked) == inspect.signature(answered)
    assert get_type_hints(asked) == get_type_hints(answered, vars(gateway))


def test_a_retry_for_the_unreachable_never_swallows_a_refusal() -> None:
    troubles = (PaymentsUnreachable, PaymentRefused, BadWebhook)
    for one in troubles:
        assert [other for other in troubles if issubclass(one, other)] == [one]
        assert not issubclass(one, (OSError, ValueError, LookupError))


def test_a_refusal_says_what_the_processor_said_and_about_what() -> None:
    plain = PaymentRefused("No such customer")
    assert (plain.code, plain.parameter) == (None, None)
    full = PaymentRefused("No such customer", "resource_missing", "customer")
    told = "".join(traceback.format_exception(full))
    for word in ("No such customer", "resource_missing", "customer"):
        assert word in told


def test_two_refusals_alike_are_two_and_can_be_raised_together() -> None:
    one, other = PaymentRefused("no"), PaymentRefused("no")
    assert one != other
    with pytest.raises(ExceptionGroup) as raised:
        raise ExceptionGroup("both", [one, other])
    assert {*raised.value.exceptions} == {one, other}


def test_importing_the_questions_imports_no_sdk() -> None:
    assert "stripe" not in vars(processor)
    assert not hasattr(gateway, "stripe")
