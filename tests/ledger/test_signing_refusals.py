"""Refusals about signing: each on its branch, with a sentence of its own."""

from __future__ import annotations

from uuid import UUID

import pytest

from ledger.refusal import Conflict, NotFound, Refusal
from ledger.signing_refusals import (
    DomainNotVerified,
    KeyNotSeen,
    NoActiveKey,
    NoSigningKey,
    SelectorNotActive,
)


@pytest.mark.parametrize(
    ("refusal", "branch"),
    [
        (DomainNotVerified("hollis.com"), Conflict),
        (KeyNotSeen(), Conflict),
        (NoActiveKey(), Conflict),
        (NoSigningKey(UUID(int=1)), NotFound),
        (SelectorNotActive("dm2"), Conflict),
    ],
)
def test_each_stands_on_its_branch_and_says_why(
    refusal: Refusal, branch: type[Refusal]
) -> None:
    assert isinstance(refusal, branch)
    assert (refusal.__doc__ or "").endswith(".")
