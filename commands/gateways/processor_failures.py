"""Why the processor did not do what it was asked."""

from __future__ import annotations

from dataclasses import dataclass


class PaymentsUnreachable(Exception):  # noqa: N818 - a fact, as a refusal is
    """The processor did not answer, or not now: ask again later."""


@dataclass(eq=False)
class PaymentRefused(Exception):  # noqa: N818 - a fact, as a refusal is
    """The processor will not do this, however often it is asked.

    `code` is its machine-readable reason, `parameter` what it is about, where told.
    """

    message: str
    code: str | None = None
    parameter: str | None = None
