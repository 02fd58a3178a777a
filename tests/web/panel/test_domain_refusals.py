"""Why a name was not taken, in a sentence of its own."""

from __future__ import annotations

from itertools import combinations

import pytest

from ledger import refusals
from tests.web.panel.telling import telling
from web.panel.domain_refusals import name_words, too_soon

NAMES = [
    refusals.DomainMissing(),
    refusals.DomainMalformed(),
    refusals.DomainIsNumeric("192.0.2.1"),
    refusals.DomainWithoutDot("intranet"),
    refusals.DomainTooLong(239),
    refusals.DomainIsOurs("daybook.net"),
    refusals.DomainIsFreeMail("gmail.com"),
    refusals.DomainIsPublicSuffix("co.uk"),
    refusals.DomainIsReserved("acme.test", "test"),
    refusals.TooManyDomains(20),
    refusals.TrackingHostIsDomain("acme.com"),
    refusals.TrackingHostIsTaken("bounce.acme.com"),
    refusals.TrackingHostElsewhere("links.other.com"),
    refusals.TrackingHostHeld("links.acme.com"),
    refusals.TooManyTrackingHosts(20),
]


def test_each_refusal_has_a_sentence_of_its_own() -> None:
    with telling():
        told = [name_words(refusal) for refusal in NAMES]
    assert all(one != other for one, other in combinations(told, 2))


def test_no_kind_of_name_is_forgotten() -> None:
    asked = ("Domain", "TrackingHost")
    leaves = [name for name in vars(refusals) if name.startswith(asked)]
    left = {*leaves} - {type(refusal).__name__ for refusal in NAMES}
    assert left == {"DomainExists", "DomainNotVerified"}


def test_the_sentence_names_the_name() -> None:
    with telling():
        assert "co.uk" in name_words(NAMES[7])
        assert ".test" in name_words(NAMES[8])
        assert "links.acme.com" in name_words(NAMES[10])


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "in 1 second."), (30, "in 30 seconds."), (31, "in 1 minute."),
     (3_600, "in 60 minutes.")],
)  # fmt: skip
def test_who_checks_too_often_is_told_when_he_may_again(
    seconds: int, words: str
) -> None:
    with telling():
        assert too_soon(refusals.TooManyAttempts(seconds)).endswith(words)
