"""What a purchase records, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ledger.catalogue import Pack, TaxRule
from ledger.items import pack_item
from ledger.money import Money
from ledger.purchases import Purchase
from ledger.refusals import AlreadyPaid, AmountDiffers, PurchaseClosed
from tests.specification import Fact, fact, given
from tests.strategies import ANN, DAY, NOON, item, payment, purchase

TWELVE = Money(1200, "EUR")
Ask = Callable[[Purchase], Any]


def pay(charge_id: str = "ch_1", amount: Money = TWELVE, order: int = 1) -> Ask:
    return lambda p: p.pay(
        order,
        payment(charge_id),
        amount=amount,
        payment_label="Visa 4242",
        paid_at=NOON,
    )


def paid(charge_id: str = "ch_1") -> Fact:
    return fact(
        Purchase.Paid,
        order_number=1,
        amount_minor=1200,
        currency="EUR",
        customer_id="cus",
        checkout_id="cs",
        payment_intent_id="pi",
        charge_id=charge_id,
        payment_label="Visa 4242",
        paid_at=NOON,
        invoice_id=None,
        service_from=None,
        service_until=None,
    )


def after(*asks: Ask) -> Purchase:
    it = purchase()
    for ask in asks:
        ask(it)
    return it


def checkout(checkout_id: str = "cs_1") -> Ask:
    return lambda p: p.open_checkout(checkout_id, NOON + DAY)


def decline(attempt_id: str = "pi_1") -> Ask:
    return lambda p: p.decline(attempt_id, "card_declined")


def expire(checkout_id: str | None = None) -> Ask:
    return lambda p: p.expire(checkout_id)


def cancel(it: Purchase) -> None:
    it.cancel()


EVERY_WAY_TO_END = [
    pytest.param(expire(), "expired", id="expired"),
    pytest.param(cancel, "cancelled", id="cancelled"),
]


def test_starting_records_what_is_wanted_and_from_which_catalogue() -> None:
    year = item(kind="add_on", service_from=NOON, service_until=NOON + DAY)
    given(None).when(lambda _: purchase(item(), year)).then(
        fact(
            Purchase.Started,
            account_id=ANN,
            items=[item(), year],
            currency="EUR",
            catalogue_version="2026-1",
            language="en",
        )
    )


def test_the_total_is_every_items_net_and_tax() -> None:
    assert purchase(item(), item(net_minor=1, tax_minor=0)).total == Money(1201, "EUR")


def test_a_pack_becomes_an_item_taxed_by_the_rule() -> None:
    pack = Pack(sku="pack-100", credits=100, currency="EUR", net_minor=1000)
    rule = TaxRule(category="S", basis_points=2000)
    assert pack_item(pack, rule, "100 credits") == item()


def test_opening_a_checkout_is_recorded_once() -> None:
    opened = fact(Purchase.CheckoutOpened, checkout_id="cs_1", expires_at=NOON + DAY)
    given(purchase()).when(checkout()).then(opened)
    given(after(checkout())).when(checkout()).then()


def test_each_declined_attempt_is_recorded_once() -> None:
    declined = fact(Purchase.Declined, attempt_id="pi_1", code="card_declined")
    given(purchase()).when(decline()).then(declined)
    given(after(decline())).when(decline()).then()
    given(after(decline("pi_0"))).when(decline()).then(declined)


@pytest.mark.parametrize(
    "before",
    [[], [decline()], [expire()], [cancel], [decline(), checkout(), expire("cs_1")]],
    ids=["open", "declined", "expired", "cancelled", "declined and expired"],
)
def test_money_that_has_come_is_recorded_whatever_came_before(
    before: list[Ask],
) -> None:
    it = after(*before)
    given(it).when(pay()).then(paid())
    assert (it.status, it.order_number, it.paid_at) == ("paid", 1, NOON)


def test_a_charge_told_again_changes_nothing_even_with_another_order_number() -> None:
    given(after(pay())).when(pay(order=2)).then()


def test_a_second_charge_for_one_purchase_is_refused() -> None:
    given(after(pay())).when(pay("ch_2")).then_refused(
        AlreadyPaid, order_number=1, charge_id="ch_1"
    )


@pytest.mark.parametrize("amount", [Money(1199, "EUR"), Money(1200, "USD")])
def test_another_amount_or_currency_than_was_asked_is_refused(amount: Money) -> None:
    given(purchase()).when(pay(amount=amount)).then_refused(
        AmountDiffers,
        asked_minor=1200,
        asked_currency="EUR",
        paid_minor=amount.minor,
        paid_currency=amount.currency,
    )


@pytest.mark.parametrize("late", [decline(), expire(), expire("cs_1")])
def test_news_that_comes_after_the_payment_changes_nothing(late: Ask) -> None:
    given(after(checkout(), pay())).when(late).then()


def test_expiry_is_recorded_once() -> None:
    expired = fact(Purchase.Expired, checkout_id="cs_1")
    given(after(checkout())).when(expire("cs_1")).then(expired)
    given(after(checkout(), expire("cs_1"))).when(expire("cs_1")).then()


@pytest.mark.parametrize("checkout_id", ["cs_1", None])
def test_expiry_of_a_checkout_that_was_replaced_changes_nothing(
    checkout_id: str | None,
) -> None:
    it = after(checkout("cs_1"), checkout("cs_2"))
    given(it).when(expire(checkout_id)).then()


def test_a_customer_can_give_an_open_purchase_up() -> None:
    given(after(decline())).when(cancel).then(fact(Purchase.Cancelled))


@pytest.mark.parametrize(("end", "status"), EVERY_WAY_TO_END)
@pytest.mark.parametrize("ask", [cancel, checkout()], ids=["cancel", "checkout"])
def test_a_closed_purchase_is_neither_cancelled_nor_led_to_a_checkout(
    end: Ask, status: str, ask: Ask
) -> None:
    given(after(end)).when(ask).then_refused(PurchaseClosed, status=status)


@pytest.mark.parametrize("ask", [cancel, checkout()], ids=["cancel", "checkout"])
def test_a_paid_purchase_says_so_before_it_says_that_it_was_closed(ask: Ask) -> None:
    given(after(cancel, pay())).when(ask).then_refused(AlreadyPaid, order_number=1)


def test_paying_names_its_refusals_in_order() -> None:
    wrong = pay("ch_2", Money(1, "USD"))
    given(after(pay())).when(wrong).then_refused(AlreadyPaid)
    given(purchase()).when(wrong).then_refused(AmountDiffers)
    given(purchase()).when(pay("ch_2")).then(paid("ch_2"))


def test_a_purchase_of_nothing_is_our_own_mistake() -> None:
    with pytest.raises(AssertionError):
        purchase(item(quantity=0))
    with pytest.raises(AssertionError):
        purchase(item(net_minor=-1))
    with pytest.raises(AssertionError):
        purchase(item(credits=0))
