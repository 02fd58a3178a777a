"""Why credits are not held: each refusal on its branch, with its evidence."""

from __future__ import annotations

from uuid import UUID

from ledger.credit_refusals import (
    HoldExists,
    HoldNotCaptured,
    InsufficientCredits,
    LotExists,
    NoSuchHold,
)
from ledger.refusal import Conflict, NotFound

ID = UUID(int=1)


def test_each_stands_on_its_branch() -> None:
    for refusal in (HoldExists(ID), HoldNotCaptured(ID), LotExists(ID)):
        assert isinstance(refusal, Conflict)
    assert isinstance(NoSuchHold(hold_id=ID), NotFound)


def test_too_few_credits_say_how_many_lack() -> None:
    assert InsufficientCredits(asked=5, available=3).short == 2
