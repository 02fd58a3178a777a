"""E-mail credits: balance, packs, lots, holds, statement."""

from __future__ import annotations

from flask import Blueprint, request
from werkzeug.wrappers import Response

from commands.credits import SetLowBalanceThreshold, set_low_balance_threshold
from web import access, pages
from web.panel import figures
from web.policies import CUSTOMER, allow
from web.words import gettext

THRESHOLD_MAX = 1_000_000_000

blueprint = Blueprint("credits", __name__)


@blueprint.get("/credits")
@allow(CUSTOMER)
def show() -> Response:
    """Show what can be sent, what is held, and how it came to be."""
    return pages.page("credits/show.html", **figures.credits_page())


@blueprint.post("/credits/threshold")
@allow(CUSTOMER)
def threshold() -> Response:
    """Set the threshold of the low-balance notice; empty for none."""
    typed = request.form.get("threshold", "")
    digits = "".join(c for c in typed if c.isdigit())
    others = [c for c in typed if not c.isdigit() and c not in " ,.\u00a0\u202f'"]
    if others or (digits and int(digits) > THRESHOLD_MAX):
        error = gettext("Type a whole number of credits, or nothing for no notice.")
        values = figures.credits_page()
        values |= {"form": {"threshold": typed}, "errors": {"threshold": error}}
        return pages.page("credits/show.html", 422, **values)
    command = SetLowBalanceThreshold(
        account_id=access.account_id(), credits=int(digits) if digits else None
    )
    recorded = set_low_balance_threshold(
        access.service().journal, command, access.form_context()
    )
    return figures.back_to("credits.show", recorded)
