"""The page of plan usage, clicked through at a real stand-in."""

from __future__ import annotations

from datetime import timedelta

from commands.usage_settling import end_periods
from ledger.subscription_terms import GRACE
from tests.commands.subscribing import FAILS_LATER
from tests.commands.test_adjustments import give
from tests.commands.using import contacts
from tests.web.panel.test_subscriptions import Panel, panel
from tests.web.panel.using import erasures, tell
from tests.web.service import followed

__all__ = ["contacts", "panel"]

DAY = timedelta(days=1)


def test_without_the_plan_it_leads_to_the_plans(panel: Panel) -> None:
    assert panel.ida.browser.get("/usage").location == "/plan"
    assert "/usage" not in panel.ida.browser.get("/").text


def test_with_the_plan_it_stands_where_credits_stood(panel: Panel) -> None:
    panel.subscribe()
    home = panel.ida.browser.get("/").text
    assert 'href="/usage"' in home
    assert 'href="/credits"' not in home.partition("<main")[0]
    page = panel.ida.reads("/usage")
    assert "Unlimited, up to 1,000 contacts" in page
    assert "No earlier periods" in page


def test_the_overview_speaks_of_the_plan_and_not_of_credits(panel: Panel) -> None:
    panel.subscribe()
    tell(panel, range(500), "1")
    page = panel.ida.reads("/")
    for words in ("500 of 1,000 in this period", "Contacts left 500", "Fill in"):
        assert words in page
    for words in ("low-balance", "Buy credits", "Sent this month"):
        assert words not in page


def test_the_overview_tells_of_a_renewal_that_is_not_paid(panel: Panel) -> None:
    panel.subscribe(card=FAILS_LATER)
    end = panel.end()
    assert "The renewal is not paid" not in panel.ida.reads("/")
    for moment, told in (
        (end + DAY, "in the period that is still to be paid"),
        (end + GRACE + DAY, "As soon as it is paid, sending goes on"),
    ):
        panel.travel(moment)
        followed(panel.ida.service)
        page = panel.ida.reads("/")
        assert "The renewal is not paid" in page
        assert told in page


def test_it_shows_the_count_and_what_follows_from_it(panel: Panel) -> None:
    panel.subscribe()
    tell(panel, range(500), "1")
    assert "500 of 1,000 contacts" in panel.ida.browser.get("/usage").text
    assert "of this tier is used" not in panel.ida.reads("/usage")
    tell(panel, range(820), "2")
    assert "82% of this tier is used" in panel.ida.reads("/usage")
    tell(panel, range(1000), "3")
    page = panel.ida.reads("/usage")
    assert "All 1,000 contacts of this tier are used" in page
    assert "Move to 5,000 contacts" in page
    assert "1,000 of 1,000" in panel.ida.reads("/").replace("\n", " ")


def test_an_earlier_period_and_its_correction_are_shown(panel: Panel) -> None:
    panel.subscribe()
    tell(panel, range(20), "1")
    first, sent_at, end = panel.found(), panel.ida.clock(), panel.end()
    panel.travel(end + DAY)
    end_periods(panel.ida.service.journal, erasures(panel), panel.ida.clock())
    followed(panel.ida.service)
    assert "Late reports may still correct it" in panel.ida.reads("/usage")
    assert first.period is not None
    tell(panel, range(25), "2", since=first.period[0], sent_at=sent_at)
    page = panel.ida.reads("/usage")
    assert "by late reports; 20 before" in page
    panel.ida.clock.now = end + 15 * DAY
    end_periods(panel.ida.service.journal, erasures(panel), panel.ida.clock())
    followed(panel.ida.service)


def test_credits_from_before_are_mentioned(panel: Panel) -> None:
    give(panel.ida.service, panel.ida.account_id, 7)
    panel.subscribe()
    assert "7 credits are left from before" in panel.ida.reads("/usage")
