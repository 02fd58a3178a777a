"""The environment, parsed once; every setting with its default and its reason."""

from __future__ import annotations

import ipaddress
import os
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

MASTER_KEY_BYTES = 32
LOOPBACK_NAMES = ("localhost",)
LOCAL_ZONE = "mail.daybook.test"
"""Nobody can publish records in it, and nobody finds them."""
ZONE = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*")


class SettingsTrouble(Exception):  # noqa: N818 - told in one line with its remedy
    """The environment does not make a service; the message names what is missing."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the environment says. Each field's name in capitals is its variable."""

    database_url: str | None = None
    database_direct_url: str | None = None
    database_owner_url: str | None = None
    database_auditor_url: str | None = None
    daybook_base_url: str = "http://localhost:8000"
    daybook_host: str = "127.0.0.1"
    daybook_port: int = 8000
    daybook_var: Path = Path("var")
    daybook_master_key: str | None = None
    daybook_master_key_file: Path | None = None
    daybook_erasures_file: Path | None = None
    daybook_catalogue: Path | None = None
    daybook_seller: Path | None = None
    daybook_web_processes: int = 1
    daybook_web_threads: int = 8
    daybook_metrics_address: str = "127.0.0.1:9464"
    daybook_trusted_proxies: int = 0
    daybook_ask_after_seconds: int = 120
    daybook_refund_alone_minor: int = 10_000
    stripe_secret_key: str | None = None
    stripe_webhook_secret: str | None = None
    smtp_url: str | None = None
    mail_from: str = "Daybook <noreply@localhost>"
    daybook_payments_url: str | None = None
    daybook_mailbox_url: str | None = None
    daybook_security_contact: str | None = None
    daybook_resolvers: str | None = None
    daybook_dns_zone: str | None = None
    daybook_zone_nameservers: str | None = None
    daybook_zone_contact: str | None = None
    daybook_bounce_host: str | None = None
    daybook_tracking_host: str | None = None
    daybook_from_domain: str | None = None

    @property
    def is_local(self) -> bool:
        """Whether the base URL is loopback: only then may anything stand in."""
        host = urlsplit(self.daybook_base_url).hostname or ""
        if host in LOOPBACK_NAMES or host.endswith(".localhost"):
            return True
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return False

    @property
    def dns_zone(self) -> str:
        """The zone of ours that customers' records point into."""
        return (self.daybook_dns_zone or LOCAL_ZONE).lower().removesuffix(".")

    @property
    def from_domain(self) -> str:
        """The domain of ours that mail comes from whose own is not verified."""
        return (self.daybook_from_domain or self.dns_zone).lower().removesuffix(".")

    @property
    def zone_nameservers(self) -> list[str]:
        """The servers of our zone, the primary one first."""
        told = (self.daybook_zone_nameservers or "ns.localhost").split(",")
        return [name.strip().lower() for name in told if name.strip()]

    @property
    def zone_contact(self) -> str:
        """Who answers for our zone."""
        return self.daybook_zone_contact or "hostmaster@localhost"

    @property
    def bounce_host(self) -> str:
        """Which host takes the bounces of customers' mail."""
        return (self.daybook_bounce_host or "bounces.localhost").lower()

    @property
    def tracking_host(self) -> str:
        """The service's own name in links, and where tracking domains lead to."""
        return (self.daybook_tracking_host or "links.localhost").lower()

    @property
    def is_https(self) -> bool:
        """Whether the panel is reached over TLS."""
        return self.daybook_base_url.startswith("https://")

    def check(self) -> None:
        """Raise SettingsTrouble, naming everything a service away from here lacks."""
        if self.is_local:
            return
        needed = {
            "STRIPE_SECRET_KEY": self.stripe_secret_key,
            "STRIPE_WEBHOOK_SECRET": self.stripe_webhook_secret,
            "SMTP_URL": self.smtp_url,
            "DAYBOOK_MASTER_KEY or DAYBOOK_MASTER_KEY_FILE": self.daybook_master_key
            or self.daybook_master_key_file,
            "DAYBOOK_RESOLVERS": self.daybook_resolvers,
            "DAYBOOK_DNS_ZONE": self.daybook_dns_zone,
            "DAYBOOK_ZONE_NAMESERVERS": self.daybook_zone_nameservers,
            "DAYBOOK_ZONE_CONTACT": self.daybook_zone_contact,
            "DAYBOOK_BOUNCE_HOST": self.daybook_bounce_host,
            "DAYBOOK_TRACKING_HOST": self.daybook_tracking_host,
        }
        missing = [name for name, value in needed.items() if not value]
        if not self.is_https:
            missing.append("https:// in DAYBOOK_BASE_URL")
        if self.daybook_payments_url or self.daybook_mailbox_url:
            missing.append("no stand-in (DAYBOOK_PAYMENTS_URL, DAYBOOK_MAILBOX_URL)")
        if missing:
            raise SettingsTrouble(
                f"{self.daybook_base_url} is no loopback address, so this is needed: "
                + ", ".join(missing)
            )


def settings_from(environ: Mapping[str, str]) -> Settings:
    """Return the settings; raises SettingsTrouble for a value that cannot be."""
    readers: dict[str, Callable[[str], Any]] = {"int": int, "Path": Path}
    values: dict[str, Any] = {}
    for field in fields(Settings):
        text = environ.get(field.name.upper(), "").strip()
        if not text:
            continue
        kind = str(field.type).removesuffix(" | None")
        try:
            values[field.name] = readers.get(kind, str)(text)
        except ValueError:
            raise SettingsTrouble(
                f"{field.name.upper()} must be a whole number, not {text!r}"
            ) from None
    settings = Settings(**values)
    _check_name("DAYBOOK_DNS_ZONE", settings.dns_zone)
    _check_name("DAYBOOK_FROM_DOMAIN", settings.from_domain)
    url = urlsplit(settings.daybook_base_url)
    if url.scheme not in ("http", "https") or not url.hostname or url.path.strip("/"):
        raise SettingsTrouble(
            "DAYBOOK_BASE_URL must be http(s)://host[:port] without a path, not "
            + repr(settings.daybook_base_url)
        )
    return settings


def _check_name(setting: str, value: str) -> None:
    if not ZONE.fullmatch(value):
        raise SettingsTrouble(
            f"{setting} must be a name such as mail.example.com, not {value!r}"
        )


def master_key(settings: Settings) -> bytes:
    """Return the master key from the environment, its file, or a new file in var/.

    Raises SettingsTrouble for a key of another length. Losing it loses the data.
    """
    if settings.daybook_master_key:
        return _key_from(settings.daybook_master_key, "DAYBOOK_MASTER_KEY")
    path = settings.daybook_master_key_file or settings.daybook_var / "master.key"
    if not path.exists():
        if settings.daybook_master_key_file or not settings.is_local:
            raise SettingsTrouble(f"the master key file {path} is not there")
        make_key_file(path)
    return key_in(path)


def make_key_file(path: Path) -> None:
    """Write a random master key into a new file, onto the disk, for its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_hex(MASTER_KEY_BYTES) + "\n")
        file.flush()
        os.fsync(descriptor)


def key_in(path: Path) -> bytes:
    """Return the master key in a file; raises SettingsTrouble for one of no kind."""
    try:
        text = path.read_text().strip()
    except (OSError, UnicodeDecodeError):
        raise SettingsTrouble(f"the master key file {path} cannot be read") from None
    return _key_from(text, str(path))


def _key_from(text: str, source: str) -> bytes:
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != MASTER_KEY_BYTES:
        raise SettingsTrouble(
            f"{source} must be {2 * MASTER_KEY_BYTES} hexadecimal digits"
        )
    return key
