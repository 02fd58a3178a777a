"""A card of an attempt and one that waits: only keys that Stripe's SDK knows."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.web.test_stand_in_objects import CHARGE, NOW, sure
from web.stand_in import card_objects

SESSION = {"customer": "cus_1"}
SHAPES: list[tuple[type[stripe.StripeObject], dict[str, Any]]] = [
    (stripe.PaymentMethod, card_objects.payment_method(NOW, CHARGE)),
    (stripe.PaymentMethod, card_objects.payment_method(NOW)),
    (stripe.SetupIntent, card_objects.setup_intent(NOW, SESSION, metadata={"a": "b"})),
]
each = pytest.mark.parametrize(("known", "made"), SHAPES, ids=range(len(SHAPES)))


@each
def test_an_object_has_only_keys_that_the_sdk_knows(known: Any, made: Any) -> None:
    assert set(made) - set(known.__annotations__) == set()


@each
def test_an_object_has_what_the_sdk_says_is_always_there(known: Any, made: Any) -> None:
    always = {name for name, kind in known.__annotations__.items() if sure(name, kind)}
    assert always - {"customer"} - set(made) == set()


def test_a_waiting_card_knows_for_whom_and_what_it_waits() -> None:
    waiting = SHAPES[-1][1]
    assert (waiting["customer"], waiting["metadata"]) == ("cus_1", {"a": "b"})
    assert waiting["status"] == "requires_payment_method"
    assert waiting["client_secret"].startswith(f"{waiting['id']}_secret_")
