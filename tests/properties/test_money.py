"""Any history of buying, sending, giving back and disputing, against the oracle."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    run_state_machine_as_test,
)

from ledger.journal import Journal
from tests.conftest import THOROUGH
from tests.desk import Desk
from tests.properties.money_giving_back import GivingBack
from tests.properties.money_spending import Spending
from tests.properties.money_topping_up import ToppingUp
from tests.properties.money_world import MoneyWorld


class Everything(Spending, GivingBack):
    """All at once, so that each meets each."""


class Automatic(Spending, GivingBack, ToppingUp):
    """And credits topped up in the middle of it."""


@pytest.mark.parametrize(
    "machine",
    [Spending, GivingBack, Everything, ToppingUp, Automatic],
    ids=lambda one: one.__name__,
)
def test_any_history_of_money_and_credits_is_as_the_oracle_foretells(
    journal: Journal, machine: type[MoneyWorld]
) -> None:
    class Machine(machine):  # type: ignore[misc, valid-type]
        pass

    Machine.desk = Desk(journal)
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=300 if THOROUGH else 25,
            stateful_step_count=60 if THOROUGH else 50,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
