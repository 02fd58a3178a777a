"""What automatic top-up records: of a person, the name of a card alone."""

from __future__ import annotations

from typing import Any, get_type_hints

import pytest

from ledger import top_up_facts as facts
from ledger.aggregate import PERSONAL

KINDS: list[Any] = [
    kind
    for kind in vars(facts).values()
    if isinstance(kind, type) and issubclass(kind, facts.Event)
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_each_is_named_for_its_stream_and_seals_the_cards_name(kind: Any) -> None:
    assert f"top_ups.{kind.__name__}" == kind.TOPIC
    hints = get_type_hints(kind, include_extras=True)
    sealed = {
        name
        for name, hint in hints.items()
        if PERSONAL in getattr(hint, "__metadata__", ())
    }
    assert sealed == ({"card_label"} if kind is facts.CardSaved else set())
