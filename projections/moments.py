"""A note a minute: at this instant everything below this horizon was known.

A question "as it was known then" is answered from the facts below that horizon.
"""

from __future__ import annotations

import logging
import threading
import time
from datetime import datetime
from typing import Any

from psycopg import Connection

from ledger.aggregate import SYSTEM
from ledger.journal import Connections, Place, Reader
from ledger.journal.following import PASSING

MINUTE_SECONDS = 60.0

NOTE = """
INSERT INTO moments (minute, noted_at, cell, epoch, horizon)
SELECT date_trunc('minute', at), at, %(cell)s, %(epoch)s, %(horizon)s
FROM (SELECT clock_timestamp() AS at) AS this
ON CONFLICT DO NOTHING"""
KNOWN = """
SELECT cell, epoch, horizon FROM moments WHERE noted_at <= %(at)s
ORDER BY minute DESC LIMIT 1"""

log = logging.getLogger("daybook.follow")


def note(reader: Reader, connection: Connection[Any]) -> bool:
    """Note the horizon of this minute; False when it was noted before."""
    place = reader.horizon(connection)
    values = {"cell": place.cell, "epoch": place.epoch, "horizon": place.position}
    return connection.execute(NOTE, values).rowcount == 1


def known_at(connection: Connection[Any], at: datetime) -> Place | None:
    """Return the horizon that was noted last at this instant, None before the first.

    What was known then are the facts below its position.
    """
    row = connection.execute(KNOWN, {"at": at}).fetchone()
    return None if row is None else Place(*row)


def keep(connections: Connections, reader: Reader, stop: threading.Event) -> None:
    """Note every minute until `stop` is set."""
    while not stop.is_set():
        try:
            with connections.for_account(SYSTEM) as connection:
                note(reader, connection)
        except PASSING as trouble:
            log.warning("no note of this minute: %s", type(trouble).__name__)
            stop.wait(1.0)
            continue
        stop.wait(MINUTE_SECONDS - time.time() % MINUTE_SECONDS + 0.05)
