"""Figures for operators (Prometheus): counted in every process, served by one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from wsgiref.simple_server import WSGIServer

from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    multiprocess,
    start_http_server,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from psycopg import Connection

from ledger.aggregate import SYSTEM
from ledger.journal import Unreachable
from ledger.journal.statement import HORIZON_SQL
from web import logs
from web.wiring import Service

COMMANDS = Counter(
    "daybook_commands_total", "Commands by outcome", ("operation", "outcome")
)
COMMAND_SECONDS = Histogram(
    "daybook_command_seconds",
    "Time a command takes, gateways and commit included",
    ("operation",),
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
REQUESTS = Counter("daybook_requests_total", "Requests", ("route", "status"))
REQUEST_SECONDS = Histogram(
    "daybook_request_seconds", "Time a request takes", ("route",)
)
SIGNATURES = Counter("daybook_signatures_total", "Signatures of mails", ("outcome",))

HORIZON_AGE_SQL = (
    "SELECT greatest("
    "(SELECT extract(epoch FROM max(clock_timestamp() - xact_start))"
    " FROM pg_stat_activity WHERE backend_xid IS NOT NULL),"
    " (SELECT extract(epoch FROM clock_timestamp() - min(noted_at)) FROM moments"
    f" WHERE minute > clock_timestamp() - interval '1 day' AND horizon = {HORIZON_SQL}"
    "), 0)"
)
"""Of others' transactions the service sees no age, but that the horizon stands still:
each note of a minute moves it by itself."""
GAUGES = (
    (
        "daybook_horizon_age_seconds",
        "Age of the oldest transaction that holds the horizon back",
        HORIZON_AGE_SQL,
    ),
    (
        "daybook_outbox_mails",
        "Mails that wait to be sent",
        "SELECT count(*) FROM mail_outbox WHERE sent_at IS NULL",
    ),
    (
        "daybook_inbox_webhooks",
        "Webhooks that wait to be handled",
        "SELECT count(*) FROM webhook_inbox WHERE handled_at IS NULL",
    ),
    (
        "daybook_reaction_tasks",
        "Deeds that wait because something was recorded",
        "SELECT count(*) FROM reaction_tasks",
    ),
    (
        "daybook_reaction_tasks_troubled",
        "Deeds that failed at least once",
        "SELECT count(*) FROM reaction_tasks WHERE trouble IS NOT NULL",
    ),
    (
        "daybook_signing_keys_old",
        "Keys that sign mail for longer than half a year",
        "SELECT count(*) FROM signing_keys WHERE state = 'active'"
        " AND since < clock_timestamp() - interval '182 days'",
    ),
    (
        "daybook_views_parked",
        "Accounts that wait in a view for somebody to look",
        "SELECT count(*) FROM consumer_parked",
    ),
)


def observe(operation: str, outcome: str, seconds: float) -> None:
    """Count one command."""
    COMMANDS.labels(operation, outcome).inc()
    COMMAND_SECONDS.labels(operation).observe(seconds)


class DatabaseGauges(Collector):
    """Reads what waits and what lags from the database, at each scrape."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the gauges; none of them while the database is away."""
        with (
            suppress(Unreachable),
            self._service.connections.for_account(SYSTEM) as connection,
        ):
            for name, words, sql in GAUGES:
                yield GaugeMetricFamily(name, words, value=_one(connection, sql))
            lag = GaugeMetricFamily(
                "daybook_view_lag_seconds",
                "Age of the oldest fact a view has not taken",
                labels=["view"],
            )
            for view, seconds in connection.execute(LAG_SQL).fetchall():
                lag.add_metric([view], float(seconds))
            yield lag


LAG_SQL = (
    "SELECT p.consumer, coalesce(extract(epoch FROM clock_timestamp() -"
    " (SELECT j.recorded_at FROM journal j WHERE j.position > p.position"
    " ORDER BY j.position LIMIT 1)), 0) FROM consumer_positions p"
    " WHERE p.state = 'live'"
)


def _one(connection: Connection[Any], sql: str) -> float:
    row = connection.execute(sql).fetchone()
    assert row is not None
    return float(row[0])


def serve(service: Service) -> WSGIServer | None:
    """Serve what this machine's processes count, and what waits in the database.

    Without a folder in which they meet, what this process counts. Where another one
    serves at the configured address already, that is enough.
    """
    address = service.settings.daybook_metrics_address
    host, _, port = address.rpartition(":")
    if not port or port == "0":
        return None
    registry = CollectorRegistry()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(REGISTRY)
    registry.register(DatabaseGauges(service))
    try:
        server, _ = start_http_server(int(port), host or "127.0.0.1", registry)
    except OSError as trouble:
        logs.note("figures not served", address=address, trouble=trouble.strerror)
        return None
    return server
