"""A paid invoice is a purchase, with its number, names and period, once."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from commands.subscription_invoices import RecordInvoice, record_invoice
from ledger.periods import period
from ledger.refusals import AmountDiffers, NoSuchPurchase
from tests.commands.subscribing import Member
from tests.commands.test_subscriptions import TERMS
from tests.conftest import NOON, context_at


def invoice(member: Member, **changed: Any) -> RecordInvoice:
    given: dict[str, Any] = {
        "account_id": member.account_id,
        "product": "plan",
        "processor_id": "sub_1",
        "customer_id": "cus_1",
        "invoice_id": "in_1",
        "reason": "cycle",
        "terms": TERMS,
        "purchase_id": None,
        "total_minor": 3480,
        "currency": "EUR",
        "period_from": NOON,
        "period_until": period(NOON, "month", 0)[1],
        "created_at": NOON,
        "payment_intent_id": "pi_1",
        "charge_id": "ch_1",
        "payment_label": "Visa •••• 4242",
        "paid_at": NOON,
        "catalogue_version": "2026-11",
        "language": "en",
    }
    return RecordInvoice(**given | changed)


def record(member: Member, **changed: Any) -> Any:
    command = invoice(member, **changed)
    return record_invoice(member.service.journal, command, context_at(NOON))


def test_a_renewal_is_a_purchase_of_its_own(member: Member) -> None:
    recorded = record(member)
    purchase = member.purchase(UUID(recorded.ids["purchase"]))
    assert (purchase.total.minor, purchase.items[0]["tax_minor"]) == (3480, 580)
    assert member.subscription().purchases == [purchase.id]
    assert member.account().plan == "unlimited"
    version = member.subscription().version
    record(member)
    assert member.subscription().version == version


def test_the_outside_finds_it_by_every_name(member: Member) -> None:
    record(member)
    with member.service.connections.for_account(member.account_id) as connection:
        rows = connection.execute(
            "SELECT kind, name FROM directory WHERE name LIKE '%\\_1'"
        ).fetchall()
    assert set(rows) == {
        ("stripe_payment_intent", "pi_1"),
        ("stripe_charge", "ch_1"),
        ("stripe_invoice", "in_1"),
    }


def test_a_change_that_cost_nothing_is_no_purchase(member: Member) -> None:
    record(member)
    other = {**TERMS, "sku": "u-2"}
    free = {"total_minor": 0, "charge_id": None, "payment_intent_id": None}
    recorded = record(
        member, reason="update", invoice_id="in_2", terms=other, paid_at=None, **free
    )
    assert "purchase" not in recorded.ids
    assert member.subscription().terms == other


def test_what_was_started_must_be_ours_and_cost_the_same(member: Member) -> None:
    with pytest.raises(NoSuchPurchase):
        record(member, reason="create", purchase_id=uuid4())
    started = member.start()
    with pytest.raises(AmountDiffers):
        record(member, reason="create", purchase_id=started)
