"""The contacts that a period has already: read once, then remembered.

They follow from the journal. Beside it stands a row for each report that added some,
sealed with the period's key, so that a period is read without the contacts that were
told again. What is remembered is brought up to the version of the stream that a report
is decided on; one that somebody outran meets a version conflict and is decided again.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from ledger.contacts import ContactSet
from ledger.journal import Journal
from ledger.journal.records import StoredFact
from ledger.refusals import PersonErased
from ledger.usage import PeriodUsage
from ledger.usage_facts import Reported, sealed_for

CONTACTS_KEPT_MAX = 5_000_000
"""Remembered by a process, some 45 bytes each; a single period may have more."""
EMPTY_CONTACTS = 430
"""A period without contacts takes as much memory as so many: 19 kB."""
IDLE_SECONDS_MAX = 600.0
"""A period that nobody reports into is forgotten after this time."""
PAGE_ROWS = 20
ROWS_SQL = (
    "SELECT version, sealed, key_id FROM usage_additions WHERE account_id = %s"
    " AND period_from = %s AND version > %s AND version <= %s ORDER BY version"
    f" LIMIT {PAGE_ROWS}"
)
FACTS_SQL = (
    "SELECT version, stream_id, version, topic, payload, account_id, topic_version,"
    " sealed, sealed_key_id, happened_at FROM journal WHERE stream_id = %s"
    " AND version > %s AND version <= %s AND topic = 'usage.Reported'"
    f" ORDER BY version LIMIT {PAGE_ROWS}"
)
CLEARED_SQL = (
    "DELETE FROM usage_additions WHERE account_id = %s AND period_from = %s"
    " AND version > %s AND version <= %s"
)
MADE_SQL = (
    "INSERT INTO usage_additions (account_id, period_from, version, sealed, key_id)"
    " SELECT account_id, period_from, version, sealed, key_id"
    " FROM (VALUES (%s::uuid, %s::timestamptz, %s::integer, %s::bytea, %s::uuid))"
    " AS made (account_id, period_from, version, sealed, key_id)"
    " JOIN data_keys USING (account_id, key_id) ON CONFLICT DO NOTHING"
)
"""Nothing is made of a period whose key is destroyed: nobody would drop it again."""
STRAYS_SQL = (
    "DELETE FROM usage_additions WHERE account_id = %s AND period_from = %s AND version"
    " > (SELECT coalesce(max(version), 0) FROM journal WHERE stream_id = %s)"
)
"""One look at both: a row that is seen, and its fact not, belongs to none."""
AdditionRow = tuple[object, ...]

log = logging.getLogger(__name__)


@dataclass
class Known:
    """A period's contacts up to a version of its stream.

    `excess` is what was recorded beyond what the journal's reports give: not zero
    only where `recount` finds a report that counted otherwise.
    """

    contacts: ContactSet
    version: int = 0
    excess: int = 0
    used_at: float = field(default_factory=time.monotonic)
    weight: int = 0

    def counted(self, version: int, new: bytes) -> None:
        """Note what a report added, once it is recorded."""
        self.contacts.add(new)
        self.version = version


class Memory:
    """The periods reported into last, by stream; idle and surplus ones are dropped."""

    def __init__(self) -> None:
        self._gate = threading.Lock()
        self._kept: OrderedDict[UUID, Known] = OrderedDict()
        self._weight = 0
        self._looks = False

    def take(self, stream_id: UUID) -> Known | None:
        with self._gate:
            return self._kept.get(stream_id)

    def keep(self, stream_id: UUID, known: Known) -> None:
        with self._gate:
            self._drop(stream_id)
            known.used_at = time.monotonic()
            known.weight = len(known.contacts) + EMPTY_CONTACTS
            self._kept[stream_id] = known
            self._weight += known.weight
            while self._weight > CONTACTS_KEPT_MAX and len(self._kept) > 1:
                self._drop(next(iter(self._kept)))
            self._look_later()

    def forget(self, stream_id: UUID) -> None:
        with self._gate:
            self._drop(stream_id)

    def _drop(self, stream_id: UUID) -> None:
        known = self._kept.pop(stream_id, None)
        self._weight -= known.weight if known is not None else 0

    def _look_later(self) -> None:
        """Look when the oldest becomes idle, also if nobody reports any more."""
        if self._looks or not self._kept:
            return
        oldest = next(iter(self._kept.values()))
        pause = oldest.used_at + IDLE_SECONDS_MAX - time.monotonic()
        timer = threading.Timer(max(0.01, pause), self._look)
        timer.daemon = self._looks = True
        timer.start()

    def _look(self) -> None:
        with self._gate:
            self._looks = False
            idle_since = time.monotonic() - IDLE_SECONDS_MAX
            for stream_id, known in list(self._kept.items()):
                if known.used_at <= idle_since:
                    self._drop(stream_id)
            self._look_later()


_memories: WeakKeyDictionary[Journal, Memory] = WeakKeyDictionary()


def memory_of(journal: Journal) -> Memory:
    """Return what this process remembers of a journal's periods."""
    return _memories.setdefault(journal, Memory())


def contacts_of(journal: Journal, usage: PeriodUsage) -> Known:
    """Return the contacts of the period as of the version it was loaded with.

    For one command at a time: it holds the stream. Rows that are damaged, missing or
    older than this software are made anew from the journal.
    """
    memory, version = memory_of(journal), usage.version - len(usage.pending_events)
    known = memory.take(usage.id)
    if known is None or known.version > version:
        known = Known(ContactSet(usage.distinct))
    readable = known.version == version or _brought_up(journal, usage, known, version)
    if not readable or len(known.contacts) + known.excess != usage.distinct:
        log.warning("contacts of period %s are read from the journal", usage.id)
        known = _made_anew(journal, usage, version)
    memory.keep(usage.id, known)
    return known


def addition(journal: Journal, usage: PeriodUsage, new: bytes) -> list[AdditionRow]:
    """Return the row for what the report that `usage` just took has added."""
    reported = (one for one in usage.pending_events if isinstance(one, Reported))
    version = next(reported).originator_version
    return [_row(journal, usage, version, new)] if new else []


def drop_strays(journal: Journal, usage: PeriodUsage) -> None:
    """Drop rows beyond the stream's end: no report could be recorded in their place."""
    values = (usage.account_id, usage.period_from, usage.id)
    with journal.connections.for_account(usage.account_id) as connection:
        connection.execute(STRAYS_SQL, values)


def reports_of(
    journal: Journal, usage: PeriodUsage, until: int
) -> Iterator[tuple[int, Reported]]:
    """Yield a period's reports up to a version, each with its own."""
    pages = _pages(journal, usage.account_id, FACTS_SQL, (usage.id,), until)
    for version, *stored in pages:
        event = journal.facts.to_event(StoredFact(*stored))
        assert isinstance(event, Reported)
        yield version, event


def additions_of(
    journal: Journal, usage: PeriodUsage, after: int, until: int
) -> Iterator[tuple[int, bytes | None]]:
    """Yield what reports added, each with its version; None for what cannot be read."""
    period = (usage.account_id, usage.period_from)
    for version, sealed, key_id in _pages(
        journal, usage.account_id, ROWS_SQL, period, until, after
    ):
        place = _place(usage, version)
        try:
            opened = journal.vault.open(usage.account_id, key_id, sealed, place)
        except ValueError:
            opened = None
        yield version, opened


def _pages(
    journal: Journal,
    account_id: UUID,
    sql: str,
    of: tuple[object, ...],
    until: int,
    after: int = 0,
) -> Iterator[tuple[Any, ...]]:
    """Yield rows in the order of their versions, which is their first column."""
    while True:
        with journal.connections.for_account(account_id) as connection:
            cursor = connection.execute(sql, (*of, after, until), binary=True)
            rows = cursor.fetchall()
        yield from rows
        if len(rows) < PAGE_ROWS:
            return
        after = rows[-1][0]


def _brought_up(
    journal: Journal, usage: PeriodUsage, known: Known, version: int
) -> bool:
    """Add what was added since; tell whether all of it could be read."""
    for at, added in additions_of(journal, usage, known.version, version):
        if added is None:
            return False
        known.counted(at, added)
    known.version = version
    return True


def _made_anew(journal: Journal, usage: PeriodUsage, until: int) -> Known:
    """Read all reports, and write the rows that follow from them.

    Two that do so at once write the same.
    """
    known = Known(ContactSet(usage.distinct))
    for version, report in reports_of(journal, usage, until):
        if report.contacts is None:
            raise PersonErased(sealed_for(usage.period_from))
        new = known.contacts.missing(report.contacts)
        rows = [_row(journal, usage, version, new)] if new else []
        _replace(journal, usage, (known.version, version), rows)
        known.counted(version, new)
    _replace(journal, usage, (known.version, until), [])
    known.version = until
    known.excess = usage.distinct - len(known.contacts)
    return known


def _replace(
    journal: Journal,
    usage: PeriodUsage,
    versions: tuple[int, int],
    rows: list[AdditionRow],
) -> None:
    """Put these rows in place of those after the first version, up to the second."""
    with (
        journal.connections.for_account(usage.account_id) as connection,
        connection.transaction(),
    ):
        period = (usage.account_id, usage.period_from)
        connection.execute(CLEARED_SQL, (*period, *versions))
        for row in rows:
            connection.execute(MADE_SQL, row)


def _row(journal: Journal, usage: PeriodUsage, version: int, new: bytes) -> AdditionRow:
    purpose, place = sealed_for(usage.period_from), _place(usage, version)
    sealed = journal.vault.seal(usage.account_id, purpose, new, place)
    return (usage.account_id, usage.period_from, version, *sealed)


def _place(usage: PeriodUsage, version: int) -> bytes:
    return f"usage_additions {usage.id} {version}".encode()
