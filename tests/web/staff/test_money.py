"""Staff give money and credits back and take them: by role, with reason, by two."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from commands.credits import credits_of
from commands.purchases import purchase_of
from ledger.holds import Figures
from tests.conftest import context_at
from tests.web.browsing import words_of
from tests.web.service import Clock, a_purchase, an_account, followed
from tests.web.staffing import Joined, looks
from web.staff.money import why_not
from web.wiring import Service

WHY = "changed his mind"


@pytest.fixture
def ann(service: Service) -> UUID:
    return an_account(service)


@pytest.fixture
def bought(service: Service, ann: UUID) -> UUID:
    purchase_id = a_purchase(service, ann)
    followed(service)
    return purchase_id


def figures(service: Service, clock: Clock, ann: UUID) -> Figures:
    return credits_of(service.journal, ann, context_at(clock())).figures


def page(ann: UUID, bought: UUID) -> str:
    return f"/staff/accounts/{ann}/purchases/{bought}"


def refund_of(service: Service, ann: UUID, bought: UUID) -> tuple[str, str]:
    [(key, refund)] = purchase_of(service.journal, ann, bought).refunds.items()
    return key, refund.status


def test_what_the_promise_gives_back_stands_on_the_page_that_is_logged(
    service: Service, support: Joined, ann: UUID, bought: UUID
) -> None:
    words = support.browser.read(page(ann, bought))
    assert re.search(r"2.000 unused credits, €20.00", words)
    assert looks(service, support.staff_id)[-1] == ("purchase", ann)


def test_two_people_agree_on_a_refund_and_the_credits_wait_for_them(
    service: Service,
    clock: Clock,
    support: Joined,
    finance: Joined,
    ann: UUID,
    bought: UUID,
) -> None:
    service.settings.__dict__["daybook_refund_alone_minor"] = 0
    where = page(ann, bought)
    support.browser.send(f"{where}/refunds", where, reason=WHY, credits="500")
    assert figures(service, clock, ann).frozen == 500
    followed(service)
    assert "A second person has to agree" in support.browser.read("/staff/refunds")
    key, _ = refund_of(service, ann, bought)
    agreeing = f"{where}/refunds/{key}/approve"
    assert support.browser.send(agreeing, where).status_code == 403
    assert finance.browser.send(agreeing, where).location == where
    assert refund_of(service, ann, bought) == (key, "approved")


def test_who_proposed_it_is_told_that_somebody_else_must_agree(
    service: Service, finance: Joined, ann: UUID, bought: UUID
) -> None:
    service.settings.__dict__["daybook_refund_alone_minor"] = 0
    where = page(ann, bought)
    finance.browser.send(f"{where}/refunds", where, reason=WHY)
    key, _ = refund_of(service, ann, bought)
    followed(service)
    answer = finance.browser.send(f"{where}/refunds/{key}/approve", where)
    assert answer.status_code == 422
    assert "somebody else has to agree" in words_of(answer.text)


def test_a_proposal_is_rejected_with_a_reason_and_the_credits_are_free_again(
    service: Service,
    clock: Clock,
    support: Joined,
    finance: Joined,
    ann: UUID,
    bought: UUID,
) -> None:
    service.settings.__dict__["daybook_refund_alone_minor"] = 0
    where = page(ann, bought)
    support.browser.send(f"{where}/refunds", where, reason=WHY)
    key, _ = refund_of(service, ann, bought)
    followed(service)
    rejecting = f"{where}/refunds/{key}/reject"
    assert finance.browser.send(rejecting, where).status_code == 422
    assert finance.browser.send(rejecting, where, decision="no").status_code == 303
    assert figures(service, clock, ann).available == 2000


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"credits": "5"}, "Say why"),
        ({"credits": "x", "reason": WHY}, "whole number of credits"),
        ({"credits": "0", "reason": WHY}, "whole number of credits"),
        ({"credits": "2001", "reason": WHY}, "Fewer credits than that are unused"),
    ],
)
def test_a_refund_that_cannot_be_is_refused_by_its_field(
    support: Joined, ann: UUID, bought: UUID, typed: Any, said: str
) -> None:
    where = page(ann, bought)
    answer = support.browser.send(f"{where}/refunds", where, **typed)
    assert answer.status_code == 422
    assert said in words_of(answer.text)


def test_an_auditor_looks_and_changes_nothing(
    auditor: Joined, ann: UUID, bought: UUID
) -> None:
    where = page(ann, bought)
    assert "Propose the refund" not in auditor.browser.read(where)
    answer = auditor.browser.send(f"{where}/refunds", where, reason=WHY)
    assert answer.status_code == 403


def test_another_accounts_purchase_is_not_found(
    service: Service, support: Joined, bought: UUID
) -> None:
    other = an_account(service)
    assert support.browser.get(page(other, bought)).status_code == 404


def test_credits_are_given_until_the_end_of_a_day_and_taken_away_again(
    service: Service, clock: Clock, support: Joined, ann: UUID
) -> None:
    where = f"/staff/accounts/{ann}/credits"
    given = {"grant_credits": "50", "grant_reason": "for the fair", "kind": "promotion"}
    day = f"{clock():%Y-%m-%d}"
    answer = support.browser.send(f"{where}/grant", where, **given, expires_on=day)
    assert answer.status_code == 303
    assert figures(service, clock, ann).available == 50
    taken = {"remove_credits": "20", "remove_reason": "too many"}
    assert support.browser.send(f"{where}/remove", where, **taken).status_code == 303
    assert figures(service, clock, ann).removed == 20
    answer = support.browser.send(
        f"{where}/remove", where, remove_credits="31", remove_reason="more"
    )
    assert "Only 30 credits are available" in words_of(answer.text)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"grant_credits": "5"}, "Say why"),
        ({"grant_credits": "", "grant_reason": "x"}, "whole number"),
        ({"grant_credits": "5", "grant_reason": "x", "expires_on": "soon"}, "2026-12"),
        (
            {"grant_credits": "5", "grant_reason": "x", "expires_on": "2020-01-01"},
            "has passed",
        ),
    ],
)
def test_a_gift_that_cannot_be_is_refused_by_its_field(
    support: Joined, ann: UUID, typed: Any, said: str
) -> None:
    where = f"/staff/accounts/{ann}/credits"
    answer = support.browser.send(f"{where}/grant", where, **typed)
    assert answer.status_code == 422
    assert said in words_of(answer.text)


def test_each_reason_against_a_refund_has_its_own_words(app: Flask) -> None:
    reasons = ["unpaid", "violation", "too_late", "disputed", "nothing_unused"]
    with app.test_request_context("http://localhost:8000/"):
        assert len({why_not(one) for one in reasons}) == len(reasons)
