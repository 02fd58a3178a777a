"""What a subscription records: nothing of a person, nothing that is no primitive."""

from __future__ import annotations

from typing import Any, get_type_hints

import pytest

from ledger import subscription_facts as facts
from ledger.aggregate import PERSONAL

KINDS: list[Any] = [
    kind
    for kind in vars(facts).values()
    if isinstance(kind, type) and issubclass(kind, facts.Event)
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_each_is_named_for_its_stream_and_names_no_person(
    kind: Any,
) -> None:
    assert f"subscriptions.{kind.__name__}" == kind.TOPIC
    hints = get_type_hints(kind, include_extras=True)
    assert all(
        PERSONAL not in getattr(hint, "__metadata__", ()) for hint in hints.values()
    )
