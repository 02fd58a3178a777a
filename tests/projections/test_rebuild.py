"""A rebuilt view is the same, nobody waits for it, and a killed rebuild goes on."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import Connection
from psycopg.rows import dict_row

from ledger.claims import ClaimTerms
from ledger.credits import CreditBalance
from ledger.domains import SendingDomain
from ledger.journal import Journal, Reader, consumers
from ledger.journal.following import Follower, following_connection
from ledger.profiles import Profile
from ledger.reversals import DisputeNews
from ledger.usage import Batch, PeriodUsage
from projections.rebuild import Rebuild
from projections.view import View
from tests.conftest import NOON, context_at
from tests.desk import Desk, Purse
from tests.jar_views import TABLE, JarsView
from tests.jars import FillJar, LabelJar, fill_jar, label_jar
from tests.replay.naming import tracking_domain
from tests.replay.sending import domains
from tests.shop import issued, paid, sign_in, sign_up, started
from web.database import Database


@pytest.fixture
def jars(empty_database: Database, empty_journal: Journal) -> JarsView:
    with psycopg.connect(empty_database.owner, autocommit=True) as owner:
        owner.execute(TABLE)
    return JarsView(empty_journal.connections, empty_journal.vault)


@pytest.fixture
def reader(empty_journal: Journal) -> Reader:
    return Reader(empty_journal.connections, empty_journal.facts)


@pytest.fixture
def following(empty_journal: Journal, jars: JarsView, reader: Reader) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=Follower(reader, [jars]).run, args=(stop,))
    thread.start()
    yield
    stop.set()
    thread.join()


def new_jar(journal: Journal) -> tuple[UUID, UUID]:
    account, jar = uuid4(), uuid4()
    label_jar(journal, LabelJar(account_id=account, jar_id=jar), context_at(NOON))
    return account, jar


def fill(journal: Journal, account: UUID, jar: UUID, beans: int = 1) -> int:
    command = FillJar(account_id=account, jar_id=jar, beans=beans)
    return fill_jar(journal, command, context_at(NOON)).position


def fill_slowly(journal: Journal, account: UUID, jar: UUID) -> None:
    for _ in range(150):
        fill(journal, account, jar)
        time.sleep(0.004)


def step_until_idle(journal: Journal, jars: JarsView, reader: Reader) -> None:
    follower = Follower(reader, [jars])
    with following_connection(journal.connections) as connection:
        consumers.register(connection, ["jars"])
        while follower.step(connection):
            pass


def states(database: Database) -> list[tuple[int, str]]:
    with psycopg.connect(database.auditor) as connection:
        return connection.execute(
            "SELECT generation, state FROM consumer_positions ORDER BY generation"
        ).fetchall()


def content(connection: Connection[Any], view: View) -> dict[str, list[Any]]:
    """Every row of the live generation, opened, without what is new by nature."""
    found: dict[str, list[Any]] = {}
    for table in view.tables:
        with connection.cursor(row_factory=dict_row) as cursor:
            rows = cursor.execute(
                f"SELECT t.* FROM {table} t JOIN consumer_positions p"
                " USING (generation) WHERE p.consumer = %s AND p.state = 'live'",
                (view.name,),
            ).fetchall()
        found[table] = sorted((opened(view, row) for row in rows), key=repr)
    return found


def opened(view: View, row: dict[str, Any]) -> dict[str, Any]:
    row.pop("generation")
    for column in ("contact", "details", "host", "name", "payment_label"):
        if f"{column}_key_id" in row:
            names = {"payment_label": f"payment_label {row.get('purchase_id')}"}
            name = names.get(column, column)
            key_id = row.pop(f"{column}_key_id")
            row[column] = view.open(row["account_id"], name, row[column], key_id)
    return row


def live_a_little(desk: Desk, order_number: int) -> None:
    purse = Purse(desk)
    sign_up(desk, purse.account_id)
    sign_in(desk, purse.account_id, 1, "192.0.2.7")
    purchase = paid(started(purse.account_id), order_number, "Visa ending 4242")
    receipt = issued(purchase, order_number)
    desk.record(purse.account_id, lambda: purchase)
    purse.grant(9, source_kind="purchase", source_id=str(purchase.id))
    desk.record(purse.account_id, lambda: receipt)
    hold = uuid4()
    purse.do(lambda b: b.hold(hold, 4, "spring", NOON), NOON)
    purse.do(lambda b: b.capture(hold, 3, NOON, final=True), NOON)
    purse.do(lambda b: b.hold(uuid4(), 2, "summer", NOON), NOON)
    purchase.reverse([], [a_dispute(order_number)])
    desk.record(purse.account_id, lambda: purchase)
    purse.do(lambda b: b.claim(uuid4(), claim_on(b), NOON), NOON)
    usage = corrected(purse.account_id)
    desk.record(purse.account_id, lambda: usage)
    for domain in domains(purse.account_id):
        desk.record(purse.account_id, partial(itself, domain))
    hosts = tracking_domain(purse.account_id)
    desk.record(purse.account_id, lambda: hosts)
    profile = Profile.begin(purse.account_id)
    profile.choose_newsletter(subscribed=True, how="panel")
    desk.record(purse.account_id, lambda: profile)


def itself(domain: SendingDomain) -> SendingDomain:
    return domain


def corrected(account_id: UUID) -> PeriodUsage:
    """A period with a day, closed and then corrected."""
    day = timedelta(days=1)
    it = PeriodUsage(
        account_id=account_id,
        period_from=NOON,
        period_until=NOON + 30 * day,
        tier_contacts=9,
    )
    for now in (NOON, NOON + 31 * day):
        batch: Batch = {"campaign_id": "spring", "batch_id": "1", "sent_at": NOON}
        it.report(batch, bytes(16), 1, now)
    return it


def a_dispute(order_number: int) -> DisputeNews:
    return DisputeNews(
        id=f"du_{order_number}",
        amount_minor=120,
        status="open",
        reason="fraudulent",
        opened_at=NOON,
    )


def claim_on(balance: CreditBalance) -> ClaimTerms:
    return {
        "kind": "dispute",
        "source_id": "order",
        "lot_id": next(iter(balance.lots)),
        "state": "frozen",
        "credits": 3,
    }


def test_every_view_has_the_same_rows_after_a_rebuild(
    empty_journal: Journal, empty_database: Database
) -> None:
    desk = Desk(empty_journal)
    for order_number in range(1, 4):
        live_a_little(desk, order_number)
    desk.catch_up()
    with psycopg.connect(empty_database.auditor, autocommit=True) as connection:
        for view in desk.views.all.values():
            before = content(connection, view)
            assert all(before.values()), view.name
            assert Rebuild(desk.reader, view).run() > 0
            assert content(connection, view) == before
    live_a_little(desk, 4)
    desk.catch_up()
    assert {lag.facts for lag in desk.views.lags()} == {0}


def test_pages_never_go_back_and_news_arrive_during_rebuilds(
    empty_journal: Journal, jars: JarsView, reader: Reader, following: None
) -> None:
    account, jar = new_jar(empty_journal)
    seen, stop = list[int](), threading.Event()

    def read() -> None:
        while not stop.is_set():
            seen.append(jars.beans(account))

    with ThreadPoolExecutor(2) as pool:
        reading = pool.submit(read)
        writing = pool.submit(fill_slowly, empty_journal, account, jar)
        while not writing.done():
            Rebuild(reader, jars).run()
        Rebuild(reader, jars).run()
        stop.set()
        reading.result()
    assert seen == sorted(seen)
    assert len(set(seen)) > 20
    assert jars.beans(account) == 150


class Killed(Exception):  # noqa: N818 - a fact about a process
    """The process died."""


def test_a_killed_rebuild_goes_on_where_it_stood(
    empty_journal: Journal, empty_database: Database, jars: JarsView, reader: Reader
) -> None:
    account, jar = new_jar(empty_journal)
    for _ in range(9):
        fill(empty_journal, account, jar)
    step_until_idle(empty_journal, jars, reader)

    def die(taken: int) -> None:
        raise Killed

    rebuild = Rebuild(reader, jars, die, batch_facts=4)
    with pytest.raises(Killed):
        rebuild.run()
    assert states(empty_database) == [(1, "live"), (2, "filling")]
    assert jars.beans(account) == 9
    assert Rebuild(reader, jars).run() == 6
    assert (jars.beans(account), states(empty_database)) == (9, [(2, "live")])


def test_the_rows_of_the_old_generation_are_gone(
    empty_journal: Journal, empty_database: Database, jars: JarsView, reader: Reader
) -> None:
    for _ in range(5):
        new_jar(empty_journal)
    step_until_idle(empty_journal, jars, reader)
    for _ in range(3):
        Rebuild(reader, jars).run()
    with psycopg.connect(empty_database.service) as connection:
        row = connection.execute(
            "SELECT count(*), count(DISTINCT generation) FROM jar_beans"
        ).fetchone()
    assert row == (5, 1)


def test_rebuilding_with_better_software_frees_who_was_parked(
    empty_journal: Journal, jars: JarsView, reader: Reader
) -> None:
    account, jar = new_jar(empty_journal)
    jars.unlucky = 13
    fill(empty_journal, account, jar, 13)
    step_until_idle(empty_journal, jars, reader)
    with jars.reading(account) as reading:
        assert reading.parked
    jars.unlucky = None
    Rebuild(reader, jars).run()
    with jars.reading(account) as reading:
        assert not reading.parked
    assert jars.beans(account) == 13
