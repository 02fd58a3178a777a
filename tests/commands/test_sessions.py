"""How somebody signs in and out, and what a cookie is worth."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import msgspec
import psycopg
import pytest
from psycopg.rows import dict_row

from commands.gateways.passwords import Passwords
from commands.live_sessions import live_session
from commands.session_begins import BegunSession
from commands.session_ends import EndSession, end_session
from commands.sessions import BeginSession, begin_session
from ledger.accounts import Account
from ledger.journal import Journal
from ledger.refusals import AlreadyAnswered, NoSuchSession, WrongCredentials
from ledger.sessions import Session
from tests.commands.people import (
    CHEAP,
    PHRASE,
    Person,
    counted,
    member,
    new_email,
    rows_of,
    signed_up,
)
from tests.conftest import NOON, context_at
from web.database import Database

MINUTE, HOUR, INSTANT = (
    timedelta(minutes=1),
    timedelta(hours=1),
    timedelta(microseconds=1),
)


def begun(journal: Journal, person: Person, key: str | None = None) -> BegunSession:
    command = BeginSession(email=person.email, password=PHRASE)
    context = context_at(NOON, key=key, ip="192.0.2.7")
    session = begin_session(journal, command, context, CHEAP)
    assert isinstance(session, BegunSession)
    return session


def end(journal: Journal, session: BegunSession) -> None:
    command = EndSession(account_id=session.account_id, session_id=session.session_id)
    end_session(journal, command, context_at(NOON))


def test_address_and_password_begin_a_session(journal: Journal) -> None:
    person = member(journal)
    session = begun(journal, person)
    signed = live_session(journal, session.token, NOON)
    assert signed is not None
    assert (signed.account_id, signed.session_id) == (
        person.account_id,
        session.session_id,
    )
    assert journal.fresh(Session, session.session_id).methods == ["password"]


def test_the_address_is_known_in_any_spelling(journal: Journal) -> None:
    person = member(journal)
    spelt = Person(person.account_id, f" {person.email.upper()} ", "")
    assert begun(journal, spelt).account_id == person.account_id


def test_every_wrong_sign_in_is_refused_alike(journal: Journal) -> None:
    known, unverified = member(journal), signed_up(journal)
    for email, password in (
        (known.email, "another sentence, quite"),
        (unverified.email, PHRASE),
        (new_email(), PHRASE),
        ("no address", PHRASE),
        (known.email, "x" * 2000),
    ):
        command = BeginSession(email=email, password=password)
        with pytest.raises(WrongCredentials):
            begin_session(journal, command, context_at(NOON), CHEAP)
    assert counted(journal, known.account_id)["journal"] == 2


def test_a_repeated_sign_in_does_not_show_the_token_again(journal: Journal) -> None:
    person, key = member(journal), uuid4().hex
    begun(journal, person, key)
    with pytest.raises(AlreadyAnswered):
        begun(journal, person, key)
    assert counted(journal, person.account_id)["sessions"] == 1


def test_an_ended_session_is_refused_on_its_next_request(journal: Journal) -> None:
    person = member(journal)
    one, other = begun(journal, person), begun(journal, person)
    end(journal, one)
    assert live_session(journal, one.token, NOON) is None
    assert live_session(journal, other.token, NOON) is not None
    end(journal, one)
    assert journal.fresh(Session, one.session_id).version == 2


def test_24_ends_of_one_session_at_once_are_one_fact(journal: Journal) -> None:
    session = begun(journal, member(journal))
    with ThreadPoolExecutor(24) as pool:
        list(pool.map(lambda _: end(journal, session), range(24)))
    assert journal.fresh(Session, session.session_id).version == 2


def test_another_accounts_session_is_as_unknown_as_none(journal: Journal) -> None:
    session = begun(journal, member(journal))
    for foreign in (
        replace(session, account_id=uuid4()),
        replace(session, session_id=uuid4()),
    ):
        with pytest.raises(NoSuchSession):
            end(journal, foreign)
    assert live_session(journal, session.token, NOON) is not None


def test_a_session_ends_after_an_hour_without_a_request(journal: Journal) -> None:
    session = begun(journal, member(journal))
    last = NOON + HOUR - INSTANT
    assert live_session(journal, session.token, NOON + HOUR) is None
    assert live_session(journal, session.token, last) is not None
    assert live_session(journal, session.token, last + HOUR - INSTANT) is not None


def test_a_session_ends_after_a_day_however_busy(journal: Journal) -> None:
    session = begun(journal, member(journal))
    for minutes in range(30, 24 * 60, 30):
        at = NOON + minutes * MINUTE
        assert live_session(journal, session.token, at) is not None
    assert live_session(journal, session.token, NOON + 24 * HOUR) is None


def test_the_latest_use_is_noted_to_the_minute(journal: Journal) -> None:
    session = begun(journal, member(journal))
    seen = []
    for seconds in (59, 60, 90, 119, 120):
        live_session(journal, session.token, NOON + timedelta(seconds=seconds))
        row = rows_of(journal, "sessions", session.account_id)[0]
        seen.append((row["seen_at"] - NOON).total_seconds())
    assert seen == [0, 60, 60, 60, 120]


def test_a_cookie_is_worth_nothing_with_another_account_or_secret(
    journal: Journal,
) -> None:
    one, other = begun(journal, member(journal)), begun(journal, member(journal))
    account, secret = one.token.split(".")[0], other.token.split(".")[1]
    for cookie in ("", "x", f"{account}.{secret}", one.token[:-1], one.token + "A"):
        assert live_session(journal, cookie, NOON) is None


def test_the_token_is_kept_as_a_digest_and_the_origin_sealed(journal: Journal) -> None:
    session = begun(journal, member(journal))
    row = rows_of(journal, "sessions", session.account_id)[0]
    secret = session.token.split(".")[1].encode()
    assert secret not in bytes(row["digest"])
    assert b"192.0.2.7" not in bytes(row["origin"])
    opened = journal.vault.open(
        session.account_id,
        row["origin_key_id"],
        bytes(row["origin"]),
        session.session_id.bytes,
    )
    assert opened == b'{"ip":"192.0.2.7","client":"Firefox"}'


def test_a_hash_of_older_costs_is_made_anew_at_sign_in(journal: Journal) -> None:
    person = member(journal)
    dearer = Passwords(memory_kib=128, passes=1)
    command = BeginSession(email=person.email, password=PHRASE)
    before = rows_of(journal, "secrets", person.account_id)[0]
    for _ in range(2):
        begin_session(journal, command, context_at(NOON), dearer)
        after = rows_of(journal, "secrets", person.account_id)[0]
        assert after["material"] != before["material"]
        assert after["secret_id"] == before["secret_id"]
    assert journal.fresh(Account, person.account_id).version == 2
    kept = rows_of(journal, "secrets", person.account_id)[0]["material"]
    begin_session(journal, command, context_at(NOON), dearer)
    assert rows_of(journal, "secrets", person.account_id)[0]["material"] == kept


def test_no_secret_is_in_any_row_of_the_journal(
    journal: Journal, database: Database
) -> None:
    person = member(journal, password=PHRASE)
    session = begun(journal, person)
    end(journal, session)
    secrets = [PHRASE, person.token.split(".")[1], session.token.split(".")[1]]
    written = everything(journal, database, person)
    assert "Ann" in written
    assert "argon2" not in written
    assert [secret for secret in secrets if secret in written] == []


def everything(journal: Journal, database: Database, person: Person) -> str:
    """What the journal says of an account, the sealed parts opened, and the answers."""
    with psycopg.connect(database.auditor, row_factory=dict_row) as connection:
        where = " WHERE account_id = %s"
        found = connection.execute(
            "SELECT * FROM journal" + where, (person.account_id,)
        )
        facts = found.fetchall()
        done = connection.execute(
            "SELECT result FROM journal_commands" + where, (person.account_id,)
        ).fetchall()
    written = [str(row) for row in facts] + [bytes(r["result"]).decode() for r in done]
    for row in facts:
        aad = (
            row["stream_id"].bytes + row["version"].to_bytes(4) + row["topic"].encode()
        )
        for part in ("sealed", "origin"):
            if row[part] is not None:
                key_id = row[f"{part}_key_id"]
                opened = journal.vault.open(
                    person.account_id, key_id, bytes(row[part]), aad
                )
                written.append(msgspec.json.encode(str(opened)).decode())
    return "\n".join(written)
