"""The hosted checkout page as a browser without JavaScript sees it."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.web.paying import Counter, filled
from tests.web.standing_in import SUCCESS, StandIn
from web.stand_in.cards import CARDS, Card

NO_BREAK = "\u00a0"


@pytest.fixture
def client(running: StandIn) -> stripe.StripeClient:
    return stripe.StripeClient("sk_test_x", base_addresses={"api": running.url})


def checkout(client: stripe.StripeClient, **changed: Any) -> tuple[str, str]:
    item: Any = {
        "quantity": 1,
        "price_data": {
            "currency": "eur",
            "unit_amount": 7500,
            "product_data": {"name": "<b>10,000 credits</b>"},
        },
    }
    given: Any = {
        "mode": "payment",
        "line_items": [item],
        "success_url": SUCCESS,
        "cancel_url": "http://localhost:8000/back",
        **changed,
    }
    session = client.v1.checkout.sessions.create(given)
    assert session.url is not None
    return session.id, session.url


def path(url: str) -> str:
    return "/" + url.split("/", 3)[3]


def intent_of(client: stripe.StripeClient, id: str) -> stripe.PaymentIntent:
    expand = ["payment_intent.latest_charge"]
    session = client.v1.checkout.sessions.retrieve(id, {"expand": expand})
    assert isinstance(session.payment_intent, stripe.PaymentIntent)
    return session.payment_intent


def test_the_page_shows_lines_total_cards_and_a_way_back(
    running: StandIn, client: stripe.StripeClient
) -> None:
    _, url = checkout(client, customer_email="ann@example.com", locale="en")
    status, headers, page = running.ask("GET", path(url))
    assert status == 200
    assert "&lt;b&gt;10,000 credits" in page
    assert "Total to pay" in page
    assert "€75.00" in page
    assert "ann@example.com" in page
    assert 'name="email"' not in page
    assert 'href="http://localhost:8000/back"' in page
    assert "Test payments" in page
    assert headers["Cache-Control"] == "no-store"


def test_the_page_has_nothing_inline_and_a_policy_that_says_so(
    running: StandIn, client: stripe.StripeClient
) -> None:
    _, url = checkout(client)
    _, headers, page = running.ask("GET", path(url))
    assert "<style" not in page
    assert "<script" not in page
    assert " style=" not in page
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'; style-src 'self'" in policy
    assert "form-action 'self' http://localhost:8000" in policy
    assert running.ask("GET", "/assets/stand-in.css")[0] == 200


def test_french_is_spoken_by_the_sessions_locale_and_else_by_the_browsers(
    running: StandIn, client: stripe.StripeClient
) -> None:
    _, french = checkout(client, locale="fr")
    page = running.ask("GET", path(french))[2]
    assert '<html lang="fr">' in page
    assert f"75,00{NO_BREAK}€" in page
    _, auto = checkout(client, locale="auto")
    asked = running.ask("GET", path(auto), Accept_Language="fr-FR,en;q=0.5")
    assert '<html lang="fr">' in asked[2]
    assert '<html lang="en">' in running.ask("GET", path(auto))[2]


def test_a_good_card_leads_to_success_with_the_sessions_id(
    running: StandIn, client: stripe.StripeClient
) -> None:
    id, url = checkout(client)
    status, headers, _ = running.fill(url)
    assert status == 303
    assert headers["Location"] == f"http://localhost:8000/paid?checkout={id}"
    status, _, page = running.ask("GET", path(url))
    assert (status, "This payment is complete" in page) == (200, True)


def test_paying_twice_charges_once(
    running: StandIn, client: stripe.StripeClient
) -> None:
    id, url = checkout(client)
    running.fill(url)
    assert running.fill(url)[0] == 200
    intent = intent_of(client, id)
    charges = client.v1.charges.list({"payment_intent": intent.id})
    assert len(charges.data) == 1


@pytest.mark.parametrize(
    ("number", "code", "decline_code"),
    [
        ("4000000000000002", "card_declined", "generic_decline"),
        ("4000000000000069", "expired_card", "expired_card"),
        ("4111111111111111", "card_declined", "test_mode_live_card"),
    ],
)
def test_a_declined_card_is_told_and_recorded_and_another_may_pay(
    running: StandIn,
    client: stripe.StripeClient,
    number: str,
    code: str,
    decline_code: str,
) -> None:
    id, url = checkout(client, locale="en")
    status, _, page = running.fill(url, number=number)
    assert status == 402
    assert 'role="alert"' in page
    assert "<title>Error:" in page
    assert number not in page
    error = intent_of(client, id).last_payment_error
    assert error is not None
    assert (error.code, error.decline_code) == (code, decline_code)
    assert running.fill(url)[0] == 303
    assert intent_of(client, id).last_payment_error is None


def test_3d_secure_asks_the_bank_before_anything_is_charged(
    running: StandIn, client: stripe.StripeClient
) -> None:
    id, url = checkout(client, locale="en")
    status, headers, _ = running.fill(url, number="4000002500003155")
    assert (status, headers["Location"]) == (303, path(url) + "/3ds")
    assert intent_of(client, id).status == "requires_action"
    status, _, page = running.ask("GET", path(url) + "/3ds")
    assert (status, "Confirm with your bank" in page) == (200, True)
    status, _, page = running.post(url + "/3ds", "outcome=fail")
    assert (status, "did not confirm" in page) == (402, True)
    assert f'action="{path(url)}"' in page
    assert intent_of(client, id).latest_charge is None
    running.fill(url, number="4000002500003155")
    assert running.post(url + "/3ds", "outcome=complete")[0] == 303
    assert intent_of(client, id).status == "succeeded"


def test_3d_secure_that_was_never_asked_for_leads_back_to_the_form(
    running: StandIn, client: stripe.StripeClient
) -> None:
    _, url = checkout(client)
    assert running.post(url + "/3ds", "outcome=complete")[0] == 303
    assert "Pay by card" in running.ask("GET", path(url))[2]


def test_wrong_fields_are_each_named_and_what_was_typed_stays(
    running: StandIn, client: stripe.StripeClient
) -> None:
    id, url = checkout(client, locale="en")
    wrong = {"number": "4242424242424241", "expiry": "01/20", "cvc": "1"}
    status, _, page = running.fill(url, **wrong)
    assert status == 422
    assert "3 fields need a correction" in page
    assert page.count('aria-invalid="true"') == 3
    assert 'value="4242424242424241"' in page
    assert 'value="Ann Example"' in page
    session = client.v1.checkout.sessions.retrieve(id)
    assert session.payment_intent is None


def test_a_page_that_never_was_offers_no_form(running: StandIn) -> None:
    for method, where in (("GET", ""), ("POST", ""), ("GET", "/3ds"), ("POST", "/3ds")):
        status, _, page = running.ask(method, f"/c/pay/x{where}")
        assert (status, "<form" in page) == (404, False)


def test_an_expired_page_cannot_be_paid_on() -> None:
    counter = Counter()
    session = counter.opened(expires_at=counter.now + 3600)
    client, where = counter.client(), f"/c/pay/{session['id']}"
    counter.now += 3600
    for answer in (
        client.get(where),
        client.post(where, data=filled()),
        client.get(f"{where}/3ds"),
        client.post(f"{where}/3ds", data={"outcome": "complete"}),
    ):
        assert (answer.status_code, "has expired" in answer.text) == (410, True)
    assert counter.books.all("charge") == []


@pytest.mark.parametrize("card", CARDS.values(), ids=CARDS)
def test_every_test_card_leads_where_its_number_says(card: Card) -> None:
    counter = Counter()
    session = counter.opened()
    client, where = counter.client(), f"/c/pay/{session['id']}"
    answer = client.post(where, data=filled(number=card.number))
    if card.asks_3d_secure:
        assert answer.location == f"{where}/3ds"
        answer = client.post(answer.location, data={"outcome": "complete"})
    assert answer.status_code == (402 if card.code else 303)
    stand = counter.desk.session(session["id"])
    assert stand is not None
    assert stand["payment_status"] == ("unpaid" if card.code else "paid")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", ""),
        ("email", "ann"),
        ("email", "ann@example.com\nBcc: eve@example.com"),
        ("number", ""),
        ("number", "4242424242424241"),
        ("number", "٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢"),
        ("expiry", "13/34"),
        ("expiry", "12/26"),
        ("cvc", "12"),
        ("cvc", "12345"),
        ("cvc", "abc"),
        ("name", "  "),
    ],
    ids=range(12),
)
def test_a_wrong_field_is_refused_before_the_bank_is_asked(
    field: str, value: str
) -> None:
    counter = Counter()
    session = counter.opened()
    where = f"/c/pay/{session['id']}"
    answer = counter.client().post(where, data=filled(**{field: value}))
    assert answer.status_code == 422
    assert answer.text.count('aria-invalid="true"') == 1
    assert counter.events == []


def test_what_was_typed_comes_back_as_text_and_cut_to_a_sane_length() -> None:
    counter = Counter()
    where = f"/c/pay/{counter.opened()['id']}"
    typed = '"><script>alert(1)</script>' + "x" * 500
    answer = counter.client().post(where, data=filled(name=typed, cvc="1"))
    assert "<script" not in answer.text
    assert "&lt;script" in answer.text
    assert "x" * 201 not in answer.text


def test_the_address_that_is_known_is_not_asked_for_nor_taken_from_the_form() -> None:
    counter = Counter()
    known = counter.desk.open_customer(email="known@example.com")["id"]
    session = counter.opened(customer=known)
    where = f"/c/pay/{session['id']}"
    assert 'name="email"' not in counter.client().get(where).text
    counter.client().post(where, data=filled(email="eve@example.com"))
    paid = counter.desk.session(session["id"])
    assert paid is not None
    assert paid["customer_details"]["email"] == "known@example.com"


def test_the_banks_question_names_amount_and_card_and_nothing_more() -> None:
    counter = Counter()
    where = f"/c/pay/{counter.opened(locale='en')['id']}"
    number = "4000002500003155"
    counter.client().post(where, data=filled(number=number))
    page = counter.client().get(f"{where}/3ds").text
    assert ("€10.00" in page, "3155" in page, number in page) == (True, True, False)


def test_the_bank_is_answered_once() -> None:
    counter = Counter()
    session = counter.opened()
    client, where = counter.client(), f"/c/pay/{session['id']}"
    client.post(where, data=filled(number="4000002500003155"))
    yes = {"outcome": "complete"}
    assert client.post(f"{where}/3ds", data=yes).status_code == 303
    assert client.post(f"{where}/3ds", data=yes).status_code == 200
    assert len(counter.books.all("charge")) == 1
