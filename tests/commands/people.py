"""People for the tests of accounts: how they sign up, and what they are mailed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec
from psycopg.rows import dict_row

from commands.accounts import SignUp, VerifySignUp, sign_up, verify_sign_up
from commands.gateways.passwords import Passwords
from ledger.journal import Journal
from tests.conftest import NOON, context_at

PHRASE = "Il pleut sur Brest, encore"
CHEAP = Passwords(memory_kib=64, passes=1, at_once=64)
"""Hashes that cost nothing, for tests that are not about their cost."""


@dataclass
class Person:
    """Somebody who signed up."""

    account_id: UUID
    email: str
    token: str


def new_email(name: str = "ann") -> str:
    return f"{name}.{uuid4().hex[:12]}@example.com"


def asking(email: str, **more: Any) -> SignUp:
    given: dict[str, Any] = {"name": "Ann", "password": PHRASE, "language": "en"}
    return SignUp(email=email, **given | more)


def signed_up(
    journal: Journal, email: str | None = None, now: datetime = NOON, **more: Any
) -> Person:
    """Sign up; the token is the mail's, or "" where no link was mailed."""
    command = asking(email or new_email(), **more)
    recorded = sign_up(journal, command, context_at(now), CHEAP)
    account_id = UUID(recorded.ids["account"])
    found = [mail["values"].get("token", "") for mail in mails_of(journal, account_id)]
    return Person(account_id, command.email, found[0] if found else "")


def member(journal: Journal, email: str | None = None, **more: Any) -> Person:
    """Sign up and verify."""
    person = signed_up(journal, email, **more)
    command = VerifySignUp(token=person.token, password=PHRASE)
    verify_sign_up(journal, command, context_at(NOON), CHEAP)
    return person


def mails_of(journal: Journal, account_id: UUID) -> list[dict[str, Any]]:
    """The mails that wait for an account, opened, their template beside them."""
    with journal.connections.for_account(account_id) as connection:
        rows = connection.execute(
            "SELECT mail_id, template, language, sealed, key_id FROM mail_outbox"
            " WHERE account_id = %s AND sealed <> '' ORDER BY written_at",
            (account_id,),
        ).fetchall()
    found = []
    for mail_id, template, language, sealed, key_id in rows:
        data = journal.vault.open(account_id, key_id, bytes(sealed), mail_id.bytes)
        assert data is not None
        told = msgspec.json.decode(data)
        found.append({"template": template, "language": language, **told})
    return found


def rows_of(journal: Journal, table: str, account_id: UUID) -> list[dict[str, Any]]:
    """The rows that an account has in a table."""
    with journal.connections.for_account(account_id) as connection:
        cursor = connection.cursor(row_factory=dict_row)
        return cursor.execute(
            f"SELECT * FROM {table} WHERE account_id = %s", (account_id,)
        ).fetchall()


def counted(journal: Journal, account_id: UUID) -> dict[str, int]:
    """How many rows an account has wherever it could have some."""
    tables = ("journal", "journal_commands", "claims", "secrets", "tokens")
    more = ("sessions", "mail_outbox", "directory")
    return {name: len(rows_of(journal, name, account_id)) for name in (*tables, *more)}
