"""What became of a domain, in words."""

from __future__ import annotations

from datetime import timedelta

from ledger import domain_facts
from ledger.dns_records import Finding
from projections.domains import ChangeRow
from tests.conftest import NOON
from tests.web.panel.telling import telling
from web.panel.domain_history import change_row, look_row


def row(what: str, why: str | None = None) -> dict[str, object]:
    with telling():
        return change_row(ChangeRow(number=1, what=what, why=why, at=NOON))


class Three:
    """Three looks within two hours."""

    first_at, last_at, looks = NOON, NOON + timedelta(hours=2), 3


def test_every_fact_of_a_domain_has_words() -> None:
    facts = [one for one in vars(domain_facts).values() if isinstance(one, type)]
    names = {
        one.__name__ for one in facts if one.__module__ == domain_facts.__name__
    } - {"Event", "Removed"}
    assert len(names) == 10
    assert len({row(name)["words"] for name in names}) == 10


def test_a_failure_says_why_and_what_says_nothing_has_no_second_line() -> None:
    told = {row("Failed", why)["sub"] for why in ("lost", "never_found", "unanswered")}
    assert len(told) == 3
    assert None not in told
    assert row("Verified")["sub"] is None


def test_looks_in_a_row_are_one_line_with_what_was_lacking() -> None:
    states = {"dkim1": "found", "dkim2": "several", "dmarc": "waiting"}
    findings = {k: Finding(kind=k, state=s, found=[]) for k, s in states.items()}
    line = look_row(Three(), findings)
    assert (line["found"], line["wanted"], line["looks"]) == (1, 2, 3)
    assert line["lacking"] == [("dkim2", "several"), ("dmarc", "waiting")]
    assert (line["since"], line["at"]) == (NOON, NOON + timedelta(hours=2))
