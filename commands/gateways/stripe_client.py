"""The connection to Stripe, or to what speaks as it does; its errors as ours.

The SDK takes most of a second to import and so is imported when it is first used.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from commands.gateways.processor_failures import PaymentRefused, PaymentsUnreachable

if TYPE_CHECKING:
    import stripe

TIMEOUT_SECONDS = 10.0
RETRIES = 1


class StripeConnection:
    """Makes the SDK's client once, when it is first needed."""

    def __init__(
        self, secret_key: str, base_address: str | None, timeout_seconds: float
    ) -> None:
        self._secret_key = secret_key
        self._base_address = base_address
        self._timeout_seconds = timeout_seconds
        self._made: stripe.StripeClient | None = None
        self._making = threading.Lock()

    def _client(self) -> stripe.StripeClient:
        import stripe

        with self._making:
            if self._made is None:
                stripe.enable_telemetry = False
                here = self._base_address
                self._made = stripe.StripeClient(
                    self._secret_key,
                    base_addresses={"api": here} if here else None,
                    http_client=stripe.RequestsClient(timeout=self._timeout_seconds),
                    max_network_retries=RETRIES,
                )
            return self._made


@contextmanager
def failures() -> Iterator[None]:
    """Stripe's errors as ours: worth another try, or not."""
    import stripe

    try:
        yield
    except (stripe.APIConnectionError, stripe.RateLimitError) as fault:
        raise PaymentsUnreachable(type(fault).__name__) from fault
    except stripe.StripeError as fault:
        if fault.http_status is None or fault.http_status in (409, 429):
            raise PaymentsUnreachable(type(fault).__name__) from fault
        if fault.http_status >= 500:
            raise PaymentsUnreachable(f"status {fault.http_status}") from fault
        raise PaymentRefused(
            fault.user_message or type(fault).__name__,
            fault.code,
            getattr(fault, "param", None),
        ) from fault


def check_signature(
    payload: bytes, signature: str, secret: str, tolerance_seconds: int
) -> None:
    """Raises ValueError unless Stripe signed these bytes, not too long ago."""
    import stripe

    try:
        stripe.WebhookSignature.verify_header(
            payload, signature, secret, tolerance_seconds
        )
    except stripe.SignatureVerificationError:
        raise ValueError("not signed") from None
