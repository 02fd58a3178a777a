"""Pages that stand there only for a while: links, second factors, mistakes, refusals.

Each is looked at in both looks and languages, as every page is.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.authenticator import Authenticator
from tests.journeys.calling import application, call
from tests.journeys.customer import PHRASE, Customer, mailed_link, somebody
from tests.journeys.test_every_page import LOOKS, choose, heard, look_at
from tests.journeys.test_staff import REASON, finds, invited, joins
from tests.running import Running

pytestmark = pytest.mark.browser

FACTORS = ["/security", "/security/codes", "/security/off", "/email", "/confirm"]
STAFF = ["/staff", "/staff/parked", "/staff/refused-captures"]
WRONG = (
    ("/security", "/security/password", {"password": "a", "password_again": "b"}),
    ("/account/close", "/account/close", {"email": "nobody@example.org"}),
    ("/profile", "/profile", {"vat_number": "NL12"}),
)


@pytest.fixture
def faults() -> list[str]:
    return []


def look_at_all(person: Customer, paths: list[str], faults: list[str]) -> None:
    """Open pages in every look; a refusal is told in the console too, and meant."""
    heard(person.page, faults)
    for theme, language in LOOKS:
        choose(person.page.context, person.running, theme, language)
        for path in paths:
            person.page.goto(person.running.url + path.removeprefix(person.running.url))
            look_at(person.page, faults)
    faults[:] = [fault for fault in faults if "with a status of 4" not in fault]


def links_of(person: Customer) -> list[str]:
    """Forget the password, change the address, have receipts and records mailed."""
    visitor, own = person.running.visitor(), person.email
    new, books, helper = (f"{who}-{own}" for who in ("new", "books", "it"))
    visitor.sign_up(person.name, own, PHRASE)
    visitor.post("/forgotten", visitor.get("/forgotten"), email=own)
    asked = {"email": new, "current_password": PHRASE}
    visitor.post("/email", visitor.get("/email"), **asked)
    asked = {"receipt_email": books, "current_password": PHRASE}
    visitor.post("/email/receipts", visitor.get("/email"), **asked)
    visitor.post("/domains", visitor.get("/domains"), domain="mover-letters.com")
    sheet = f"{visitor.url.partition('?')[0]}/sheet"
    visitor.post(sheet, visitor.get(sheet), email=helper, language="fr")
    wanted = [(own, "/reset/"), (own, "/email/cancel/"), (new, "/email/confirm/")]
    wanted += [(books, "/receipt-address/"), (helper, "/it-letters/")]
    return [mailed_link(person.running, email, path) for email, path in wanted]


def test_every_page_of_a_mailed_link_is_open_to_everybody(
    browser: Browser, running: Running, faults: list[str]
) -> None:
    with somebody(browser, running, "Mover") as mover:
        joining = invited(running, f"staff-{mover.email}", "support")
        look_at_all(mover, [*links_of(mover), joining], faults)
    assert faults == []


def test_a_mistake_in_a_form_is_told_to_everybody(
    browser: Browser, running: Running, faults: list[str]
) -> None:
    with somebody(browser, running, "Wrong") as wrong:
        wrong.sign_up()
        heard(wrong.page, faults)
        for theme, language in LOOKS:
            choose(wrong.page.context, running, theme, language)
            for path, action, fields in WRONG:
                wrong.open(path)
                wrong.send(action, **fields)
                wrong.page.locator('main [aria-invalid="true"]').first.wait_for()
                look_at(wrong.page, faults)
    assert [fault for fault in faults if "status of 422" not in fault] == []


def test_every_page_behind_two_factor_is_open_to_everybody(
    browser: Browser, running: Running, faults: list[str]
) -> None:
    with somebody(browser, running, "Twice") as twice:
        twice.sign_up()
        twice.open("/security/two-factor")
        app = Authenticator(twice.page.locator("#seed").inner_text())
        twice.send("/security/two-factor", code=app.code())
        twice.page.locator("#codes").wait_for()
        look_at(twice.page, faults)
        look_at_all(twice, FACTORS, faults)
        twice.sign_out()
        twice.sign_in()
        twice.page.locator("#code").wait_for()
        look_at_all(twice, ["/sign-in/code"], faults)
    assert faults == []


def test_the_page_of_an_applications_link_is_open_to_everybody(
    browser: Browser, running: Running, faults: list[str]
) -> None:
    with (
        somebody(browser, running, "Linked") as linked,
        somebody(browser, running, "Screen") as screen,
    ):
        linked.sign_up()
        token = application(running, linked.email)
        _, link = call(running, "/panel-links", token, {})
        # Without its script the page stays, and does not post itself.
        screen.page.route("**/panel.js", lambda route: route.fulfill(body=""))
        look_at_all(screen, [link["url"]], faults)
        screen.press()
        expect(screen.page.locator(".top .who")).to_contain_text(linked.email)
    assert faults == []


def test_the_page_of_a_disabled_account_and_supports_are_open_to_everybody(
    browser: Browser, running: Running, faults: list[str]
) -> None:
    with (
        somebody(browser, running, "Inspector") as member,
        somebody(browser, running, "Shut") as shut,
    ):
        shut.sign_up()
        joins(member, "support")
        account = finds(member, shut.email)
        look_at_all(member, [*STAFF, account], faults)
        choose(member.page.context, running, "light", "en")
        member.open(account)
        member.send(f"{account}/disable", reason=REASON)
        member.sees("The account is disabled")
        look_at_all(member, [account], faults)
        look_at_all(shut, ["/"], faults)
    assert faults == []
