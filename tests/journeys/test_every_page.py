"""Every page, in both looks and languages: for everybody, on a phone, without error."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import (  # type: ignore[import-untyped]
    Axe,
)
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from tests.journeys.customer import PHRASE, Customer, mailed_link
from tests.journeys.test_staff import joins
from tests.running import Running, Served
from web.visitor import DECLINED

pytestmark = pytest.mark.browser

EMAIL, WAITING = "walker@example.org", "waiting@example.org"
PHONE_WIDTH, DESK_WIDTH, HEIGHT = 320, 1280, 900
LOOKS = [(theme, language) for theme in ("light", "dark") for language in ("en", "fr")]
PURCHASE = re.compile("/purchases/[0-9a-f-]+")
HREF = re.compile(r'href="(/purchases/[0-9a-f-]+)"')
GUARDED = [
    *("/email", "/activity", "/api-keys", "/account/close", "/security"),
    *("/plan", "/smtp"),
    *(f"/security/{page}" for page in ("two-factor", "passkey", "codes", "off")),
]
axe = Axe()


@pytest.fixture(scope="module")
def doors(running: Running) -> list[str]:
    """The pages of whoever is not signed in, a waiting sign-up's among them."""
    stranger = running.visitor()
    form = stranger.get("/sign-up")
    stranger.post("/sign-up", form, name="W", email=WAITING, password=PHRASE)
    link = mailed_link(running, WAITING).removeprefix(running.url)
    ours = ["/sign-in", "/sign-up", link, "/verify/gone", "/nothing", "/api/"]
    return [*ours, "/forgotten", "/reset/gone", "/email/undo/gone", "/staff/sign-in"]


@pytest.fixture(scope="module")
def rooms(running: Running) -> list[str]:
    """The pages of a customer who bought, was declined, sent and holds."""
    walker, sender = running.visitor(), running.sender()
    walker.sign_up("Walker", EMAIL, PHRASE)
    empty = walker.get("/credits")
    walker.post("/credits/threshold", empty, threshold="5000")
    walker.buy("credits-2000")
    paid = walker.url.removeprefix(running.url)
    walker.buy("credits-10000", **DECLINED)
    sender.send(running.account_id(EMAIL), "Letter", 700, 650)
    sender.hold(running.account_id(EMAIL), "Catalogue", 200)
    shown = paid.removesuffix("/returned")
    walker.post("/domains", walker.get("/domains"), domain="walker-letters.com")
    domain = walker.url.removeprefix(running.url).partition("?")[0]
    sending = ["/tracking", "/domains", domain, f"{domain}/sheet", f"{domain}/remove"]
    found = ["/", "/profile", "/credits", "/purchases", paid, shown, "/lost", *GUARDED]
    links = HREF.findall(walker.get("/purchases"))
    return found + sending + [link for link in links if link not in found]


@pytest.fixture
def faults() -> list[str]:
    return []


def looking(
    browser: Browser, running: Running, theme: str, language: str
) -> BrowserContext:
    context = browser.new_context(viewport={"width": DESK_WIDTH, "height": HEIGHT})
    choose(context, running, theme, language)
    return context


def choose(context: BrowserContext, running: Served, theme: str, language: str) -> None:
    """Look on in this appearance and language."""
    chosen = {"daybook-theme": theme, "daybook-language": language}
    for name, value in chosen.items():
        context.add_cookies([{"name": name, "value": value, "url": running.url}])


def listening(context: BrowserContext, faults: list[str]) -> Page:
    """Open a tab whose console is written down."""
    return heard(context.new_page(), faults)


def heard(page: Page, faults: list[str]) -> Page:
    """Write a tab's console down from now on."""

    def said(message: ConsoleMessage) -> None:
        if message.type == "error":
            faults.append(f"{page.url}: {message.text}")

    page.on("console", said)
    page.on("pageerror", lambda error: faults.append(f"{page.url}: {error}"))
    return page


def look_at(page: Page, faults: list[str]) -> None:
    """Write down what is wrong with the page that is open."""
    found = axe.run(page)
    if found.violations_count:
        faults.append(f"{page.url}: {found.generate_report()}")
    page.set_viewport_size({"width": PHONE_WIDTH, "height": HEIGHT})
    width = page.evaluate("document.documentElement.scrollWidth")
    if width > PHONE_WIDTH:
        faults.append(f"{page.url}: {width} pixels wide on a phone")
    page.set_viewport_size({"width": DESK_WIDTH, "height": HEIGHT})


def walk(running: Running, page: Page, paths: list[str], faults: list[str]) -> None:
    for path in paths:
        answer = page.goto(running.url + path)
        assert answer is not None
        refused = f"status of {answer.status}" if answer.status >= 400 else None
        if refused:
            expected = [fault for fault in faults if refused in fault]
            faults[:] = [fault for fault in faults if fault not in expected]
        assert answer.status in (200, 404, 410), path
        look_at(page, faults)


def wrong_forms(running: Running, page: Page) -> Iterator[None]:
    """Send every form of a customer with a mistake in it."""
    wrong = {"name": "", "threshold": "many", "domain": "gmail.com"}
    paths = {"name": "/profile", "threshold": "/credits", "domain": "/domains"}
    for field, path in paths.items():
        page.goto(running.url + path)
        page.locator(f'main [name="{field}"]').fill(wrong[field])
        page.locator(f'form:has([name="{field}"]) .btn').first.click()
        page.locator('main [aria-invalid="true"]').wait_for()
        yield


@pytest.mark.parametrize(("theme", "language"), LOOKS)
def test_every_door_is_open_to_everybody(
    browser: Browser,
    running: Running,
    doors: list[str],
    faults: list[str],
    theme: str,
    language: str,
) -> None:
    context = looking(browser, running, theme, language)
    walk(running, listening(context, faults), doors, faults)
    context.close()
    assert faults == []


@pytest.mark.parametrize(("theme", "language"), LOOKS)
def test_every_room_is_open_to_everybody(
    browser: Browser,
    running: Running,
    rooms: list[str],
    faults: list[str],
    theme: str,
    language: str,
) -> None:
    context = looking(browser, running, theme, language)
    page = listening(context, faults)
    sign_in(running, page)
    walk(running, page, rooms, faults)
    for _ in wrong_forms(running, page):
        look_at(page, faults)
    page.locator(".top .who form button").click()
    look_at(page, faults)
    context.close()
    assert [fault for fault in faults if "status of 422" not in fault] == []


@pytest.mark.parametrize(("theme", "language"), [LOOKS[0], LOOKS[2]])
def test_every_page_of_the_staff_is_open_to_everybody(
    browser: Browser,
    running: Running,
    rooms: list[str],
    faults: list[str],
    theme: str,
    language: str,
) -> None:
    context = looking(browser, running, theme, language)
    page = listening(context, faults)
    email = f"finance.{theme}@example.org"
    joins(Customer(page, running, "Finance", email), "finance")
    account = f"/staff/accounts/{running.account_id(EMAIL)}"
    bought = next(room for room in rooms if PURCHASE.fullmatch(room))
    pages = ["/staff", account, f"{account}{bought}", f"{account}/credits"]
    lists = ("refunds", "reconciliation", "refused-captures")
    faults.clear()
    walk(running, page, pages + [f"/staff/{name}" for name in lists], faults)
    context.close()
    assert faults == []


def sign_in(running: Running, page: Page) -> None:
    page.goto(running.url + "/sign-in")
    page.locator('main [name="email"]').fill(EMAIL)
    page.locator('main [name="password"]').fill(PHRASE)
    page.locator("main form button.pri").click()
    page.locator(".top .who").wait_for()
