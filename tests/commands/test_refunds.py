"""Unused credits go back at the price paid, with two people where it is much."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from commands.purchases import purchase_of
from commands.refunds import (
    ApproveRefund,
    ProposeRefund,
    RejectRefund,
    approve_refund,
    open_reversals,
    propose_refund,
    reject_refund,
)
from commands.staff_acts import DisableAccount, disable_account
from ledger.refusals import (
    NoSuchRefund,
    RefundDecided,
    RefundNotPromised,
    SecondPersonNeeded,
)
from tests.commands.money import Till


def propose(till: Till, who: str = "bo", alone: int = 0, **more: Any) -> UUID:
    command = ProposeRefund(
        account_id=till.account_id,
        purchase_id=till.purchase_id,
        reason="changed his mind",
        alone_minor=alone,
        **more,
    )
    recorded = propose_refund(till.service.journal, command, till.by(who))
    return UUID(recorded.ids["refund"])


def approve(till: Till, refund_id: UUID, who: str) -> None:
    command = ApproveRefund(
        account_id=till.account_id, purchase_id=till.purchase_id, refund_id=refund_id
    )
    approve_refund(till.service.journal, command, till.by(who))


def test_the_offer_is_what_is_unused_at_the_price_paid(till: Till) -> None:
    till.spend(500)
    offer = till.offer()
    assert (offer.credits, offer.amount_minor, offer.why) == (1500, 1500, None)


def test_a_proposal_freezes_the_credits_until_a_second_person_agrees(
    till: Till,
) -> None:
    refund_id = propose(till)
    assert (till.figures().available, till.figures().frozen) == (0, 2000)
    with pytest.raises(SecondPersonNeeded):
        approve(till, refund_id, "bo")
    approve(till, refund_id, "cy")
    till.react()
    assert till.refunds()[0]["amount"] == 2000
    assert (till.figures().refunded, till.figures().frozen) == (2000, 0)
    with pytest.raises(RefundDecided):
        approve(till, refund_id, "cy")


def test_a_small_refund_needs_nobody_else(till: Till) -> None:
    propose(till, alone=2000, credits=3)
    till.react()
    assert till.figures().refunded == 3
    assert till.refunds()[0]["amount"] == 3


def test_a_rejected_proposal_lets_the_credits_go(till: Till) -> None:
    refund_id = propose(till)
    command = RejectRefund(
        account_id=till.account_id,
        purchase_id=till.purchase_id,
        refund_id=refund_id,
        reason="he used them",
    )
    reject_refund(till.service.journal, command, till.by("cy"))
    assert till.figures().available == 2000
    assert open_reversals(till.service.journal) == []


def test_what_is_not_promised_is_refused_and_says_why(till: Till) -> None:
    with pytest.raises(RefundNotPromised) as refused:
        propose(till, credits=2001)
    assert refused.value.why == "nothing_unused"
    till.clock.move(timedelta(days=30, seconds=1))
    with pytest.raises(RefundNotPromised) as refused:
        propose(till)
    assert refused.value.why == "too_late"


def test_nothing_goes_back_after_a_violation(till: Till) -> None:
    command = DisableAccount(account_id=till.account_id, reason="spam")
    disable_account(till.service.journal, command, till.by("bo"))
    assert till.offer().why == "violation"


def test_a_refund_that_nobody_proposed_cannot_be_agreed_to(till: Till) -> None:
    with pytest.raises(NoSuchRefund):
        approve(till, UUID(int=5), "cy")


def test_what_staff_must_look_at_is_listed_from_the_same_commit_on(till: Till) -> None:
    propose(till)
    assert [one.why for one in open_reversals(till.service.journal)] == ["proposed"]


def test_a_processor_that_refuses_gives_the_credits_back(till: Till) -> None:
    refund_id = propose(till)
    till.refund_at_desk(2000)
    approve(till, refund_id, "cy")
    till.react()
    purchase = purchase_of(till.service.journal, till.account_id, till.purchase_id)
    assert purchase.refunds[str(refund_id)].status == "rejected"
    assert till.figures().refunded == 2000
