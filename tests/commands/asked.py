"""What a customer gives to any command or query, by the names that they take."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

from commands import email_links
from commands.credentials import API_KEY, Secret, credentials_of
from commands.domain_looks import Eyes
from commands.erasure import Erasures
from commands.gateways import tokens
from commands.gateways.saved_cards import CardPage
from commands.owners import owner
from commands.second_factors import Proof
from commands.sending_identities import Own
from ledger.api_keys import CUSTOMER_SCOPES
from ledger.top_up_terms import SavedCard
from tests.commands.people import CHEAP, PHRASE, new_email
from tests.commands.tenants import SITE, envelope
from tests.conftest import NOON
from tests.fakes import Names
from web.receipt_writer import write_receipt
from web.wiring import Service

TERMS = {
    "sku": "smtp", "contacts": None, "currency": "EUR", "net_minor": 2000,
    "tax_category": "AE", "tax_rate_basis_points": 0, "tax_minor": 0,
}  # fmt: skip
NOTED = Path(tempfile.mkdtemp(prefix="daybook-erasures-"))
atexit.register(shutil.rmtree, NOTED, ignore_errors=True)
SECRET = Secret(bytes(16), "no hash that any password has")


def paid(checkout_id: str) -> Any:
    """Return what the processor says of any checkout: it has the money."""
    return SimpleNamespace(
        id=checkout_id, paid=True, status="complete", customer="cus_1", charge="ch_1",
        payment_intent="pi_1", amount_minor=2000, currency="EUR", card_label=None,
        paid_at=NOON, declined_attempt=None, declined_code=None,
        subscription=None,
    )  # fmt: skip


def nobodys(processor_id: str) -> Any:
    """Return what the processor says of any subscription: it is none of ours."""
    return SimpleNamespace(id=processor_id, account_id=None, metadata={})


def saved(checkout_id: str) -> CardPage:
    """Return what the processor says of any page for a card: it has one."""
    card = SavedCard(customer_id="cus_1", payment_method_id="pm_1", label=None)
    return CardPage(id=checkout_id, status="complete", card=card)


def card_page(**asked: Any) -> tuple[str, str, datetime]:
    """Return a page for a card of whoever asks."""
    return f"cs_{asked['account_id']}", "http://localhost:9/c/pay/cs", NOON


def own_words(service: Service, who: UUID, operation: str) -> dict[str, Any]:
    """Return all that this customer gives, but what names a thing."""
    account = owner(service.journal, who)
    return {
        **PLAIN,
        "journal": service.journal,
        "context": envelope(service, who),
        "account_id": who,
        "holder": account,
        "account": account,
        "credentials": credentials_of(service.journal, account),
        "catalogue": service.catalogue,
        "seller": service.seller,
        "shop": service.shop,
        "secret": tokens.new_key_secret(),
        "email": new_email(),
        "erasures": Erasures.of(NOTED / "erasures", service.seller),
        **OTHERWISE.get(operation, {}),
    }


PLAIN: dict[str, Any] = {
    "address_lines": (),
    "allowed": True,
    "alone_minor": 0,
    "amount_minor": 2000,
    "answer": "{}",
    "at": NOON,
    "attempt_id": "a",
    "back_url": "http://localhost:8000/credits",
    "batch_id": "1",
    "by": "customer",
    "campaign_id": "spring",
    "canonical": "a@b.c",
    "catalogue_version": "2026-11",
    "cap_minor": 9000,
    "charge_id": "ch_1",
    "city": None,
    "code": "000000",
    "code_count": 10,
    "codes": SECRET,
    "company": None,
    "contacts": bytes(16),
    "contender_id": uuid4(),
    "count": 10,
    "counter": 1,
    "country": None,
    "created_at": NOON,
    "credits": 1,
    "currency": "EUR",
    "customer_id": "cus_1",
    "data": b"no picture",
    "digest": bytes(32),
    "disputes": (),
    "domain": "hollis.com",
    "emails_sent": 0,
    "end_others": True,
    "ended_at": None,
    "ending": False,
    "epoch": 1,
    "expires_at": NOON,
    "eyes": Eyes(lookups=Names(), zone="daybook.net"),
    "failures": (),
    "final": True,
    "header_hash": bytes(32),
    "forget": False,
    "host": "links.asked.com",
    "how": "changed",
    "invoice_id": "in_1",
    "key": "first",
    "kind": email_links.CONFIRM,
    "label": "k" * 26,
    "language": "fr",
    "listed": False,
    "local": "ann",
    "lists": {},
    "methods": ("password",),
    "mode": "additional",
    "name": "Zapier",
    "now": NOON,
    "overlap_hours": 1,
    "ours": (),
    "own": Own(domain="from.daybook.net", names=frozenset()),
    "outcome": "found",
    "paid_at": NOON,
    "parts": (),
    "password": f"{PHRASE}!",
    "pairs": {},
    "passwords": CHEAP,
    "payment_intent_id": "pi_1",
    "payment_label": None,
    "payment_method_id": "pm_1",
    "payments": SimpleNamespace(
        checkout=paid,
        subscription=nobodys,
        end_now=nobodys,
        saved_on=saved,
        forget_card=str,
        open_card_page=card_page,
    ),
    "period_from": NOON,
    "period_until": NOON + timedelta(days=30),
    "postcode": None,
    "processor_id": "sub_1",
    "product": "smtp",
    "proof": Proof(code="000000"),
    "purposes": (),
    "reason": "asked for",
    "recipients": 5,
    "refunds": (),
    "render": write_receipt,
    "return_url": "http://localhost:8000/plan",
    "role": "finance",
    "scopes": CUSTOMER_SCOPES,
    "seed": SECRET,
    "seen": {},
    "selector": "dm1",
    "sent_at": NOON,
    "sha256": "0" * 64,
    "side": "new",
    "sight": lambda name, value: True,
    "site": SITE,
    "sku": "credits-2000",
    "step": 1,
    "subscribed": True,
    "taken": False,
    "taken_back": False,
    "target": 26 * "t",
    "terms": TERMS,
    "threshold": 500,
    "today_minor": 0,
    "total_minor": 2000,
    "vat_number": None,
    "why": "failed",
}
"""What stands for a name in every operation that takes it."""
OTHERWISE: dict[str, dict[str, Any]] = {
    "domains.add_domain": {"name": "asked.com"},
    "domains.record_domain": {"name": "asked.com", "label": 26 * "a"},
    "subscription_invoices.record_invoice": {"reason": "create"},
    "credentials.kept": {"kind": API_KEY},
    "elevations.elevate_session": {"password": PHRASE},
    "elevations.record_elevation": {"token": tokens.new_token(uuid4())},
    "email_changes.record_email_change": {"email": "next@example.com"},
    "factors.record_factor": {"kind": "totp", "secret": SECRET},
    "live_sessions.live_session": {"kind": "browser"},
    "password_changes.record_password": {"password": SECRET, "secret": SECRET},
    "recovery_codes.record_codes": {"secret": SECRET},
    "staff_joining.record_joining": {"password": SECRET},
    "top_up_purchases.give_up": {"why": "declined"},
    "top_up_purchases.hand_over": {"why": "by_hand"},
}
"""What stands for it where another kind of thing has the same name."""
