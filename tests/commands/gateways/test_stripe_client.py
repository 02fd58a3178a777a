"""Stripe's errors as ours, and who signed what."""

from __future__ import annotations

import time
from typing import Any

import pytest
import stripe as sdk

from commands.gateways.processor_failures import PaymentRefused, PaymentsUnreachable
from commands.gateways.stripe_client import (
    StripeConnection,
    check_signature,
    failures,
)
from web.stand_in.webhooks import signature

SECRET = "whsec_one"
stripe: Any = sdk
"""Its errors are not typed."""


@pytest.mark.parametrize(
    ("fault", "ours"),
    [
        (stripe.APIConnectionError("no route"), PaymentsUnreachable),
        (sdk.RateLimitError("slowly", http_status=429), PaymentsUnreachable),
        (sdk.APIError("down", http_status=503), PaymentsUnreachable),
        (sdk.IdempotencyError("busy", http_status=409), PaymentsUnreachable),
        (sdk.APIError("which status?"), PaymentsUnreachable),
        (stripe.InvalidRequestError("no", "id", http_status=404), PaymentRefused),
        (stripe.CardError("no", "card", "declined", http_status=402), PaymentRefused),
    ],
    ids=lambda one: type(one).__name__,
)
def test_an_error_is_worth_another_try_or_not(
    fault: sdk.StripeError, ours: type[Exception]
) -> None:
    with pytest.raises(ours), failures():
        raise fault


def test_the_client_is_made_once() -> None:
    connection = StripeConnection("sk_test_1", "http://127.0.0.1:9", 1.0)
    assert connection._client() is connection._client()


@pytest.mark.parametrize(
    ("age", "secret"), [(0, "whsec_other"), (400, SECRET)], ids=["forged", "old"]
)
def test_what_was_not_signed_by_stripe_just_now_is_refused(
    age: int, secret: str
) -> None:
    body, now = b"{}", int(time.time())
    check_signature(body, signature(body, SECRET, now), SECRET, 300)
    with pytest.raises(ValueError, match="not signed"):
        check_signature(body, signature(body, SECRET, now - age), secret, 300)
