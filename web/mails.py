"""Mails as text and HTML from their templates, in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Flask
from jinja2 import Environment

from commands.domain_checks import checks_of
from commands.domains import domain_of
from commands.gateways.mail import Attachment, Mail
from commands.outbox import RenderMail
from commands.receipts import is_credit_note, receipt_bytes, receipt_of
from ledger.dns_records import wanted_records, wanted_tracking
from ledger.zone import tracking_name
from web import words
from web.panel.dns_figures import sheet_of
from web.wiring import Service

LINKS: dict[str, dict[str, str]] = {
    "verify": {"token": "/verify/"},
    "password_reset": {"token": "/reset/"},
    "factor_reset_started": {"token": "/keep-two-factor/"},
    "email_change_confirm": {"token": "/email/confirm/"},
    "email_change_notice": {
        "token": "/email/cancel/",
        "confirm_token": "/email/confirm/",
    },
    "email_changed_previous": {"token": "/email/undo/"},
    "receipt_address_confirm": {"token": "/receipt-address/"},
    "staff_invited": {"token": "/staff/join/"},
    "it_letter": {"refuse_token": "/it-letters/"},
}
"""Where the tokens of each mail lead: to pages that ask before they change a thing."""
PAGES = {
    "sign_in": "/sign-in",
    "forgotten": "/forgotten",
    "api_keys": "/api-keys",
    "credits": "/credits",
    "plan": "/plan",
}
MOMENTS = (
    "at",
    "takes_effect_at",
    "paid_at",
    "erase_at",
    "next_attempt_at",
    "grace_until",
    "ended_at",
    "renews_at",
    "period_until",
    "until",
    "fails_at",
)
BUTTON = re.compile(r"(.+) → (https?://\S+)")


def renderer(app: Flask, service: Service) -> RenderMail:
    """Return what turns a row of the outbox into a mail ready to send."""
    base = service.settings.daybook_base_url.rstrip("/")
    host = base.split("//", 1)[1].split(":")[0]

    def render(
        account_id: UUID,
        mail_id: UUID,
        template: str,
        language: str,
        to: str,
        values: dict[str, Any],
    ) -> Mail:
        prepare = PREPARE.get(template, _as_given)
        shown = _linked(template, base, values)
        shown, attachments = prepare(service, account_id, base, shown)
        with app.app_context(), words.in_language(language):
            subject, body, html = drawn(app.jinja_env, template, language, base, shown)
        return Mail(
            to=to,
            subject=subject,
            text=body,
            html=html,
            attachments=attachments,
            message_id=f"<{mail_id}@{host}>",
            headers=_headers(shown),
        )

    return render


def drawn(
    environment: Environment,
    template: str,
    language: str,
    base: str,
    shown: dict[str, Any],
) -> tuple[str, str, str]:
    """Return subject, text and HTML; the HTML is made of the text where none is drawn.

    A paragraph of words, an arrow and a link to us, or to the processor's `page`,
    becomes a button.
    """
    text = environment.get_template(f"mail/{template}.txt").render(shown)
    subject, _, body = text.strip("\n").partition("\n")
    subject, body = subject.strip(), re.sub(r"\n{3,}", "\n\n", body.strip("\n"))
    html = environment.select_template(
        [f"mail/{template}.html", "mail/_plain.html"]
    ).render(
        {
            **shown,
            "locale": language,
            "subject": subject,
            "paragraphs": [
                _paragraph(part, f"{base}/", shown.get("page"))
                for part in body.split("\n\n")
            ],
        }
    )
    return subject, body + "\n", html


def _paragraph(text: str, base: str, page: str | None) -> dict[str, str | None]:
    button = BUTTON.fullmatch(text.strip())
    if button is None or not (button[2].startswith(base) or button[2] == page):
        return {"text": text.strip(), "href": None}
    return {"text": button[1], "href": button[2]}


Prepared = tuple[dict[str, Any], tuple[Attachment, ...]]
Prepare = Callable[[Service, UUID, str, dict[str, Any]], Prepared]


def _linked(template: str, base: str, values: dict[str, Any]) -> dict[str, Any]:
    """Return the values with links for tokens, and moments for their texts."""
    shown = {name: f"{base}{path}" for name, path in PAGES.items()} | values
    for name, path in LINKS.get(template, {}).items():
        token = shown.pop(name, "")
        shown[name.replace("token", "link")] = f"{base}{path}{token}" if token else ""
    for name in MOMENTS:
        if isinstance(shown.get(name), str):
            shown[name] = datetime.fromisoformat(shown[name])
    return shown


def _headers(shown: dict[str, Any]) -> dict[str, str]:
    """Return the headers by which a mail program refuses further mails (RFC 8058)."""
    if "refuse_link" not in shown:
        return {}
    one_click = "List-Unsubscribe=One-Click"
    link = f"<{shown['refuse_link']}>"
    return {"List-Unsubscribe": link, "List-Unsubscribe-Post": one_click}


def _as_given(
    service: Service, account_id: UUID, base: str, shown: dict[str, Any]
) -> Prepared:
    del service, account_id, base
    return shown, ()


def _receipt(
    service: Service, account_id: UUID, base: str, shown: dict[str, Any]
) -> Prepared:
    receipt = receipt_of(service.journal, account_id, UUID(shown["receipt_id"]))
    pdf = receipt_bytes(service.journal, receipt)
    told = _of_purchase(service, account_id, base, shown)[0]
    kind = "credit-note" if is_credit_note(receipt) else "receipt"
    name = f"{kind}-{receipt.number}.pdf"
    attachment = Attachment(name=name, content_type="application/pdf", content=pdf)
    return told, (attachment,)


def _of_purchase(
    service: Service, account_id: UUID, base: str, shown: dict[str, Any]
) -> Prepared:
    del service, account_id
    return {**shown, "purchase": f"{base}/purchases/{shown['purchase_id']}"}, ()


def _of_subscription(
    service: Service, account_id: UUID, base: str, shown: dict[str, Any]
) -> Prepared:
    del service, account_id
    return {**shown, "subscription": f"{base}/{shown['product']}"}, ()


def _of_domain(
    service: Service, account_id: UUID, base: str, shown: dict[str, Any]
) -> Prepared:
    del account_id
    zone, missing = service.settings.dns_zone, shown.get("missing", ())
    wanted = wanted_records(shown["domain"], shown["label"], zone) if missing else []
    records = [one for one in wanted if one.kind in missing]
    page = f"{base}/domains/{shown['domain_id']}"
    return {**shown, "page": page, "records": records}, ()


def _it_letter(
    service: Service, account_id: UUID, base: str, shown: dict[str, Any]
) -> Prepared:
    del base
    journal, domain_id = service.journal, UUID(shown["domain_id"])
    domain = domain_of(journal, account_id, domain_id, journal.fresh)
    checks = checks_of(journal, account_id, domain_id)
    seen = checks[0].seen if checks else None
    zone = service.settings.dns_zone
    return {**shown, **sheet_of(domain.name or "", domain.label, zone, seen)}, ()


def _of_tracking(
    service: Service, account_id: UUID, base: str, shown: dict[str, Any]
) -> Prepared:
    del account_id
    target = f"{tracking_name(shown['target'])}.{service.settings.dns_zone}"
    record = wanted_tracking(shown["host"], target)
    return {**shown, "page": f"{base}/tracking", "record": record}, ()


PREPARE: dict[str, Prepare] = {
    "receipt": _receipt,
    "credit_note": _receipt,
    "refund_failed": _receipt,
    "payment_disputed": _of_purchase,
    "subscription_unpaid": _of_subscription,
    "subscription_blocked": _of_subscription,
    "subscription_ended": _of_subscription,
    "renewal_near": _of_subscription,
    "domain_verified": _of_domain,
    "domain_below": _of_domain,
    "domain_degraded": _of_domain,
    "domain_failed": _of_domain,
    "domain_contested": _of_domain,
    "domain_contest_opened": _of_domain,
    "domain_transferred": _of_domain,
    "it_letter": _it_letter,
    "tracking_verified": _of_tracking,
    "tracking_lost": _of_tracking,
}
