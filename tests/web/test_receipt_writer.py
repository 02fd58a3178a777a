"""A receipt's facts become its bytes, and the writer says who it was."""

from __future__ import annotations

import copy
import io
from typing import Any, cast

import pypdf
import pytest

from ledger.receipts import RECEIPT, Printed, lines_of, totals_of
from projections.receipts import Unprintable, frozen_of, receipt_pdf
from tests.shop import PACK, PRINTED
from web.receipt_writer import write_receipt


def printed(**buyer: Any) -> Printed:
    lines = lines_of([PACK], "C62")
    made = {
        **copy.deepcopy(PRINTED),
        "sequence": 7,
        "number": "DB-2026-000007",
        "kind": RECEIPT,
        "order_number": 1007,
        "lines": lines,
        "totals": totals_of(lines),
    }
    made["buyer"] = {"kind": "person", "name": "Ann", "email": "ann@x.example", **buyer}
    return cast("Printed", made)


def text_of(pdf: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    return "\n".join(page.extract_text() for page in pages)


def test_what_was_printed_can_be_read() -> None:
    pdf, _ = write_receipt(printed())
    told = text_of(pdf)
    for words in ("DB-2026-000007", "1007", "Ann", "50 e-mail credits", "1.20"):
        assert words in told


def test_the_same_facts_give_the_same_bytes_and_others_give_others() -> None:
    assert write_receipt(printed()) == write_receipt(printed())
    assert write_receipt(printed())[0] != write_receipt(printed(name="Anne"))[0]


def test_writing_changes_none_of_the_facts() -> None:
    facts = printed()
    before = copy.deepcopy(facts)
    write_receipt(facts)
    assert facts == before


@pytest.mark.parametrize(
    ("name", "renderer"), [("Ελένη", "reportlab"), ("ليلى", "typst"), ("直子", "typst")]
)
def test_the_writer_is_named_so_that_it_can_write_the_same_again(
    name: str, renderer: str
) -> None:
    facts = printed(name=name)
    pdf, writer = write_receipt(facts)
    assert writer["renderer"] == renderer
    named = f"{writer['renderer']}-{writer['version']}/{writer['template']}"
    assert receipt_pdf(frozen_of(facts), named) == pdf


def test_the_parts_of_the_writers_name_are_a_program_a_version_and_a_template() -> None:
    _, writer = write_receipt(printed())
    assert all(part.isdecimal() for part in writer["version"].split("."))
    assert set(writer) == {"renderer", "version", "template"}
    assert not any(
        sign in part for part in map(str, writer.values()) for sign in "/\\ "
    )


def test_a_character_that_no_font_has_is_refused_and_named() -> None:
    with pytest.raises(Unprintable) as refused:
        write_receipt(printed(name="Ann \U000105c0"))
    assert refused.value.characters == "\U000105c0"


def test_an_erased_buyer_leaves_a_receipt_without_one() -> None:
    facts = printed()
    facts["buyer"] = None
    assert "Ann" not in text_of(write_receipt(facts)[0])
