"""Keys: what they seal, who may open it, and what destroying one means."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID, uuid4

import psycopg
import pytest

from ledger.aggregate import SYSTEM
from ledger.journal import Connections, Journal, Vault
from ledger.journal.verify import verify_chain
from ledger.refusals import PersonErased
from tests.conftest import MASTER, NOON, context_at
from tests.jars import FillJar, Jar, LabelJar, fill_jar, label_jar
from tests.rows import auditor, service, stored
from web.database import Database

ANN = UUID(int=1)
OTHER_MASTER = bytes(reversed(range(32)))


@pytest.fixture
def keys(journal: Journal) -> Vault:
    """A vault with a cache of its own, as in another process."""
    return Vault(journal.connections.for_account, MASTER)


def new_jar(journal: Journal, beans: int = 0) -> FillJar:
    label = LabelJar(account_id=uuid4(), jar_id=uuid4())
    label_jar(journal, label, context_at(NOON, ip="192.0.2.7"))
    fill = FillJar(account_id=label.account_id, jar_id=label.jar_id)
    for _ in range(beans):
        fill_jar(journal, fill, context_at(NOON))
    return fill


def test_what_is_sealed_is_opened_by_another_process(
    keys: Vault, journal: Journal
) -> None:
    sealed = keys.seal(ANN, "profile", b"Ann", b"here")
    assert b"Ann" not in sealed.data
    assert journal.vault.open(ANN, sealed.key_id, sealed.data, b"here") == b"Ann"


def test_sealing_twice_never_gives_the_same_bytes(keys: Vault) -> None:
    first, second = (keys.seal(ANN, "profile", b"Ann", b"") for _ in range(2))
    assert first.key_id == second.key_id
    assert first.data != second.data


def test_changed_ciphertext_does_not_open(keys: Vault) -> None:
    sealed = keys.seal(ANN, "profile", b"Ann", b"")
    for byte in (0, 12, len(sealed.data) - 1):
        data = bytearray(sealed.data)
        data[byte] ^= 1
        with pytest.raises(ValueError, match="do not fit"):
            keys.open(ANN, sealed.key_id, bytes(data), b"")


def test_ciphertext_moved_to_another_place_does_not_open(keys: Vault) -> None:
    sealed = keys.seal(ANN, "profile", b"Ann", b"stream 1")
    with pytest.raises(ValueError, match="do not fit"):
        keys.open(ANN, sealed.key_id, sealed.data, b"stream 2")


def test_another_accounts_key_is_not_found(keys: Vault) -> None:
    sealed = keys.seal(uuid4(), "profile", b"Bob", b"")
    assert keys.open(ANN, sealed.key_id, sealed.data, b"") is None


def test_each_account_and_purpose_has_a_key_of_its_own(keys: Vault) -> None:
    bob = uuid4()
    found = {
        keys.seal(account, purpose, b"", b"").key_id
        for account in (ANN, bob, SYSTEM)
        for purpose in ("profile", "receipts-2026")
    }
    assert len(found) == 6


def test_a_destroyed_key_opens_nothing_and_seals_nothing_ever_again(
    keys: Vault,
) -> None:
    account = uuid4()
    sealed = keys.seal(account, "profile", b"Ann", b"")
    assert keys.destroy(account, "profile")
    assert keys.open(account, sealed.key_id, sealed.data, b"") is None
    for _ in range(2):
        with pytest.raises(PersonErased):
            keys.seal(account, "profile", b"Ann", b"")
    assert not keys.destroy(account, "profile")


def test_a_purpose_destroyed_before_its_first_use_gets_no_key(keys: Vault) -> None:
    account = uuid4()
    assert not keys.destroy(account, "profile")
    with pytest.raises(PersonErased):
        keys.seal(account, "profile", b"Ann", b"")


def test_destroying_one_purpose_leaves_the_others(keys: Vault) -> None:
    account = uuid4()
    receipt = keys.seal(account, "receipts-2026", b"Ann", b"")
    keys.seal(account, "profile", b"Ann", b"")
    keys.destroy(account, "profile")
    assert keys.open(account, receipt.key_id, receipt.data, b"") == b"Ann"


def test_a_key_cached_by_another_process_is_forgotten_within_a_minute(
    keys: Vault, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = uuid4()
    sealed = journal.vault.seal(account, "profile", b"Ann", b"")
    journal.vault.open(account, sealed.key_id, sealed.data, b"")
    keys.destroy(account, "profile")
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 60.0)
    assert journal.vault.open(account, sealed.key_id, sealed.data, b"") is None
    with pytest.raises(PersonErased):
        journal.vault.seal(account, "profile", b"Ann", b"")


def test_an_append_under_a_key_destroyed_elsewhere_is_refused_at_once(
    keys: Vault, journal: Journal, database: Database
) -> None:
    fill = new_jar(journal)
    year = f"security-{NOON.year}"
    keys.destroy(fill.account_id, year)
    late = context_at(NOON, key="late", ip="192.0.2.7")
    with pytest.raises(PersonErased):
        fill_jar(journal, fill, late)
    assert len(stored(database, fill.jar_id)) == 1
    with auditor(database) as connection:
        left = connection.execute(
            "SELECT count(*) FROM journal_commands WHERE account_id = %s",
            (fill.account_id,),
        ).fetchone()
    assert left == (1,)


def test_erasing_leaves_hashes_valid_and_figures_replayable(
    keys: Vault, journal: Journal, database: Database
) -> None:
    fill = new_jar(journal, beans=3)
    assert keys.destroy(fill.account_id, "profile")
    with auditor(database) as connection:
        assert list(verify_chain(connection, fill.account_id)) == []
    reader = Journal(
        journal.connections, Vault(journal.connections.for_account, MASTER)
    )
    jar = reader.fresh(Jar, fill.jar_id)
    reader.close()
    assert (jar.name, jar.beans, jar.version) == (None, 3, 4)


def test_erasing_takes_the_accounts_snapshots_with_it(
    keys: Vault, journal: Journal, database: Database
) -> None:
    fill = new_jar(journal)
    jar = journal.fresh(Jar, fill.jar_id)
    journal.kept.keep(jar)
    assert snapshots_of(database, fill.account_id) == 1
    keys.destroy(fill.account_id, "profile")
    assert snapshots_of(database, fill.account_id) == 0
    journal.kept.keep(jar)
    assert snapshots_of(database, fill.account_id) == 0


def snapshots_of(database: Database, account_id: UUID) -> int:
    with service(database) as connection:
        row = connection.execute(
            "SELECT count(*) FROM snapshots WHERE account_id = %s", (account_id,)
        ).fetchone()
    assert row is not None
    return int(row[0])


def test_a_stream_of_the_system_may_be_sealed_with_an_installation_key(
    journal: Journal, database: Database
) -> None:
    jar_id = uuid4()
    label = LabelJar(account_id=SYSTEM, jar_id=jar_id)
    assert label_jar(journal, label, context_at(NOON, ip="192.0.2.7"))
    assert stored(database, jar_id)[0]["origin_key_id"] is not None
    assert journal.fresh(Jar, jar_id).name == "Ann"


def test_a_digest_fits_its_data_and_no_other(keys: Vault) -> None:
    digest = keys.digest("bodies", b"body")
    assert keys.matches(digest.key_id, b"body", digest.data)
    assert not keys.matches(digest.key_id, b"Body", digest.data)
    assert not keys.matches(uuid4(), b"body", digest.data)


@contextmanager
def vault_of(conninfo: str, master: bytes) -> Iterator[Vault]:
    connections = Connections(conninfo)
    connections.open()
    try:
        yield Vault(connections.for_account, master)
    finally:
        connections.close()


def test_after_a_new_master_key_everything_opens_and_every_digest_matches(
    empty_database: Database,
) -> None:
    with vault_of(empty_database.service, MASTER) as before:
        sealed = before.seal(ANN, "profile", b"Ann", b"")
        digest = before.digest("bodies", b"body")
    with vault_of(empty_database.owner, MASTER) as owner:
        assert owner.rewrap(OTHER_MASTER) == 2
        assert owner.open(ANN, sealed.key_id, sealed.data, b"") == b"Ann"
    with vault_of(empty_database.service, OTHER_MASTER) as after:
        assert after.open(ANN, sealed.key_id, sealed.data, b"") == b"Ann"
        assert after.digest("bodies", b"body") == digest
    with (
        vault_of(empty_database.service, MASTER) as old,
        pytest.raises(ValueError, match="master key does not fit"),
    ):
        old.open(ANN, sealed.key_id, sealed.data, b"")


def test_the_service_may_not_rewrap_keys(keys: Vault) -> None:
    keys.seal(ANN, "profile", b"Ann", b"")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        keys.rewrap(OTHER_MASTER)


def test_a_master_key_of_another_length_is_refused(journal: Journal) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Vault(journal.connections.for_account, bytes(31))
