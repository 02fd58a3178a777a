"""Lists, single objects and customers: what each endpoint takes and answers."""

from __future__ import annotations

from typing import Any

import pytest
import stripe.params as params
import stripe.params.checkout as checkout_params

from tests.web.paying import Api, Counter, error_of
from web.stand_in.endpoint import COLLECTIONS
from web.stand_in.endpoints import CREATE_REFUND, CUSTOMER, ENDPOINTS
from web.stand_in.parameters import Spec


@pytest.fixture
def counter() -> Counter:
    return Counter()


@pytest.fixture
def api(counter: Counter) -> Api:
    return Api(counter)


def people(counter: Counter, count: int) -> list[str]:
    """The ids of so many new customers, newest first."""
    made = []
    for _ in range(count):
        made.append(counter.desk.open_customer(email="many@x.example")["id"])
        counter.now += 1
    return made[::-1]


def page(api: Api, **asked: Any) -> tuple[list[str], bool]:
    told = api.get("/customers", **asked).get_json()
    return [row["id"] for row in told["data"]], told["has_more"]


def test_lists_are_newest_first_in_pages_of_ten(api: Api, counter: Counter) -> None:
    ids = people(counter, 12)
    assert page(api) == (ids[:10], True)
    assert page(api, starting_after=ids[9]) == (ids[10:], False)
    assert page(api, limit=12) == (ids, False)
    assert page(api, limit=11) == (ids[:11], True)


def test_a_list_is_walked_backwards_as_well(api: Api, counter: Counter) -> None:
    ids = people(counter, 5)
    assert page(api, ending_before=ids[4], limit=2) == (ids[2:4], True)
    assert page(api, ending_before=ids[2], limit=2) == (ids[:2], False)
    assert page(api, ending_before=ids[0]) == ([], False)
    assert page(api, starting_after=ids[0], ending_before=ids[3]) == (ids[1:3], True)


@pytest.mark.parametrize("limit", ["0", "101", "-1"])
def test_a_page_has_one_to_a_hundred_rows(api: Api, limit: str) -> None:
    assert error_of(api.get("/customers", limit=limit)) == (400, None, "limit")


@pytest.mark.parametrize("where", ["starting_after", "ending_before"])
def test_a_page_beside_something_unknown_is_refused(api: Api, where: str) -> None:
    answer = api.get("/customers", **{where: "cus_none"})
    assert error_of(answer) == (400, "resource_missing", where)


@pytest.mark.parametrize(
    ("bound", "found"),
    [("gt", [2]), ("gte", [2, 1]), ("lt", [0]), ("lte", [1, 0])],
    ids=lambda one: str(one),
)
def test_a_list_keeps_to_the_bounds_of_time(
    api: Api, counter: Counter, bound: str, found: list[int]
) -> None:
    start, ids = counter.now, people(counter, 3)
    asked = {f"created[{bound}]": start + 1}
    assert page(api, **asked)[0] == [ids[2 - n] for n in found]


def test_a_list_is_filtered_by_all_that_is_asked(api: Api, counter: Counter) -> None:
    ids = people(counter, 2)
    other = counter.desk.open_customer(email="one@x.example")["id"]
    assert page(api, email="one@x.example") == ([other], False)
    assert page(api, email="many@x.example", limit=1) == ([ids[0]], True)
    assert page(api, email="nobody@x.example") == ([], False)
    assert error_of(api.get("/customers", name="Ann"))[1] == "parameter_unknown"


def test_events_are_found_by_type_and_by_the_beginning_of_it(
    api: Api, counter: Counter
) -> None:
    counter.tried(counter.opened())

    def types(wanted: str) -> list[str]:
        return [
            row["type"] for row in api.get("/events", type=wanted).get_json()["data"]
        ]

    assert types("charge.succeeded") == ["charge.succeeded"]
    assert types("payment_intent.*") == [
        "payment_intent.succeeded",
        "payment_intent.created",
    ]
    assert types("charge") == []


def test_an_event_can_be_read_with_what_it_was_about(
    api: Api, counter: Counter
) -> None:
    session = counter.tried(counter.opened(metadata={"purchase_id": "p1"}))
    told = api.get(f"/events/{counter.events[-1]['id']}").get_json()
    assert told["data"]["object"]["id"] == session["id"]
    assert told["data"]["object"]["metadata"] == {"purchase_id": "p1"}


@pytest.mark.parametrize("kind", COLLECTIONS)
def test_an_id_of_nothing_is_not_found_in_any_collection(api: Api, kind: str) -> None:
    path = COLLECTIONS[kind].removeprefix("/v1")
    assert error_of(api.get(f"{path}/none")) == (404, "resource_missing", "id")


def test_an_id_of_another_kind_is_not_found(api: Api, counter: Counter) -> None:
    charge = counter.charged()["id"]
    assert api.get(f"/charges/{charge}").status_code == 200
    assert api.get(f"/customers/{charge}").status_code == 404


def test_our_own_notes_are_in_no_answer(api: Api, counter: Counter) -> None:
    session = counter.opened()
    assert api.get(f"/stand_in.checkout/{session['id']}").status_code == 404
    assert "waits_for" not in api.get("/checkout/sessions").text


def test_a_session_is_read_as_expired_once_its_time_has_come(
    api: Api, counter: Counter
) -> None:
    id = counter.opened()["id"]
    counter.now += 86_400
    assert api.get(f"/checkout/sessions/{id}").get_json()["status"] == "expired"


def test_a_session_is_expired_once(api: Api, counter: Counter) -> None:
    where = f"/checkout/sessions/{counter.opened()['id']}/expire"
    assert api.post(where).get_json()["status"] == "expired"
    assert error_of(api.post(where))[0] == 400
    assert counter.types() == ["checkout.session.expired"]


def test_the_lines_of_a_session_are_listed(api: Api, counter: Counter) -> None:
    where = f"/checkout/sessions/{counter.opened()['id']}/line_items"
    told = api.get(where).get_json()
    assert [line["amount_total"] for line in told["data"]] == [1000]
    assert told["url"] == f"/v1{where}"


def test_a_customer_keeps_what_is_not_changed(api: Api, counter: Counter) -> None:
    given = {"name": "Ann", "email": "ann@x.example", "metadata": {"a": "1", "b": "2"}}
    id = api.post("/customers", given).get_json()["id"]
    changed = {"name": "Ann Lee", "metadata": {"b": "", "c": "3"}}
    told = api.post(f"/customers/{id}", changed).get_json()
    assert (told["name"], told["email"]) == ("Ann Lee", "ann@x.example")
    assert told["metadata"] == {"a": "1", "c": "3"}
    assert counter.types() == ["customer.created", "customer.updated"]
    assert api.post("/customers/cus_none", changed).status_code == 404


def test_expanding_is_no_field_of_a_customer(api: Api, counter: Counter) -> None:
    id = api.post("/customers", {"name": "Ann", "expand": ["discount"]})
    assert "expand" not in (counter.books.get("customer", id.get_json()["id"]) or {})


@pytest.mark.parametrize(
    ("spec", "known"),
    [
        (CUSTOMER, params.CustomerCreateParams),
        (CUSTOMER, params.CustomerUpdateParams),
        (CREATE_REFUND, params.RefundCreateParams),
    ],
    ids=["new customer", "customer", "refund"],
)
def test_no_parameter_is_taken_that_stripe_does_not_have(
    spec: Spec, known: type
) -> None:
    assert set(spec) - set(known.__annotations__) == set()


@pytest.mark.parametrize(
    ("path", "known"),
    [
        ("/v1/checkout/sessions", checkout_params.SessionListParams),
        ("/v1/customers", params.CustomerListParams),
        ("/v1/payment_intents", params.PaymentIntentListParams),
        ("/v1/charges", params.ChargeListParams),
        ("/v1/refunds", params.RefundListParams),
        ("/v1/events", params.EventListParams),
        ("/v1/balance_transactions", params.BalanceTransactionListParams),
    ],
)
def test_no_list_filter_is_taken_that_stripe_does_not_have(
    path: str, known: type
) -> None:
    (found,) = [one for one in ENDPOINTS if (one.method, one.path) == ("GET", path)]
    assert set(found.params) - set(known.__annotations__) == set()
