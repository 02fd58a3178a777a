"""What looks at a domain change, and what is remembered of those that do not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from commands.domain_checks import (
    CHECKS_KEPT,
    RecordCheck,
    checks_of,
    look_context,
    note_look,
    record_check,
)
from ledger.domains import Outcome, SendingDomain
from ledger.journal import Journal
from ledger.refusals import NoSuchDomain
from tests.commands.people import rows_of
from tests.commands.sending import Sender, new_name, seen
from tests.commands.signed import topics
from tests.desk import Desk
from tests.specification import state

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def ann(journal: Journal) -> Sender:
    return Sender(journal)


def of_domains(ann: Sender) -> list[str]:
    found = topics(ann.journal, ann.account_id)
    return [one.removeprefix("domains.") for one in found if one.startswith("domains.")]


def watched(ann: Sender) -> dict[str, object]:
    (row,) = rows_of(ann.journal, "watched_domains", ann.account_id)
    return row


def test_a_domain_lives_from_its_first_look_to_its_failure(ann: Sender) -> None:
    it = ann.add(new_name())
    assert ann.looks(it, "missing", MINUTE, 4 * MINUTE) == "pending"
    assert ann.looks(it, "found", 10 * MINUTE) == "verified"
    assert ann.looks(it, "missing", DAY) == "verified"
    assert ann.looks(it, "missing", 15 * MINUTE) == "degraded"
    assert ann.looks(it, "found", HOUR) == "verified"
    assert ann.looks(it, "missing", DAY, 15 * MINUTE) == "degraded"
    assert ann.looks(it, "missing", *[HOUR] * 72) == "failed"
    expected = ["Added", "Verified", "Degraded", "Recovered", "Degraded", "Failed"]
    assert of_domains(ann) == expected


def test_looks_that_change_nothing_are_no_facts(ann: Sender) -> None:
    it = ann.verified(new_name())
    ann.looks(it, "found", *[DAY] * 5)
    ann.looks(it, "unclear", *[HOUR] * 5)
    assert of_domains(ann) == ["Added", "Verified"]


def test_one_bad_answer_is_forgotten_by_a_good_one(ann: Sender) -> None:
    it = ann.verified(new_name())
    flicker: list[Outcome] = ["missing", "found"] * 10
    for outcome in flicker:
        assert ann.looks(it, outcome, 15 * MINUTE) == "verified"
    assert watched(ann)["missed_since"] is None


def test_two_looks_at_one_moment_are_one_bad_answer(ann: Sender) -> None:
    it = ann.verified(new_name())
    none = timedelta()
    assert ann.looks(it, "missing", DAY, none, MINUTE, MINUTE) == "verified"
    assert ann.looks(it, "missing", 8 * MINUTE) == "degraded"


def test_no_answer_at_all_never_demotes(ann: Sender) -> None:
    it = ann.verified(new_name())
    assert ann.looks(it, "unclear", *[DAY] * 30) == "verified"
    ann.looks(it, "missing", HOUR, HOUR)
    assert ann.looks(it, "unclear", *[DAY] * 30) == "degraded"


def test_a_failed_domain_is_looked_at_no_more_and_verified_when_it_is_found(
    ann: Sender,
) -> None:
    it = ann.add(new_name())
    assert ann.looks(it, "missing", 3 * DAY) == "failed"
    assert watched(ann)["due_at"] is None
    assert ann.looks(it, "found", DAY) == "verified"
    assert watched(ann)["holds"]


def test_each_look_has_the_next_one_scheduled(ann: Sender) -> None:
    it = ann.add(new_name())
    assert watched(ann)["due_at"] == ann.now + MINUTE
    ann.looks(it, "found", MINUTE)
    assert watched(ann)["due_at"] == ann.now + DAY
    ann.looks(it, "missing", DAY)
    assert watched(ann)["due_at"] == ann.now + 15 * MINUTE


def test_a_look_that_was_overtaken_schedules_by_what_the_domain_is_by_then(
    ann: Sender,
) -> None:
    it = ann.add(new_name())
    pending = ann.domain(it)
    assert ann.looks(it, "missing", 3 * DAY) == "failed"
    failed = ann.domain(it)
    note_look(ann.journal, pending, "missing", seen("missing"), ann.now)
    assert watched(ann)["due_at"] is None
    ann.now += HOUR
    ann.look(it, "missing", asked=True)
    note_look(ann.journal, failed, "missing", seen("missing"), ann.now)
    assert watched(ann)["due_at"] == ann.now + MINUTE


def test_equal_looks_in_a_row_are_one_row_of_the_history(ann: Sender) -> None:
    it = ann.add(new_name())
    ann.looks(it, "missing", *[MINUTE] * 3)
    ann.looks(it, "found", *[MINUTE] * 2)
    newest, oldest = checks_of(ann.journal, ann.account_id, it)
    assert (newest.outcome, newest.looks) == ("found", 2)
    assert newest.last_at - newest.first_at == MINUTE
    assert (oldest.outcome, oldest.looks) == ("missing", 3)
    assert oldest.seen == seen("missing")


def test_the_history_of_looks_is_bounded(ann: Sender) -> None:
    it = ann.verified(new_name())
    flicker: list[Outcome] = ["missing", "found"] * CHECKS_KEPT
    for outcome in flicker:
        ann.looks(it, outcome, MINUTE)
    checks = checks_of(ann.journal, ann.account_id, it)
    assert len(checks) == CHECKS_KEPT
    assert checks[0].last_at == ann.now


def test_a_removed_domain_is_looked_at_no_more(ann: Sender) -> None:
    it = ann.add(new_name())
    domain = ann.domain(it)
    ann.remove(it)
    command = RecordCheck(account_id=ann.account_id, domain_id=it, outcome="found")
    with pytest.raises(NoSuchDomain):
        record_check(ann.journal, command, look_context(domain, ann.now))
    note_look(ann.journal, domain, "found", seen("found"), ann.now)
    assert rows_of(ann.journal, "domain_checks", ann.account_id) == []


def test_a_look_told_twice_is_one(ann: Sender) -> None:
    it = ann.add(new_name())
    command = RecordCheck(account_id=ann.account_id, domain_id=it, outcome="found")
    context = look_context(ann.domain(it), ann.now)
    assert not record_check(ann.journal, command, context).repeated
    assert record_check(ann.journal, command, context).repeated
    assert of_domains(ann) == ["Added", "Verified"]


def test_a_failed_domain_is_looked_for_anew_once_somebody_asks(ann: Sender) -> None:
    it = ann.add(new_name())
    assert ann.looks(it, "missing", 3 * DAY) == "failed"
    assert ann.looks(it, "missing", DAY) == "failed"
    ann.now += DAY
    assert ann.look(it, "missing", asked=True).state == "pending"
    assert watched(ann)["due_at"] == ann.now + MINUTE
    assert ann.looks(it, "missing", 3 * DAY) == "failed"


def test_a_domain_of_many_facts_is_loaded_from_a_snapshot_as_it_is(
    ann: Sender,
) -> None:
    it = ann.domain(ann.add(new_name()))
    for day in range(60):
        it.find(ann.now + day * DAY)
        it.miss(["dkim2"], ann.now + day * DAY + HOUR, ann.now)
    it.meet_contest(ann.account_id, ann.now)
    Desk(ann.journal).record(ann.account_id, lambda: it)
    assert len(rows_of(ann.journal, "snapshots", ann.account_id)) == 1
    found = ann.domain(it.id)
    assert found.version == it.version > SendingDomain.SNAPSHOT_EVERY
    assert state(found) == state(it)
