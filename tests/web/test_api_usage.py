"""Usage over HTTP: JSON and raw bytes, told twice, refused with the field's name."""

from __future__ import annotations

import hashlib
import hmac
import os
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.commands.subscribing import Member
from tests.web.service import a_key, an_account
from tests.web.test_api_subscriptions import member
from web import create_app

__all__ = ["member"]


class Sender:
    """The sending service, and its customer."""

    def __init__(self, member: Member) -> None:
        self.member = member
        self.client: FlaskClient = create_app(member.service).test_client()
        self.key = a_key(member.service)

    def ask(self, rest: str) -> TestResponse:
        where = f"/api/v1/accounts/{self.member.account_id}{rest}"
        return self.client.get(where, headers=self.key)

    def batch(self, name: str = "1") -> dict[str, Any]:
        return {
            "account_id": str(self.member.account_id),
            "period_id": self.ask("/usage").get_json()["period_id"],
            "campaign_id": "spring",
            "batch_id": name,
            "sent_at": self.member.clock().isoformat(),
        }

    def tell(self, contacts: Any, name: str = "1", **changed: Any) -> TestResponse:
        body = self.batch(name) | {"contacts": contacts} | changed
        return self.client.post("/api/v1/usage", json=body, headers=self.key)

    def raw(self, contacts: bytes, name: str = "1", **changed: Any) -> TestResponse:
        return self.client.post(
            "/api/v1/usage",
            query_string=self.batch(name) | changed,
            data=contacts,
            content_type="application/octet-stream",
            headers=self.key,
        )

    def hold(self, recipients: int, kind: str = "period") -> TestResponse:
        body = {"campaign_id": "spring", "recipients": recipients, "kind": kind}
        where = f"/api/v1/accounts/{self.member.account_id}/holds"
        named = {"Idempotency-Key": str(uuid4())}
        return self.client.post(where, json=body, headers=self.key | named)

    def act(self, hold_id: str, what: str, body: Any = None) -> TestResponse:
        where = f"/api/v1/accounts/{self.member.account_id}/holds/{hold_id}/{what}"
        named = {"Idempotency-Key": str(uuid4())}
        return self.client.post(where, json=body or {}, headers=self.key | named)


@pytest.fixture
def sender(member: Member) -> Sender:
    member.subscribe()
    return Sender(member)


def test_contacts_are_made_with_the_periods_key_and_counted_once(
    sender: Sender,
) -> None:
    told = sender.ask("/usage/key").get_json()
    key = bytes.fromhex(told["key"])
    people = [f"person{k}@example.org" for k in range(20)]
    contacts = [
        hmac.digest(key, one.encode(), hashlib.sha256)[:16].hex() for one in people
    ]
    answer = sender.tell(contacts, period_id=told["period_id"])
    assert answer.status_code == 200
    counted = answer.get_json()
    assert (counted["count"], counted["added"], counted["distinct"]) == (20, 20, 20)
    again = sender.tell(contacts[5:], "2").get_json()
    assert (again["added"], again["distinct"]) == (0, 20)
    assert sender.ask("/usage").get_json()["contacts"] == 20


def test_raw_bytes_are_the_same_as_json(sender: Sender) -> None:
    contacts = os.urandom(16 * 50)
    assert sender.raw(contacts).get_json()["added"] == 50
    listed = [contacts[k : k + 16].hex() for k in range(0, len(contacts), 16)]
    repeated = sender.tell(listed)
    assert repeated.headers["Idempotent-Replayed"] == "true"
    assert repeated.get_json()["added"] == 50


def test_the_same_batch_with_other_contacts_is_a_conflict(sender: Sender) -> None:
    sender.raw(os.urandom(32))
    answer = sender.raw(os.urandom(32))
    assert answer.status_code == 409
    assert answer.get_json()["type"] == "/problems/command-reused"


def test_another_key_of_the_service_repeats_it_too(sender: Sender) -> None:
    contacts = os.urandom(32)
    sender.raw(contacts)
    sender.key = a_key(sender.member.service)
    assert sender.raw(contacts).headers["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize(
    "contacts",
    [[], "00" * 16, ["00" * 15], ["zz" * 16], ["00" * 16, 7], [" " * 32], None, {}],
)
def test_what_is_no_list_of_contacts_is_refused(sender: Sender, contacts: Any) -> None:
    answer = sender.tell(contacts)
    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["pointer"].startswith("/contacts")


@pytest.mark.parametrize("contacts", [b"", bytes(15), bytes(17), bytes(16 * 50_001)])
def test_raw_bytes_that_are_no_contacts_are_refused(
    sender: Sender, contacts: bytes
) -> None:
    answer = sender.raw(contacts)
    assert answer.status_code == 422
    assert "16 bytes" in answer.get_json()["errors"][0]["detail"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sent_at", "2026-11-23T12:00:00"),
        ("sent_at", "0001-01-01T00:00:00+23:59"),
        ("sent_at", "soon"),
        ("batch_id", ""),
        ("campaign_id", "a\nb"),
        ("period_id", "first"),
        ("more", "1"),
    ],
)
def test_each_field_is_checked_in_both_forms(
    sender: Sender, field: str, value: str
) -> None:
    for answer in (
        sender.tell(["00" * 16], **{field: value}),
        sender.raw(bytes(16), **{field: value}),
    ):
        assert answer.status_code == 422, field
        assert answer.get_json()["errors"][0]["pointer"] == f"/{field}"


def test_a_moment_outside_the_period_is_refused(sender: Sender) -> None:
    answer = sender.raw(bytes(16), sent_at="2026-01-01T00:00:00+00:00")
    assert answer.status_code == 422
    assert answer.get_json()["type"] == "/problems/outside-period"


def test_other_forms_are_refused(sender: Sender) -> None:
    where = "/api/v1/usage"
    text = sender.client.post(
        where, data="x", content_type="text/plain", headers=sender.key
    )
    assert (text.status_code, text.get_json()["type"]) == (
        415,
        "/problems/media-not-read",
    )
    broken = sender.client.post(
        where, data="{", content_type="application/json", headers=sender.key
    )
    assert broken.status_code == 400


def test_a_key_without_the_scope_or_of_another_account_is_refused(
    sender: Sender,
) -> None:
    stranger = an_account(sender.member.service)
    assert sender.raw(bytes(16), account_id=str(stranger)).status_code == 404
    sender.key = a_key(sender.member.service, ("accounts:read",))
    assert sender.raw(bytes(16)).status_code == 403
    assert sender.ask("/usage/key").status_code == 403


def test_a_campaign_is_held_extended_and_released_without_capture(
    sender: Sender,
) -> None:
    held = sender.hold(900)
    told = held.get_json()
    assert (held.status_code, told["kind"], told["credits"]) == (201, "period", 0)
    hold_id = told["hold_id"]
    assert sender.ask(f"/holds/{hold_id}").get_json()["open"] == 900
    captured = sender.act(hold_id, "captures", {"credits": 1})
    assert captured.get_json()["type"] == "/problems/hold-not-captured"
    assert sender.act(hold_id, "extend").status_code == 200
    assert sender.act(hold_id, "release").status_code == 200
    assert sender.act(hold_id, "release").status_code == 404
    assert sender.ask(f"/holds/{hold_id}").status_code == 404


def test_no_says_why_and_what_would_help(sender: Sender) -> None:
    sender.raw(b"".join(k.to_bytes(16) for k in range(1000)))
    asked = sender.ask("/allowance?recipients=1").get_json()
    refused = sender.hold(1)
    assert (asked["allowed"], asked["reason"]) == (False, "tier_used_up")
    assert refused.status_code == 409
    told = refused.get_json()
    assert told["type"] == "/problems/tier-used-up"
    assert told["remedies"] == asked["remedies"]
    assert [one["act"] for one in told["remedies"]] == ["bigger_tier", "wait"]


def test_the_other_plans_hold_is_refused(sender: Sender) -> None:
    answer = sender.hold(1, "credits")
    assert answer.status_code == 409
    assert answer.get_json()["holds"] == "period"


def test_without_the_plan_there_is_no_period(member: Member) -> None:
    sender = Sender(member)
    assert sender.ask("/usage").status_code == 404
    assert sender.ask("/usage/key").get_json()["type"] == "/problems/no-such-period"
    few = sender.hold(1, "credits").get_json()
    assert (few["short"], few["remedies"][0]["act"]) == (1, "buy_credits")
