"""Leading to the page where a purchase is paid: for once, and for every period."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from tests.web.panel.test_subscriptions import Panel, panel

__all__ = ["panel"]


def test_credits_lead_to_a_page_that_charges_once(panel: Panel) -> None:
    answer = panel.ida.browser.send("/purchases", "/credits", sku="credits-2000")
    page = panel.running.ask("GET", urlsplit(answer.location).path)[2]
    assert "Pay €20.00" in page


def test_a_tier_leads_to_a_page_that_charges_every_month(panel: Panel) -> None:
    where = panel.post("subscribe", sku="unlimited-1000").location
    assert "€29.00 a month" in panel.running.ask("GET", urlsplit(where).path)[2]


def test_who_subscribes_already_is_known_by_his_card(panel: Panel) -> None:
    panel.subscribe()
    panel.subscribe("/smtp")
    customers = {panel.found(one).customer_id for one in ("plan", "smtp")}
    assert len(customers) == 1


def test_what_was_decided_leads_to_the_purchase(panel: Panel) -> None:
    panel.subscribe()
    [purchase_id] = panel.found().purchases
    path = f"/purchases/{purchase_id}"
    answer = panel.ida.browser.send(f"{path}/pay", "/plan")
    assert answer.location == path


def test_a_changed_price_touches_no_purchase_that_was_started(panel: Panel) -> None:
    answer = panel.ida.browser.send("/purchases", "/credits", sku="credits-2000")
    first = urlsplit(answer.location).path
    panel.running.fill(answer.location, number="4000000000000002")
    catalogue = panel.ida.service.catalogue
    dearer = tuple(replace(one, net_minor=9 * one.net_minor) for one in catalogue.packs)
    panel.ida.service.catalogue = replace(catalogue, packs=dearer)
    assert "Pay €20.00" in panel.running.ask("GET", first)[2]
    answer = panel.ida.browser.send("/purchases", "/credits", sku="credits-2000")
    page = panel.running.ask("GET", urlsplit(answer.location).path)[2]
    assert "Pay €180.00" in page
