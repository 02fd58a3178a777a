"""What the facts of usage are sealed with, and that their bulk is no text."""

from __future__ import annotations

from ledger import usage_facts
from ledger.journal.records import shape_of
from ledger.journal.statement import SEALED_SQL
from tests.strategies import NOON


def test_contacts_are_sealed_with_the_periods_own_key() -> None:
    shape = shape_of("usage.Reported")
    assert shape.bulk == "contacts"
    assert shape.personal == ("contacts",)
    assert usage_facts.sealed_for(NOON) == f"usage-{NOON.isoformat()}"


def test_whoever_loads_or_follows_leaves_the_bulk_where_it_lies() -> None:
    facts = [vars(usage_facts)[name] for name in dir(usage_facts) if name[0].isupper()]
    topics = {getattr(one, "TOPIC", "") for one in facts}
    bulky = {
        topic
        for topic in topics
        if topic.startswith("usage.") and topic != "usage.Event"
        if shape_of(topic).bulk
    }
    assert bulky == {"usage.Reported"}
    assert "'usage.Reported'" in SEALED_SQL
