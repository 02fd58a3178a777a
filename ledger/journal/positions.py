"""Positions that only ever rise: the epoch, its checks and its adoption.

A position is `(base + transaction id) << 20 | ordinal`.
The base belongs to one timeline of one server; after a restore, a point-in-time
recovery or a failover it must be adopted anew, high enough that no position which
somebody may have seen is issued again.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from psycopg import Connection

from ledger.journal.statement import HORIZON_SQL

CELL = 1
"""There is one cell; the cell stands in every opaque position all the same."""
LEAP = 1 << 32
"""Transaction ids that an adoption leaves unused: more than any lost ones."""

SERVER_SQL = (
    "SELECT ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)"
    "::bigint, (SELECT system_identifier FROM pg_control_system())"
)
EPOCH_SQL = (
    "SELECT epoch, base, timeline, system_identifier FROM journal_epoch"
    " ORDER BY epoch DESC LIMIT 1"
)


class Epoch(NamedTuple):
    """The newest row of `journal_epoch`."""

    epoch: int
    base: int
    timeline: int
    system_identifier: int


class NotAdopted(Exception):  # noqa: N818 - a fact about the database
    """This server is not the one the journal was written on: nothing is appended."""


class Place(NamedTuple):
    """An opaque place in the journal: cell, epoch, position."""

    cell: int
    epoch: int
    position: int

    def __str__(self) -> str:
        return f"{self.cell}.{self.epoch}.{self.position}"

    @classmethod
    def parse(cls, text: str) -> Place:
        """Read what str() wrote; raises ValueError for anything else."""
        parts = text.split(".")
        if len(parts) != 3 or not all(p.isascii() and p.isdigit() for p in parts):
            raise ValueError("a position has the form cell.epoch.position")
        return cls(*(int(part) for part in parts))


def current_epoch(connection: Connection[Any]) -> Epoch:
    """Return the epoch in force; raises NotAdopted when there is none."""
    row = connection.execute(EPOCH_SQL).fetchone()
    if row is None:
        raise NotAdopted("the journal has no epoch yet: run 'daybook migrate'")
    return Epoch(*row)


def server_of(connection: Connection[Any]) -> tuple[int, int]:
    """Return the timeline and the system identifier of the server (a primary)."""
    row = connection.execute(SERVER_SQL).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


def check_adopted(connection: Connection[Any]) -> Epoch:
    """Return the epoch in force; raises NotAdopted when the server is another."""
    epoch = current_epoch(connection)
    timeline, identifier = server_of(connection)
    if (timeline, identifier) != (epoch.timeline, epoch.system_identifier):
        raise NotAdopted(
            f"the journal was written on timeline {epoch.timeline} of server"
            f" {epoch.system_identifier}; this is timeline {timeline} of {identifier}:"
            " run 'daybook migrate', which verifies the chain and adopts it"
        )
    return epoch


def adopt(connection: Connection[Any]) -> Epoch | None:
    """Write a new epoch if the server changed; return it, or None if nothing did.

    Runs with the owner's rights and after the chain was verified. The first epoch
    starts at base 0; every further one leaps over 2³² transaction ids.
    """
    with connection.transaction():
        connection.execute("LOCK TABLE journal_epoch IN EXCLUSIVE MODE")
        connection.execute("LOCK TABLE journal IN EXCLUSIVE MODE")
        timeline, identifier = server_of(connection)
        row = connection.execute(EPOCH_SQL).fetchone()
        if row is not None and (timeline, identifier) == (row[2], row[3]):
            return None
        number = 1 if row is None else row[0] + 1
        base = 0 if row is None else _leap(connection)
        found = Epoch(number, base, timeline, identifier)
        connection.execute(
            "INSERT INTO journal_epoch"
            " (epoch, base, timeline, system_identifier, first_xid)"
            " VALUES (%s, %s, %s, %s, %s + pg_current_xact_id()::text::bigint)",
            (*found, base),
        )
    return found


def _leap(connection: Connection[Any]) -> int:
    """Return the base that puts the next position 2³² above the highest one held.

    An epoch's beginning counts as held: what was appended in it may all be lost.
    """
    row = connection.execute(
        "SELECT greatest((SELECT max(position) >> 20 FROM journal),"
        " (SELECT max(first_xid) FROM journal_epoch)),"
        " pg_current_xact_id()::text::bigint"
    ).fetchone()
    assert row is not None
    highest, current = row
    return max(0, int(highest + LEAP - current))


def horizon(connection: Connection[Any]) -> int:
    """Return the position below which everything that will ever be is committed."""
    row = connection.execute(f"SELECT {HORIZON_SQL}").fetchone()
    assert row is not None
    return int(row[0])
