"""A member of the staff is known by his own cookie, and by nothing else."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask, g

from commands.limits import STAFF_IDLE_SECONDS_MAX, STAFF_SECONDS_MAX
from commands.staff import ChangeRole, RemoveStaff, change_role, remove_staff
from tests.commands.people import member
from tests.web.askers import a_session
from tests.web.browsing import Browser
from tests.web.service import BASE, Clock
from tests.web.staffing import Joined, joined, looks, operator, sign_in
from web import access
from web.staff import identity
from web.wiring import Service

DOOR = "/staff/sign-in"


def token_of(member: Joined) -> str:
    cookie = member.browser.client.get_cookie("daybook-staff", "localhost")
    assert cookie is not None
    return cookie.value


def with_cookie(app: Flask, name: str, token: str) -> Browser:
    browser = Browser(app)
    browser.client.set_cookie(f"daybook-{name}", token)
    return browser


def is_in(browser: Browser) -> bool:
    answer = browser.get("/staff")
    assert answer.status_code in (200, 303)
    return answer.status_code == 200


def test_a_member_is_found_by_the_staffs_cookie_with_role_and_address(
    app: Flask, support: Joined
) -> None:
    headers = {"Cookie": f"daybook-staff={token_of(support)}"}
    with app.test_request_context("/staff", base_url=BASE, headers=headers):
        access.identify()
        found = identity.member()
    assert (found.account_id, found.role) == (support.staff_id, "support")
    assert found.email == support.email


def test_neither_session_counts_in_the_place_of_the_other(
    app: Flask, service: Service, support: Joined
) -> None:
    customer = a_session(service, member(service.journal).account_id)
    assert is_in(with_cookie(app, "staff", token_of(support)))
    assert not is_in(with_cookie(app, "staff", customer))
    assert not is_in(with_cookie(app, "session", token_of(support)))
    assert not is_in(Browser(app))
    panel = with_cookie(app, "session", token_of(support)).get("/")
    assert panel.location.startswith("/sign-in")


def test_outside_the_staff_area_a_member_is_a_stranger(
    app: Flask, support: Joined
) -> None:
    headers = {"Cookie": f"daybook-staff={token_of(support)}"}
    for path in ("/", "/credits", "/staffing", "/api/v1/account"):
        with app.test_request_context(path, base_url=BASE, headers=headers):
            access.identify()
            assert (g.staff, g.signed) == (None, None)


def test_who_was_removed_is_out_on_the_very_next_request(
    app: Flask, service: Service, clock: Clock
) -> None:
    gone = joined(service, app, clock, "support")
    assert is_in(gone.browser)
    command = RemoveStaff(account_id=gone.staff_id)
    remove_staff(service.journal, command, operator(service))
    assert not is_in(gone.browser)


def test_another_role_counts_from_the_very_next_request_on(
    app: Flask, service: Service, clock: Clock
) -> None:
    changed = joined(service, app, clock, "support")
    assert changed.browser.get("/staff/subscribers.csv").status_code == 200
    command = ChangeRole(account_id=changed.staff_id, role="auditor")
    change_role(service.journal, command, operator(service))
    assert changed.browser.get("/staff/subscribers.csv").status_code == 403
    assert is_in(changed.browser)


def test_a_session_of_staff_ends_when_it_rests_or_is_half_a_day_old(
    app: Flask, service: Service, clock: Clock
) -> None:
    idle = joined(service, app, clock, "auditor")
    clock.move(timedelta(seconds=STAFF_IDLE_SECONDS_MAX - 1))
    assert is_in(idle.browser)
    clock.move(timedelta(seconds=STAFF_IDLE_SECONDS_MAX))
    assert not is_in(idle.browser)
    sign_in(idle, clock)
    for _ in range(STAFF_SECONDS_MAX // (STAFF_IDLE_SECONDS_MAX - 60)):
        clock.move(timedelta(seconds=STAFF_IDLE_SECONDS_MAX - 60))
        assert is_in(idle.browser)
    clock.move(timedelta(seconds=STAFF_IDLE_SECONDS_MAX - 60))
    assert not is_in(idle.browser)


def test_a_look_is_written_down_with_the_session_that_took_it(
    app: Flask, service: Service, clock: Clock
) -> None:
    looking = joined(service, app, clock, "support")
    someone = member(service.journal).account_id
    headers = {"Cookie": f"daybook-staff={token_of(looking)}"}
    with app.test_request_context("/staff", base_url=BASE, headers=headers):
        access.identify()
        identity.looked("account", someone)
        session_id = identity.member().session_id
    assert looks(service, looking.staff_id) == [("account", someone)]
    with service.connections.for_account(looking.staff_id) as connection:
        row = connection.execute(
            "SELECT session_id, at FROM staff_access_log WHERE account_id = %s",
            (looking.staff_id,),
        ).fetchone()
    assert row == (session_id, clock.now)
