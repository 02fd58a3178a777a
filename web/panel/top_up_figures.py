"""What the page of e-mail credits shows of automatic top-up, and what is typed."""

from __future__ import annotations

import re
from typing import Any

from flask import g

from commands.accounts import account_of
from commands.top_up_notes import top_up_of
from ledger.money import EXPONENTS
from ledger.top_up_terms import month_of, next_month
from ledger.top_ups import TopUp
from web import access
from web.words import current_language

NUMBER = re.compile(
    r"[0-9]{1,10}|[0-9]{1,3}([ ,.'\u2019\u00a0\u202f])[0-9]{3}(?:\1[0-9]{3})*"
)
"""Digits, or digits in groups of three: 1.500 is a number of credits, 1.5 is none."""
NUMBER_MAX = 1_000_000_000


def number_in(typed: str) -> int:
    """Return the whole number that was typed; raises ValueError."""
    if not NUMBER.fullmatch(typed):
        raise ValueError(typed)
    number = int(re.sub("[^0-9]", "", typed))
    if number > NUMBER_MAX:
        raise ValueError(typed)
    return number


def minor_in(typed: str, currency: str) -> int:
    """Return the amount that was typed, in minor units; raises ValueError.

    A sign of the currency beside it is left out; 150, 150.5, 150,50 and 1.500 are read
    as people write them.
    """
    digits = EXPONENTS[currency]
    bare = re.sub(rf"^[€$£]\s*|\s*(?:[€$£]|{currency})$", "", typed.strip())
    split = (
        re.fullmatch(rf"(.+?)(?:[.,]([0-9]{{1,{digits}}}))?", bare) if digits else None
    )
    whole, part = (split[1], split[2] or "") if split else (bare, "")
    shift: int = 10**digits
    return number_in(whole) * shift + int(part.ljust(digits, "0") or 0)


def currency_of() -> str:
    """Return the currency in which the account buys, or would."""
    service = access.service()
    account = account_of(service.journal, access.account_id())
    return account.currency or service.catalogue.currencies[0]


def top_up_values(form: dict[str, str] | None = None) -> dict[str, Any]:
    """Return how automatic top-up stands, and its form as it is or was typed."""
    service = access.service()
    account = account_of(service.journal, access.account_id())
    found = top_up_of(service.journal, account.id)
    currency, terms = currency_of(), found.terms
    packs = _packs(currency, account.country)
    return {
        "status": found.status,
        "why": found.paused,
        "terms": terms,
        "now_minor": packs[terms["sku"]]["total_minor"]
        if terms and terms["sku"] in packs
        else None,
        "card_label": found.card.label if found.card else None,
        "has_card": found.card is not None,
        "spent_minor": found.spent_in(month_of(g.now, service.shop.zone)),
        "capped": found.capped == month_of(g.now, service.shop.zone),
        "month_ends": next_month(g.now, service.shop.zone),
        "under_way": _under_way(found),
        "packs": packs,
        "currency": currency,
        "form": form or _form(found, currency),
        "command_id": access.new_command_id(),
    }


def _packs(currency: str, country: str | None) -> dict[str, dict[str, int]]:
    catalogue = access.service().catalogue
    rule = catalogue.tax_for(country)
    return {
        pack.sku: {"credits": pack.credits, "total_minor": pack.total(rule).minor}
        for pack in sorted(catalogue.packs_in(currency), key=lambda one: one.credits)
    }


def _under_way(found: TopUp) -> dict[str, Any] | None:
    if found.open is None:
        return None
    return {
        "purchase_id": found.open.purchase_id,
        "by_holder": found.open.by_holder,
        "next_attempt_at": found.open.next_attempt_at,
    }


def _form(found: TopUp, currency: str) -> dict[str, str]:
    terms = found.terms
    if terms is None:
        return {"top_up_threshold": "", "top_up_sku": "", "top_up_cap": ""}
    return {
        "top_up_threshold": str(terms["threshold"]),
        "top_up_sku": terms["sku"],
        "top_up_cap": amount_typed(terms["cap_minor"], currency),
    }


def amount_typed(minor: int, currency: str) -> str:
    """Return an amount as it is typed in the page's language, without its sign."""
    digits = EXPONENTS[currency]
    whole, part = divmod(minor, 10**digits)
    point = "," if current_language() == "fr" else "."
    return f"{whole}{point}{part:0{digits}d}" if digits and part else str(whole)
