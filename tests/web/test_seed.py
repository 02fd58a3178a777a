"""The demo account: made once by driving the service, and only among stand-ins."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from commands.credits import balance_of
from commands.domains import domains_of
from commands.usage import usage_of
from ledger.accounts import Account
from tests.whole import Whole, whole_service
from web import seed, seed_plan
from web.database import Database
from web.wiring import utc_now

NOWHERE = "http://127.0.0.1:9"
STANDING_IN = {
    "DAYBOOK_MAILBOX_URL": f"{NOWHERE}/mail",
    "DAYBOOK_PAYMENTS_URL": NOWHERE,
}
KNOWN = {
    "email": seed.EMAIL,
    "password": "pass-word",
    "key_id": "key",
    "secret": "dms_x",
    "account_id": "a",
}


@pytest.fixture
def whole(empty_database: Database, tmp_path: Path) -> Iterator[Whole]:
    with whole_service(empty_database, tmp_path) as whole:
        yield whole


def test_the_demo_account_has_bought_sent_and_holds(
    whole: Whole, tmp_path: Path
) -> None:
    told = seed.demo(whole.url, whole.environ, tmp_path)
    kept = tmp_path / "demo.json"
    known: dict[str, Any] = json.loads(kept.read_text())
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert f"{seed.EMAIL} with the password {known['password']}" in told
    journal = whole.service.journal
    account = journal.fresh(Account, known["account_id"])
    assert (account.name, account.country) == ("Helen Gray", "NL")
    balance = balance_of(journal, account.id)
    sent = sum(campaign[2] for campaign in seed.CAMPAIGNS)
    assert balance.balance(utc_now()) == 12_000 - sent
    assert balance.held(utc_now()) == seed.HELD[1]
    (domain,) = domains_of(journal, account.id)
    assert (domain.name, domain.state) == (seed.DOMAIN, "pending")
    seen = usage_of(journal, UUID(whole.account_id(seed_plan.EMAIL)), utc_now())
    assert seen is not None
    assert (seen.distinct, seen.tier_contacts) == (4105, 5000)
    assert seed.demo(whole.url, whole.environ, tmp_path) == told


@pytest.mark.parametrize("lacks", sorted(STANDING_IN))
def test_where_something_is_real_there_is_no_demo(lacks: str, tmp_path: Path) -> None:
    environ = {name: STANDING_IN[name] for name in STANDING_IN if name != lacks}
    (tmp_path / "demo.json").write_text(json.dumps(KNOWN))
    for found in (environ, environ | {lacks: ""}, {}):
        assert seed.demo(NOWHERE, found, tmp_path) == ""


def test_the_account_is_made_once_and_told_each_time(tmp_path: Path) -> None:
    for name in ("demo.json", "demo-plan.json"):
        (tmp_path / name).write_text(json.dumps(KNOWN))
    told = seed.demo(NOWHERE, STANDING_IN, tmp_path)
    assert told == (
        f"Demo sign-in: {seed.EMAIL} with the password pass-word\n"
        f"Demo sign-in on Unlimited: {seed.EMAIL} with the password pass-word\n"
        "Demo service key: key:dms_x (account a)"
    )


def test_a_second_account_that_cannot_be_made_hides_not_the_first(
    tmp_path: Path,
) -> None:
    (tmp_path / "demo.json").write_text(json.dumps(KNOWN))
    first, key, trouble = seed.demo(NOWHERE, STANDING_IN, tmp_path).splitlines()
    assert (first[:12], key[:16]) == ("Demo sign-in", "Demo service key")
    assert trouble.startswith("A demo account could not be made: ")


def test_a_service_that_does_not_answer_is_told_and_tried_again_next_time(
    tmp_path: Path,
) -> None:
    for _ in range(2):
        told = seed.demo(NOWHERE, STANDING_IN, tmp_path)
        assert told.startswith("A demo account could not be made: ")
        assert list(tmp_path.iterdir()) == []
