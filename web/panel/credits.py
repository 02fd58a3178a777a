"""E-mail credits: balance, packs, lots, holds, statement."""

from __future__ import annotations

from flask import Blueprint, request
from werkzeug.wrappers import Response

from commands.credits import SetLowBalanceThreshold, set_low_balance_threshold
from web import access, pages
from web.panel import figures
from web.panel.lists import back_to
from web.panel.top_up_figures import NUMBER_MAX, number_in
from web.policies import CUSTOMER, allow
from web.words import gettext

THRESHOLD_MAX = NUMBER_MAX
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
    try:
        credits = threshold_of(typed.strip())
    except ValueError:
        error = gettext("Type a whole number of credits, or nothing for no notice.")
        values = figures.credits_page()
        values |= {"form": {"threshold": typed}, "errors": {"threshold": error}}
        return pages.page("credits/show.html", 422, **values)
    command = SetLowBalanceThreshold(account_id=access.account_id(), credits=credits)
    recorded = set_low_balance_threshold(
        access.service().journal, command, access.form_context()
    )
    return back_to("credits.show", recorded)


def threshold_of(typed: str) -> int | None:
    """Return the number that was typed, None for nothing; raises ValueError."""
    return number_in(typed) if typed else None
