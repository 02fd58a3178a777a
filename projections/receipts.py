"""A purchase as a PDF: what was frozen becomes bytes, the same ones each time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ledger.refusals import Invalid
from projections import receipt_reportlab, receipt_typst
from projections.receipt_sheet import Frozen, Sheet, clean, sheet_of

if TYPE_CHECKING:
    from ledger.receipts import Line, Printed

__all__ = [
    "Frozen",
    "Unprintable",
    "WriterGone",
    "frozen_of",
    "receipt_pdf",
    "unprintable",
    "writer_for",
]

# Counts up with each change of layout, words, figures or fonts: receipts of an older
# template keep the bytes they have and can no longer be written again.
TEMPLATE = "receipt-1"

SIMPLE = f"reportlab-{receipt_reportlab.VERSION}/{TEMPLATE}"
SHAPING = f"typst-{receipt_typst.VERSION}/{TEMPLATE}"

_WRITE: dict[str, Callable[[Sheet, datetime], bytes]] = {
    SIMPLE: receipt_reportlab.write,
    SHAPING: receipt_typst.write,
}
_FOREIGN: dict[str, Callable[[Sheet | str], set[str]]] = {
    SIMPLE: receipt_reportlab.foreign,
    SHAPING: receipt_typst.foreign,
}


@dataclass(eq=False)
class Unprintable(Invalid):
    """A text has characters for which no font of the receipts has a glyph."""

    characters: str


@dataclass(eq=False)
class WriterGone(LookupError):  # noqa: N818 - it states a fact
    """This writer, in this version and with this template, is not installed."""

    writer: str


def frozen_of(printed: Printed) -> Frozen:
    """What a receipt's document shows, as primitives; an erased buyer stays empty."""
    reference, totals = printed["refers_to"], printed["totals"]
    return Frozen(
        series=printed["series"],
        number=printed["number"],
        kind=printed["kind"],
        refers_to=reference["number"] if reference else None,
        order_number=str(printed["order_number"]),
        issued_at=printed["issued_at"],
        language=printed["language"],
        currency=printed["currency"],
        seller={**printed["seller"]},
        buyer={**(printed["buyer"] or {})},
        lines=[_primitives(line) for line in printed["lines"]],
        net_minor=totals["net_minor"],
        tax_minor=totals["tax_minor"],
        total_minor=totals["total_minor"],
        payment_label=printed["payment_label"] or "",
        paid_at=printed["paid_at"],
    )


def _primitives(line: Line) -> dict[str, Any]:
    start, until = line["service_from"], line["service_until"]
    period = {
        "service_from": start.isoformat() if start else None,
        "service_until": until.isoformat() if until else None,
    }
    return {**line, **period}


def writer_for(frozen: Frozen) -> str:
    """Who writes this receipt: renderer, its exact version, template.

    Raises `Unprintable` if no writer has all of its characters.
    """
    return _writer_of(sheet_of(frozen))


def receipt_pdf(frozen: Frozen, writer: str | None = None) -> bytes:
    """The PDF of a receipt, by the writer named or else by `writer_for`.

    The bytes depend on nothing but what was frozen and the writer. Raises
    `WriterGone` if that writer is not installed, `Unprintable` if a character
    would be an empty box.
    """
    if writer is not None and writer not in _WRITE:
        raise WriterGone(writer)
    sheet = sheet_of(frozen)
    chosen = writer or _writer_of(sheet)
    if missing := _FOREIGN[chosen](sheet):
        raise Unprintable("".join(sorted(missing)))
    try:
        return _WRITE[chosen](sheet, frozen.issued_at)
    except receipt_typst.NoGlyph as refusal:
        raise Unprintable(refusal.text) from refusal


def unprintable(text: str) -> str:
    """The characters of a text that no receipt can show, sorted; mostly none.

    For a form to say so while the customer can still choose another spelling.
    """
    return "".join(sorted(receipt_typst.foreign(clean(text))))


def _writer_of(sheet: Sheet) -> str:
    if not receipt_reportlab.foreign(sheet):
        return SIMPLE
    if missing := receipt_typst.foreign(sheet):
        raise Unprintable("".join(sorted(missing)))
    return SHAPING
