"""Claims move credits between lots and themselves, with a line for each."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from ledger.journal import Journal
from projections.claim_posting import by_lot
from projections.credit_figures import Credits
from tests.conftest import NOON
from tests.desk import Desk, Purse

STEPS = [("frozen", 5), ("frozen", 2), ("withdrawn", 3), ("withdrawn", 0)]


def test_parts_are_added_up_by_lot() -> None:
    a, b = UUID(int=1), UUID(int=2)
    parts: list[Any] = [(a, 0, 2, 1, 0), (b, 0, 1, 1, 0), (a, 5, 3, 1, 0)]
    assert by_lot(parts) == ([a, b], [5, 1])


def told(desk: Desk, purse: Purse) -> Credits:
    desk.catch_up()
    return desk.views.credits.credits(purse.account_id, NOON)


def test_every_step_of_a_dispute_has_its_line_and_the_lines_add_up(
    journal: Journal,
) -> None:
    desk = Desk(journal)
    purse, claim, seen = Purse(desk), uuid4(), []
    purse.grant(5, source_kind="purchase", source_id="order")
    named = {"kind": "dispute", "source_id": "order"}
    for state, credits in STEPS:
        terms: Any = named | {"lot_id": next(iter(purse.balance.lots))}
        terms |= {"state": state, "credits": credits}
        purse.do(lambda b, t=terms: b.claim(claim, t, NOON), NOON)  # type: ignore[misc]
        page = told(desk, purse)
        assert not page.parked
        assert sum(line.change for line in page.statement.rows) == page.total
        seen.append((page.statement.rows[0].kind, page.total, page.frozen))
    assert seen == [
        ("frozen", 0, 5),
        ("thawed", 3, 2),
        ("withdrawn", 2, 0),
        ("restored", 5, 0),
    ]
