"""When a sending domain is looked at again: pure reckoning."""

from __future__ import annotations

from datetime import datetime, timedelta

from ledger.domains import TERM, Outcome, SendingDomain

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
FIRST_LOOKS = (MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR)
"""After a domain is added: whoever has just typed the records waits for an answer."""
EVERY = 6 * HOUR
"""From then on: most changes of DNS are seen everywhere within some hours."""
AGAIN = {"found": timedelta(days=1), "missing": 15 * MINUTE, "unclear": HOUR}
"""A verified domain: one missing answer is soon followed by a second look."""


def next_look(
    domain: SendingDomain, outcome: Outcome, now: datetime
) -> datetime | None:
    """Return when to look again after a look that had this outcome.

    None for a domain that failed or was removed: nobody waits for it.
    """
    if domain.state in ("failed", "removed"):
        return None
    if domain.contest is not None:
        return _hourly(domain.contest["until"], now)
    if domain.state == "verified":
        return now + AGAIN[outcome]
    if domain.state == "degraded":
        return _hourly(domain.since + TERM, now)
    return _of_new(domain.since, now)


def _hourly(until: datetime, now: datetime) -> datetime:
    """Return the next hour, or the end where it comes before."""
    return min(now + HOUR, until) if now < until else now + HOUR


def _of_new(since: datetime, now: datetime) -> datetime:
    for after in FIRST_LOOKS:
        if now < since + after:
            return since + after
    return since + ((now - since) // EVERY + 1) * EVERY
