"""The branches that every refusal hangs on."""

from __future__ import annotations

import pytest

from ledger.refusal import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    Refusal,
    Throttled,
)

BRANCHES = (Conflict, Forbidden, Invalid, NotFound, Throttled)
OURS = {"ledger.refusal", "ledger.refusals", "ledger.identity_refusals"} | {
    "ledger.money_refusals"
}
each_branch = pytest.mark.parametrize("branch", BRANCHES, ids=lambda one: one.__name__)


def test_there_are_five_branches_and_each_hangs_on_the_trunk_alone() -> None:
    ours = (one for one in Refusal.__subclasses__() if one.__module__ in OURS)
    assert tuple(sorted(ours, key=lambda one: one.__name__)) == BRANCHES
    assert all(branch.__bases__ == (Refusal,) for branch in BRANCHES)


@each_branch
def test_whoever_asks_for_any_refusal_meets_all_of_them(branch: type[Refusal]) -> None:
    with pytest.raises(Refusal) as refused:
        raise branch
    assert type(refused.value) is branch


@each_branch
def test_a_branch_is_never_caught_as_another(branch: type[Refusal]) -> None:
    others = tuple(one for one in BRANCHES if one is not branch)
    assert not isinstance(branch(), others)
    assert not isinstance(branch(), ValueError | LookupError | OSError)
