"""What the second demo account shows; that it is made is told in test_seed."""

from __future__ import annotations

from web.seed_plan import CAMPAIGNS, TIER
from web.wiring import load_catalogue


def test_a_newcomer_sees_a_tier_that_is_nearly_used_up() -> None:
    catalogue = load_catalogue(None)
    tier = catalogue.tier(TIER, catalogue.currencies[0]).contacts
    reached = {person for _, people in CAMPAIGNS for person in people}
    assert 0.8 * tier <= len(reached) < tier
    assert len(reached) < sum(len(people) for _, people in CAMPAIGNS)


def test_there_is_a_bigger_tier_to_move_to() -> None:
    catalogue = load_catalogue(None)
    for currency in catalogue.currencies:
        assert (
            catalogue.tiers_in(currency)[-1].contacts
            > catalogue.tier(TIER, currency).contacts
        )
