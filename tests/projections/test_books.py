"""Every view is held to the books: a row changed behind its back is told."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest

from projections.audit import Books, Until, replay
from projections.books import compare
from tests.commands.conftest import clock, member, service
from tests.commands.linking import Linker
from tests.commands.subscribing import Member
from tests.commands.tenants import a_session
from tests.commands.using import report, used
from tests.conftest import NOON
from tests.web.service import followed
from web.database import Database
from web.wiring import Service

__all__ = ["clock", "member", "service"]


def books(member: Member) -> Books:
    service = member.service
    with service.connections.direct() as connection:
        found = replay(service.reader, connection, member.clock(), member.account_id)
        return next(found)


def told(member: Member) -> str:
    followed(member.service)
    return " ".join(compare(member.service.views, books(member), member.clock()))


@pytest.fixture
def busy(member: Member) -> Member:
    member.subscribe()
    report(member, range(9), "1")
    report(member, range(5, 20), "2")
    a_session(member.service, member.account_id)
    return member


def test_books_count_what_no_credit_is_spent_for(busy: Member) -> None:
    found = books(busy)
    period_id = used(busy).id
    assert (found.plan, found.sessions, found.closed) == ("unlimited", 1, False)
    assert (found.periods, found.contacts) == ({period_id: 20}, 20)
    assert found.as_json()["periods"] == {str(period_id): 20}


def test_the_views_agree_with_them(busy: Member) -> None:
    assert told(busy) == ""


@pytest.mark.parametrize(
    ("table", "change", "figure"),
    [
        ("account_profiles", "plan = 'pay_per_email'", "plan:"),
        ("account_profiles", "currency = 'USD'", "currency:"),
        ("account_profiles", "closed_at = signed_up_at", "closed:"),
        ("usage_periods", "contacts = contacts - 1", "contacts of period"),
    ],
)
def test_a_changed_row_is_told(
    busy: Member, empty_database: Database, table: str, change: str, figure: str
) -> None:
    followed(busy.service)
    run(empty_database, f"UPDATE {table} SET {change} WHERE account_id = %s", busy)
    assert figure in told(busy)


@pytest.mark.parametrize("table", ["session_list", "usage_periods"])
def test_a_lost_row_is_told(busy: Member, empty_database: Database, table: str) -> None:
    followed(busy.service)
    run(empty_database, f"DELETE FROM {table} WHERE account_id = %s", busy)
    assert {"session_list": "sessions:", "usage_periods": "periods:"}[table] in told(
        busy
    )


def test_a_subscriber_who_is_none_is_told(
    busy: Member, empty_database: Database
) -> None:
    followed(busy.service)
    run(
        empty_database,
        "INSERT INTO newsletter_subscribers SELECT account_id, generation, position"
        " FROM account_profiles WHERE account_id = %s",
        busy,
    )
    assert "newsletter:" in told(busy)


def test_as_of_an_earlier_moment_a_period_has_what_was_told_by_then(
    member: Member,
) -> None:
    member.subscribe()
    report(member, range(9), "1")
    then = member.clock()
    member.clock.move(timedelta(days=1))
    report(member, range(12), "2")
    with member.service.connections.direct() as connection:
        found = replay(
            member.service.reader,
            connection,
            then,
            member.account_id,
            Until(moment=then),
        )
        assert next(found).contacts == 9


@pytest.fixture
def linker(service: Service) -> Linker:
    linker = Linker(service)
    linker.choose()
    return linker


def of_names(linker: Linker) -> tuple[Books, str]:
    service, now = linker.service, NOON
    followed(service)
    with service.connections.direct() as connection:
        found = next(replay(service.reader, connection, now, linker.account_id))
    return found, " ".join(compare(service.views, found, now))


def test_domains_and_tracking_hosts_are_held_to_their_streams(linker: Linker) -> None:
    found, differences = of_names(linker)
    assert list(found.domains.values()) == ["verified"]
    assert list(found.tracking_hosts.values()) == ["pending"]
    assert differences == ""


@pytest.mark.parametrize(
    ("table", "figure"),
    [("sending_domains", "domain "), ("tracking_hosts", "tracking host ")],
)
def test_a_name_in_another_state_is_told(
    linker: Linker, empty_database: Database, table: str, figure: str
) -> None:
    followed(linker.service)
    with psycopg.connect(empty_database.owner, autocommit=True) as connection:
        connection.execute(f"UPDATE {table} SET state = 'lost'".encode())
    assert figure in of_names(linker)[1]


def run(database: Database, sql: str, member: Member) -> None:
    with psycopg.connect(database.owner, autocommit=True) as connection:
        connection.execute(sql, (member.account_id,))
