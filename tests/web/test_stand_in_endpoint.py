"""One object, and a list of them, as every collection has it."""

from __future__ import annotations

from pathlib import Path

import pytest

from web.stand_in.books import Books
from web.stand_in.desk import Desk
from web.stand_in.endpoint import existing, listed, retrieved
from web.stand_in.parameters import Refused


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(Books(tmp_path / "books"), lambda event: None, "http://stand.in")


def test_an_object_is_found_by_its_id_or_refused(desk: Desk) -> None:
    made = desk.open_customer(email="ann@example.com")
    assert retrieved("customer").act(desk, {}, made["id"]) == made
    with pytest.raises(Refused) as caught:
        existing(desk, "customer", "cus_none")
    assert caught.value.status == 404
    with pytest.raises(Refused) as caught:
        existing(desk, "customer", "cus_none", "customer")
    assert caught.value.status == 400


def test_a_list_is_filtered_newest_first_and_paged(desk: Desk) -> None:
    made = [desk.open_customer(email=f"{name}@example.com") for name in "aab"]
    customers = listed("customer", "email")
    found = customers.act(desk, {"email": "a@example.com"}, "")
    assert [one["email"] for one in found["data"]] == ["a@example.com"] * 2
    assert found["data"][0]["id"] == made[1]["id"]
    first = customers.act(desk, {"limit": 2}, "")
    assert first["has_more"]
    rest = customers.act(desk, {"starting_after": first["data"][-1]["id"]}, "")
    assert [one["id"] for one in rest["data"]] == [made[0]["id"]]
