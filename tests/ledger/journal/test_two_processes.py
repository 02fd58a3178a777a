"""What one process remembers never outweighs what another one has recorded since."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest

from ledger.journal import Context, Journal, Recorded, handler
from tests.conftest import NOON, context_at, journal_on
from tests.jars import FillJar, Jar, JarFull, LabelJar, NoJar, fill_jar, label_jar
from web.database import Database


@dataclass(frozen=True, kw_only=True)
class Look:
    """Look into one jar, and perhaps put a bean into another."""

    account_id: UUID
    jar_id: UUID
    other_id: UUID


@handler
def fill_beside_empty(journal: Journal, command: Look, context: Context) -> Recorded:
    other = journal.load(Jar, command.other_id)
    if other.beans:
        raise JarFull(other.beans)
    return filled(journal, command, context)


@handler
def fill_beside_full(journal: Journal, command: Look, context: Context) -> Recorded:
    if not journal.load(Jar, command.other_id).beans:
        raise NoJar
    return filled(journal, command, context)


@handler
def fill_if_beside_full(journal: Journal, command: Look, context: Context) -> Recorded:
    other = journal.load(Jar, command.other_id)
    if not other.beans:
        return journal.unchanged(other)
    return filled(journal, command, context)


def filled(journal: Journal, command: Look, context: Context) -> Recorded:
    found = journal.load(Jar, command.jar_id)
    found.fill(context.new_id("layer"), "white", 1)
    return journal.record(found, context=context)


@pytest.fixture
def elsewhere(database: Database) -> Iterator[Journal]:
    """The journal as another process has it open."""
    yield from journal_on(database, size_max=2)


@pytest.fixture
def look(journal: Journal) -> Look:
    """Two empty jars that this process has in its hands."""
    look = Look(account_id=uuid4(), jar_id=uuid4(), other_id=uuid4())
    for jar_id in (look.jar_id, look.other_id):
        label = LabelJar(account_id=look.account_id, jar_id=jar_id)
        label_jar(journal, label, context_at(NOON))
    return look


def fill_other(elsewhere: Journal, look: Look) -> None:
    command = FillJar(account_id=look.account_id, jar_id=look.other_id)
    fill_jar(elsewhere, command, context_at(NOON))


def beans(journal: Journal, look: Look) -> int:
    return journal.fresh(Jar, look.jar_id).beans


def test_what_is_only_read_has_to_be_so_still(
    journal: Journal, elsewhere: Journal, look: Look
) -> None:
    fill_other(elsewhere, look)
    with pytest.raises(JarFull):
        fill_beside_empty(journal, look, context_at(NOON))
    assert beans(journal, look) == 0


def test_a_refusal_by_what_was_is_none(
    journal: Journal, elsewhere: Journal, look: Look
) -> None:
    fill_other(elsewhere, look)
    fill_beside_full(journal, look, context_at(NOON))
    assert beans(journal, look) == 1


def test_nothing_to_do_by_what_was_is_looked_at_anew(
    journal: Journal, elsewhere: Journal, look: Look
) -> None:
    fill_other(elsewhere, look)
    assert not fill_if_beside_full(journal, look, context_at(NOON)).repeated
    assert beans(journal, look) == 1


def test_where_nobody_knows_better_the_first_word_counts(
    journal: Journal, look: Look
) -> None:
    fill_beside_empty(journal, look, context_at(NOON))
    assert fill_if_beside_full(journal, look, context_at(NOON)).repeated
    with pytest.raises(NoJar):
        fill_beside_full(journal, look, context_at(NOON))
    assert beans(journal, look) == 1
