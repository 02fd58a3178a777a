"""Looking at a domain's records: asked for by its holder, or because it is time."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from commands import limiter
from commands.asking import ask_about_each
from commands.domain_checks import (
    RecordCheck,
    Seen,
    look_context,
    note_look,
    record_check,
)
from commands.domain_lookups import advise, look_up, turn
from commands.domains import known
from commands.gateways.dns import Lookups
from commands.owners import owner
from ledger.aggregate import SYSTEM
from ledger.dns_records import FOUND, Finding, Wanted, wanted_records
from ledger.domains import Outcome, SendingDomain
from ledger.journal import Journal
from ledger.refusals import NoSuchDomain

AT_ONCE = 8
"""Looks under way: each waits for others' servers, eight seconds at worst."""
BATCH = 2 * AT_ONCE
TURN = 2
"""Domains of one account in a batch: nobody's twenty are looked at before others'."""
AGAIN = timedelta(minutes=10)
"""After so long a look is taken over whose process died on the way."""
DUE_MAX = 2_000
"""Of what is due, the longest waiting are sorted into turns."""
DUE_SQL = """
WITH due AS (SELECT account_id, domain_id, due_at, row_number() OVER
        (PARTITION BY account_id ORDER BY due_at, domain_id) AS turn
    FROM (SELECT account_id, domain_id, due_at FROM watched_domains
        WHERE due_at <= %(now)s ORDER BY due_at LIMIT %(due)s) AS waiting),
chosen AS (SELECT account_id, domain_id FROM due WHERE turn <= %(turn)s
    ORDER BY turn, due_at LIMIT %(batch)s)
UPDATE watched_domains w SET due_at = %(again)s FROM chosen
WHERE w.account_id = chosen.account_id AND w.domain_id = chosen.domain_id
    AND w.due_at <= %(now)s
RETURNING w.account_id, w.domain_id"""


@dataclass(frozen=True, kw_only=True)
class Eyes:
    """What looking goes by: whom it asks, and the zone that the records lead into."""

    lookups: Lookups
    zone: str


def check_now(
    journal: Journal, eyes: Eyes, account_id: UUID, domain_id: UUID, now: datetime
) -> SendingDomain:
    """Look at a domain because its holder asks; return it as it is then.

    Raises NoSuchAccount, AccountClosed, NoSuchDomain, TooManyAttempts, in this order.
    """
    owner(journal, account_id)
    domain = known(journal, account_id, domain_id)
    with turn():
        limiter.require(journal, now, ("domain_check", str(domain_id)))
        limiter.require(journal, now, ("domain_checks", str(account_id)))
        return look(journal, eyes, domain, now, asked=True)


def look_at_due(journal: Journal, eyes: Eyes, now: datetime) -> int:
    """Look at domains whose time has come, some at once; return how many.

    One that makes trouble holds up none of the others; the first trouble is raised
    at the end, and its domain looked at again in ten minutes.
    """
    values = {
        **{"now": now, "again": now + AGAIN},
        **{"due": DUE_MAX, "turn": TURN, "batch": BATCH},
    }
    with journal.connections.for_account(SYSTEM) as connection:
        rows = connection.execute(DUE_SQL, values, prepare=True).fetchall()
    if not rows:
        return 0

    def look_at(account_id: UUID, domain_id: UUID) -> None:
        with suppress(NoSuchDomain):
            look(journal, eyes, known(journal, account_id, domain_id), now)

    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="looks") as pool:
        looks = [(pool.submit(look_at, *row),) for row in rows]
        return ask_about_each(looks, lambda look: look.result())


def look(
    journal: Journal,
    eyes: Eyes,
    domain: SendingDomain,
    now: datetime,
    *,
    asked: bool = False,
) -> SendingDomain:
    """Look a domain's records up, record what that changes, and return it.

    Raises NoSuchDomain when it was removed meanwhile.
    """
    wanted, seen = _seen(eyes, domain)
    outcome, missing = outcome_of(wanted, seen.findings)
    command = RecordCheck(
        account_id=domain.account_id,
        domain_id=domain.id,
        outcome=outcome,
        missing=tuple(missing),
        asked=asked,
    )
    record_check(journal, command, look_context(domain, now))
    after = known(journal, domain.account_id, domain.id)
    note_look(journal, after, outcome, seen, now)
    return after


def _seen(eyes: Eyes, domain: SendingDomain) -> tuple[list[Wanted], Seen]:
    """Return what was looked for and what was seen; nobody advises without answers."""
    assert domain.name is not None, "a domain goes before its holder is erased"
    wanted = wanted_records(domain.name, domain.label, eyes.zone)
    looked = look_up(eyes.lookups, wanted)
    knows = not all(one.is_temporary for one in looked.findings)
    seen = Seen(
        findings=looked.findings,
        provider=looked.provider,
        zone=looked.zone,
        advice=advise(eyes.lookups, domain.name) if knows else [],
    )
    return wanted, seen


def outcome_of(
    wanted: Sequence[Wanted], findings: Sequence[Finding]
) -> tuple[Outcome, list[str]]:
    """Return what a look comes to, and which required records surely are not there."""
    required = {one.kind for one in wanted if one.required}
    lacking = [one for one in findings if one.kind in required and one.state != FOUND]
    missing = [one.kind for one in lacking if not one.is_temporary]
    if missing:
        return "missing", missing
    return ("unclear" if lacking else "found"), []
