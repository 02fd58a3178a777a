"""A sending domain from its first record to its last, in a browser and by real DNS."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO

import pytest
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader

from tests.commands.people import new_email
from tests.journeys.clocked import NAME, Clocked, clocked
from tests.journeys.test_every_page import LOOKS, choose, heard, look_at
from web.database import Database

pytestmark = pytest.mark.browser

VERIFIED, LOST = "verified", "not verified any more"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def hers(empty_database: Database) -> Iterator[Clocked]:
    with clocked(empty_database) as hers:
        yield hers


@pytest.fixture
def faults() -> list[str]:
    return []


def opened(
    browser: Browser, hers: Clocked, language: str = "en-GB", *, scripts: bool = True
) -> Page:
    """Somebody's browser, signed in."""
    context = browser.new_context(
        locale=language, timezone_id="UTC", java_script_enabled=scripts
    )
    page = context.new_page()
    page.set_default_timeout(10_000)
    hers.sign_in(page)
    return page


def add(page: Page, hers: Clocked, typed: str = NAME) -> None:
    """Add a domain by the navigation and the form."""
    page.locator('nav a[href="/domains"]').click()
    page.locator('main [name="domain"]').fill(typed)
    page.locator("main form button.pri").click()
    expect(page.locator("h1")).to_have_text(NAME)
    hers.settle()


def check(page: Page, hers: Clocked, after: timedelta = MINUTE) -> None:
    """Let time pass and press "Check now"."""
    hers.clock.move(after)
    page.get_by_role("button", name="Check now").click()
    expect(page.locator("#checked")).to_contain_text(f"{hers.clock():%H:%M}")
    hers.settle()


def sees(page: Page, words: str) -> None:
    expect(page.locator("main")).to_contain_text(words)


def state(page: Page, kind: str) -> str:
    """What the badge of a record says."""
    return page.locator(f"#{kind} .tag").inner_text()


def test_a_domain_is_verified_lost_failed_and_verified_again(
    browser: Browser, hers: Clocked
) -> None:
    page = opened(browser, hers)
    add(page, hers, f"Helen <helen@{NAME.upper()}>")
    check(page, hers)
    assert [state(page, kind) for kind in ("dkim1", "dkim2")] == ["Waiting"] * 2
    sees(page, "seems to be run by Cloudflare")
    hers.publish("dkim1")
    hers.publish("dkim2", f"{hers.wanted['dkim2'].value}.{NAME}")
    check(page, hers)
    sees(page, "1 of 2 found")
    assert state(page, "dkim2") == "Different"
    assert page.locator("#dkim2 mark").inner_text() == f".{NAME}"
    hers.publish("dkim2")
    check(page, hers)
    sees(page, f"Messages from {NAME} are authenticated")
    assert hers.link(hers.mailed(f"{NAME} is verified")) == page.url.partition("?")[0]
    loses(page, hers)
    hers.publish("dkim2")
    check(page, hers)
    sees(page, f"Messages from {NAME} are authenticated")
    hers.settle()
    told = [mail.subject for mail in hers.mails if "verified" in mail.subject]
    assert told == [f"{NAME} is {how}" for how in (VERIFIED, LOST, VERIFIED)]


def loses(page: Page, hers: Clocked) -> None:
    """Take a record away until the domain has failed, and read the mails."""
    hers.withdraw("dkim2")
    hers.pass_time(DAY, 15 * MINUTE)
    assert hers.wanted["dkim2"].value in hers.mailed("are missing").text
    hers.sign_in(page)
    page.goto(f"{hers.url}/domains")
    sees(page, "At risk")
    page.get_by_role("link", name=NAME).click()
    sees(page, "Messages are signed until 27 Nov 2026, 12:18")
    sees(page, "Key 1 has been published since 24 Nov 2026")
    hers.pass_time(*(HOUR for _ in range(73)))
    hers.sign_in(page)
    page.goto(hers.link(hers.mailed("is not verified any more")))
    sees(page, "Messages from this domain go out under mail.daybook.test")
    sees(page, "The records were missing for three days.")


def test_a_check_is_answered_in_the_page_and_its_limit_too(
    browser: Browser, hers: Clocked
) -> None:
    page = opened(browser, hers)
    add(page, hers)
    page.evaluate("window.same = true")
    check(page, hers)
    heading = page.locator("#checked h2[data-focus]")
    expect(heading).to_be_focused()
    expect(heading).to_have_text("Records that are needed, Waiting")
    page.get_by_role("button", name="Check now").click()
    sees(page, "The next check is possible in 30 seconds.")
    assert page.evaluate("window.same") is True
    hers.publish("dkim1")
    hers.clock.move(MINUTE)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.method))
    page.get_by_role("button", name="Check now").dblclick()
    sees(page, "1 of 2 found")
    page.wait_for_timeout(1_000)  # a second click would be answered by now
    assert asked.count("POST") == 1
    assert page.evaluate("window.same") is True


def test_without_scripts_and_in_french_it_goes_as_well(
    browser: Browser, hers: Clocked
) -> None:
    page = opened(browser, hers, "fr-FR", scripts=False)
    add(page, hers)
    for kind in ("dkim1", "dkim2"):
        hers.publish(kind)
    hers.clock.move(MINUTE)
    page.get_by_role("button", name="Vérifier maintenant").click()
    sees(page, f"Les messages de {NAME} sont authentifiés")
    page.get_by_role("button", name="Vérifier maintenant").click()
    sees(page, "possible dans 30 secondes")
    page.locator('main a[href$="/remove"]').click()
    page.locator("main form button.bad").click()
    sees(page, "Pas encore de domaine d’envoi")


def test_an_it_person_gets_the_sheet_and_can_refuse_the_next(
    browser: Browser, hers: Clocked
) -> None:
    page, to = opened(browser, hers), new_email("it")
    add(page, hers)
    page.get_by_role("link", name="Sheet for your IT person").click()
    page.locator('main [name="email"]').fill(to)
    page.locator("main form button.pri").click()
    sees(page, f"The sheet is on its way to {to}")
    mail = hers.mailed(f"DNS records for {NAME}")
    assert mail.to == to
    assert all(one.value in mail.text for one in hers.wanted.values())
    stranger = browser.new_context().new_page()
    stranger.goto(hers.link(mail))
    stranger.locator("main form button.pri").click()
    sees(stranger, "No mail with DNS records is sent to your address any more")
    page.locator('main [name="email"]').fill(to)
    page.locator("main form button.pri").click()
    sees(page, "Whoever has this address wants no such mails")


def test_links_carry_a_name_of_her_own_while_its_record_is_there(
    browser: Browser, hers: Clocked
) -> None:
    page, host = opened(browser, hers), f"links.{NAME}"
    add(page, hers)
    for kind in ("dkim1", "dkim2"):
        hers.publish(kind)
    check(page, hers)
    page.locator('nav a[href="/tracking"]').click()
    page.locator('main [name="host"]').fill(host)
    page.locator("main form button.pri").click()
    sees(page, "Publish one record")
    hers.point(host, page.locator("#tracking-value").inner_text())
    check(page, hers)
    sees(page, f"Links lead through {host}")
    assert hers.link(hers.mailed(f"Links now carry {host}")) == page.url
    for server in hers.servers:
        del server.records[host, "CNAME"]
    hers.pass_time(23 * HOUR, HOUR, 6 * MINUTE)
    hers.sign_in(page)
    page.goto(hers.link(hers.mailed(f"Links do not carry {host} any more")))
    sees(page, "Links lead through links.localhost for now")
    page.locator("main form button.bad").click()
    sees(page, "that nothing else uses")


def test_the_sheet_fits_on_one_page_of_paper(browser: Browser, hers: Clocked) -> None:
    page = opened(browser, hers)
    add(page, hers)
    for path in ("", "/sheet"):
        page.goto(page.url.partition("?")[0].removesuffix("/sheet") + path)
    paper = PdfReader(BytesIO(page.pdf(prefer_css_page_size=True)))
    assert len(paper.pages) == 1
    text = paper.pages[0].extract_text().replace("\n", "")
    assert all(one.value in text for one in hers.wanted.values())
    assert "Mail the sheet" not in text


def test_every_state_of_a_domain_is_open_to_everybody(
    browser: Browser, hers: Clocked, faults: list[str]
) -> None:
    page = heard(opened(browser, hers), faults)
    add(page, hers)
    path = page.url.partition("?")[0]
    for _ in states(hers):
        for theme, language in LOOKS:
            choose(page.context, hers, theme, language)
            page.goto(path)
            look_at(page, faults)
    assert faults == []


def states(hers: Clocked) -> Iterator[None]:
    """Let the DNS say everything that it can, one after the other."""
    yield
    hers.publish("dkim1")
    hers.publish("dkim2", "somewhere.else.example.net")
    hers.publish("dmarc", "v=DMARC1; p=none; pct=10")
    hers.pass_time(5 * MINUTE)
    yield
    for server in hers.servers:
        server.manners[hers.wanted["return_path"].host] = "servfail"
        server.records[NAME, "TXT"] = ['"v=spf1 mx ~all"', '"v=spf1 a ~all"']
    hers.publish("dkim2")
    hers.pass_time(10 * MINUTE)
    yield
    hers.withdraw("dkim1")
    hers.pass_time(HOUR, 7 * HOUR, 7 * HOUR)
    yield
