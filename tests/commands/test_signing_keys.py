"""Keys beside the journal: sealed, one active, gone once they are revoked."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from commands import signing_keys as use
from commands.credentials import kept
from commands.gateways.signing import signature
from ledger.signing_keys import SELECTORS
from ledger.signing_refusals import KeyNotSeen, NoActiveKey, NoSigningKey
from tests.commands.keyholders import DAY, HOUR, KeyHolder
from tests.conftest import NOON, context_at
from web.wiring import Service


@pytest.fixture
def holder(service: Service) -> KeyHolder:
    return KeyHolder(service)


def test_a_domain_begins_with_two_keys_that_wait(holder: KeyHolder) -> None:
    holder.begin()
    assert holder.states == holder.table == ["staged", "staged"]
    assert holder.secrets == 2
    assert holder.due_at() == NOON


def test_beginning_again_is_no_news(holder: KeyHolder) -> None:
    holder.begin()
    assert holder.begin().repeated
    assert holder.secrets == 2


def test_the_private_part_is_kept_sealed_and_bound(holder: KeyHolder) -> None:
    command = use.BeginSigning(
        **holder.place, label=holder.label, pairs=use.new_pairs(SELECTORS)
    )
    use.begin_signing(holder.service.journal, command, context_at(NOON))
    key = holder.keys.keys["dm1"]
    found = kept(
        holder.service.journal, holder.account_id, use.SIGNING_KEY, key.binding
    )
    assert found is not None
    assert found.constant == command.pairs["dm1"].private
    assert len(signature(found.constant, bytes(32))) == 256
    rows = holder.rows("SELECT material FROM secrets")
    assert not [row for row in rows if found.constant[-40:] in bytes(row[0])]


def test_no_private_part_is_in_the_journal_or_in_what_is_shown(
    holder: KeyHolder,
) -> None:
    pairs = use.new_pairs(SELECTORS)
    command = use.BeginSigning(**holder.place, label=holder.label, pairs=pairs)
    use.begin_signing(holder.service.journal, command, context_at(NOON))
    rows = holder.rows("SELECT payload || coalesce(sealed, '') FROM journal")
    recorded = b"".join(bytes(row[0]) for row in rows)
    assert pairs["dm1"].public.encode() in recorded
    assert pairs["dm1"].private not in recorded
    assert "private" not in repr(command)


def test_rotating_retires_the_old_key_and_keeps_its_secret(holder: KeyHolder) -> None:
    ready = holder.sign_from()
    holder.rotate(ready)
    assert holder.states == holder.table == ["retiring", "active"]
    assert holder.secrets == 2


def test_rotating_needs_a_key_that_was_seen(holder: KeyHolder) -> None:
    holder.begin()
    with pytest.raises(NoActiveKey):
        holder.rotate(NOON)
    ready = holder.sign_from()
    holder.rotate(ready)
    with pytest.raises(KeyNotSeen):
        holder.rotate(ready + HOUR)


def test_a_revoked_keys_secret_is_deleted_with_it(holder: KeyHolder) -> None:
    ready = holder.sign_from()
    gone = holder.keys.keys["dm1"].binding
    holder.revoke("dm1", ready)
    assert holder.states == holder.table == ["revoked", "active"]
    journal = holder.service.journal
    assert kept(journal, holder.account_id, use.SIGNING_KEY, gone) is None
    assert holder.secrets == 1
    assert holder.revoke("dm1", ready + HOUR).repeated


def test_stopping_revokes_all(holder: KeyHolder) -> None:
    ready = holder.sign_from()
    holder.stop(ready)
    assert holder.table == ["revoked", "revoked"]
    assert holder.secrets == 0
    assert holder.stop(ready + DAY).repeated


def test_a_stopped_domain_begins_again_with_new_keys(holder: KeyHolder) -> None:
    ready = holder.sign_from()
    before = holder.keys.keys["dm1"].key_id
    holder.stop(ready)
    holder.begin(ready + HOUR)
    assert holder.table == ["staged", "revoked"]
    assert holder.keys.keys["dm1"].key_id != before
    assert holder.secrets == 1


@pytest.mark.parametrize("what", ["rotate", "stop", "revoke"])
def test_another_accounts_keys_are_none(holder: KeyHolder, what: str) -> None:
    holder.begin()
    other = KeyHolder(holder.service)
    for domain_id in (holder.domain_id, uuid4()):
        other.domain_id = domain_id
        arguments: list[Any] = ["dm1", NOON] if what == "revoke" else [NOON]
        with pytest.raises(NoSigningKey):
            getattr(other, what)(*arguments)
    with pytest.raises(NoSigningKey):
        _ = other.keys


def test_the_database_itself_holds_one_active_key_a_domain(holder: KeyHolder) -> None:
    holder.sign_from()
    with (
        pytest.raises(psycopg.errors.UniqueViolation, match="signing_keys_one_active"),
        holder.service.connections.for_account(holder.account_id) as connection,
    ):
        connection.execute("UPDATE signing_keys SET state = 'active'")


def test_two_rotations_at_once_leave_one_active_key(holder: KeyHolder) -> None:
    ready = holder.sign_from()
    holder.service.journal._cache.forget(holder.keys.id)

    def rotate(_: int) -> bool:
        try:
            holder.rotate(ready)
        except KeyNotSeen:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(rotate, range(4))) == [False, False, False, True]
    assert holder.table == ["retiring", "active"]
