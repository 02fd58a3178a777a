"""Refusals about tracking hosts: each on its branch, with a sentence of its own."""

from __future__ import annotations

from uuid import UUID

import pytest

from ledger.refusal import Conflict, NotFound, Refusal
from ledger.tracking_refusals import (
    NoSuchTrackingHost,
    NoTrackingDomain,
    TooManyTrackingHosts,
    TrackingHostHeld,
)


@pytest.mark.parametrize(
    ("refusal", "branch"),
    [
        (NoSuchTrackingHost(), NotFound),
        (NoTrackingDomain(UUID(int=1)), NotFound),
        (TooManyTrackingHosts(20), Conflict),
        (TrackingHostHeld("links.hollis.com"), Conflict),
    ],
)
def test_each_stands_on_its_branch_and_says_why(
    refusal: Refusal, branch: type[Refusal]
) -> None:
    assert isinstance(refusal, branch)
    assert (refusal.__doc__ or "").endswith(".")
