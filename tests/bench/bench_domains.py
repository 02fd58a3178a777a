"""Ten thousand domains looked at, while somebody reads his panel.

Resolvers, worker and panel are processes of their own, as in service; the panel's
pages are asked for at a steady pace, first alone, then while the worker looks, and at
last while the worker's resolvers say nothing at all.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from multiprocessing.connection import Connection as Pipe
from typing import Any

from commands import limits
from commands.domain_looks import BATCH, Eyes, look_at_due
from commands.gateways.dns import Resolver, Resolvers
from ledger.dns_records import wanted_records
from ledger.domains import SendingDomain
from ledger.journal import Journal
from tests.bench.names import answering
from tests.bench.stage import crew, durable_database, open_journal
from tests.commands.sending import Sender, new_name
from tests.conftest import NOON
from tests.web.service import Clock
from tests.web.signed_in import Inhabitant, inhabitant
from web.database import Database

DOMAINS = 10_000
RESOLVERS = 2
ZONE = "mail.daybook.net"
PAGES = ("/", "/credits", "/profile")
PAUSE = timedelta(milliseconds=200)
"""Between two pages: the pace of five people who read."""
ALONE = 60
"""Pages that are read before anything is looked at."""
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def run(scale: float) -> dict[str, float]:
    """Return looks a second, and milliseconds that pages take meanwhile."""
    with durable_database() as database:
        with open_journal(database) as journal:
            aliases = _added(journal, max(BATCH, int(DOMAINS * scale)))
        with inhabitant(database, Clock()) as reader:
            for _ in range(ALONE):
                _page(reader)
            alone = [_page(reader) for _ in range(ALONE)]
            found = _told("alone", alone)
            with _resolving(database, aliases) as ports:
                found |= _looks("first", database, reader, ports, NOON + MINUTE)
                found |= _looks("again", database, reader, ports, NOON + DAY + MINUTE)
            with _resolving(database, {}, silent=True) as ports:
                later = NOON + 3 * DAY
                found |= _looks("silent", database, reader, ports, later, 1)
    usual = found["domains.alone.page_p50.milliseconds"]
    for name in ("first", "again", "silent"):
        page = found[f"domains.{name}.page_p50.milliseconds"]
        found[f"domains.{name}.page_p50.ratio_to_alone"] = page / usual
    return found


def looking(database: Database, pipe: Pipe, given: Mapping[str, Any]) -> None:
    """Look at everything that is due, as the worker does; tell how much it was."""
    with open_journal(database) as journal:
        lookups = Resolvers([Resolver("127.0.0.1", port) for port in given["ports"]])
        eyes = Eyes(lookups=lookups, zone=ZONE)
        begun, done = time.perf_counter(), 0
        for _ in range(given["rounds"]):
            fresh = look_at_due(journal, eyes, given["now"])
            done += fresh
            if not fresh:
                break
        pipe.send((done, time.perf_counter() - begun))
        pipe.recv()


def _added(journal: Journal, count: int) -> dict[str, str]:
    """Add domains of many accounts; return the aliases that their owners publish."""
    aliases: dict[str, str] = {}
    while len(aliases) < 2 * count:
        sender = Sender(journal)
        for _ in range(min(limits.DOMAINS_MAX, count - len(aliases) // 2)):
            domain = sender.domain(sender.add(new_name()))
            aliases |= _aliases(domain)
    return aliases


def _aliases(domain: SendingDomain) -> dict[str, str]:
    assert domain.name is not None
    wanted = wanted_records(domain.name, domain.label, ZONE)
    return {one.host: one.value for one in wanted if one.required}


@contextmanager
def _resolving(
    database: Database, aliases: Mapping[str, str], *, silent: bool = False
) -> Iterator[list[int]]:
    """Lend resolvers that know these aliases; return their ports."""
    with crew(answering, RESOLVERS, database, aliases=aliases, silent=silent) as pipes:
        yield [pipe.recv() for pipe in pipes]


def _looks(
    name: str,
    database: Database,
    reader: Inhabitant,
    ports: list[int],
    now: datetime,
    rounds: int = 1_000_000,
) -> dict[str, float]:
    """Have everything looked at that is due, and read pages until that is done."""
    pages = list[float]()
    with crew(looking, 1, database, ports=ports, now=now, rounds=rounds) as pipes:
        while not pipes[0].poll():
            pages.append(_page(reader))
        done, seconds = pipes[0].recv()
    rate = {f"domains.{name}.looks_per_second": done / seconds}
    return _told(name, pages) | rate


def _page(reader: Inhabitant) -> float:
    """Read a page at the steady pace; return how long it took."""
    reader.clock.move(PAUSE)  # or the limit of pages in a minute is met
    path = PAGES[int(reader.clock().timestamp() / PAUSE.total_seconds()) % len(PAGES)]
    begun = time.perf_counter()
    answer = reader.browser.get(path)
    seconds = time.perf_counter() - begun
    assert answer.status_code == 200, path
    time.sleep(max(0.0, PAUSE.total_seconds() - seconds))
    return seconds


def _told(name: str, pages: list[float]) -> dict[str, float]:
    ordered = statistics.quantiles(pages, n=20)
    return {
        f"domains.{name}.page_p50.milliseconds": statistics.median(pages) * 1000,
        f"domains.{name}.page_p95.milliseconds": ordered[-1] * 1000,
    }
