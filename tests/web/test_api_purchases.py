"""Purchases over the API: page by page, with a cursor that nobody can read."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient

from tests.web.service import (
    a_key,
    a_purchase,
    an_account,
    followed,
)
from web.wiring import Service


@pytest.fixture(scope="module")
def key(service: Service) -> dict[str, str]:
    return a_key(service, ("accounts:read",))


def at(account_id: UUID, rest: str = "") -> str:
    return f"/api/v1/accounts/{account_id}/purchases{rest}"


def test_the_pages_hold_every_purchase_once_newest_first(
    client: FlaskClient, service: Service, key: dict[str, str]
) -> None:
    ann = an_account(service)
    bought = [str(a_purchase(service, ann)) for _ in range(5)]
    followed(service)
    found, cursor, sizes = [], "", []
    while cursor is not None:
        rest = f"?limit=2&cursor={cursor}" if cursor else "?limit=2"
        page = client.get(at(ann, rest), headers=key).get_json()
        found += [row["purchase_id"] for row in page["data"]]
        sizes.append(len(page["data"]))
        cursor = page["next_cursor"]
        assert page["has_more"] is (cursor is not None)
    assert (found, sizes) == (bought[::-1], [2, 2, 1])


def test_a_paid_purchase_tells_amounts_order_and_items(
    client: FlaskClient, service: Service, key: dict[str, str]
) -> None:
    ann = an_account(service)
    purchase_id = a_purchase(service, ann)
    followed(service)
    told = client.get(at(ann, f"/{purchase_id}"), headers=key).get_json()
    assert told["status"] == "paid"
    assert told["order_number"] > 10_000
    assert told["total_minor"] == told["net_minor"] + told["tax_minor"] > 0
    assert told["items"][0]["credits"] == 2000


def test_a_purchase_of_another_account_is_not_found(
    client: FlaskClient, service: Service, key: dict[str, str]
) -> None:
    purchase_id = a_purchase(service, an_account(service))
    followed(service)
    for account_id in (an_account(service), uuid4()):
        answer = client.get(at(account_id, f"/{purchase_id}"), headers=key)
        assert answer.status_code == 404


def test_an_account_without_purchases_has_an_empty_list(
    client: FlaskClient, service: Service, key: dict[str, str]
) -> None:
    page = client.get(at(an_account(service)), headers=key).get_json()
    assert (page["data"], page["has_more"], page["next_cursor"]) == ([], False, None)
