"""What people type, and what is wrong with it, by the field."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from flask import request

from commands.accounts import ChangeBillingDetails
from ledger import refusals
from projections.receipts import unprintable
from web.words import gettext

if TYPE_CHECKING:
    from ledger.accounts import Account

DETAILS = (
    "name", "company", "address", "postcode", "city", "country", "vat_number",
    "website", "language",
)  # fmt: skip


def texts(*names: str) -> dict[str, str]:
    """Return the form's fields as they were typed, without blanks around them."""
    return {
        name: request.form.get(name, "")
        if name.endswith("password")
        else request.form.get(name, "").strip().replace("\r\n", "\n")
        for name in names
    }


def field_errors(refusal: refusals.Refusal) -> dict[str, str]:
    """Return the field a refusal is about, and the sentence that stands by it."""
    if isinstance(refusal, refusals.UndeliverableAddress):
        return {"email": gettext("This is not an address that mail can be sent to.")}
    if isinstance(refusal, refusals.WeakPassword):
        return {"password": _weak(refusal.reason)}
    if isinstance(refusal, refusals.VatNumberMalformed):
        return {"vat_number": gettext("This is not a VAT number of that country.")}
    if isinstance(refusal, refusals.CountryUnknown):
        return {"country": gettext("This country is not known.")}
    field = "address" if _field(refusal) == "address_lines" else _field(refusal)
    text = gettext("This is missing, too long, or has characters no text has.")
    return {field: text}


def unprintable_errors(form: dict[str, str]) -> dict[str, str]:
    """Return the fields that a receipt could not show, each with its characters."""
    found = {name: unprintable(text) for name, text in form.items()}
    return {
        name: gettext("A receipt cannot show these: %(characters)s", characters=missing)
        for name, missing in found.items()
        if missing
    }


def _field(refusal: refusals.Refusal) -> str:
    return str(getattr(refusal, "field", ""))


def _weak(reason: str) -> str:
    if reason == "short":
        return gettext("The password is too short.")
    if reason == "long":
        return gettext("The password is too long.")
    if reason == "same":
        return gettext("This is the password that the account has already.")
    if reason == "context":
        return gettext("The password is made of your name, address or this service.")
    return gettext("Many people use this password, so it is guessed first.")


def details_of(account: Account) -> dict[str, str]:
    """Return the billing details as the form shows them."""
    buyer = account.buyer() or {}
    shown = {name: str(buyer.get(name) or "") for name in DETAILS}
    shown["address"] = "\n".join(buyer.get("address_lines") or [])
    shown["language"] = account.language
    shown["website"] = account.website or ""
    return shown


def details_command(account_id: UUID, form: dict[str, str]) -> ChangeBillingDetails:
    """Return the command that the billing form asks for."""
    lines = tuple(line.strip() for line in form["address"].split("\n") if line.strip())
    return ChangeBillingDetails(
        account_id=account_id,
        name=form["name"],
        company=form["company"] or None,
        address_lines=lines,
        postcode=form["postcode"] or None,
        city=form["city"] or None,
        country=form["country"] or None,
        vat_number=form["vat_number"] or None,
        language=form["language"],
        website=form["website"],
    )
