"""How often a key may ask: fixed windows, counted by the database for all processes."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ledger.aggregate import SYSTEM
from ledger.journal import Connections

WINDOW_SECONDS = 60
REQUESTS_MAX = 6_000
"""A hundred a second: far above a sending service's need, far below ours to bear."""

HIT = """
INSERT INTO rate_limits AS known (key_id, began, hits)
VALUES (%(key)s, %(began)s, 1)
ON CONFLICT (key_id) DO UPDATE SET
    hits = CASE WHEN known.began = excluded.began THEN known.hits + 1 ELSE 1 END,
    began = excluded.began
RETURNING hits"""


def seconds_to_wait(
    connections: Connections, key_id: UUID, now: datetime, requests_max: int
) -> int:
    """Count a request of the key; return 0, or the seconds until it may ask again."""
    began, passed = divmod(int(now.timestamp()), WINDOW_SECONDS)
    with connections.for_account(SYSTEM) as connection:
        row = connection.execute(
            HIT, {"key": key_id, "began": began}, prepare=True
        ).fetchone()
    assert row is not None
    return WINDOW_SECONDS - passed if row[0] > requests_max else 0
