"""Subscribing: what is recorded first, what it is called, what the processor keeps."""

from __future__ import annotations

from uuid import UUID

import pytest

from commands.subscriptions import (
    StartSubscription,
    described,
    metadata_of,
    start_subscription,
    terms_in,
    told_in,
)
from ledger.refusals import AlreadySubscribed, NotSold
from ledger.subscription_terms import SubscriptionTerms
from tests.commands.subscribing import BIG, SMALL, Member
from tests.conftest import context_at

NARROW = "\N{NARROW NO-BREAK SPACE}"
TERMS: SubscriptionTerms = {
    "sku": "u-1",
    "contacts": 10_000,
    "currency": "EUR",
    "net_minor": 2900,
    "tax_category": "S",
    "tax_rate_basis_points": 2000,
    "tax_minor": 580,
}


def test_the_price_of_the_day_is_written_down_before_anything_is_paid(
    member: Member,
) -> None:
    purchase = member.purchase(member.start())
    [item] = purchase.items
    assert (purchase.status, item["kind"], item["sku"]) == ("open", "plan", SMALL)
    assert (item["net_minor"], purchase.currency) == (2900, "EUR")
    assert item["description"] == "Unlimited plan, up to 1,000 contacts"
    assert member.account().currency == "EUR"


def test_only_one_runs_at_a_time(member: Member) -> None:
    member.subscribe()
    with pytest.raises(AlreadySubscribed):
        member.start(sku=BIG)
    member.start("smtp", None)


def test_what_is_not_sold_cannot_be_asked_for(member: Member) -> None:
    with pytest.raises(NotSold):
        member.start(sku="unlimited-7")


def test_asked_for_twice_with_one_key_it_is_started_once(member: Member) -> None:
    command = StartSubscription(
        account_id=member.account_id, product="smtp", sku=None, language="fr"
    )
    context = context_at(member.clock())
    parts = (member.service.journal, command, context, member.service.catalogue)
    first, second = start_subscription(*parts), start_subscription(*parts)
    assert first.ids == second.ids


@pytest.mark.parametrize(
    ("language", "rest", "words"),
    [
        ("en", False, "Unlimited plan, up to 10,000 contacts"),
        ("en", True, "Unlimited plan, up to 10,000 contacts, rest of the period"),
        (
            "fr",
            False,
            "Forfait Illimité, jusqu’à 10\N{NARROW NO-BREAK SPACE}000 contacts",
        ),
    ],
)
def test_a_document_names_the_tier(language: str, rest: bool, words: str) -> None:
    assert described("plan", TERMS, language, rest=rest) == words


def test_what_the_processor_keeps_comes_back_as_it_was() -> None:
    kept = metadata_of("plan", TERMS, "2026-11", "fr")
    told = told_in({**kept, "purchase_id": str(UUID(int=5))})
    assert told is not None
    assert (told.product, told.terms, told.language) == ("plan", TERMS, "fr")
    assert (told.catalogue_version, told.purchase_id) == ("2026-11", UUID(int=5))


@pytest.mark.parametrize("changed", [{"sku": None}, {"net_minor": "much"}])
def test_what_somebody_else_keeps_there_is_not_ours(
    changed: dict[str, str | None],
) -> None:
    kept = metadata_of("smtp", TERMS, "2026-11", "fr") | changed
    assert told_in({name: text for name, text in kept.items() if text}) is None


def test_a_started_purchase_gives_its_terms_back(member: Member) -> None:
    purchase = member.purchase(member.start())
    terms = terms_in(purchase.items[0], purchase.currency, 1000)
    assert (terms["contacts"], terms["net_minor"]) == (1000, 2900)
