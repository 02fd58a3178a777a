"""What is put together from which settings, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands.gateways.dns import Resolver
from commands.gateways.mail import SmtpMailer
from web.settings import SettingsTrouble, settings_from
from web.wiring import (
    load_catalogue,
    load_toml,
    lookups_of,
    mailer_of,
    own_names,
    payments_of,
    resolvers_of,
)


def test_a_live_key_never_meets_a_stand_in() -> None:
    settings = settings_from(
        {"STRIPE_SECRET_KEY": "sk_live_x", "DAYBOOK_PAYMENTS_URL": "http://127.0.0.1:1"}
    )
    with pytest.raises(SettingsTrouble, match="refuses a live key"):
        payments_of(settings)


def test_without_key_and_stand_in_there_are_no_payments() -> None:
    with pytest.raises(SettingsTrouble, match="STRIPE_SECRET_KEY"):
        payments_of(settings_from({}))


def test_the_catalogue_that_comes_with_us_can_be_sold_from() -> None:
    catalogue = load_catalogue(None)
    for offers in (catalogue.packs, catalogue.tiers, catalogue.smtp):
        assert {offer.currency for offer in offers} == {"EUR", "USD"}
    assert load_toml(None, "seller.toml")["time_zone"] == "Europe/Paris"


def test_a_broken_catalogue_names_its_mistakes(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.toml"
    path.write_text('version = "1"\ncurrencies = ["XYZ"]\n')
    with pytest.raises(SettingsTrouble, match="packs: expected at least one"):
        load_catalogue(path)
    path.write_text("version = ")
    with pytest.raises(SettingsTrouble, match=str(path)):
        load_catalogue(path)


def test_mail_leaves_by_the_address_of_the_environment() -> None:
    assert mailer_of(settings_from({})) is None
    found = mailer_of(settings_from({"SMTP_URL": "smtp+starttls://u:p%40ss@m.test"}))
    assert isinstance(found, SmtpMailer)
    with pytest.raises(SettingsTrouble, match="SMTP_URL"):
        mailer_of(settings_from({"SMTP_URL": "http://m.test"}))


@pytest.mark.parametrize(
    ("told", "resolver"),
    [
        ("192.0.2.1", ("192.0.2.1", 53)),
        (" 192.0.2.1:5353 ", ("192.0.2.1", 5353)),
        ("2001:DB8::1", ("2001:db8::1", 53)),
        ("[2001:db8::1]:5353", ("2001:db8::1", 5353)),
    ],
)
def test_a_resolver_is_an_address_with_a_port_or_without(
    told: str, resolver: tuple[str, int]
) -> None:
    found = resolvers_of(settings_from({"DAYBOOK_RESOLVERS": f"{told},127.0.0.1"}))
    assert found == [Resolver(*resolver), Resolver("127.0.0.1")]


@pytest.mark.parametrize("told", ["dns.example", "192.0.2.1:dns", "192.0.2.1 ::1"])
def test_a_resolver_that_is_no_address_is_refused(told: str) -> None:
    with pytest.raises(SettingsTrouble, match="DAYBOOK_RESOLVERS"):
        lookups_of(settings_from({"DAYBOOK_RESOLVERS": told}))


@pytest.mark.parametrize("told", ["192.0.2.1", "192.0.2.1,192.0.2.1:53"])
def test_away_from_loopback_one_resolver_is_not_enough(told: str) -> None:
    here = {"DAYBOOK_RESOLVERS": told}
    assert lookups_of(settings_from(here)).begin()
    away = here | {"DAYBOOK_BASE_URL": "https://panel.example.com"}
    with pytest.raises(SettingsTrouble, match="two that can disagree"):
        lookups_of(settings_from(away))


def test_without_resolvers_nobody_is_asked() -> None:
    assert lookups_of(settings_from({})).begin() == []


def test_our_zone_our_host_and_our_senders_domain_are_ours() -> None:
    settings = settings_from(
        {
            "DAYBOOK_BASE_URL": "https://panel.daybook.org",
            "DAYBOOK_DNS_ZONE": "m.daybook.net",
            "MAIL_FROM": "Daybook <no-reply@Post.Daybook.com>",
            "DAYBOOK_BOUNCE_HOST": "bounces.daybook.net",
            "DAYBOOK_TRACKING_HOST": "Links.Daybook.net",
        }
    )
    names = {"panel.daybook.org", "m.daybook.net", "post.daybook.com"}
    names |= {"bounces.daybook.net", "links.daybook.net"}
    assert own_names(settings) == names
