"""Sessions of an account that were begun and not ended, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import singledispatchmethod
from uuid import UUID

import msgspec

from ledger.aggregate import Aggregate
from ledger.journal import Fact, Place
from ledger.journal.reader import Origin
from ledger.journal.records import place as place_of
from ledger.journal.rows import Rows
from ledger.sessions import Session
from projections.view import View, surprise

SESSIONS_MAX = 100

BEGIN = """
INSERT INTO session_list (account_id, generation, session_id, position, kind, methods,
    begun_at, origin, origin_key_id)
VALUES (%(account)s, %(generation)s, %(session)s, %(position)s, %(kind)s, %(methods)s,
    %(at)s, %(origin)s, %(origin_key)s)"""
END = """
DELETE FROM session_list WHERE account_id = %(account)s
    AND generation = %(generation)s AND session_id = %(session)s"""
LIVE = (
    "SELECT session_id, kind, methods, begun_at, origin, origin_key_id"
    " FROM session_list WHERE account_id = %(account)s AND generation = %(generation)s"
    " ORDER BY position DESC LIMIT %(size)s"
)


@dataclass(frozen=True, kw_only=True)
class SessionRow:
    """A session, and where it was begun from; that is unknown once it was destroyed."""

    session_id: UUID
    kind: str
    methods: Sequence[str]
    begun_at: datetime
    ip: str | None
    client: str | None


@dataclass(frozen=True, kw_only=True)
class Sessions:
    """The sessions of an account, and the place in the journal the list stands at."""

    rows: Sequence[SessionRow]
    place: Place
    parked: bool


@dataclass(frozen=True, kw_only=True)
class _Stored:
    """A row as it lies in the table."""

    session_id: UUID
    kind: str
    methods: list[str]
    begun_at: datetime
    origin: bytes | None
    origin_key_id: UUID | None


class SessionsView(View):
    """What to show; whether a session still holds is asked of its own row.

    IP and client keep the ciphertext of the journal's row, and so its key.
    """

    name = "sessions"
    nouns = frozenset({"sessions"})
    tables = ("session_list",)

    def live(self, account_id: UUID) -> Sessions:
        """Return the newest sessions that were not ended, a hundred at most.

        Those whose time has run out are among them: only their own row knows.
        """
        with self.reading(account_id) as reading:
            rows = reading.rows(_Stored, LIVE, size=SESSIONS_MAX)
        return Sessions(
            rows=[self._shown(account_id, row) for row in rows],
            place=reading.place,
            parked=reading.parked,
        )

    def _shown(self, account_id: UUID, row: _Stored) -> SessionRow:
        origin = self._origin(account_id, row)
        return SessionRow(
            session_id=row.session_id,
            kind=row.kind,
            methods=row.methods,
            begun_at=row.begun_at,
            ip=origin.ip,
            client=origin.client,
        )

    def _origin(self, account_id: UUID, row: _Stored) -> Origin:
        if row.origin is None or row.origin_key_id is None:
            return Origin(None, None)
        aad = place_of(row.session_id, 1, Session.Begun.TOPIC)
        data = self.vault.open(account_id, row.origin_key_id, row.origin, aad)
        found = {} if data is None else msgspec.json.decode(data)
        return Origin(found.get("ip"), found.get("client"))

    @singledispatchmethod
    def post(self, event: Aggregate.Event, fact: Fact, rows: Rows) -> None:
        raise surprise(event)

    @post.register
    def _(self, event: Session.Begun, fact: Fact, rows: Rows) -> None:
        rows.write(
            BEGIN,
            fact,
            session=fact.stream_id,
            kind=event.kind,
            methods=event.methods,
            origin=fact.origin,
            origin_key=fact.origin_key_id,
        )

    @post.register
    def _(self, event: Session.Elevated, fact: Fact, rows: Rows) -> None:
        pass

    @post.register
    def _(self, event: Session.Ended, fact: Fact, rows: Rows) -> None:
        rows.write(END, fact, session=fact.stream_id)
