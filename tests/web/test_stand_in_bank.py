"""The bank's switches answer JSON, and refuse what cannot be in words."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.web import standing_in
from tests.web.standing_in import StandIn
from tests.web.test_stand_in_payments import client_of


@pytest.fixture
def running() -> Iterator[StandIn]:
    with standing_in.stand_in() as made:
        yield made


def a_charge(running: StandIn) -> str:
    client = client_of(running)
    session = client.v1.checkout.sessions.create(
        {
            "mode": "payment",
            "success_url": standing_in.SUCCESS,
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": "eur",
                        "unit_amount": 1000,
                        "product_data": {"name": "credits"},
                    },
                }
            ],
        }
    )
    assert session.url is not None
    running.fill(session.url)
    return client.v1.charges.list().data[0].id


def test_a_dispute_is_opened_decided_and_seen_by_the_sdk(running: StandIn) -> None:
    charge = a_charge(running)
    status, made = running.tell("disputes", {"charge": charge, "amount": 400})
    assert (status, made["amount"]) == (200, 400)
    running.tell(f"disputes/{made['id']}", {"outcome": "lost"})
    [seen] = client_of(running).v1.disputes.list({"charge": charge}).data
    assert (seen.id, seen.status) == (made["id"], "lost")


def test_a_refund_is_let_fail(running: StandIn) -> None:
    client = client_of(running)
    refund = client.v1.refunds.create({"charge": a_charge(running), "amount": 5})
    assert running.tell(f"refunds/{refund.id}/fail", {})[0] == 200
    assert client.v1.refunds.retrieve(refund.id).status == "failed"


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("disputes", {"charge": "ch_none"}),
        ("disputes", []),
        ("disputes/du_none", {"outcome": "won"}),
        ("refunds/re_none/fail", {}),
    ],
)
def test_what_there_is_not_is_refused_in_words(
    running: StandIn, path: str, given: object
) -> None:
    status, told = running.tell(path, given)
    assert status == 400
    assert "No such" in told["error"]
