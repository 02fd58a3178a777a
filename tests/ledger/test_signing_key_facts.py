"""What signing keys record carries no secret."""

from __future__ import annotations

import dataclasses

import pytest

from ledger import signing_key_facts as facts
from tests.specification import ENVELOPE

KINDS: list[type[facts.Event]] = [
    kind
    for kind in vars(facts).values()
    if isinstance(kind, type) and issubclass(kind, facts.Event)
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_fact_names_a_key_and_never_its_private_part(
    kind: type[facts.Event],
) -> None:
    names = {field.name for field in dataclasses.fields(kind)} - ENVELOPE
    assert f"signing_keys.{kind.__name__}" == kind.TOPIC
    assert not {name for name in names if "private" in name}
    assert {name for name in names if "secret" in name} in (
        set(),
        {"secret_id", "secret_mac", "secret_mac_key_id"},
    )
