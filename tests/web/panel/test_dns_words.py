"""What was found of a record, told so that its reader knows what to do."""

from __future__ import annotations

from itertools import combinations

import pytest

from ledger.dns_mistakes import MISTAKES
from ledger.dns_records import (
    DIFFERENT,
    DNS_ERROR,
    FOUND,
    SEVERAL,
    TIMED_OUT,
    WAITING,
    Finding,
    wanted_records,
)
from tests.web.panel.telling import telling
from web.panel.dns_words import advice, steps

DKIM1 = wanted_records("news.acme.com", 26 * "a", "mail.daybook.test")[0]
STATES = (WAITING, DIFFERENT, SEVERAL, DNS_ERROR, TIMED_OUT)


def said(
    state: str,
    mistake: str | None = None,
    where: str | None = None,
    found: str = DKIM1.value,
) -> str:
    finding = Finding(
        kind="dkim1", state=state, found=[found], mistake=mistake, where=where
    )
    with telling():
        return advice(DKIM1, finding, "acme.com") or ""


def test_every_mistake_and_every_state_has_a_sentence_of_its_own() -> None:
    told = [said(DIFFERENT, code) for code in MISTAKES] + [said(s) for s in STATES]
    assert all(told)
    assert all(one != other for one, other in combinations(told, 2))


def test_nobody_is_told_to_add_a_second_record_to_one_that_is_fine() -> None:
    assert said(FOUND) == ""
    assert said(FOUND, where="_dmarc.acme.com") == (
        "The record at _dmarc.acme.com holds for this domain too. Add none."
    )
    assert "Leave it as it is" in said(FOUND, found="v=DMARC1; p=reject")


def test_the_sentence_names_the_place_and_the_short_name() -> None:
    where = "dm1._domainkey.news.acme.com.acme.com"
    words = said(DIFFERENT, "zone_twice", where)
    assert where in words
    assert "the short name, dm1._domainkey.news." in words


def test_a_time_out_is_said_to_be_another_thing_than_not_found() -> None:
    assert "not the same as “not found”" in said(TIMED_OUT)
    assert "not found" not in said(DNS_ERROR)


@pytest.mark.parametrize("provider", [None, "Gandi", "Cloudflare"])
def test_the_steps_lead_from_signing_in_to_the_check(provider: str | None) -> None:
    with telling():
        told = steps(provider, "acme.com")
    assert "acme.com" in told[0]
    assert provider is None or provider in told[0]
    assert ("DNS only" in str(told)) == (provider == "Cloudflare")
    assert "Check now" in told[-1]
