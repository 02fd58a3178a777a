"""What a balance records is told apart by its topic, and no topic is another's."""

from __future__ import annotations

from ledger import credit_facts
from ledger.aggregate import Aggregate
from ledger.credits import CreditBalance


def kinds() -> list[type[Aggregate.Event]]:
    return [
        kind
        for kind in vars(credit_facts).values()
        if isinstance(kind, type)
        and issubclass(kind, Aggregate.Event)
        and kind.__module__ == credit_facts.__name__
    ]


def test_every_fact_has_a_topic_that_is_its_name() -> None:
    topics = [(kind.__name__, str(vars(kind)["TOPIC"])) for kind in kinds()]
    assert all(topic == f"credits.{name}" for name, topic in topics)
    assert len(topics) > 15


def test_the_balance_knows_every_fact_by_its_own_name() -> None:
    for kind in kinds():
        assert issubclass(getattr(CreditBalance, kind.__name__), kind)
