"""Domains with everything that can become of one, so that it can be recorded."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

from ledger.domains import TERM, SendingDomain
from ledger.it_letters import ItLetters
from tests.conftest import NOON

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
RECORDS = ["dkim1", "dkim2"]


def domains(account_id: UUID) -> list[SendingDomain]:
    """A holder that lets its name go, and two that contest it, one in vain."""
    holder, second, third = (
        SendingDomain.add(uuid4(), account_id, f"{name}.example", 26 * name[0], NOON)
        for name in ("hollis", "bakery", "garden")
    )
    holder.miss(RECORDS, NOON + TERM, NOON)
    holder.resume(NOON + TERM)
    holder.find(NOON + TERM + HOUR)
    holder.miss(["dkim2"], NOON + 4 * DAY, NOON + 4 * DAY - HOUR)
    holder.find(NOON + 5 * DAY)
    for contender, ended in ((second, "withdrawn"), (third, "transferred")):
        contender.open_contest(holder.id, NOON + 6 * DAY)
        holder.meet_contest(contender.id, NOON + 6 * DAY)
        contender.end_contest(ended, NOON + 9 * DAY)
    holder.give_way(third.id, NOON + 9 * DAY)
    third.find(NOON + 9 * DAY)
    second.remove("withdrawn", NOON + 10 * DAY)
    return [holder, second, third]


def it_letters(account_id: UUID) -> ItLetters:
    """Letters with the records of a domain, to people without an account."""
    letters = ItLetters.begin(account_id)
    letters.send(uuid4(), uuid4(), NOON)
    return letters
