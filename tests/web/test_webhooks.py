"""Stripe calls: only what it signed is kept, raw, once, and answered at once."""

from __future__ import annotations

import json
import time
from typing import Any
from uuid import uuid4

import pytest
import stripe
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from ledger.aggregate import SYSTEM
from tests.web.service import BASE
from web.webhooks import BODY_BYTES_MAX
from web.wiring import TEST_WEBHOOK_SECRET, Service


def event(**changed: Any) -> str:
    made = {
        "id": f"evt_{uuid4().hex}",
        "object": "event",
        "type": "charge.succeeded",
        "created": 1_800_000_000,
        "data": {"object": {"id": "ch_1", "object": "charge", "metadata": {}}},
    }
    return json.dumps(made | changed)


def signed(body: str, secret: str = TEST_WEBHOOK_SECRET, age_seconds: int = 0) -> str:
    moment = int(time.time()) - age_seconds
    generate: Any = stripe.WebhookSignature.generate_signature_header
    made: str = generate(body, secret, moment)
    return made


def call(client: FlaskClient, body: str | bytes, signature: str) -> TestResponse:
    headers = {"Stripe-Signature": signature} if signature else {}
    path = "/webhooks/stripe"
    return client.post(path, data=body, headers=headers, base_url=BASE)


def kept(service: Service, body: str) -> list[tuple[bytes, bool]]:
    """The rows of this event in the inbox: what is stored, and whether handled."""
    id = json.loads(body)["id"]
    with service.connections.for_account(SYSTEM) as connection:
        rows = connection.execute(
            "SELECT sealed, key_id, handled_at FROM webhook_inbox WHERE event_id = %s",
            (id,),
        ).fetchall()
    opened = [
        service.vault.open(SYSTEM, key_id, bytes(sealed), id.encode())
        for sealed, key_id, _ in rows
    ]
    return [
        (plain or b"", row[2] is not None)
        for plain, row in zip(opened, rows, strict=True)
    ]


def test_what_stripe_signed_is_kept_to_the_byte_and_left_to_the_worker(
    client: FlaskClient, service: Service
) -> None:
    body = event(note="é\u2028 {  }")
    answer = call(client, body, signed(body))
    assert (answer.status_code, answer.data) == (204, b"")
    assert kept(service, body) == [(body.encode(), False)]


def test_what_is_kept_cannot_be_read_in_the_database(
    client: FlaskClient, service: Service
) -> None:
    body = event(email="ann@example.com")
    call(client, body, signed(body))
    with service.connections.for_account(SYSTEM) as connection:
        (found,) = connection.execute(
            "SELECT count(*) FROM webhook_inbox"
            " WHERE position('ann@example.com'::bytea IN sealed) > 0"
        ).fetchone() or (1,)
    assert found == 0


def test_a_repeated_call_is_answered_alike_and_kept_once(
    client: FlaskClient, service: Service
) -> None:
    body = event()
    answers = [call(client, body, signed(body)) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [204, 204, 204]
    assert len(kept(service, body)) == 1


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: (body, ""),
        lambda body: (body, signed(body, "whsec_of_somebody_else")),
        lambda body: (body, signed(body, age_seconds=3600)),
        lambda body: (body, signed(body, age_seconds=-3600)),
        lambda body: (body.replace("ch_1", "ch_2"), signed(body)),
        lambda body: (body + " ", signed(body)),
        lambda body: (body, signed(body).replace("v1=", "v0=")),
        lambda body: (body, "t=,v1="),
    ],
    ids=["unsigned", "forged", "old", "early", "changed", "longer", "scheme", "empty"],
)
def test_what_stripe_did_not_sign_just_now_is_refused_and_not_kept(
    client: FlaskClient, service: Service, spoil: Any
) -> None:
    body = event()
    sent, signature = spoil(body)
    answer = call(client, sent, signature)
    assert answer.status_code == 400
    assert answer.content_type == "application/problem+json"
    assert kept(service, body) == []


@pytest.mark.parametrize(
    "body", ["", "{}", "[]", "null", "\x00", '{"id": 1}', "[" * 50_000], ids=range(7)
)
def test_bytes_that_are_no_event_are_refused_even_when_they_are_signed(
    client: FlaskClient, body: str
) -> None:
    assert call(client, body, signed(body)).status_code == 400


def test_bytes_that_are_no_text_are_refused(client: FlaskClient) -> None:
    for body in (b"\xff\xfe", b'{"id": "\xff"}'):
        assert call(client, body, "t=1,v1=a").status_code == 400


def test_a_body_longer_than_any_webhook_is_not_read(client: FlaskClient) -> None:
    body = event(padding="x" * BODY_BYTES_MAX)
    answer = call(client, body, signed(body))
    assert answer.status_code == 413
    assert answer.content_type == "application/problem+json"


def test_no_cookie_and_no_origin_is_asked_of_stripe(client: FlaskClient) -> None:
    body = event()
    headers = {
        "Stripe-Signature": signed(body),
        "Origin": "https://evil.example",
        "Sec-Fetch-Site": "cross-site",
    }
    answer = client.post("/webhooks/stripe", data=body, headers=headers, base_url=BASE)
    assert answer.status_code == 204
    assert "Set-Cookie" not in answer.headers


def test_only_a_post_is_a_call(client: FlaskClient) -> None:
    answer = client.get("/webhooks/stripe", base_url=BASE)
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_a_key_that_would_open_everything_is_worth_nothing_here(
    client: FlaskClient,
) -> None:
    headers = {"Authorization": f"Bearer {TEST_WEBHOOK_SECRET}"}
    path = "/webhooks/stripe"
    answer = client.post(path, data=event(), headers=headers, base_url=BASE)
    assert answer.status_code == 400
