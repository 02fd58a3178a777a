"""What the page of a subscription shows, in the moment that it is asked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

from flask import template_rendered

from commands.plans import subscription_of
from commands.subscription_invoices import RecordInvoice, record_invoice
from ledger.periods import period
from tests.commands.test_subscriptions import TERMS
from tests.conftest import context_at
from tests.web.signed_in import Inhabitant


def subscribe(ida: Inhabitant) -> None:
    now = ida.clock()
    since, until = period(now, "month", 0)
    command = RecordInvoice(
        account_id=ida.account_id,
        product="plan",
        processor_id="sub_1",
        customer_id="cus_1",
        invoice_id=f"in_{uuid4()}",
        reason="cycle",
        terms=TERMS,
        purchase_id=None,
        total_minor=3480,
        currency="EUR",
        period_from=since,
        period_until=until,
        created_at=now,
        payment_intent_id="pi_1",
        charge_id="ch_1",
        payment_label="Visa •••• 4242",
        paid_at=now,
        catalogue_version="1",
        language="en",
    )
    record_invoice(ida.service.journal, command, context_at(now))


def page(ida: Inhabitant) -> dict[str, Any]:
    """What the page is given, as its own request computes it."""
    found: list[dict[str, Any]] = []

    def note(sender: object, template: object, context: dict[str, Any]) -> None:
        del sender, template
        found.append(context)

    with template_rendered.connected_to(note, ida.app):
        ida.browser.get("/plan")
    return found[-1]


def test_without_one_there_are_offers_only(ida: Inhabitant) -> None:
    assert page(ida)["current"] is None
    assert page(ida)["status"] == "none"


def test_with_one_the_day_before_its_end_is_its_last(ida: Inhabitant) -> None:
    subscribe(ida)
    shown = page(ida)["current"]
    found = subscription_of(ida.service.journal, ida.account_id, "plan", fresh=True)
    assert found.period is not None
    assert shown["period"]["last"] == found.period[1] - timedelta(days=1)
    assert (shown["next_minor"], shown["payment_label"]) == (3480, "Visa •••• 4242")
