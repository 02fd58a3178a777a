"""Credits over the API: figures of the moment, holds, and commands told twice."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.web.service import (
    Clock,
    a_key,
    a_purchase,
    an_account,
    followed,
)
from web import create_app
from web.wiring import Service

NUMBERS = count(1)
TERM = timedelta(days=7)


class Api:
    """A program with a key, and one account with 2,000 credits."""

    def __init__(self, service: Service, clock: Clock) -> None:
        self.service, self.clock = service, clock
        self.client: FlaskClient = create_app(service).test_client()
        self.key = a_key(service)
        self.ann = an_account(service)
        a_purchase(service, self.ann)

    def ask(self, rest: str, **headers: str) -> TestResponse:
        where = f"/api/v1/accounts/{self.ann}{rest}"
        return self.client.get(where, headers=self.key | headers)

    def tell(self, rest: str, body: Any = None, name: str = "") -> TestResponse:
        named = {
            "Idempotency-Key": name or f"command {next(NUMBERS)}".replace(" ", "-")
        }
        where = f"/api/v1/accounts/{self.ann}{rest}"
        return self.client.post(where, json=body, headers=self.key | named)

    def hold(self, recipients: int, name: str = "", **more: Any) -> TestResponse:
        body = {"campaign_id": "spring", "recipients": recipients, "kind": "credits"}
        return self.tell("/holds", body | more, name)

    def figures(self) -> tuple[int, int, int]:
        told = self.ask("/credits").get_json()
        return told["balance"], told["held"], told["available"]


@pytest.fixture
def api(service: Service, clock: Clock) -> Api:
    return Api(service, clock)


def test_a_hold_reserves_and_says_where_it_is(api: Api) -> None:
    answer = api.hold(300)
    told = answer.get_json()
    assert answer.status_code == 201
    assert (told["credits"], told["campaign_id"]) == (300, "spring")
    assert api.figures() == (2000, 300, 1700)
    found = api.client.get(answer.headers["Location"], headers=api.key).get_json()
    assert (found["hold_id"], found["open"]) == (told["hold_id"], 300)


def test_a_hold_of_more_than_there_is_says_what_lacks(api: Api) -> None:
    answer = api.hold(2001)
    told = answer.get_json()
    assert answer.status_code == 409
    assert told["type"] == "/problems/insufficient-credits"
    assert (told["needed"], told["available"], told["short"]) == (2001, 2000, 1)
    assert api.figures() == (2000, 0, 2000)


def test_captures_spend_and_the_final_one_gives_the_rest_back(api: Api) -> None:
    where = f"/holds/{api.hold(300).get_json()['hold_id']}"
    api.tell(f"{where}/captures", {"credits": 100})
    assert api.figures() == (1900, 200, 1700)
    answer = api.tell(f"{where}/captures", {"credits": 50, "final": True})
    assert answer.get_json()["credits"] == 50
    assert api.figures() == (1850, 0, 1850)
    assert api.ask(where).status_code == 404


def test_a_released_hold_is_closed(api: Api) -> None:
    where = f"/holds/{api.hold(300).get_json()['hold_id']}"
    assert api.tell(f"{where}/release").status_code == 200
    assert api.figures() == (2000, 0, 2000)
    assert api.tell(f"{where}/captures", {"credits": 1}).status_code == 404


def test_an_extended_hold_lasts_longer(api: Api) -> None:
    where = f"/holds/{api.hold(300, term_seconds=60).get_json()['hold_id']}"
    before = api.ask(where).get_json()["expires_at"]
    assert api.tell(f"{where}/extend", {"term_seconds": 600}).status_code == 200
    assert api.ask(where).get_json()["expires_at"] > before


def test_extending_for_less_than_is_left_changes_nothing(api: Api) -> None:
    where = f"/holds/{api.hold(300, term_seconds=600).get_json()['hold_id']}"
    before = api.ask(where).get_json()
    answer = api.tell(f"{where}/extend", {"term_seconds": 60})
    assert (answer.status_code, answer.get_json()["position"]) == (200, None)
    assert "Idempotent-Replayed" not in answer.headers
    assert api.ask(where).get_json() == before


def test_a_command_told_twice_is_answered_twice_and_done_once(api: Api) -> None:
    first, second = api.hold(300, "once"), api.hold(300, "once")
    assert (first.status_code, first.data) == (second.status_code, second.data)
    assert first.headers["Location"] == second.headers["Location"]
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert api.figures() == (2000, 300, 1700)


def test_a_repeat_is_answered_even_when_the_credits_are_gone(api: Api) -> None:
    hold_id = api.hold(2000, "all").get_json()["hold_id"]
    api.tell(f"/holds/{hold_id}/captures", {"credits": 2000})
    again = api.hold(2000, "all")
    assert (again.status_code, again.get_json()["hold_id"]) == (201, hold_id)


def test_another_command_under_the_same_key_is_a_conflict(api: Api) -> None:
    api.hold(300, "once")
    answer = api.hold(301, "once")
    assert answer.status_code == 409
    assert answer.get_json()["type"] == "/problems/command-reused"
    assert api.figures() == (2000, 300, 1700)


def test_the_same_key_of_another_program_names_another_command(api: Api) -> None:
    first = api.hold(300, "once").get_json()
    api.key = a_key(api.service)
    assert api.hold(300, "once").get_json()["hold_id"] != first["hold_id"]


def test_capturing_more_than_is_held_tells_how_much_is(api: Api) -> None:
    where = f"/holds/{api.hold(300).get_json()['hold_id']}"
    told = api.tell(f"{where}/captures", {"credits": 301}).get_json()
    assert told["type"] == "/problems/capture-exceeds-hold"
    assert (told["asked"], told["held"]) == (301, 300)


def test_the_tag_of_the_figures_is_the_version_until_they_change(api: Api) -> None:
    first = api.ask("/credits")
    tag = first.headers["ETag"]
    assert tag == f'"{first.get_json()["version"]}"'
    same = api.ask("/credits", **{"If-None-Match": tag})
    assert (same.status_code, same.data) == (304, b"")
    api.hold(1)
    assert api.ask("/credits", **{"If-None-Match": tag}).status_code == 200


def test_the_tag_changes_when_time_alone_changes_the_figures(api: Api) -> None:
    api.hold(300)
    tag = api.ask("/credits").headers["ETag"]
    api.clock.move(TERM)
    answer = api.ask("/credits", **{"If-None-Match": tag})
    assert (answer.status_code, api.figures()) == (200, (2000, 0, 2000))
    assert answer.headers["ETag"].startswith(tag[:-1] + ".")


def test_the_allowance_tells_how_many_credits_lack(api: Api) -> None:
    enough, less = (
        api.ask("/allowance?recipients=2000"),
        api.ask("/allowance?recipients=2004"),
    )
    assert enough.get_json()["allowed"] is True
    told = less.get_json()
    assert (told["allowed"], told["reason"]) == (False, "too_few_credits")
    assert (told["needed"], told["available"], told["short"]) == (2004, 2000, 4)


def test_the_lots_add_up_to_the_balance(api: Api) -> None:
    api.hold(300)
    (lot,) = api.ask("/lots").get_json()["data"]
    assert (lot["quantity"], lot["left"], lot["free"]) == (2000, 2000, 1700)
    assert lot["source"]["kind"] == "purchase"


def test_the_statement_reaches_the_place_of_a_command_and_adds_up(api: Api) -> None:
    where = f"/holds/{api.hold(300).get_json()['hold_id']}"
    told = api.tell(f"{where}/captures", {"credits": 100, "final": True}).get_json()
    followed(api.service)
    page = api.ask("/statement").get_json()
    assert [line["change"] for line in page["data"]] == [-100, 2000]
    assert page["data"][0]["balance"] == api.figures()[0]
    assert numbers(page["position"]) >= numbers(told["position"])


def test_a_hold_of_another_account_is_not_found(api: Api) -> None:
    hold_id = UUID(api.hold(300).get_json()["hold_id"])
    other = an_account(api.service)
    where = f"/api/v1/accounts/{other}/holds/{hold_id}"
    assert api.client.get(where, headers=api.key).status_code == 404
    named = api.key | {"Idempotency-Key": uuid4().hex}
    assert api.client.post(f"{where}/release", headers=named).status_code == 404


def numbers(position: str) -> list[int]:
    return [int(part) for part in position.split(".")]
