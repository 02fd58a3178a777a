"""E-mail credits: balance, packs, lots, holds, statement."""

from __future__ import annotations

import re

from flask import Blueprint, request
from werkzeug.wrappers import Response

from commands.credits import SetLowBalanceThreshold, set_low_balance_threshold
from web import access, pages
from web.panel import figures
from web.panel.lists import back_to
from web.policies import CUSTOMER, allow
from web.words import gettext

THRESHOLD_MAX = 1_000_000_000
NUMBER = re.compile(
    r"[0-9]{1,10}|[0-9]{1,3}([ ,.'\u2019\u00a0\u202f])[0-9]{3}(?:\1[0-9]{3})*"
)
"""Digits, or digits in groups of three: 1.500 is a number of credits, 1.5 is none."""

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
    if not typed:
        return None
    if not NUMBER.fullmatch(typed):
        raise ValueError(typed)
    credits = int(re.sub("[^0-9]", "", typed))
    if credits > THRESHOLD_MAX:
        raise ValueError(typed)
    return credits
