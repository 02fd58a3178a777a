"""The words of a receipt in English and French.

They are kept out of the catalogues of the screen on purpose: a changed word changes
the bytes of every receipt, so it needs a new template number in `receipts.py`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

NBSP = "\u00a0"
NARROW = "\u202f"
MINUS = "\u2212"


@dataclass(frozen=True, kw_only=True)
class Words:
    """Everything that a receipt says in one language, and how it writes figures."""

    receipt: str
    credit_note: str
    billed_to: str
    order_number: str
    date: str
    paid_on: str
    refunded_on: str
    refers_to: str
    payment_method: str
    description: str
    quantity: str
    unit_price: str
    amount: str
    net: str
    tax: str
    net_total: str
    tax_at: str
    total_paid: str
    total_refunded: str
    no_tax: str
    reverse_charge: str
    vat_number: str
    siren: str
    period: str
    page: str
    separator: str
    decimal: str
    per_cent: str
    months: tuple[str, ...]
    first_of_month: str
    country_column: int


_ENGLISH_MONTHS = (
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "May",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Oct",
    "Nov",
    "Dec",
)
_FRENCH_MONTHS = (
    "janv.",
    "févr.",
    "mars",
    "avr.",
    "mai",
    "juin",
    "juil.",
    "août",
    "sept.",
    "oct.",
    "nov.",
    "déc.",
)

ENGLISH = Words(
    receipt="Receipt",
    credit_note="Credit note",
    billed_to="Billed to",
    order_number="Order number",
    date="Date",
    paid_on="Paid on",
    refunded_on="Refunded on",
    refers_to="For receipt",
    payment_method="Payment method",
    description="Description",
    quantity="Quantity",
    unit_price="Unit price",
    amount="Amount",
    net="Net",
    tax="VAT",
    net_total="Net total",
    tax_at="VAT {rate} on {net}",
    total_paid="Total paid",
    total_refunded="Total refunded",
    no_tax="No VAT is charged.",
    reverse_charge="No VAT is charged. Reverse charge: the recipient accounts for "
    "the tax.",
    vat_number="VAT number {number}",
    siren="SIREN {number}",
    period="{first} to {last}",
    page="Page {page} of {pages}",
    separator=",",
    decimal=".",
    per_cent="%",
    months=_ENGLISH_MONTHS,
    first_of_month="1",
    country_column=0,
)

FRENCH = Words(
    receipt="Reçu",
    credit_note="Avoir",
    billed_to="Facturé à",
    order_number="Numéro de commande",
    date="Date",
    paid_on="Payé le",
    refunded_on="Remboursé le",
    refers_to="Pour le reçu",
    payment_method="Mode de paiement",
    description="Désignation",
    quantity="Quantité",
    unit_price="Prix unitaire",
    amount="Montant",
    net="Montant HT",
    tax="TVA",
    net_total="Total HT",
    tax_at="TVA {rate} sur {net}",
    total_paid="Total payé",
    total_refunded="Total remboursé",
    no_tax="Aucune TVA n’est facturée.",
    reverse_charge=f"Aucune TVA n’est facturée. Autoliquidation{NBSP}: la taxe est "
    "due par le preneur.",
    vat_number="Numéro de TVA {number}",
    siren="SIREN {number}",
    period="du {first} au {last}",
    page="Page {page} sur {pages}",
    separator=NARROW,
    decimal=",",
    per_cent=f"{NARROW}%",
    months=_FRENCH_MONTHS,
    first_of_month="1er",
    country_column=1,
)

WORDS = {"en": ENGLISH, "fr": FRENCH}

# What stands beside an amount, as CLDR has it for both languages; a currency that is
# not listed shows its code, in the place that the language gives to a symbol.
SYMBOLS = {
    "en": {
        "AUD": "A$",
        "CAD": "CA$",
        "EUR": "€",
        "GBP": "£",
        "JPY": "¥",
        "USD": "$",
    },
    "fr": {
        "AUD": "$AU",
        "CAD": "$CA",
        "EUR": "€",
        "GBP": "£GB",
        "USD": "$US",
    },
}


@cache
def _countries() -> dict[str, list[str]]:
    text = Path(__file__).with_name("receipt_countries.json").read_text("utf-8")
    names: dict[str, list[str]] = json.loads(text)
    return names


def country_name(code: str, words: Words) -> str:
    """The name of an ISO 3166 country; what is no such code is handed back."""
    names = _countries().get(code.upper())
    return names[words.country_column] if names else code
