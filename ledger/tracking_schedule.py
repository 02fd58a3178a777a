"""When a tracking host is looked at again: pure reckoning."""

from __future__ import annotations

from datetime import datetime, timedelta

from ledger.domain_schedule import EVERY, FIRST_LOOKS
from ledger.tracking_domains import SECOND_LOOK, Outcome, TrackingDomain, TrackingHost

DAY = timedelta(days=1)
AGAIN = {"found": DAY, "missing": SECOND_LOOK, "unclear": timedelta(hours=1)}
"""A verified host: one missing answer is soon followed by a second look."""
EAGER = timedelta(days=3)
"""So long a record that is not there is looked for often, then once a day,"""
PATIENT = timedelta(days=30)
"""and after a month only when somebody asks."""


def next_look(
    tracking: TrackingDomain, host: TrackingHost, outcome: Outcome, now: datetime
) -> datetime | None:
    """Return when to look again after a look that had this outcome.

    None where nobody waits for it: a host that is not verified and not chosen.
    """
    if host.state == "verified":
        return now + AGAIN[outcome]
    if host.host_id != tracking.current_id or host.state == "released":
        return None
    since = max(host.since, tracking.chosen_at or host.since)
    age = now - since
    for after in FIRST_LOOKS:
        if age < after:
            return since + after
    if age < EAGER:
        return since + (age // EVERY + 1) * EVERY
    return now + DAY if age < PATIENT else None
