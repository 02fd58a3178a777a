"""A purchase is settled once, whoever tells of it, and in one transaction."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from commands.credits import credits_of
from commands.purchases import (
    CancelPurchase,
    DeclinePurchase,
    ExpirePurchase,
    SettlePurchase,
    StartPurchase,
    cancel_purchase,
    decline_purchase,
    expire_purchase,
    purchase_of,
    settle_purchase,
    start_purchase,
)
from ledger.refusals import (
    AlreadyPaid,
    AmountDiffers,
    CurrencyIsFixed,
    NoSuchAccount,
    NoSuchPack,
    NoSuchPurchase,
)
from tests.conftest import NOON, context_at
from tests.web.service import an_account
from web.wiring import Service

SKU = "credits-10000"


def started(service: Service, account: UUID, currency: str | None = None) -> UUID:
    command = StartPurchase(
        account_id=account, sku=SKU, language="fr", currency=currency
    )
    context = context_at(NOON)
    found = start_purchase(service.journal, command, context, service.catalogue)
    return UUID(found.ids["purchase"])


def payment(account: UUID, purchase: UUID, charge: str = "ch_1") -> SettlePurchase:
    return SettlePurchase(
        account_id=account,
        purchase_id=purchase,
        customer_id="cus_1",
        checkout_id="cs_1",
        payment_intent_id=f"pi_{charge}_{purchase}",
        charge_id=f"{charge}_{purchase}",
        amount_minor=7500,
        currency="EUR",
        payment_label="Visa •••• 4242",
        paid_at=NOON,
    )


def available(service: Service, account: UUID) -> int:
    return credits_of(service.journal, account, context_at(NOON)).figures.available


def test_a_paid_purchase_has_its_number_and_its_credits(service: Service) -> None:
    account = an_account(service)
    purchase = started(service, account)
    settle_purchase(service.journal, payment(account, purchase), context_at(NOON))
    found = purchase_of(service.journal, account, purchase)
    assert (found.status, found.items[0]["description"]) == (
        "paid",
        "10\u202f000 crédits e-mail",
    )
    assert found.order_number is not None
    assert available(service, account) == 10_000


def test_24_who_tell_of_one_payment_grant_once(service: Service) -> None:
    account = an_account(service)
    purchase = started(service, account)
    command = payment(account, purchase)
    with ThreadPoolExecutor(24) as pool:
        list(
            pool.map(
                lambda n: settle_purchase(
                    service.journal, command, context_at(NOON, key=str(n % 3))
                ),
                range(24),
            )
        )
    assert available(service, account) == 10_000


def test_another_charge_or_amount_is_refused_and_grants_nothing(
    service: Service,
) -> None:
    account = an_account(service)
    purchase = started(service, account)
    wrong = replace(payment(account, purchase), amount_minor=7499)
    with pytest.raises(AmountDiffers):
        settle_purchase(service.journal, wrong, context_at(NOON))
    assert available(service, account) == 0
    settle_purchase(service.journal, payment(account, purchase), context_at(NOON))
    with pytest.raises(AlreadyPaid):
        settle_purchase(
            service.journal, payment(account, purchase, "ch_2"), context_at(NOON)
        )
    assert available(service, account) == 10_000


def test_a_decline_or_an_expiry_does_not_stand_in_the_way_of_paying(
    service: Service,
) -> None:
    account = an_account(service)
    purchase = started(service, account)
    decline = DeclinePurchase(
        account_id=account, purchase_id=purchase, attempt_id="a1", code="card_declined"
    )
    decline_purchase(service.journal, decline, context_at(NOON))
    decline_purchase(service.journal, decline, context_at(NOON))
    expire = ExpirePurchase(account_id=account, purchase_id=purchase, checkout_id=None)
    expire_purchase(service.journal, expire, context_at(NOON))
    settle_purchase(service.journal, payment(account, purchase), context_at(NOON))
    late = replace(decline, attempt_id="a2")
    decline_purchase(service.journal, late, context_at(NOON))
    found = purchase_of(service.journal, account, purchase)
    assert (found.status, found.version) == ("paid", 4)


def test_the_first_purchase_fixes_the_currency(service: Service) -> None:
    account = an_account(service)
    started(service, account, "USD")
    with pytest.raises(CurrencyIsFixed):
        started(service, account, "EUR")
    assert purchase_of(
        service.journal, account, started(service, account)
    ).currency == ("USD")


def test_what_is_not_there_is_refused_by_name(service: Service) -> None:
    account = an_account(service)
    with pytest.raises(NoSuchAccount):
        started(service, uuid4())
    command = StartPurchase(account_id=account, sku="gold", language="en")
    with pytest.raises(NoSuchPack):
        start_purchase(service.journal, command, context_at(NOON), service.catalogue)
    stranger = an_account(service)
    cancel = CancelPurchase(account_id=stranger, purchase_id=started(service, account))
    with pytest.raises(NoSuchPurchase):
        cancel_purchase(service.journal, cancel, context_at(NOON))
