"""The API over HTTP: keys, bodies, repeated commands, expansion, errors."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest
import stripe

from tests.web.paying import ASKED, KEY, Api, Counter, error_of
from tests.web.standing_in import StandIn


@pytest.fixture
def counter() -> Counter:
    return Counter()


@pytest.fixture
def api(counter: Counter) -> Api:
    return Api(counter)


def client_of(running: StandIn, key: str = "sk_test_ours") -> stripe.StripeClient:
    here = {"api": running.url}
    return stripe.StripeClient(key, base_addresses=here, max_network_retries=0)  # type: ignore[arg-type]


def basic(name: str) -> str:
    return f"Basic {b64encode(f'{name}:'.encode()).decode()}"


def test_stripes_own_sdk_understands_a_refusal_of_each_kind(running: StandIn) -> None:
    client, key = client_of(running), {"idempotency_key": "again"}
    made = client.v1.checkout.sessions.create(ASKED, key)  # type: ignore[arg-type]
    again = client.v1.checkout.sessions.create(ASKED, key)  # type: ignore[arg-type]
    assert again.id == made.id
    with pytest.raises(stripe.IdempotencyError):
        client.v1.customers.create({}, key)  # type: ignore[arg-type]
    with pytest.raises(stripe.InvalidRequestError) as missing:
        client.v1.checkout.sessions.retrieve("cs_test_none")
    assert (missing.value.http_status, missing.value.code) == (404, "resource_missing")
    for wrong in ("sk_live_x", "rk_live_x", "anything"):
        with pytest.raises(stripe.AuthenticationError):
            client_of(running, wrong).v1.events.list()


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        ("Bearer sk_test_ours", 200),
        ("Bearer rk_test_ours", 200),
        (basic("sk_test_ours"), 200),
        (basic("sk_live_ours"), 401),
        ("Bearer sk_live_ours", 401),
        ("Bearer pk_test_ours", 401),
        ("Bearer ", 401),
        ("Basic ???", 401),
        ("sk_test_ours", 401),
        ("", 401),
    ],
)
def test_only_a_test_key_is_let_in(api: Api, authorization: str, status: int) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    answer = api.client.get("/v1/events", headers=headers)
    assert answer.status_code == status
    assert "ours" not in answer.text


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/products"),
        ("POST", "/v1/charges/"),
        ("DELETE", "/v1/coupons/c_1"),
        ("GET", "/v1/checkout"),
        ("POST", "/v1/customers/a/b"),
    ],
)
def test_an_address_that_stripe_may_have_and_we_do_not_is_named(
    api: Api, method: str, path: str
) -> None:
    answer = api.client.open(path, method=method, headers=KEY)
    assert answer.status_code == 404
    assert f"{method}: {path}" in answer.get_json()["error"]["message"]


def test_a_body_that_is_no_text_is_refused(api: Api, counter: Counter) -> None:
    answer = api.client.post("/v1/customers", data=b"email=\xff\xfe", headers=KEY)
    assert error_of(answer) == (400, None, None)
    assert counter.books.all("customer") == []


def test_a_repeated_key_answers_what_it_answered_before(
    api: Api, counter: Counter
) -> None:
    first, second = api.opened("once"), api.opened("once")
    assert first.data == second.data
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert len(counter.books.all("checkout.session")) == 1
    assert second.headers["Idempotency-Key"] == "once"


def test_the_first_answer_is_repeated_even_when_things_have_moved_on(
    api: Api, counter: Counter
) -> None:
    first = api.opened("once").get_json()
    counter.desk.expire(first)
    assert api.opened("once").get_json()["status"] == "open"
    assert counter.desk.session(first["id"])["status"] == "expired"  # type: ignore[index]


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("/checkout/sessions", {**ASKED, "locale": "fr"}),
        ("/customers", ASKED),
        ("/customers", {}),
    ],
    ids=["body", "path", "both"],
)
def test_the_same_key_for_something_else_is_refused(
    api: Api, counter: Counter, path: str, given: Any
) -> None:
    api.opened("once")
    answer = api.post(path, given, "once")
    error = answer.get_json()["error"]
    assert (answer.status_code, error["type"]) == (400, "idempotency_error")
    assert "'once'" in error["message"]
    assert len(counter.books.all("checkout.session")) == 1


def test_the_order_of_the_parameters_makes_no_other_request(api: Api) -> None:
    turned = dict(reversed(ASKED.items()))
    first = api.post("/checkout/sessions", ASKED, "once")
    assert api.post("/checkout/sessions", turned, "once").data == first.data


def test_what_an_act_refused_is_refused_again_under_its_key(
    api: Api, counter: Counter
) -> None:
    charge = counter.charged()["id"]
    much = {"charge": charge, "amount": 1001}
    first, again = (api.post("/refunds", much, "much") for _ in range(2))
    assert (first.status_code, first.data) == (again.status_code, again.data)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert counter.books.all("refund") == []


def test_a_key_is_still_free_after_its_parameters_were_turned_away(api: Api) -> None:
    wrong = api.opened("once", colour="red")
    assert error_of(wrong) == (400, "parameter_unknown", "colour")
    assert api.opened("once").status_code == 200


def test_a_refused_act_leaves_nothing_but_its_answer(
    api: Api, counter: Counter
) -> None:
    charge = counter.charged()
    told = counter.types()
    api.post("/refunds", {"charge": charge["id"], "amount": 5000}, "much")
    assert counter.types() == told
    assert counter.books.get("charge", charge["id"]) == charge


def test_a_key_means_nothing_to_a_question(api: Api) -> None:
    made = api.opened().get_json()
    asked = f"/v1/checkout/sessions/{made['id']}"
    headers = KEY | {"Idempotency-Key": "once"}
    assert api.client.get(asked, headers=headers).get_json() == made
    assert "Idempotent-Replayed" not in api.client.get(asked, headers=headers).headers
    assert api.opened("once").get_json()["id"] != made["id"]


def test_a_key_of_256_characters_is_too_long(api: Api) -> None:
    assert api.opened("k" * 255).status_code == 200
    assert api.opened("k" * 256).status_code == 400


def test_events_know_the_request_that_made_them(api: Api, counter: Counter) -> None:
    api.post("/customers", {"email": "ann@example.com"}, "once")
    (event,) = counter.events
    assert event["request"]["idempotency_key"] == "once"
    assert event["request"]["id"].startswith("req_")


def test_expansion_puts_objects_in_the_places_of_their_ids(
    api: Api, counter: Counter
) -> None:
    session = counter.tried(counter.opened())
    path = "payment_intent.latest_charge.balance_transaction"
    where = f"/checkout/sessions/{session['id']}"
    asked = {"expand[0]": path, "expand[1]": "line_items"}
    told = api.get(where, **asked).get_json()
    charge = told["payment_intent"]["latest_charge"]
    assert charge["balance_transaction"]["net"] == 960
    assert told["line_items"]["data"][0]["description"] == "1,000 credits"
    plain = api.get(where).get_json()
    assert plain["payment_intent"] == session["payment_intent"]
    assert "line_items" not in plain


def test_expansion_reaches_every_row_of_a_list(api: Api, counter: Counter) -> None:
    for _ in range(2):
        counter.tried(counter.opened())
    told = api.get("/charges", **{"expand[]": "data.payment_intent"}).get_json()
    assert [row["payment_intent"]["status"] for row in told["data"]] == [
        "succeeded",
        "succeeded",
    ]


@pytest.mark.parametrize("path", ["colour", "status", "url.x", "client_reference_id.x"])
def test_what_is_no_object_cannot_be_expanded(api: Api, path: str) -> None:
    made = api.opened(client_reference_id="ours").get_json()
    answer = api.get(f"/checkout/sessions/{made['id']}", **{"expand[]": path})
    assert error_of(answer) == (400, None, "expand")


def test_expanding_nothing_that_is_there_gives_nothing(api: Api) -> None:
    made = api.opened().get_json()
    where = f"/checkout/sessions/{made['id']}"
    told = api.get(where, **{"expand[]": "payment_intent.latest_charge"}).get_json()
    assert told["payment_intent"] is None


def test_every_answer_has_a_number_of_its_own(api: Api) -> None:
    numbers = {api.get("/events").headers["Request-Id"] for _ in range(3)}
    assert len(numbers) == 3
