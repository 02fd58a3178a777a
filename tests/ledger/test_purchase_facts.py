"""What a purchase records is told apart by its topic, and no topic is another's."""

from __future__ import annotations

from ledger import purchase_facts
from ledger.aggregate import Aggregate
from ledger.purchases import Purchase


def kinds() -> list[type[Aggregate.Event]]:
    return [
        kind
        for kind in vars(purchase_facts).values()
        if isinstance(kind, type)
        and issubclass(kind, Aggregate.Event)
        and kind.__module__ == purchase_facts.__name__
    ]


def test_every_fact_has_a_topic_that_is_its_name() -> None:
    topics = [(kind.__name__, str(vars(kind)["TOPIC"])) for kind in kinds()]
    assert all(topic == f"purchases.{name}" for name, topic in topics)
    assert len(topics) > 14


def test_the_purchase_knows_every_fact_by_its_own_name() -> None:
    for kind in kinds():
        assert issubclass(getattr(Purchase, kind.__name__), kind)


def test_what_was_paid_before_there_were_subscriptions_has_nothing_of_theirs() -> None:
    told: dict[str, object] = {"order_number": 1}
    purchase_facts.Paid.upcast_v1_v2(told)
    assert told == {
        "order_number": 1,
        "invoice_id": None,
        "service_from": None,
        "service_until": None,
    }
