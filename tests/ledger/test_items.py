"""Items: what a pack becomes, and the time that a plan was paid for."""

from __future__ import annotations

from ledger.catalogue import Pack, TaxRule
from ledger.items import in_service, pack_item
from tests.strategies import DAY, NOON, item


def test_a_pack_is_one_item_with_its_tax_and_its_credits() -> None:
    pack = Pack(sku="p", credits=7, currency="EUR", net_minor=1001)
    made = pack_item(pack, TaxRule(category="S", basis_points=2000), "7 credits")
    assert (made["quantity"], made["credits"], made["tax_minor"]) == (1, 7, 200)


def test_only_what_runs_for_a_time_gets_a_service_period() -> None:
    plan = item(kind="plan", credits=None)
    credits, served = in_service([item(), plan], NOON, NOON + DAY)
    assert credits["service_from"] is None
    assert (served["service_from"], served["service_until"]) == (NOON, NOON + DAY)
