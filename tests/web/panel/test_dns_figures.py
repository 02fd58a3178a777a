"""A record as the pages show it, beside what was found of it."""

from __future__ import annotations

from typing import Any

import pytest

from commands.domain_checks import Seen
from ledger.dns_records import Finding, wanted_records
from tests.web.panel.telling import telling
from web.panel.dns_figures import Findings, compared, sheet_of, shown, worst

ZONE = "mail.daybook.test"
WANTED = wanted_records("news.acme.com", 26 * "a", ZONE)
DKIM1, DMARC = WANTED[0], WANTED[3]


def look(state: str, *found: str, kind: str = "dkim1") -> Findings:
    return {kind: Finding(kind=kind, state=state, found=list(found))}


def seen(*looks: Findings, wanted: Any = DKIM1) -> dict[str, Any]:
    with telling():
        return compared(wanted, "acme.com", looks)


def test_before_any_look_it_waits_and_says_what_to_publish() -> None:
    record = seen()
    assert record == shown(DKIM1, "acme.com")
    assert (record["state"], record["relative"]) == ("waiting", "dm1._domainkey.news")
    assert shown(DKIM1, "news.acme.com")["relative"] == "dm1._domainkey"


def test_what_differs_is_marked_on_both_sides() -> None:
    record = seen(look("different", DKIM1.value.replace("dm1", "dm2")))
    assert record["value"][0] == ("dm1", True)
    assert record["found"][0][0] == ("dm2", True)
    assert record["advice"] == "This is another value. Put the one above in its place."


def test_of_several_values_each_is_compared_and_ours_is_not_marked() -> None:
    record = seen(look("several", "a.example", DKIM1.value))
    assert record["value"] == [(DKIM1.value, False)]
    assert record["found"][1] == [(DKIM1.value, False)]


def test_a_policy_of_ones_own_is_shown_and_not_marked() -> None:
    own = "v=DMARC1; p=reject"
    record = seen(look("found", own, kind="dmarc"), wanted=DMARC)
    assert record["found"] == [[(own, False)]]
    assert seen(look("found", DKIM1.value))["found"] == []


@pytest.mark.parametrize("trouble", ["timed_out", "dns_error"])
def test_after_trouble_the_last_state_that_was_sure_is_kept(trouble: str) -> None:
    before = [look("timed_out"), look("found", DKIM1.value), look("waiting")]
    record = seen(look(trouble), *before)
    assert (record["state"], record["kept"]) == (trouble, "found")
    assert seen(look(trouble))["kept"] is None
    assert seen(look("waiting"), *before)["kept"] is None


def test_the_worst_state_is_the_one_that_most_needs_somebody() -> None:
    states = ["found", "timed_out", "different"]
    assert worst({"state": state} for state in states) == "different"
    assert worst([]) == "waiting"


def test_the_sheet_has_what_is_needed_and_what_helps() -> None:
    sheet = sheet_of("xn--bcher-kva.de", 26 * "a", ZONE, None)
    assert (sheet["domain"], sheet["zone"]) == ("bücher.de", "bücher.de")
    assert [one["kind"] for one in sheet["required"]] == ["dkim1", "dkim2"]
    assert [one["kind"] for one in sheet["recommended"]] == ["return_path", "dmarc"]


def test_the_sheet_does_not_ask_for_what_helps_and_is_there() -> None:
    seen = Seen(
        findings=[
            Finding(kind=kind, state="found", found=[]) for kind in ("dkim1", "dmarc")
        ],
        zone="news.acme.com",
    )
    sheet = sheet_of("news.acme.com", 26 * "a", ZONE, seen)
    assert [one["kind"] for one in sheet["required"]] == ["dkim1", "dkim2"]
    assert [one["kind"] for one in sheet["recommended"]] == ["return_path"]
    assert sheet["required"][0]["relative"] == "dm1._domainkey"
