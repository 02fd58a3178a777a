"""Stripe calling: verified, stored raw, answered at once; the worker does the rest."""

from __future__ import annotations

from flask import Blueprint, Response, g, request

from commands.gateways.payments import BadWebhook
from commands.inbox import receive
from web.access import service
from web.policies import NO_BUCKET, PROCESSOR, allow
from web.problems import problem

BODY_BYTES_MAX = 512 * 1024
"""A webhook is never that long."""

blueprint = Blueprint("webhooks", __name__)


@blueprint.post("/webhooks/stripe")
@allow(PROCESSOR, bucket=NO_BUCKET, bytes_max=BODY_BYTES_MAX)
def stripe() -> Response | tuple[str, int]:
    """Keep what Stripe says; whatever is not Stripe's own gets 400."""
    payload = request.get_data(cache=False)
    try:
        event = service().payments.verify_webhook(
            payload, request.headers.get("Stripe-Signature", "")
        )
    except BadWebhook:
        return problem(400, "This is not a webhook that Stripe signed for us.")
    receive(service().journal, event, payload, g.now)
    return "", 204
