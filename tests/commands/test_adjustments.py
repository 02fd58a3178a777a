"""Gifts burn first and may expire; what is taken away was there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from commands.adjustments import (
    GrantCredits,
    RemoveCredits,
    grant_credits,
    remove_credits,
)
from commands.credits import balance_of
from ledger.credits import CreditBalance
from ledger.refusals import ExpiryPassed, InsufficientCredits, NoSuchAccount
from tests.conftest import context_at
from tests.web.service import Clock, a_purchase, an_account
from web.wiring import Service


def give(service: Service, account_id: UUID, credits: int = 5, **more: Any) -> UUID:
    fields: dict[str, Any] = {"kind": "promotion", "reason": "for the fair"}
    command = GrantCredits(account_id=account_id, credits=credits, **(fields | more))
    context = context_at(service.clock())
    return UUID(grant_credits(service.journal, command, context).ids["lot"])


def balance(service: Service, account_id: UUID) -> CreditBalance:
    return balance_of(service.journal, account_id)


def test_a_promotion_burns_before_what_was_bought(service: Service) -> None:
    account = an_account(service)
    a_purchase(service, account)
    lot = give(service, account)
    assert balance(service, account).parts(service.clock())[0][0] == lot


def test_a_correction_burns_in_its_turn(service: Service) -> None:
    account = an_account(service)
    a_purchase(service, account)
    lot = give(service, account, kind="adjustment")
    assert balance(service, account).parts(service.clock())[-1][0] == lot


def test_a_gift_expires_to_the_instant(service: Service, clock: Clock) -> None:
    account = an_account(service)
    give(service, account, expires_at=clock() + timedelta(days=1))
    assert balance(service, account).available(clock()) == 5
    clock.move(timedelta(days=1))
    assert balance(service, account).available(clock()) == 0


def test_what_would_have_expired_already_is_not_given(
    service: Service, clock: Clock
) -> None:
    account = an_account(service)
    with pytest.raises(ExpiryPassed):
        give(service, account, expires_at=clock())


def test_nobody_is_given_what_he_has_no_account_for(service: Service) -> None:
    with pytest.raises(NoSuchAccount):
        give(service, UUID(int=5))


def test_no_more_is_taken_away_than_is_available(service: Service) -> None:
    account = an_account(service)
    give(service, account)
    context = context_at(service.clock())
    command = RemoveCredits(account_id=account, credits=5, reason="a mistake")
    remove_credits(service.journal, command, context)
    again = RemoveCredits(account_id=account, credits=1, reason="a mistake")
    with pytest.raises(InsufficientCredits):
        remove_credits(service.journal, again, context_at(service.clock()))
    assert balance(service, account).figures(service.clock()).removed == 5


def test_the_same_gift_asked_for_twice_is_given_once(service: Service) -> None:
    account, context = an_account(service), context_at(service.clock())
    command = GrantCredits(
        account_id=account, kind="adjustment", credits=5, reason="sorry"
    )
    first = grant_credits(service.journal, command, context)
    assert grant_credits(service.journal, command, context).ids == first.ids
    assert balance(service, account).available(service.clock()) == 5
