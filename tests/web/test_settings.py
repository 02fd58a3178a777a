"""Which environments make a service, and what the others are told."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from web.settings import SettingsTrouble, master_key, settings_from


def test_away_from_loopback_everything_that_is_missing_is_named() -> None:
    settings = settings_from({"DAYBOOK_BASE_URL": "http://daybook.example"})
    with pytest.raises(SettingsTrouble) as trouble:
        settings.check()
    told = str(trouble.value)
    for name in ("STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET", "SMTP_URL", "https://"):
        assert name in told
    for name in ("DAYBOOK_MASTER_KEY", "DAYBOOK_RESOLVERS", "DAYBOOK_DNS_ZONE"):
        assert name in told


def test_away_from_loopback_nothing_stands_in() -> None:
    settings = settings_from(
        {
            "DAYBOOK_BASE_URL": "https://daybook.example",
            "STRIPE_SECRET_KEY": "sk_live_x",
            "STRIPE_WEBHOOK_SECRET": "whsec_x",
            "SMTP_URL": "smtps://mail.example",
            "DAYBOOK_MASTER_KEY": "00" * 32,
            "DAYBOOK_RESOLVERS": "127.0.0.1, 192.0.2.1",
            "DAYBOOK_DNS_ZONE": "mail.daybook.example",
            "DAYBOOK_PAYMENTS_URL": "http://127.0.0.1:1",
        }
    )
    with pytest.raises(SettingsTrouble, match="no stand-in"):
        settings.check()


@pytest.mark.parametrize(
    "url", ["http://localhost:8000", "http://127.0.0.1", "http://[::1]:1"]
)
def test_loopback_needs_nothing(url: str) -> None:
    settings = settings_from({"DAYBOOK_BASE_URL": url})
    settings.check()
    assert settings.is_local


@pytest.mark.parametrize(
    "environment",
    [
        {"DAYBOOK_PORT": "eighty"},
        {"DAYBOOK_BASE_URL": "localhost:8000"},
        {"DAYBOOK_BASE_URL": "http://localhost/panel"},
        {"DAYBOOK_DNS_ZONE": "mail_daybook.net"},
        {"DAYBOOK_DNS_ZONE": "localhost"},
    ],
)
def test_a_value_that_cannot_be_is_refused_by_name(environment: dict[str, str]) -> None:
    with pytest.raises(SettingsTrouble, match=next(iter(environment))):
        settings_from(environment)


def test_the_zone_is_written_as_names_are_compared() -> None:
    settings = settings_from({"DAYBOOK_DNS_ZONE": "Mail.Daybook.NET."})
    assert settings.dns_zone == "mail.daybook.net"
    assert settings_from({}).dns_zone == "mail.daybook.test"


def test_the_master_key_is_made_once_and_only_its_owner_can_read_it(
    tmp_path: Path,
) -> None:
    settings = settings_from({"DAYBOOK_VAR": str(tmp_path)})
    key = master_key(settings)
    assert master_key(settings) == key
    assert len(key) == 32
    assert stat.S_IMODE((tmp_path / "master.key").stat().st_mode) == 0o600


def test_a_master_key_of_another_length_is_refused() -> None:
    settings = settings_from({"DAYBOOK_MASTER_KEY": "abcd"})
    with pytest.raises(SettingsTrouble, match="64 hexadecimal digits"):
        master_key(settings)
