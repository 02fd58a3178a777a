"""What the journeys through time share: sending under a plan, and the books at last."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.sync_api import Page

from tests.journeys.customer import Customer
from tests.journeys.test_every_page import heard, look_at
from tests.whole import Whole
from web.visitor import Astray

UNFIT = re.compile(r"</?[a-z]+[ >]|%\(|\bNone\b|&[a-z]+;")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Sending:
    """The sending service, as one customer's campaigns go through it."""

    def __init__(self, whole: Whole, person: Customer) -> None:
        self.whole, self.sender = whole, whole.sender()
        self.account_id = whole.account_id(person.email)

    def sent(self, campaign: str, people: Iterable[int]) -> int:
        """Report people as sent to just now; the period's count with them."""
        addresses = [f"reader-{one}@example.org" for one in people]
        now = self.whole.service.clock()
        told = self.sender.report(self.account_id, campaign, addresses, now)
        return int(told["distinct"])

    def may(self, recipients: int) -> dict[str, Any]:
        """Ask whether so many may be sent to."""
        path = f"/accounts/{self.account_id}/allowance?recipients={recipients}"
        return self.sender.call("GET", path)

    def allowed(self, campaign: str, recipients: int, kind: str = "period") -> str:
        """Have a campaign allowed; return nothing, or why it was refused."""
        try:
            self.sender.hold(self.account_id, campaign, recipients, kind)
        except Astray as refusal:
            return str(refusal)
        return ""

    def period(self) -> tuple[datetime, datetime]:
        """Return the period of the plan that is used now."""
        told = self.sender.call("GET", f"/accounts/{self.account_id}/usage")
        until = datetime.fromisoformat(told["period_until"])
        return datetime.fromisoformat(told["period_from"]), until

    def smtp_until(self) -> datetime | None:
        """Return until when SMTP access may be used, as the application asks."""
        told = self.sender.call("GET", f"/accounts/{self.account_id}/smtp-access")
        assert told["active"] == (told["until"] is not None)
        return told["until"] and datetime.fromisoformat(told["until"])


class Eyes:
    """Looks at new states: for everybody, on a phone, without an error."""

    def __init__(self, page: Page) -> None:
        self.page, self.faults = page, list[str]()
        heard(page, self.faults)

    def look(self) -> None:
        """Look at the page that is open, in the appearance that is chosen."""
        look_at(self.page, self.faults)

    def found_nothing(self) -> None:
        """Tell what was wrong; what was refused on purpose is in the console too."""
        faults = [one for one in self.faults if "with a status of 4" not in one]
        assert not faults, "\n".join(faults)


def books_agree(whole: Whole) -> None:
    """Hold every view to the journal, and the processor's books to it, day by day."""
    mails_are_plain(whole)
    for question in (("replay", "--against-views"), ("verify",)):
        answer = whole.cli("audit", *question)
        assert answer.returncode == 0, answer.stdout
    assert whole.subscriber is not None
    moved = whole.subscriber.v1.balance_transactions.list({"limit": 100}).data
    days = {datetime.fromtimestamp(one.created, UTC).date() for one in moved}
    for day in sorted(days):
        answer = whole.cli("reconcile", "--date", f"{day}", "--json")
        told = json.loads(answer.stdout)
        assert (told["differences"], told["settled"]) == ([], 0)
        assert told["movements"] > 0


def mails_are_plain(whole: Whole) -> None:
    """See that no text of a mail has markup in it, or a gap that was not filled."""
    for mail in whole.visitor().mails(""):
        assert not UNFIT.search(mail["text"]), mail["text"]


def bars_of(page: Page) -> dict[str, str]:
    """Read what each bar of the chart says when it is pointed at."""
    titles = page.locator("figure svg title").all_text_contents()
    told = dict(title.rsplit(":", 1) for title in titles)
    return {day.strip(): count.strip() for day, count in told.items()}


def rows_of(page: Page) -> dict[str, str]:
    """Open the same as a table, and read it."""
    page.locator("figure summary").click()
    rows = page.locator("figure tbody tr").all()
    cells = [row.locator("th, td").all_inner_texts() for row in rows]
    return {day.strip(): count.strip() for day, count, _ in cells}
