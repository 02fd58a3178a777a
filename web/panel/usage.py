"""Plan usage: how many different contacts were sent to in the period."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from werkzeug.wrappers import Response

from web import pages
from web.panel.usage_figures import usage_page
from web.policies import CUSTOMER, allow

blueprint = Blueprint("usage", __name__)


@blueprint.get("/usage")
@allow(CUSTOMER)
def show() -> Response:
    """Show the period, its count, its days, and earlier periods."""
    values = usage_page()
    if values is None:
        return redirect(url_for("subscriptions.plan"), 303)
    return pages.page("usage/show.html", **values)
