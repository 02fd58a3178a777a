"""Receipts per second beside the barest page that reportlab can write."""

from __future__ import annotations

import io
import time
from datetime import UTC, datetime
from statistics import median
from typing import Any

from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped]

from projections.receipts import Frozen, receipt_pdf

ROUNDS = 5
STRINGS = 50
LINE: dict[str, Any] = {
    "description": "10,000 e-mail credits",
    "quantity": 1,
    "unit": "C62",
    "net_minor": 7500,
    "tax_category": "AE",
    "tax_rate_basis_points": 0,
    "tax_minor": 0,
    "service_from": None,
    "service_until": None,
}


def frozen(number: int) -> Frozen:
    """Return what one receipt shows; another number each time."""
    at = datetime(2026, 11, 23, 12, tzinfo=UTC)
    return Frozen(
        series="DB-2026",
        number=f"DB-2026-{number:06d}",
        kind=380,
        refers_to=None,
        order_number=str(10_000 + number),
        issued_at=at,
        language="en",
        currency="EUR",
        seller={"name": "Daybook Example SAS", "country": "FR", "time_zone": "UTC"},
        buyer={"name": "Åsa Świątek", "email": "asa@example.com", "country": "PL"},
        lines=[LINE],
        net_minor=7500,
        tax_minor=0,
        total_minor=7500,
        payment_label="Visa •••• 4242",
        paid_at=at,
    )


def bare(number: int) -> bytes:
    """Return a page of as many strings in a font that is not even embedded."""
    out = io.BytesIO()
    canvas = Canvas(out, invariant=1)
    for line in range(STRINGS):
        canvas.drawString(72, 800 - 14 * line, f"A line of receipt {number}, {line}")
    canvas.save()
    return out.getvalue()


def run(scale: float) -> dict[str, float]:
    """Return receipts per second, and the ratio to the bare page of the same run."""
    count = max(20, int(200 * scale))
    ours, barest = [], []
    for number in range(ROUNDS):
        began = time.process_time()
        for one in range(count):
            receipt_pdf(frozen(number * count + one + 1))
        ours.append(count / (time.process_time() - began))
        began = time.process_time()
        for one in range(count):
            bare(one)
        barest.append(count / (time.process_time() - began))
    return {
        "receipts.per_cpu_second": median(ours),
        "receipts.ratio_to_bare_reportlab": median(ours) / median(barest),
    }
