"""What became of a domain, and what the latest looks found, in words."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

from ledger.dns_records import FOUND, SELECTORS
from web.panel.dns_figures import Findings
from web.words import gettext


class Change(Protocol):
    """One thing that became of a domain."""

    @property
    def what(self) -> str:
        """The last word of its topic."""

    @property
    def why(self) -> str | None:
        """Why, where the fact says so."""

    @property
    def at(self) -> datetime:
        """When."""


class Look(Protocol):
    """Looks in a row that found the same."""

    @property
    def first_at(self) -> datetime:
        """When the first of them was."""

    @property
    def last_at(self) -> datetime:
        """When the latest of them was."""

    @property
    def looks(self) -> int:
        """How many they were."""


def change_row(change: Change) -> dict[str, Any]:
    """Return a line of the history."""
    return {"at": change.at, "words": _changes()[change.what], "sub": _why(change)}


def look_row(look: Look, findings: Findings) -> dict[str, Any]:
    """Return a line for looks in a row that found the same."""
    lacking = [
        (kind, finding.state)
        for kind, finding in findings.items()
        if finding.state != FOUND
    ]
    found = [kind for kind in SELECTORS if kind in findings]
    return {
        "since": look.first_at if look.looks > 1 else None,
        "at": look.last_at,
        "looks": look.looks,
        "found": len([kind for kind in found if findings[kind].state == FOUND]),
        "wanted": len(SELECTORS),
        "lacking": lacking,
    }


def _changes() -> dict[str, str]:
    return {
        "Added": gettext("Added"),
        "Verified": gettext("Verified: both needed records were found"),
        "Degraded": gettext("At risk: a needed record was missing twice"),
        "Recovered": gettext("Verified again: both needed records are there"),
        "Failed": gettext("Failed"),
        "Resumed": gettext("Looked for again"),
        "ContestOpened": gettext(
            "Its records were found, but another account holds it"
        ),
        "Contested": gettext("Another account published its records for the domain"),
        "ContestEnded": gettext("The other account’s claim is over"),
        "Transferred": gettext("The domain went to another account"),
    }


def _why(change: Change) -> str | None:
    words = {
        "lost": gettext("The records were missing for three days."),
        "never_found": gettext("The records were not found within three days."),
        "unanswered": gettext("The name servers did not answer for a week."),
    }
    return words.get(change.why or "")
