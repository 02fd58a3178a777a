"""What is put together from which settings, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands.gateways.mail import SmtpMailer
from web.settings import SettingsTrouble, settings_from
from web.wiring import load_catalogue, load_toml, mailer_of, payments_of


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
    assert {pack.currency for pack in catalogue.packs} == {"EUR", "USD"}
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
