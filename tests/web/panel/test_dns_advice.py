"""What is good to know of a domain's other records."""

from __future__ import annotations

from itertools import combinations

from ledger.dns_advice import ADVICE
from ledger.dns_records import Advice
from tests.web.panel.telling import telling
from web.panel.dns_advice import advice_row


def test_every_advice_has_a_sentence_of_its_own_and_keeps_what_it_is_about() -> None:
    with telling():
        rows = [advice_row(Advice(code=code, evidence=[code])) for code in ADVICE]
    assert [row["evidence"] for row in rows] == [[code] for code in ADVICE]
    assert all(one["words"] != other["words"] for one, other in combinations(rows, 2))
