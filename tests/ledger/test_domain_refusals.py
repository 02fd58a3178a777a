"""Why a name is not taken: each refusal on its branch, with a sentence of its own."""

from __future__ import annotations

from uuid import UUID

import pytest

from ledger.domain_refusals import (
    DomainExists,
    DomainIsFreeMail,
    DomainIsNumeric,
    DomainIsOurs,
    DomainIsPublicSuffix,
    DomainIsReserved,
    DomainMalformed,
    DomainMissing,
    DomainTooLong,
    DomainWithoutDot,
    NoSuchDomain,
    NotContested,
    TooManyDomains,
    TrackingHostElsewhere,
    TrackingHostIsDomain,
    TrackingHostIsTaken,
)
from ledger.refusal import Conflict, Invalid, NotFound, Refusal

NAME = "example.com"
EACH: list[tuple[Refusal, type[Refusal]]] = [
    (DomainExists(UUID(int=1)), Conflict),
    (DomainIsFreeMail(NAME), Invalid),
    (DomainIsNumeric("127.0.0.1"), Invalid),
    (DomainIsOurs(NAME), Invalid),
    (DomainIsPublicSuffix("co.uk"), Invalid),
    (DomainIsReserved("x.local", "local"), Invalid),
    (DomainMalformed(), Invalid),
    (DomainMissing(), Invalid),
    (DomainTooLong(238), Invalid),
    (DomainWithoutDot("intranet"), Invalid),
    (NoSuchDomain(UUID(int=1)), NotFound),
    (NotContested(UUID(int=1)), Conflict),
    (TooManyDomains(20), Conflict),
    (TrackingHostElsewhere(NAME), Invalid),
    (TrackingHostIsDomain(NAME), Invalid),
    (TrackingHostIsTaken(NAME), Invalid),
]


@pytest.mark.parametrize(
    ("refusal", "branch"), EACH, ids=[type(one).__name__ for one, _ in EACH]
)
def test_each_hangs_on_one_branch(refusal: Refusal, branch: type[Refusal]) -> None:
    assert type(refusal).__bases__ == (branch,)


def test_no_two_say_the_same() -> None:
    sentences = [
        (type(refusal).__doc__ or "").partition("\n")[0] for refusal, _ in EACH
    ]
    assert len(set(sentences)) == len(EACH)
    assert all(sentence.endswith(".") for sentence in sentences)
