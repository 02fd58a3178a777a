"""Mails that a fact causes: their ids are the fact's, so that each is written once."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid5

import msgspec

from commands.letters import MailRow, letter, write_now
from commands.owners import profile_of
from ledger.accounts import Account
from ledger.journal import Fact, Journal
from ledger.receipts import CREDIT_NOTE, Receipt


def mail_receipt(
    journal: Journal, fact: Fact, issued: Receipt.Issued, now: datetime
) -> None:
    """Write the mails that carry a receipt, one for each address that wants it.

    Written again they stay the same mails.
    """
    if issued.buyer is None or not issued.buyer.get("email"):
        return
    profile = profile_of(journal, fact.account_id)
    for to in profile.receipt_recipients(issued.buyer["email"]):
        own = to == issued.buyer["email"]
        name = "mail" if own else f"mail:{to}"
        mail_id = uuid5(fact.event_id, name)
        write_now(journal, _receipt_mail(journal, fact, issued, to, mail_id, now))


def _receipt_mail(
    journal: Journal,
    fact: Fact,
    issued: Receipt.Issued,
    to: str,
    mail_id: UUID,
    now: datetime,
) -> MailRow:
    assert issued.buyer is not None
    values = {
        "name": issued.buyer.get("name") or "",
        "order_number": str(issued.order_number),
        "receipt_number": issued.number,
        "paid_at": issued.paid_at,
        "lines": [{**line, "kind": "item"} for line in issued.lines],
        "tax_minor": issued.totals["tax_minor"],
        "total_minor": issued.totals["total_minor"],
        "currency": issued.currency,
        "purchase_id": str(issued.purchase_id),
        "receipt_id": str(fact.stream_id),
    }
    data = msgspec.json.encode({"to": to, "values": values})
    purpose = issued.purpose()
    sealed = journal.vault.seal(fact.account_id, purpose, data, mail_id.bytes)
    template, language = _template(issued), issued.language
    return (fact.account_id, mail_id, template, language, *sealed, now)


def _template(issued: Receipt.Issued) -> str:
    if issued.kind == CREDIT_NOTE:
        return "credit_note"
    return "receipt" if issued.refers_to is None else "refund_failed"


def tell_holder(
    journal: Journal, fact: Fact, template: str, now: datetime, **values: object
) -> None:
    """Write a mail about a fact to the account's holder; again it stays the same."""
    mail_id = uuid5(fact.event_id, "mail")
    tell_account(journal, fact.account_id, mail_id, template, now, **values)


def tell_account(
    journal: Journal,
    account_id: UUID,
    mail_id: UUID,
    template: str,
    now: datetime,
    **values: object,
) -> None:
    """Write a mail to an account's holder; nobody is told who was erased."""
    account = journal.fresh(Account, account_id)
    if not account.email:
        return
    row = letter(
        journal,
        account.id,
        mail_id,
        template,
        account.language,
        account.email,
        now,
        **{"name": account.name or "", **values},
    )
    write_now(journal, row)
