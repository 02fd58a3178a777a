"""What waits for staff, and the newsletter's subscribers: who may see and try it."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from uuid import UUID, uuid4

import psycopg
import pytest
from flask import Flask

from commands.credits import (
    CaptureCredits,
    HoldCredits,
    capture_or_note,
    credits_of,
    hold_credits,
)
from commands.profiles import ChooseNewsletter, choose_newsletter
from commands.reconciliation_reports import Difference, Report, keep_report
from ledger.refusals import HoldExpired
from tests.commands.people import Person, member
from tests.conftest import context_at
from tests.web.browsing import Browser, hidden
from tests.web.service import (
    BASE,
    Clock,
    a_parked_account,
    a_purchase,
    an_account,
    followed,
)
from tests.web.staffing import Joined, looks
from web.database import Database
from web.staff import lists
from web.wiring import Service

MAY = {
    "/staff/parked": {"support", "auditor"},
    "/staff/refused-captures": {"support", "finance", "auditor"},
    "/staff/subscribers.csv": {"support"},
}


def refused(service: Service, clock: Clock) -> UUID:
    """Capture after a hold's end what was held again meanwhile."""
    account_id, journal = an_account(service), service.journal
    a_purchase(service, account_id)
    figures = credits_of(journal, account_id, context_at(clock())).figures
    holds = []
    for term in (60, 600):
        command = HoldCredits(
            account_id=account_id,
            campaign_id="spring",
            credits=figures.available,
            term_seconds=term,
        )
        held = hold_credits(journal, command, context_at(clock()))
        holds.append(UUID(held.ids["hold"]))
        clock.move(timedelta(seconds=61))
    late = CaptureCredits(account_id=account_id, hold_id=holds[0], credits=7)
    with pytest.raises(HoldExpired):
        capture_or_note(journal, late, context_at(clock()))
    return account_id


def subscribed(service: Service, name: str) -> Person:
    somebody = member(service.journal, name=name)
    command = ChooseNewsletter(account_id=somebody.account_id, subscribed=True)
    choose_newsletter(service.journal, command, context_at(service.clock()))
    followed(service)
    return somebody


@pytest.mark.parametrize("path", MAY)
def test_each_list_is_for_the_roles_that_it_names_and_every_look_is_noted(
    service: Service, support: Joined, finance: Joined, auditor: Joined, path: str
) -> None:
    for role, who in (("support", support), ("finance", finance), ("auditor", auditor)):
        before = len(looks(service, who.staff_id))
        answer = who.browser.get(path)
        allowed = role in MAY[path]
        assert answer.status_code == (200 if allowed else 403)
        assert len(looks(service, who.staff_id)) == before + allowed


def test_a_parked_account_is_shown_and_tried_again_by_the_support_alone(
    service: Service, support: Joined, auditor: Joined
) -> None:
    account_id = a_parked_account(service)
    path = "/staff/parked"
    assert str(account_id) in auditor.browser.read(path)
    typed = {"view": "credits", "account": str(account_id)}
    assert auditor.browser.send(path, path, **typed).status_code == 403
    assert [one.due_at for one in service.views.parked()] == [None]
    assert support.browser.send(path, path, **typed).status_code == 200
    assert [one.due_at is None for one in service.views.parked()] == [False]
    assert ("parked account tried again", account_id) in looks(
        service, support.staff_id
    )


def test_what_differs_from_the_processors_books_is_shown_by_its_name(
    service: Service, clock: Clock, finance: Joined
) -> None:
    lost = Difference(
        kind="charge",
        name="ch_of_nobody",
        what="missing here",
        account_id=UUID(int=77),
        ours_minor=None,
        theirs_minor=2000,
        currency="EUR",
    )
    day = clock().date()
    report = Report(day=day, movements=41, settled=3, differences=[lost])
    keep_report(service.journal, report, clock())
    page = finance.browser.read("/staff/reconciliation")
    for words in ("ch_of_nobody", str(UUID(int=77)), "Missing in the journal"):
        assert words in page
    assert " 41 3 1 " in page


@pytest.mark.parametrize(
    "typed",
    [
        {},
        {"view": "credits", "account": "no id"},
        {"view": "no view", "account": str(UUID(int=9))},
        {"view": "credits", "account": str(UUID(int=9))},
    ],
    ids=["nothing", "no id", "no view", "not parked"],
)
def test_what_is_not_parked_is_not_tried(
    service: Service, support: Joined, typed: dict[str, str]
) -> None:
    before = len(looks(service, support.staff_id))
    page = support.browser.send("/staff/parked", "/staff", **typed)
    assert page.status_code == 200
    assert "tried again in a moment" not in page.text
    assert len(looks(service, support.staff_id)) == before


def test_a_refused_capture_is_shown_with_what_was_asked(
    service: Service, clock: Clock, finance: Joined
) -> None:
    account_id = refused(service, clock)
    page = finance.browser.read("/staff/refused-captures")
    assert str(account_id) in page
    assert " 7 0 " in page


def test_refused_captures_go_on_on_older_pages_and_none_is_lost(
    service: Service, clock: Clock, support: Joined
) -> None:
    account_id = an_account(service)
    with service.connections.for_account(account_id) as connection:
        for minute in range(lists.CAPTURES_SHOWN + 10):
            at = clock() + timedelta(minutes=minute)
            connection.execute(
                "INSERT INTO refused_captures (account_id, command_id, hold_id, asked,"
                " available, ended_at, refused_at) VALUES (%s, %s, %s, 1, 0, %s, %s)",
                (account_id, uuid4(), uuid4(), at, at),
            )
    path, seen = "/staff/refused-captures", 0
    page = support.browser.get(path).text
    seen += page.count(f"/staff/accounts/{account_id}")
    assert seen == lists.CAPTURES_SHOWN
    older = page.partition("before=")[2].partition('"')[0]
    seen += support.browser.get(f"{path}?before={older}").text.count(
        f"/staff/accounts/{account_id}"
    )
    assert seen == lists.CAPTURES_SHOWN + 10


@pytest.mark.parametrize("before", ["yesterday", "2026-11-23", "", "9999-99-99T00:00Z"])
def test_a_page_of_no_moment_is_the_newest(support: Joined, before: str) -> None:
    path = "/staff/refused-captures"
    newest, page = (
        support.browser.get(path),
        support.browser.get(f"{path}?before={before}"),
    )
    assert page.status_code == 200
    assert page.text.count("<tr") == newest.text.count("<tr")


def test_the_subscribers_are_one_line_each_with_a_link_that_ends_it(
    app: Flask, service: Service, support: Joined
) -> None:
    wanting, other = subscribed(service, "Ann Lee"), member(service.journal)
    answer = support.browser.get("/staff/subscribers.csv")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    head, *rows = list(csv.reader(io.StringIO(answer.text, newline="")))
    assert head == ["email", "name", "language", "unsubscribe"]
    (row,) = [row for row in rows if row[0] == wanting.email]
    assert row[1:3] == ["Ann Lee", "en"]
    assert other.email not in answer.text
    link, browser = row[3].removeprefix(BASE), Browser(app)
    sent = hidden(browser.get(link).text)
    browser.client.post(link, data=sent, base_url=BASE)
    followed(service)
    assert wanting.email not in support.browser.get("/staff/subscribers.csv").text


def test_the_export_is_refused_to_whoever_is_not_signed_in(app: Flask) -> None:
    for path in MAY:
        assert Browser(app).get(path).location.startswith("/staff/sign-in")


def test_nothing_is_shown_where_the_look_cannot_be_written_down(
    service: Service, support: Joined, database: Database
) -> None:
    wanting = subscribed(service, "Bea Lee")
    with psycopg.connect(database.owner, autocommit=True) as owner:
        owner.execute("ALTER TABLE staff_access_log RENAME TO elsewhere")
        try:
            answer = support.browser.get("/staff/subscribers.csv")
        finally:
            owner.execute("ALTER TABLE elsewhere RENAME TO staff_access_log")
    assert answer.status_code == 500
    assert wanting.email not in answer.text
