"""Simulated customers: the same seed tells the same story, and the books agree."""

from __future__ import annotations

import pytest

from commands.credits import credits_of
from projections import audit
from tests.conftest import Cluster, context_at
from tests.web.service import Clock, service_on
from web.cli import main
from web.settings import SettingsTrouble
from web.simulate import account_id, post, simulate
from web.wiring import Service

ACCOUNTS, DAYS = 6, 8


def balances(service: Service, seed: int) -> list[int]:
    context = context_at(service.clock())
    ids = [account_id(seed, number) for number in range(ACCOUNTS)]
    found = [credits_of(service.journal, one, context).figures for one in ids]
    return [figures.available + figures.held for figures in found]


def test_the_same_seed_tells_the_same_story_anywhere(cluster: Cluster) -> None:
    stories = []
    for _ in range(2):
        with service_on(cluster.new_database(), Clock()) as service:
            done = simulate(service, ACCOUNTS, DAYS, 3)
            stories.append((done, balances(service, 3)))
    assert stories[0] == stories[1]
    assert any(stories[0][1])


def test_another_seed_tells_another_story(cluster: Cluster) -> None:
    with service_on(cluster.new_database(), Clock()) as service:
        simulate(service, ACCOUNTS, DAYS, 3)
        simulate(service, ACCOUNTS, DAYS, 4)
        assert balances(service, 3) != balances(service, 4)


def test_customers_buy_are_declined_send_and_run_short(cluster: Cluster) -> None:
    with service_on(cluster.new_database(), Clock()) as service:
        done = simulate(service, 12, 20, 3)
    assert done["sign-ups"] == 12
    for what in ("paid", "declined", "given up", "campaigns", "released", "short"):
        assert done[what] > 0, what


def test_every_view_agrees_with_what_the_customers_did(cluster: Cluster) -> None:
    with service_on(cluster.new_database(), Clock()) as service:
        done = simulate(service, ACCOUNTS, DAYS, 3)
        post(service)
        now = service.clock()
        with service.connections.direct() as connection:
            books = list(audit.replay(service.reader, connection, now))
        found = [(one, audit.compare(service.views, one, now)) for one in books]
    assert [differences for _, differences in found if differences] == []
    assert sum(one.receipts for one, _ in found) == done["paid"] > 0


def test_a_seed_is_used_once_in_a_database(cluster: Cluster) -> None:
    with service_on(cluster.new_database(), Clock()) as service:
        simulate(service, 1, 1, 3)
        with pytest.raises(SettingsTrouble, match="seed 3"):
            simulate(service, 1, 1, 3)


def test_nobody_is_simulated_where_real_customers_may_be(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DAYBOOK_BASE_URL", "https://daybook.example")
    assert main(["simulate", "--accounts", "1"]) == 2
    assert "no loopback address" in capsys.readouterr().err
