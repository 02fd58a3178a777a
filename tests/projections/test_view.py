"""What every view has in common: snapshots, sealing, no topic passed by unseen."""

from __future__ import annotations

import inspect
from functools import singledispatchmethod
from uuid import UUID, uuid4

import psycopg
import pytest

from ledger import accounts, credits, purchases, receipts, sessions
from ledger.aggregate import SYSTEM, Aggregate
from ledger.journal import Journal
from ledger.journal.consumers import Surprise
from projections.credits import CreditsView
from projections.follow import Views
from projections.rebuild import Rebuild
from projections.view import View, surprise
from tests.conftest import NOON
from tests.desk import Desk, Purse
from web.database import Database

PARK = """
INSERT INTO consumer_parked (account_id, consumer, generation, position, topic, trouble)
SELECT %(account)s, consumer, generation, position, 'credits.Granted', 'planted'
FROM consumer_positions WHERE consumer = 'credits' AND state = 'live'"""
AGGREGATES = (
    accounts.Account,
    credits.CreditBalance,
    purchases.Purchase,
    receipts.Receipt,
    sessions.Session,
)


def events() -> dict[str, type[Aggregate.Event]]:
    found: dict[str, type[Aggregate.Event]] = {}
    for aggregate in AGGREGATES:
        for _, kind in inspect.getmembers(aggregate, inspect.isclass):
            topic = getattr(kind, "TOPIC", None)
            if issubclass(kind, Aggregate.Event) and not str(topic).endswith(".Event"):
                found[str(topic)] = kind
    return found


@pytest.mark.parametrize("topic", events())
def test_every_topic_of_a_views_nouns_has_its_method(
    topic: str, journal: Journal
) -> None:
    takers = []
    for view in Views(journal.connections, journal.vault).all.values():
        if view.wants(topic):
            method = inspect.getattr_static(type(view), "post")
            assert isinstance(method, singledispatchmethod)
            chosen = method.dispatcher.dispatch(events()[topic])
            assert chosen is not method.dispatcher.dispatch(object), view.name
            takers.append(view.name)
    assert takers


def test_an_event_without_a_method_is_a_surprise() -> None:
    event = object.__new__(sessions.Session.Ended)
    assert isinstance(surprise(event), Surprise)
    assert "Session.Ended" in str(surprise(event))


def test_a_topic_of_another_noun_is_not_for_the_view(journal: Journal) -> None:
    views = Views(journal.connections, journal.vault)
    assert views.credits.wants("credits.Refunded")
    assert views.credits.wants("purchases.Paid")
    assert not views.credits.wants("purchases.Started")


def test_answers_of_one_reading_are_of_one_snapshot(journal: Journal) -> None:
    desk = Desk(journal)
    purse = Purse(desk)
    purse.grant(1)
    desk.catch_up()
    sql = (
        "SELECT balance FROM credit_balances"
        " WHERE account_id = %(account)s AND generation = %(generation)s"
    )
    with desk.views.credits.reading(purse.account_id) as reading:
        before = reading.figure(sql)
        purse.grant(2)
        desk.catch_up()
        assert reading.figure(sql) == before == 1
    with desk.views.credits.reading(purse.account_id) as later:
        assert later.figure(sql) == 3
        assert later.place.position > reading.place.position


class ForgetfulView(CreditsView):
    """A view whose author forgot to say whose rows he wants."""

    def sum_of(self, account_id: UUID) -> int:
        with self.reading(account_id) as reading:
            return reading.figure("SELECT sum(balance) FROM credit_balances")


def test_a_view_that_forgot_the_account_shows_nothing_of_others(
    empty_journal: Journal,
) -> None:
    desk = Desk(empty_journal)
    poor, rich = Purse(desk), Purse(desk)
    poor.grant(5)
    rich.grant(70_000)
    desk.catch_up()
    view = ForgetfulView(empty_journal.connections, empty_journal.vault)
    assert (view.sum_of(poor.account_id), view.sum_of(rich.account_id)) == (5, 70_000)
    with empty_journal.connections.for_account(SYSTEM) as connection:
        row = connection.execute("SELECT sum(balance) FROM credit_balances").fetchone()
    assert row == (70_005,)


def test_a_rebuild_gives_every_account_its_own_figures_again(
    empty_journal: Journal,
) -> None:
    desk = Desk(empty_journal)
    purses = [Purse(desk) for _ in range(3)]
    for number, purse in enumerate(purses, start=1):
        purse.grant(number)
    desk.catch_up()
    assert Rebuild(desk.reader, desk.views.credits).run() >= 3
    purses[0].grant(10)
    desk.catch_up()
    found = [desk.views.credits.credits(purse.account_id, NOON) for purse in purses]
    assert [credits.available for credits in found] == [11, 2, 3]


def test_a_place_of_a_parked_account_is_told_to_whoever_reads_it(
    empty_journal: Journal,
) -> None:
    desk = Desk(empty_journal)
    mine, other = Purse(desk), Purse(desk)
    for purse in (mine, other):
        purse.grant(1)
    desk.catch_up()
    with empty_journal.connections.for_account(SYSTEM) as connection:
        connection.execute(PARK, {"account": mine.account_id})
    for purse, parked in ((mine, True), (other, False)):
        with desk.views.credits.reading(purse.account_id) as reading:
            assert reading.parked is parked


def test_what_is_sealed_for_one_place_opens_nowhere_else(journal: Journal) -> None:
    views, account = Views(journal.connections, journal.vault), uuid4()
    sealed = views.accounts.seal(
        account, "profile", "contact", {"email": "a@b.example"}
    )
    assert views.accounts.open(account, "contact", *sealed) == {"email": "a@b.example"}
    with pytest.raises(ValueError, match="sealed"):
        views.accounts.open(account, "details", *sealed)
    with pytest.raises(ValueError, match="sealed"):
        views.purchases.open(account, "contact", *sealed)


def test_keys_of_view_tables_begin_with_account_and_generation(
    journal: Journal, database: Database
) -> None:
    tables = [
        table
        for view in Views(journal.connections, journal.vault).all.values()
        for table in view.tables
    ]
    with psycopg.connect(database.auditor) as connection:
        rows = connection.execute(
            "SELECT c.relname, i.indexrelid::regclass::text,"
            " pg_get_indexdef(i.indexrelid, 1, true),"
            " pg_get_indexdef(i.indexrelid, 2, true)"
            " FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid"
            " WHERE c.relname = ANY(%s)",
            (tables,),
        ).fetchall()
    assert {row[0] for row in rows} == set(tables)
    assert {row[2:] for row in rows} == {("account_id", "generation")}


def test_an_auditor_reads_views_and_changes_none(database: Database) -> None:
    with psycopg.connect(database.auditor, autocommit=True) as connection:
        connection.execute("SELECT FROM credit_lines")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("DELETE FROM credit_lines")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("UPDATE consumer_positions SET position = 0")


def test_a_view_names_itself_and_its_tables_once(journal: Journal) -> None:
    views = Views(journal.connections, journal.vault).all
    tables = [table for view in views.values() for table in view.tables]
    assert len(tables) == len(set(tables))
    assert all(isinstance(view, View) for view in views.values())
