"""Figures for operators: what was asked and how it ended, what waits, what lags."""

from __future__ import annotations

import re
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import psycopg
import pytest

from commands.credits import HoldCredits, hold_credits
from ledger.aggregate import SYSTEM
from projections import moments
from tests.conftest import Cluster, context_at, free_port
from tests.web.service import (
    Clock,
    a_key,
    a_parked_account,
    a_purchase,
    an_account,
    away,
    followed,
    service_on,
)
from web import create_app, metrics
from web.database import Database
from web.logs import JsonLines
from web.wiring import Service

Figures = dict[str, float]
Scrape = Callable[[], Figures]


@pytest.fixture
def service(empty_database: Database) -> Iterator[Service]:
    with service_on(empty_database, Clock()) as service:
        yield service


@pytest.fixture
def scrape(service: Service) -> Iterator[Scrape]:
    """All figures as Prometheus fetches them, by name and labels."""
    address = f"127.0.0.1:{free_port()}"
    service.settings = replace(service.settings, daybook_metrics_address=address)
    server = metrics.serve(service)
    assert server is not None

    def scraped() -> Figures:
        with urllib.request.urlopen(f"http://{address}/metrics") as answer:
            text = answer.read().decode()
        lines = re.findall(r"^(\w+(?:{.*})?) (\S+)$", text, re.MULTILINE)
        return {name: float(value) for name, value in lines}

    yield scraped
    server.shutdown()
    server.server_close()


def test_what_waits_is_counted_and_gone_when_it_is_done(
    service: Service, scrape: Scrape
) -> None:
    names = ("outbox_mails", "inbox_webhooks", "reaction_tasks")
    before = scrape()
    with service.connections.for_account(SYSTEM) as connection:
        for statement in (
            "INSERT INTO mail_outbox (account_id, mail_id, template, language, sealed,"
            " key_id, due_at) VALUES (%(id)s, %(id)s, 'x', 'en', '', %(id)s, now())",
            "INSERT INTO webhook_inbox (event_id, sealed, key_id)"
            " VALUES ('evt_1', '', %(id)s)",
            "INSERT INTO reaction_tasks (account_id, reaction, position, stream_id,"
            " version, due_at, trouble) VALUES (%(id)s, 'x', 1, %(id)s, 1, now(), 'y')",
        ):
            connection.execute(statement, {"id": uuid4()})
    after = scrape()
    assert [before[f"daybook_{name}"] for name in names] == [0, 0, 0]
    assert [after[f"daybook_{name}"] for name in names] == [1, 1, 1]
    assert after["daybook_reaction_tasks_troubled"] == 1


def test_a_view_that_lags_and_an_account_that_waits_in_it_are_seen(
    service: Service, scrape: Scrape
) -> None:
    lag = 'daybook_view_lag_seconds{view="credits"}'
    a_parked_account(service)
    seen = scrape()
    assert (seen["daybook_views_parked"], seen[lag]) == (1, 0)
    a_purchase(service, an_account(service))
    assert scrape()[lag] > 0
    followed(service)
    assert scrape()[lag] == 0


def test_who_holds_the_horizon_back_is_seen_whatever_his_role(
    service: Service, scrape: Scrape, cluster: Cluster
) -> None:
    age = "daybook_horizon_age_seconds"
    with psycopg.connect(cluster.superuser) as slow:
        slow.execute("SELECT pg_current_xact_id()")
        with service.connections.for_account(SYSTEM) as connection:
            moments.note(service.reader, connection)
        time.sleep(0.3)
        assert 0.3 <= scrape()[age] < 60
    assert scrape()[age] < 0.3


def test_commands_are_counted_by_their_outcome_and_a_hold_that_ended_is_one(
    service: Service, scrape: Scrape
) -> None:
    client, account_id = create_app(service).test_client(), an_account(service)
    a_purchase(service, account_id)
    command = HoldCredits(account_id=account_id, campaign_id="spring", credits=2000)
    held = hold_credits(service.journal, command, context_at(service.clock()))
    hold_id = UUID(held.ids["hold"])
    assert isinstance(service.clock, Clock)
    service.clock.move(timedelta(days=8))
    again = replace(command, campaign_id="summer")
    hold_credits(service.journal, again, context_at(service.clock()))
    late = '{operation="capture_credits",outcome="HoldExpired"}'
    before = scrape().get(f"daybook_commands_total{late}", 0)
    path = f"/api/v1/accounts/{account_id}/holds/{hold_id}/captures"
    headers = a_key(service) | {"Idempotency-Key": "late"}
    assert client.post(path, json={"credits": 3}, headers=headers).status_code == 409
    seen = scrape()
    assert seen[f"daybook_commands_total{late}"] == before + 1
    assert seen['daybook_command_seconds_count{operation="hold_credits"}'] >= 2


def test_requests_are_counted_by_their_route_and_never_by_what_was_typed(
    service: Service, scrape: Scrape
) -> None:
    client, account_id = create_app(service).test_client(), an_account(service)
    client.get(f"/api/v1/accounts/{account_id}/credits", headers=a_key(service))
    client.get("/nowhere/at/all")
    seen = scrape()
    route = "/api/v1/accounts/<uuid:account_id>/credits"
    assert seen[f'daybook_requests_total{{route="{route}",status="200"}}'] >= 1
    assert seen[f'daybook_request_seconds_count{{route="{route}"}}'] >= 1
    assert not [name for name in seen if "nowhere" in name or str(account_id) in name]


def test_figures_of_processes_are_told_while_the_database_is_away(
    service: Service, scrape: Scrape, cluster: Cluster
) -> None:
    create_app(service).test_client().get("/healthz")
    with away(service, cluster.superuser):
        seen = scrape()
    assert 'daybook_requests_total{route="/healthz",status="200"}' in seen
    assert not [name for name in seen if "outbox" in name]


def test_who_comes_second_to_a_port_says_so_and_goes_on(
    service: Service, scrape: Scrape, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    assert metrics.serve(service) is None
    (line,) = [JsonLines().format(one) for one in caplog.records]
    assert service.settings.daybook_metrics_address in line


def test_nobody_listens_where_no_port_is_named(service: Service) -> None:
    settings = replace(service.settings, daybook_metrics_address="127.0.0.1:0")
    service.settings = settings
    assert metrics.serve(service) is None
