"""The hosted checkout page as a browser without JavaScript sees it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
import stripe

from tests.web.standing_in import SUCCESS, StandIn, stand_in
from web.stand_in.cards import expiry_of, is_past, well_formed
from web.stand_in.words import money

NARROW = "\u202f"
NO_BREAK = "\u00a0"


@pytest.fixture(scope="module")
def running() -> Iterator[StandIn]:
    with stand_in() as made:
        yield made


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
        ("4000000000009995", "card_declined", "insufficient_funds"),
        ("4000000000000069", "expired_card", "expired_card"),
        ("4000000000000127", "incorrect_cvc", "incorrect_cvc"),
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


def test_a_page_that_never_was_is_not_found(running: StandIn) -> None:
    assert running.ask("GET", "/c/pay/cs_test_none")[0] == 404


def test_card_numbers_need_their_check_digit() -> None:
    assert well_formed("4242424242424242")
    assert not well_formed("4242424242424241")
    assert not well_formed("٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢")


def test_a_card_is_good_until_its_month_is_over() -> None:
    now = int(time.mktime((2027, 1, 31, 12, 0, 0, 0, 0, 0)))
    assert expiry_of("01 / 27") == (1, 2027)
    assert expiry_of("13/27") is None
    assert not is_past((1, 2027), now)
    assert is_past((12, 2026), now)


def test_money_is_written_as_each_language_does() -> None:
    assert money(123450, "eur", "en") == "€1,234.50"
    assert money(123450, "eur", "fr") == f"1{NARROW}234,50{NO_BREAK}€"
    assert money(500, "jpy", "en") == "¥500"
