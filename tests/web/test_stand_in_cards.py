"""Which numbers are cards, until when they are good, and what their banks answer."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.web.paying import EXPIRY, PAYER, Counter
from web.stand_in.cards import (
    CARDS,
    SHOWN,
    Card,
    card_of,
    digits,
    expiry_of,
    is_past,
    well_formed,
)
from web.stand_in.words import DECLINES, PAGE

each_card = pytest.mark.parametrize("card", CARDS.values(), ids=CARDS)
DECLINED = [card for card in CARDS.values() if card.code]


def test_card_numbers_need_their_check_digit() -> None:
    assert well_formed("4242424242424242")
    assert not well_formed("4242424242424241")
    assert not well_formed("٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢")


@each_card
def test_every_test_card_could_be_printed_on_plastic(card: Card) -> None:
    assert well_formed(card.number)


@pytest.mark.parametrize("length", [11, 20])
def test_a_number_of_another_length_is_no_card_whatever_its_digits(length: int) -> None:
    assert not well_formed("0" * length)


def test_one_wrong_or_swapped_digit_is_noticed() -> None:
    number = "5555555555554444"
    for place in range(len(number)):
        other = str((int(number[place]) + 1) % 10)
        assert not well_formed(number[:place] + other + number[place + 1 :])
    assert not well_formed("5555555555545444")


def test_what_people_put_between_digits_is_no_part_of_the_number() -> None:
    assert digits("4242-4242 4242\u202f4242\u00a0") == "4242424242424242"
    assert digits("4242.4242") == "4242.4242"


def test_any_other_number_is_declined_as_a_live_card() -> None:
    for number, brand in (
        ("4111111111111111", "visa"),
        ("5105105105105100", "mastercard"),
        ("371449635398431", "amex"),
        ("6011111111111117", "visa"),
    ):
        card = card_of(number)
        assert (card.brand, card.code) == (brand, "card_declined")
        assert card.decline_code == "test_mode_live_card"


@each_card
def test_the_bank_answers_each_card_as_its_number_says(card: Card) -> None:
    counter = Counter()
    session = counter.tried(counter.opened(), card.number)
    charge = counter.charge_of(session)
    assert (session["status"] == "complete") == (card.code is None)
    assert charge["paid"] == (card.code is None)
    assert charge["failure_code"] == card.code
    assert charge["outcome"]["reason"] == card.decline_code
    told = charge["payment_method_details"]["card"]
    assert (told["brand"], told["last4"]) == (card.brand, card.number[-4:])


@pytest.mark.parametrize("card", DECLINED, ids=lambda card: card.number)
def test_a_declined_payment_says_why_and_waits_for_another_card(card: Card) -> None:
    counter = Counter()
    session = counter.tried(counter.opened(), card.number)
    intent = counter.intent_of(session)
    error = intent["last_payment_error"]
    assert intent["status"] == "requires_payment_method"
    assert (error["code"], error["decline_code"]) == (card.code, card.decline_code)
    assert counter.tried(session)["status"] == "complete"


def test_only_a_wrong_security_code_fails_the_check_of_it() -> None:
    checks: dict[str, Any] = {}
    for card in DECLINED:
        counter = Counter()
        charge = counter.charge_of(counter.tried(counter.opened(), card.number))
        details = charge["payment_method_details"]["card"]
        checks[str(card.decline_code)] = details["checks"]["cvc_check"]
    wrong = checks.pop("incorrect_cvc")
    assert (wrong, set(checks.values())) == ("fail", {"pass"})


def test_a_secured_charge_says_so_and_an_unsecured_one_does_not() -> None:
    counter = Counter()
    card = CARDS["4000002500003155"]
    for secured in (True, False):
        session = counter.opened()
        counter.desk.attempt(session, PAYER, card, EXPIRY, secured=secured)
        details = counter.charge_of(session)["payment_method_details"]["card"]
        assert (details["three_d_secure"] is not None) == secured


def test_every_decline_has_words_of_its_own_and_every_shown_card_a_label() -> None:
    for card in DECLINED:
        assert card.decline_code in DECLINES
    for number, does in SHOWN:
        assert number in CARDS
        assert does in PAGE


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("01 / 27", (1, 2027)),
        ("1/27", (1, 2027)),
        ("0127", (1, 2027)),
        (" 12/2034 ", (12, 2034)),
        ("13/27", None),
        ("00/27", None),
        ("12/1934", None),
        ("12/3", None),
        ("12-34", None),
        ("١٢/٣٤", None),
        ("", None),
    ],
)
def test_an_expiry_is_read_as_people_write_it(
    typed: str, read: tuple[int, int] | None
) -> None:
    assert expiry_of(typed) == read


def test_a_card_is_good_until_its_month_is_over() -> None:
    last = int(datetime(2027, 1, 31, 23, 59, 59, tzinfo=UTC).timestamp())
    assert not is_past((1, 2027), last)
    assert is_past((1, 2027), last + 1)
    assert is_past((12, 2026), last)
    assert not is_past((1, 2028), last)
