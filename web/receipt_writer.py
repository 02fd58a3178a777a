"""The renderer of receipts as the command wants it: the two floors do not meet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from projections.receipts import frozen_of, receipt_pdf, writer_for

if TYPE_CHECKING:
    from ledger.receipts import Printed, Writer


def write_receipt(printed: Printed) -> tuple[bytes, Writer]:
    """Return a receipt's PDF and who wrote it.

    Raises Unprintable for characters that no font of ours has.
    """
    frozen = frozen_of(printed)
    name = writer_for(frozen)
    engine, template = name.split("/", 1)
    renderer, version = engine.rsplit("-", 1)
    writer: Writer = {"renderer": renderer, "version": version, "template": template}
    return receipt_pdf(frozen, name), writer
