"""What staff may do in other people's accounts, by role; each look and act recorded."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from flask import Flask

from commands.closing import CloseAccount, close_account
from commands.exported_data import events_of
from commands.factors import ConfirmCode, begin_code, confirm_code
from commands.owners import owner
from ledger.sessions import DEVICE
from tests.commands.people import Person, mails_of, member, new_email, signed_up
from tests.conftest import context_at
from tests.web.askers import a_session, bearer
from tests.web.service import Clock, a_purchase, a_receipt, followed
from tests.web.staffing import Joined, code_of, looks
from web.wiring import Service

ACTS = {
    "disable": {"support"},
    "enable": {"support"},
    "two-factor": {"support"},
    "two-factor/cancel": {"support"},
    "receipt-address": {"support", "finance"},
    "receipt-address/remove": {"support", "finance"},
}
REASON = "asked for it by telephone"


@pytest.fixture
def ann(service: Service) -> Person:
    return member(service.journal)


@pytest.fixture
def by_role(support: Joined, finance: Joined, auditor: Joined) -> dict[str, Joined]:
    return {"support": support, "finance": finance, "auditor": auditor}


def page_of(account_id: UUID) -> str:
    return f"/staff/accounts/{account_id}"


def act(who: Joined, account_id: UUID, what: str, **typed: str) -> Any:
    page = page_of(account_id)
    return who.browser.send(f"{page}/{what}", page, **typed)


def told(service: Service, account_id: UUID, topic: str) -> list[dict[str, Any]]:
    events = events_of(service.journal, account_id)
    return [event for event in events if event["event"] == topic]


def with_two_factor(service: Service, clock: Clock, ann: Person) -> None:
    journal, context = service.journal, context_at(clock())
    holder = owner(journal, ann.account_id)
    begun = begin_code(journal, holder, context)
    code = code_of(begun.seed, clock)
    command = ConfirmCode(account_id=ann.account_id, token=begun.token, code=code)
    confirm_code(journal, holder, command, context)


@pytest.mark.parametrize("what", ACTS)
def test_each_act_is_for_the_roles_that_it_names_and_refused_to_others(
    by_role: dict[str, Joined], service: Service, ann: Person, what: str
) -> None:
    form = {"reason": REASON, "receipt_email": new_email(), "mode": "instead"}
    before = len(list(events_of(service.journal, ann.account_id)))
    for role in sorted(by_role.keys() - ACTS[what]):
        assert act(by_role[role], ann.account_id, what, **form).status_code == 403
    assert len(list(events_of(service.journal, ann.account_id))) == before
    for role in sorted(ACTS[what]):
        assert act(by_role[role], ann.account_id, what, **form).status_code in (
            200,
            422,
        )


@pytest.mark.parametrize("role", ["support", "finance", "auditor"])
def test_every_role_sees_an_account_and_the_look_is_written_down(
    by_role: dict[str, Joined], service: Service, ann: Person, role: str
) -> None:
    who = by_role[role]
    assert ann.email in who.browser.read(page_of(ann.account_id))
    assert ("account", ann.account_id) in looks(service, who.staff_id)
    again = who.browser.read(page_of(ann.account_id))
    assert who.email in again


def test_an_account_is_found_by_address_id_and_order_number_and_each_search_noted(
    support: Joined, service: Service, ann: Person
) -> None:
    purchase_id = a_purchase(service, ann.account_id)
    a_receipt(service, ann.account_id, purchase_id)
    followed(service)
    number = str(service.views.purchases.page(ann.account_id).rows[0].order_number)
    before = looks(service, support.staff_id).count(("search", None))
    for asked in (ann.email, str(ann.account_id), number):
        answer = support.browser.get(f"/staff?q={asked}")
        assert answer.location == page_of(ann.account_id)
    for nobody in (new_email(), str(uuid4()), "999999999", "%", "' OR 1=1"):
        assert support.browser.get(f"/staff?q={nobody}").status_code == 404
    assert looks(service, support.staff_id).count(("search", None)) == before + 8


def test_an_account_that_there_is_not_is_no_page(
    support: Joined, service: Service
) -> None:
    for nobody in (uuid4(), signed_up(service.journal).account_id):
        assert support.browser.get(page_of(nobody)).status_code == 404
        form = {"reason": REASON}
        path = f"{page_of(nobody)}/disable"
        assert support.browser.send(path, "/staff", **form).status_code == 404


def test_disabling_and_enabling_are_recorded_with_who_and_why(
    app: Flask, support: Joined, service: Service, ann: Person
) -> None:
    device = bearer(a_session(service, ann.account_id, DEVICE))
    for what, topic, status in (
        ("disable", "accounts.Disabled", 403),
        ("enable", "accounts.Enabled", 200),
    ):
        assert (
            act(support, ann.account_id, what, reason=f"  {REASON} ").status_code == 200
        )
        (event,) = told(service, ann.account_id, topic)
        assert (event["by"], event["told"]["reason"]) == ("staff", REASON)
        answer = app.test_client().get("/api/v1/account", headers=device)
        assert answer.status_code == status
    with service.connections.for_account(ann.account_id) as connection:
        rows = connection.execute(
            "SELECT actor_id FROM journal"
            " WHERE account_id = %s AND actor_kind = 'staff'",
            (ann.account_id,),
        ).fetchall()
    assert rows == [(str(support.staff_id),)] * 2
    templates = [mail["template"] for mail in mails_of(service.journal, ann.account_id)]
    assert {"account_disabled", "account_enabled"} <= set(templates)


@pytest.mark.parametrize("what", ["disable", "enable", "two-factor"])
def test_without_a_reason_nothing_is_done(
    support: Joined, service: Service, ann: Person, what: str
) -> None:
    before = len(list(events_of(service.journal, ann.account_id)))
    for reason in ("", " \t\n "):
        answer = act(support, ann.account_id, what, reason=reason)
        assert answer.status_code == 422
    assert len(list(events_of(service.journal, ann.account_id))) == before


def test_a_form_that_is_sent_twice_acts_once(
    support: Joined, service: Service, ann: Person
) -> None:
    form = {"reason": REASON, "command_id": uuid4().hex}
    for _ in range(2):
        act(support, ann.account_id, "disable", **form)
    assert len(told(service, ann.account_id, "accounts.Disabled")) == 1


def test_two_factor_is_turned_off_three_days_after_support_says_why(
    support: Joined, service: Service, clock: Clock, ann: Person
) -> None:
    assert act(support, ann.account_id, "two-factor", reason=REASON).status_code == 422
    with_two_factor(service, clock, ann)
    page = act(support, ann.account_id, "two-factor", reason=REASON)
    assert page.status_code == 200
    (event,) = told(service, ann.account_id, "credentials.FactorResetStarted")
    assert (event["by"], event["told"]["reason"]) == ("staff", REASON)
    assert (event["told"]["due_at"] - clock.now).total_seconds() == 72 * 3600
    assert act(support, ann.account_id, "two-factor/cancel").status_code == 200
    assert len(told(service, ann.account_id, "credentials.FactorResetCancelled")) == 1
    assert act(support, ann.account_id, "two-factor/cancel").status_code == 200
    assert len(told(service, ann.account_id, "credentials.FactorResetCancelled")) == 1


def test_a_receipt_address_waits_for_its_link_and_can_be_taken_away(
    finance: Joined, service: Service, ann: Person
) -> None:
    books, wrong = new_email("books"), "not an address"
    answer = act(finance, ann.account_id, "receipt-address", receipt_email=wrong)
    assert answer.status_code == 422
    form = {"receipt_email": books, "mode": "instead"}
    page = act(finance, ann.account_id, "receipt-address", **form)
    assert (page.status_code, books in page.text) == (200, True)
    mails = mails_of(service.journal, ann.account_id)
    to = [mail["to"] for mail in mails if mail["template"] == "receipt_address_confirm"]
    assert to == [books]
    page = act(finance, ann.account_id, "receipt-address/remove")
    assert books not in page.text


def test_a_closed_account_is_shown_as_closed_and_the_look_is_noted(
    support: Joined, service: Service, ann: Person
) -> None:
    command = CloseAccount(account_id=ann.account_id)
    close_account(service.journal, command, context_at(service.clock()))
    page = support.browser.read(page_of(ann.account_id))
    assert ann.email not in page
    assert ("account", ann.account_id) in looks(service, support.staff_id)
    path = f"{page_of(ann.account_id)}/disable"
    answer = support.browser.send(path, "/staff", reason=REASON)
    assert answer.status_code == 403


def test_what_staff_look_at_can_be_neither_changed_nor_deleted_by_the_service(
    support: Joined, service: Service, ann: Person
) -> None:
    support.browser.get(page_of(ann.account_id))
    for deed in (
        "DELETE FROM staff_access_log",
        "UPDATE staff_access_log SET what = ''",
    ):
        with (
            service.connections.for_account(support.staff_id) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute(deed.encode())
