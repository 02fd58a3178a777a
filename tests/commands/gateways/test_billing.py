"""What a processor that bills is asked, whichever one it is."""

from __future__ import annotations

import inspect
from dataclasses import FrozenInstanceError
from typing import Any, get_type_hints

import pytest

from commands.gateways.billing import Billing, ChangePreview, Price
from commands.gateways.payments import StripePayments

QUESTIONS = [name for name in vars(Billing) if not name.startswith("_")]


@pytest.mark.parametrize("name", QUESTIONS)
def test_stripe_is_asked_exactly_what_any_processor_is_asked(name: str) -> None:
    ours, theirs = getattr(Billing, name), getattr(StripePayments, name)
    assert inspect.signature(ours).parameters.keys() == (
        inspect.signature(theirs).parameters.keys()
    )
    assert get_type_hints(ours) == get_type_hints(theirs)


@pytest.mark.parametrize(
    "made",
    [
        Price(name="Unlimited", amount_minor=1, currency="EUR", unit="month"),
        ChangePreview(total_minor=1, currency="EUR"),
    ],
)
def test_what_was_said_is_never_changed(made: Any) -> None:
    with pytest.raises(FrozenInstanceError):
        made.currency = "USD"
