"""Cards as the stand-in makes them: one of an attempt, one that waits to be saved."""

from __future__ import annotations

from typing import Any

from web.stand_in.books import Object, new_id

SETUP_NOTHINGS = (
    "application attach_to_self automatic_payment_methods cancellation_reason "
    "customer_account description excluded_payment_method_types flow_directions "
    "last_setup_error latest_attempt mandate next_action on_behalf_of payment_method "
    "payment_method_configuration_details payment_method_options single_use_mandate"
)


def setup_intent(now: int, session: Object, **fields: Any) -> Object:
    """A card that waits to be saved."""
    made = new_id("seti")
    return {
        **dict.fromkeys(SETUP_NOTHINGS.split()),
        "id": made,
        "object": "setup_intent",
        "client_secret": new_id(f"{made}_secret"),
        "created": now,
        "customer": session["customer"],
        "livemode": False,
        "metadata": {},
        "payment_method_types": ["card"],
        "status": "requires_payment_method",
        "usage": "off_session",
        **fields,
    }


def payment_method(now: int, charge: Object | None = None) -> Object:
    """The card of one attempt; of a charge, where the attempt came to one."""
    return {
        "id": charge["payment_method"] if charge else new_id("pm"),
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": charge["billing_details"] if charge else {},
        "created": now,
        "customer": None,
        "livemode": False,
        "metadata": {},
        "type": "card",
    }
