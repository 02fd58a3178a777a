"""A handler decides again after a lost race, and answers a repeat from the record."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest

from ledger.aggregate import SYSTEM
from ledger.journal import (
    Contended,
    Context,
    Journal,
    OutcomeUnknown,
    Recorded,
    VersionConflict,
    handler,
)
from ledger.journal.handling import ATTEMPTS_MAX, Handler, once_of
from ledger.refusals import CommandReused
from tests.conftest import NOON, context_at
from tests.jars import FillJar, Jar, JarFull, LabelJar, fill_jar, label_jar


@dataclass(frozen=True, kw_only=True)
class Shout:
    """A command that no account asks for."""

    words: str


@pytest.fixture
def jar(journal: Journal) -> FillJar:
    label = LabelJar(account_id=uuid4(), jar_id=uuid4())
    label_jar(journal, label, context_at(NOON))
    return FillJar(account_id=label.account_id, jar_id=label.jar_id)


def failing(
    trouble: Exception, times: int, after: bool = False
) -> tuple[Handler[FillJar, []], list[int]]:
    """Return a use case that fails so often, before or after it has recorded."""
    tries: list[int] = []

    @handler
    def fill_somehow(journal: Journal, command: FillJar, context: Context) -> Recorded:
        tries.append(1)
        found = journal.load(Jar, command.jar_id)
        found.fill(context.new_id("layer"), "white", command.beans)
        if len(tries) > times:
            return journal.record(found, context=context)
        if after:
            journal.record(found, context=context)
        raise trouble

    return fill_somehow, tries


@pytest.mark.parametrize("trouble", [VersionConflict(), OutcomeUnknown()])
def test_a_lost_race_or_answer_is_decided_again_and_recorded_once(
    journal: Journal, jar: FillJar, trouble: Exception
) -> None:
    use_case, tries = failing(trouble, times=2)
    assert not use_case(journal, jar, context_at(NOON)).repeated
    assert (len(tries), journal.fresh(Jar, jar.jar_id).beans) == (3, 1)


def test_an_answer_lost_after_the_commit_is_found_in_the_record(
    journal: Journal, jar: FillJar
) -> None:
    use_case, tries = failing(OutcomeUnknown(), times=1, after=True)
    assert use_case(journal, jar, context_at(NOON)).repeated
    assert (len(tries), journal.fresh(Jar, jar.jar_id).beans) == (1, 1)


def test_a_race_lost_again_and_again_is_told_as_contention(
    journal: Journal, jar: FillJar
) -> None:
    use_case, tries = failing(VersionConflict(), times=99)
    with pytest.raises(Contended):
        use_case(journal, jar, context_at(NOON))
    assert (len(tries), journal.fresh(Jar, jar.jar_id).beans) == (ATTEMPTS_MAX, 0)


def test_a_refusal_leaves_no_trace_in_memory_or_journal(
    journal: Journal, jar: FillJar
) -> None:
    use_case, _ = failing(JarFull(0), times=1)
    with pytest.raises(JarFull):
        use_case(journal, jar, context_at(NOON))
    with journal.unit():
        assert journal.load(Jar, jar.jar_id).beans == 0


def test_a_mistake_of_ours_is_neither_repeated_nor_remembered(
    journal: Journal, jar: FillJar
) -> None:
    use_case, tries = failing(ZeroDivisionError(), times=99)
    with pytest.raises(ZeroDivisionError):
        use_case(journal, jar, context_at(NOON))
    assert len(tries) == 1
    with journal.unit():
        assert journal.load(Jar, jar.jar_id).beans == 0


def test_a_reused_key_is_refused_even_when_the_command_would_be_too(
    journal: Journal, jar: FillJar
) -> None:
    fill_jar(journal, jar, context_at(NOON, key="reused"))
    full = FillJar(account_id=jar.account_id, jar_id=jar.jar_id, beans=1_000_001)
    with pytest.raises(CommandReused):
        fill_jar(journal, full, context_at(NOON, key="reused"))


def test_what_no_account_asks_for_belongs_to_the_system() -> None:
    once = once_of(Shout(words="x"), context_at(NOON), "shout")
    assert (once.account_id, once.operation) == (SYSTEM, "shout")
    assert once.command_id != UUID(int=0)
