"""Figures for operators come from the database as it is."""

from __future__ import annotations

import json
import logging
import urllib.request
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.conftest import free_port
from tests.web.service import Clock, a_purchase, an_account, followed, service_on
from web import metrics
from web.database import Database
from web.logs import JsonLines
from web.wiring import Service


@pytest.fixture
def service(empty_database: Database) -> Iterator[Service]:
    with service_on(empty_database, Clock()) as service:
        yield service


def test_what_waits_and_what_lags_is_served(service: Service) -> None:
    a_purchase(service, an_account(service))
    followed(service)
    port = free_port()
    address = f"127.0.0.1:{port}"
    service.settings = replace(service.settings, daybook_metrics_address=address)
    server = metrics.serve(service)
    assert server is not None
    try:
        with urllib.request.urlopen(f"http://{address}/metrics") as answer:
            text = answer.read().decode()
    finally:
        server.shutdown()
        server.server_close()
    assert "daybook_views_parked 0.0" in text
    assert 'daybook_view_lag_seconds{view="credits"} 0.0' in text


def test_a_log_line_cannot_be_forged_by_a_value() -> None:
    record = logging.LogRecord("x", 20, "x", 1, "request", (), None)
    record.fields = {"route": '/a\n{"level": "error"}'}
    line = JsonLines().format(record)
    assert "\n" not in line
    assert json.loads(line)["route"] == '/a\n{"level": "error"}'
