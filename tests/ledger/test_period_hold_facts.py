"""The names under which campaigns of the plan are recorded."""

from __future__ import annotations

from ledger import period_hold_facts as facts


def test_topics_are_written_out() -> None:
    kinds = (facts.Opened, facts.Held, facts.Extended, facts.Released, facts.Lapsed)
    assert [kind.TOPIC for kind in kinds] == [
        f"period_holds.{kind.__name__}" for kind in kinds
    ]
