"""What we know about a customer, as one JSON document that is written as it is read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from commands.credentials import API_KEY, credentials_of
from commands.customer_keys import keys_of
from commands.domains import domains_of
from commands.live_sessions import sessions_of
from commands.owners import address_of, profile_of
from ledger.accounts import Account
from ledger.api_keys import ApiKey
from ledger.email_addresses import EmailAddress
from ledger.journal import Fact, Journal, Reader
from ledger.journal.reader import COLUMNS
from ledger.journal.records import place, shape_of
from ledger.profiles import Profile

FORMAT = "daybook-account/1"
WITHHELD = "withheld"
"""Stands for what was erased: nobody can read it any more."""
PAGE_ROWS = 500
"""Facts read at once; between two pages nothing is held open."""
OURS = ("secret_id", "secret_mac", "secret_mac_key_id")
"""Fields of events that point at a secret's row and say nothing about a person."""
FACTS_SQL = (
    f"SELECT {COLUMNS} FROM journal WHERE account_id = %s AND position > %s"
    " ORDER BY position LIMIT %s"
)
Lists = Mapping[str, Iterable[object]]
"""Further lists by name; their rows are anything that JSON can have made of."""


def data_chunks(
    journal: Journal, account: Account, now: datetime, lists: Lists
) -> Iterator[bytes]:
    """Yield the document in pieces; memory does not grow with what there is."""
    head = {
        "format": FORMAT,
        "exported_at": now,
        "account": _account(account),
        "profile": _profile(profile_of(journal, account.id)),
        "addresses": _addresses(journal, account),
        "sign_in": _sign_in(journal, account),
        "sessions": sessions_of(journal, account.id, now),
        "api_keys": _keys(journal, account.id),
        "domains": _domains(journal, account.id),
    }
    mark = b"{\n"
    for name, value in head.items():
        yield mark + _line(name, msgspec.json.encode(value))
        mark = b",\n"
    for name, rows in {**lists, "events": events_of(journal, account.id)}.items():
        yield b",\n" + msgspec.json.encode(name) + b": ["
        mark = b"\n"
        for row in rows:
            yield mark + msgspec.json.encode(row)
            mark = b",\n"
        yield b"\n]"
    yield b"\n}\n"


def events_of(journal: Journal, account_id: UUID) -> Iterator[dict[str, Any]]:
    """Yield what was recorded about the account, oldest first, in plain words."""
    reader, after = Reader(journal.connections, journal.facts), 0
    while True:
        with journal.connections.for_account(account_id) as connection:
            rows = connection.execute(
                FACTS_SQL, (account_id, after, PAGE_ROWS)
            ).fetchall()
        for row in rows:
            fact = reader.fact(row)
            after = fact.position
            yield _event(journal, reader, fact)
        if len(rows) < PAGE_ROWS:
            return


def _event(journal: Journal, reader: Reader, fact: Fact) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if fact.event is not None:
        shape = shape_of(fact.topic)
        hidden = shape.personal if _is_erased(journal, fact) else ()
        for name in (*shape.open_type.__annotations__, *shape.personal):
            if name not in OURS:
                value = vars(fact.event)[name]
                told[name] = WITHHELD if name in hidden else value
    origin = reader.origin(fact)
    is_gone = fact.origin is not None and origin == (None, None)
    return {
        "at": fact.happened_at,
        "event": fact.topic,
        "by": fact.actor_kind,
        "ip": WITHHELD if is_gone else origin.ip,
        "client": WITHHELD if is_gone else origin.client,
        "told": told,
    }


def _is_erased(journal: Journal, fact: Fact) -> bool:
    if fact.sealed is None or fact.sealed_key_id is None:
        return False
    aad = place(fact.stream_id, fact.version, fact.topic)
    opened = journal.vault.open(fact.account_id, fact.sealed_key_id, fact.sealed, aad)
    return opened is None


def _line(name: str, value: bytes) -> bytes:
    return msgspec.json.encode(name) + b": " + value


def _domains(journal: Journal, account_id: UUID) -> list[dict[str, Any]]:
    return [
        {"name": domain.name, "state": domain.state, "since": domain.since}
        for domain in domains_of(journal, account_id)
    ]


def _account(account: Account) -> dict[str, Any]:
    is_erased = account.details is None
    return {
        "id": account.id,
        "language": account.language,
        "plan": account.plan,
        "currency": account.currency,
        "website": WITHHELD if is_erased else account.website,
        "billing_details": WITHHELD if is_erased else account.details,
        "disabled": account.disabled,
        "closed": account.closed,
        "erase_at": account.erase_at,
    }


def _profile(profile: Profile) -> dict[str, Any]:
    picture = profile.picture
    return {
        "picture": None if picture is None else picture_path(picture.picture_id),
        "can_be_looked_up": profile.listed,
        "newsletter": profile.subscribed,
    }


def picture_path(picture_id: UUID) -> str:
    """Return where the archive has a picture."""
    return f"pictures/{picture_id}.webp"


def _addresses(journal: Journal, account: Account) -> dict[str, Any]:
    address: EmailAddress = address_of(journal, account)
    profile = profile_of(journal, account.id)
    return {
        "email": WITHHELD if account.details is None else account.email,
        "change_that_waits": address.change,
        "left_and_reserved": address.previous,
        "receipts": profile.receipt_address,
        "receipts_not_confirmed": profile.waiting_address,
    }


def _sign_in(journal: Journal, account: Account) -> dict[str, Any]:
    """Return what guards the account, without any of its secrets."""
    credentials = credentials_of(journal, account)
    return {
        "password": credentials.password is not None,
        "second_factors": [
            {"kind": factor.kind, "name": factor.name}
            for factor in credentials.factors.values()
        ],
        "recovery_codes_left": credentials.codes_left,
    }


def _keys(journal: Journal, account_id: UUID) -> Iterable[dict[str, Any]]:
    with journal.connections.for_account(account_id) as connection:
        rows = connection.execute(
            "SELECT stream_id FROM directory WHERE account_id = %s AND kind = %s"
            " ORDER BY stream_id",
            (account_id, API_KEY),
        ).fetchall()
    used = {known.key.id: known for known in keys_of(journal, account_id)}
    found = []
    for (key_id,) in rows:
        key = journal.fresh(ApiKey, key_id)
        last = used.get(key_id)
        found.append(
            {
                "key_id": key.id,
                "name": key.name,
                "scopes": key.scopes,
                "expires_at": key.expires_at,
                "revoked": key.revoked,
                "last_used_at": last.seen_at if last else None,
                "last_ip": last.ip if last else None,
            }
        )
    return found
