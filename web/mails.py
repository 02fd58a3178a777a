"""Mails as text and HTML from their templates, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Flask

from commands.gateways.mail import Attachment, Mail
from commands.outbox import RenderMail
from commands.receipts import receipt_bytes, receipt_of
from web import words
from web.wiring import Service


def renderer(app: Flask, service: Service) -> RenderMail:
    """Return what turns a row of the outbox into a mail ready to send."""
    base = service.settings.daybook_base_url.rstrip("/")

    def render(
        account_id: UUID,
        mail_id: UUID,
        template: str,
        language: str,
        to: str,
        values: dict[str, Any],
    ) -> Mail:
        prepare = PREPARE.get(template, _as_given)
        shown, attachments = prepare(service, account_id, base, values)
        with app.app_context(), words.in_language(language):
            environment = app.jinja_env
            text = environment.get_template(f"mail/{template}.txt").render(shown)
            subject, _, body = text.strip("\n").partition("\n")
            html = environment.get_template(f"mail/{template}.html").render(
                {**shown, "locale": language, "subject": subject}
            )
        host = base.split("//", 1)[1].split(":")[0]
        return Mail(
            to=to,
            subject=subject.strip(),
            text=body.strip("\n") + "\n",
            html=html,
            attachments=attachments,
            message_id=f"<{mail_id}@{host}>",
        )

    return render


Prepared = tuple[dict[str, Any], tuple[Attachment, ...]]
Prepare = Callable[[Service, UUID, str, dict[str, Any]], Prepared]


def _as_given(
    service: Service, account_id: UUID, base: str, values: dict[str, Any]
) -> Prepared:
    del service, account_id
    shown = dict(values)
    if token := shown.pop("token", None):
        shown["link"] = f"{base}/verify/{token}"
    return {**shown, "sign_in": f"{base}/sign-in"}, ()


def _receipt(
    service: Service, account_id: UUID, base: str, values: dict[str, Any]
) -> Prepared:
    receipt = receipt_of(service.journal, account_id, UUID(values["receipt_id"]))
    pdf = receipt_bytes(service.journal, receipt)
    shown = {
        **values,
        "paid_at": datetime.fromisoformat(values["paid_at"]),
        "purchase": f"{base}/purchases/{values['purchase_id']}",
    }
    name = f"receipt-{receipt.number}.pdf"
    attachment = Attachment(name=name, content_type="application/pdf", content=pdf)
    return shown, (attachment,)


PREPARE: dict[str, Prepare] = {"receipt": _receipt}
