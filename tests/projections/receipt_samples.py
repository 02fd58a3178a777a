"""Receipts to print: one sound one, and what is changed in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from projections.receipts import Frozen

SELLER = {
    "version": "1",
    "name": "Hollis Mailing SAS",
    "address_lines": ["12 rue des Tilleuls"],
    "postcode": "75011",
    "city": "Paris",
    "country": "FR",
    "registration": "RCS Paris 123 456 789",
    "vat_id": "FR00123456789",
    "email": "billing@seller.example",
    "time_zone": "Europe/Paris",
}
BUYER = {
    "kind": "company",
    "name": "Helen Gray",
    "email": "helen@hollisgray.example",
    "company": "Hollis & Gray Printmakers",
    "address_lines": ["14 rue des Graveurs", "2nd floor"],
    "postcode": "69001",
    "city": "Lyon",
    "country": "FR",
    "vat_id": "FR00987654321",
}
CREDITS = {
    "description": "E-mail credits",
    "quantity": 10_000,
    "unit": "C62",
    "net_minor": 7_500,
    "tax_category": "AE",
    "tax_rate_basis_points": 0,
    "tax_minor": 0,
    "service_from": None,
    "service_until": None,
}
PLAN = {
    **CREDITS,
    "description": "Unlimited, up to 5,000 contacts",
    "quantity": 1,
    "net_minor": 4_900,
    "tax_category": "S",
    "tax_rate_basis_points": 550,
    "tax_minor": 270,
    "service_from": "2026-11-02T23:00:00+00:00",
    "service_until": "2026-12-02T23:00:00+00:00",
}
TAXED_CREDITS = {
    **CREDITS,
    "tax_category": "S",
    "tax_rate_basis_points": 2_000,
    "tax_minor": 1_500,
}

PLAIN = Frozen(
    series="2026",
    number="2026-000187",
    kind=380,
    refers_to=None,
    order_number="1187",
    issued_at=datetime(2026, 11, 3, 9, 12, 5, tzinfo=UTC),
    language="en",
    currency="EUR",
    seller=SELLER,
    buyer=BUYER,
    lines=[CREDITS],
    net_minor=7_500,
    tax_minor=0,
    total_minor=7_500,
    payment_label="Visa ending 4242",
    paid_at=datetime(2026, 11, 2, 9, 11, tzinfo=UTC),
)
FRENCH = replace(PLAIN, language="fr")
TAXED = replace(
    PLAIN,
    lines=[TAXED_CREDITS, PLAN],
    net_minor=12_400,
    tax_minor=1_770,
    total_minor=14_170,
)
CREDIT_NOTE = replace(
    PLAIN,
    kind=381,
    number="2026-000190",
    refers_to="2026-000187",
    lines=[{**CREDITS, "quantity": 2_667, "net_minor": 2_000}],
    net_minor=2_000,
    total_minor=2_000,
)


def sold_to(**changed: Any) -> Frozen:
    """The plain receipt, with another buyer."""
    return replace(PLAIN, buyer={**BUYER, **changed})


def with_lines(count: int) -> Frozen:
    """The plain receipt with so many charges of 75 euros."""
    lines = [{**CREDITS, "description": f"Campaign {n}."} for n in range(1, count + 1)]
    return replace(
        PLAIN, lines=lines, net_minor=7_500 * count, total_minor=7_500 * count
    )


GREEK = sold_to(name="Ελένη Παπαδοπούλου", company="Τυπογραφείο Αθηνών")
CYRILLIC = sold_to(name="Олена Шевченко", company="Друкарня «Світ»")
ARABIC = sold_to(name="ليلى حسن", company="مطبعة النور", country="SA")
JAPANESE = sold_to(name="髙橋 直子", company="株式会社ことば印刷", country="JP")
MANY_SCRIPTS = sold_to(name="प्रिया शर्मा 👩‍💻", company="สำนักพิมพ์ · 한글 · 朱镕基 · דפוס")
HOSTILE_NAME = '#read("/etc/passwd") *b* $x$ @a <b> // \\ ( ] %'
HOSTILE_COMPANY = 'A & B <Ltd <img src="/etc/passwd"> {page}'
HOSTILE = sold_to(name=HOSTILE_NAME, company=HOSTILE_COMPANY)

SAMPLES = {
    "en": PLAIN,
    "fr": FRENCH,
    "taxed": TAXED,
    "credit-note": CREDIT_NOTE,
    "forty-lines": with_lines(40),
    "greek": GREEK,
    "cyrillic": CYRILLIC,
    "hostile": HOSTILE,
    "arabic": ARABIC,
    "japanese": JAPANESE,
    "many-scripts": MANY_SCRIPTS,
}
