"""Any order of sign-ins, factors, links, addresses and keys, against a sheet of paper.

The paper foretells each request's answer. So an ended session stays ended, a used link
stays used, what an old epoch handed out is dead, an address has one holder, an undo
works for 72 hours to the microsecond, a step and a recovery code are taken once, a
revoked key is dead at once, no latest use goes back, and no secret is recorded.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from commands import limits
from ledger.journal import Journal
from tests.conftest import THOROUGH
from tests.properties.identity_addresses import AddressRules
from tests.properties.identity_factors import FactorRules
from tests.properties.identity_keys import KeyRules
from tests.properties.identity_sessions import PasswordRules
from tests.properties.identity_world import KEYS_MAX, SESSIONS_MAX, IdentityWorld


class SignIns(PasswordRules, FactorRules):
    """Passwords and codes."""


class Addresses(PasswordRules, AddressRules):
    """Addresses, and the resets that go to them."""


class Everything(SignIns, AddressRules, KeyRules):
    """All at once, so that each meets each."""


@pytest.fixture(autouse=True)
def _small_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SESSIONS_MAX", SESSIONS_MAX)
    monkeypatch.setattr(limits, "API_KEYS_MAX", KEYS_MAX)


@pytest.mark.parametrize(
    "machine",
    [SignIns, Addresses, KeyRules, Everything],
    ids=lambda machine: machine.__name__,
)
def test_any_order_of_requests_is_answered_as_the_paper_foretells(
    journal: Journal, machine: type[IdentityWorld]
) -> None:
    class Machine(machine):  # type: ignore[misc, valid-type]
        pass

    Machine.journal = journal
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=300 if THOROUGH else 12,
            stateful_step_count=60 if THOROUGH else 40,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
