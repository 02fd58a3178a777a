"""How the ledger says no to people, keys and staff: on which branch, saying what."""

from __future__ import annotations

from dataclasses import fields
from typing import Any
from uuid import UUID

import pytest

from ledger import identity_refusals, refusals
from ledger.identity_refusals import (
    AccountClosed,
    AccountDisabled,
    AddressUnchanged,
    AlreadyAnswered,
    EmailTaken,
    LetterUnwanted,
    NoSuchAccount,
    NoSuchFactor,
    NoSuchKey,
    NoSuchSession,
    NoSuchStaff,
    PersonErased,
    PictureRefused,
    RoleLacking,
    ScopesOnlyNarrow,
    ScopeUnknown,
    TokenGone,
    TooManyAttempts,
    TooManyKeys,
    TwoFactorIsOff,
    UndeliverableAddress,
    WeakPassword,
    WrongCode,
    WrongCredentials,
)
from ledger.refusal import Conflict, Forbidden, Invalid, NotFound, Refusal, Throttled

SAID: dict[type[Any], tuple[type[Refusal], tuple[str, ...]]] = {
    AccountClosed: (Forbidden, ()),
    AccountDisabled: (Forbidden, ()),
    AddressUnchanged: (Conflict, ()),
    AlreadyAnswered: (Conflict, ("operation",)),
    EmailTaken: (Conflict, ()),
    LetterUnwanted: (Conflict, ()),
    NoSuchAccount: (NotFound, ("account_id",)),
    NoSuchFactor: (NotFound, ("factor_id",)),
    NoSuchKey: (NotFound, ("key_id",)),
    NoSuchSession: (NotFound, ("session_id",)),
    NoSuchStaff: (NotFound, ("staff_id",)),
    PersonErased: (Forbidden, ("purpose",)),
    PictureRefused: (Invalid, ("reason",)),
    RoleLacking: (Forbidden, ("role",)),
    ScopeUnknown: (Invalid, ("scope",)),
    ScopesOnlyNarrow: (Conflict, ("scope",)),
    TokenGone: (Conflict, ()),
    TooManyAttempts: (Throttled, ("retry_seconds",)),
    TooManyKeys: (Conflict, ("keys_max",)),
    TwoFactorIsOff: (Conflict, ()),
    UndeliverableAddress: (Invalid, ()),
    WeakPassword: (Invalid, ("reason",)),
    WrongCode: (Forbidden, ("clock_off",)),
    WrongCredentials: (Forbidden, ()),
}
each_refusal = pytest.mark.parametrize("leaf", SAID, ids=lambda leaf: leaf.__name__)


def test_every_refusal_of_the_module_is_spoken_of_here_and_in_the_tree() -> None:
    made = {
        one
        for one in vars(identity_refusals).values()
        if isinstance(one, type) and one.__module__ == identity_refusals.__name__
    }
    assert made == set(SAID)
    assert {one.__name__ for one in made} <= set(vars(refusals))


@each_refusal
def test_a_refusal_hangs_on_its_branch_and_says_no_more_than_this(
    leaf: type[Any],
) -> None:
    branch, told = SAID[leaf]
    assert tuple(field.name for field in fields(leaf)) == told
    assert issubclass(leaf, branch)


def test_what_is_about_an_address_never_says_which() -> None:
    for leaf in (AddressUnchanged, EmailTaken, UndeliverableAddress, WrongCredentials):
        assert str(leaf()) == ""


def test_a_wrong_code_blames_the_clock_only_when_told_so() -> None:
    assert not WrongCode().clock_off
    assert WrongCode(clock_off=True).clock_off


def test_what_does_not_exist_is_named_by_its_id_alone() -> None:
    one = UUID(int=1)
    for leaf in (NoSuchAccount, NoSuchFactor, NoSuchKey, NoSuchSession, NoSuchStaff):
        assert list(vars(leaf(one)).values()) == [one]


def test_who_lacks_a_role_or_has_too_many_keys_is_told_the_measure() -> None:
    assert RoleLacking("support").role == "support"
    assert TooManyKeys(20).keys_max == 20
