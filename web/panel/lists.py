"""What pages with lists share: their neighbours, and the wait for one's own command."""

from __future__ import annotations

from typing import Any

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from ledger.journal import Recorded
from projections.view import Listed
from web import access

PAGE_ROWS = 25
WAIT_SECONDS_MAX = 2.0


def back_to(endpoint: str, recorded: Recorded, **values: Any) -> Response:
    """Go to a page that will show what was just recorded."""
    after = recorded.position or None
    return redirect(url_for(endpoint, after=after, **values), 303)


def recorded_soon(*views: str) -> bool:
    """Wait for this customer's own command; tell whether the page is behind it.

    The position stands in the address, so that a reload waits for nothing new.
    """
    text = request.args.get("after", "")
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        return False
    return not access.service().views.wait_until(
        views, access.account_id(), int(text), WAIT_SECONDS_MAX
    )


def before() -> int | None:
    """Return the number below which a list begins, from the page's address."""
    text = request.args.get("before", "")
    fine = text.isascii() and text.isdigit() and 0 < len(text) < 10
    return int(text) if fine else None


def number_of(order_number: int | None) -> str | None:
    """Return an order number as it is shown."""
    return None if order_number is None else str(order_number)


def paging(found: Listed[Any], endpoint: str, **values: Any) -> dict[str, Any]:
    """Return where a page of a list stands, and the addresses of its neighbours.

    `values` are what the page's own address needs.
    """

    def address(before: int | None) -> str | None:
        return None if before is None else url_for(endpoint, before=before, **values)

    return {
        "first": found.first,
        "last": found.last,
        "total": found.total,
        "newer": address(found.newer),
        "older": address(found.older),
    }
