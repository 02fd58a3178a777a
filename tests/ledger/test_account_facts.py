"""What an account records: who a person is, is sealed."""

from __future__ import annotations

from typing import get_type_hints

from ledger import account_facts as facts
from ledger.aggregate import PERSONAL


def sealed(kind: type[facts.Event]) -> set[str]:
    hints = get_type_hints(kind, include_extras=True)
    return {
        name
        for name, hint in hints.items()
        if PERSONAL in getattr(hint, "__metadata__", ())
    }


def test_what_tells_who_somebody_is_is_sealed() -> None:
    assert sealed(facts.SignedUp) == {"email", "name", "company", "website"}
    assert sealed(facts.EmailChanged) == {"email"}
    assert sealed(facts.BillingDetailsChanged) == {"details"}
    assert sealed(facts.Disabled) == sealed(facts.Enabled) == {"reason"}


def test_the_plan_is_no_secret_of_a_person() -> None:
    assert facts.PlanChanged.TOPIC == "accounts.PlanChanged"
    assert sealed(facts.PlanChanged) == set()
