"""What tracking domains record: the name of a host is sealed, and said once."""

from __future__ import annotations

import pytest

from ledger import tracking_facts as facts
from ledger.journal.records import shape_of

KINDS: list[type[facts.Event]] = [
    kind
    for name, kind in vars(facts).items()
    if isinstance(kind, type) and issubclass(kind, facts.Event) and name != "Event"
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_only_the_issue_of_a_target_names_the_host_and_seals_it(
    kind: type[facts.Event],
) -> None:
    assert f"tracking_domains.{kind.__name__}" == kind.TOPIC
    named = {"host"} if kind is facts.TargetIssued else set()
    assert set(shape_of(kind.TOPIC).personal) == named
