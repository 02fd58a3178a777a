"""Any order of adding, publishing, silence and time leaves each name one holder."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from ledger.journal import Journal
from tests.conftest import THOROUGH
from tests.properties.domain_world import DomainWorld


def test_a_name_is_held_by_one_who_has_shown_his_records(
    empty_journal: Journal,
) -> None:
    class Machine(DomainWorld):
        journal = empty_journal

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=300 if THOROUGH else 15,
            stateful_step_count=60,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
