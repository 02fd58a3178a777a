"""What the page of the tracking domain is given."""

from __future__ import annotations

from commands.gateways.dns import Resolvers
from tests.web.panel.publishing import NAME, Publisher
from tests.web.panel.test_tracking import chosen, her, published
from tests.web.service import BASE
from web.panel.tracking_figures import below

__all__ = ["her"]


def test_a_record_is_named_short_within_the_registered_name(her: Publisher) -> None:
    chosen(her, f"links.{NAME}")
    text = her.ida.browser.get("/tracking").text
    assert ">links</code>" in text
    assert f">links.{NAME}</code>" in text


def test_what_is_below_a_domain_is_known_by_its_name(her: Publisher) -> None:
    chosen(her, f"links.{NAME}")
    cookie = her.ida.browser.client.get_cookie("daybook-session", "localhost")
    assert cookie is not None
    headers = {"Cookie": f"daybook-session={cookie.value}"}
    with her.ida.app.test_request_context("/tracking", base_url=BASE, headers=headers):
        her.ida.app.preprocess_request()
        assert below(NAME) == f"links.{NAME}"
        assert below("other.com") is None


def test_without_resolvers_what_was_once_found_is_not_told(her: Publisher) -> None:
    chosen(her)
    published(her)
    her.ida.send("/tracking/check", "/tracking")
    her.ida.service.lookups = Resolvers([])
    page = her.ida.reads("/tracking")
    assert "This installation names no resolvers" in page
    assert "Not checked yet" in page
