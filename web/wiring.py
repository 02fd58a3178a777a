"""Settings made into gateways, journal and views: everything is put together here."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parseaddr
from importlib import resources
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Literal, Self, cast
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from commands.domain_looks import Eyes
from commands.gateways.dns import PORT, Lookups, Resolver, Resolvers
from commands.gateways.mail import Mailer, SmtpMailer
from commands.gateways.payments import Payments, StripePayments
from commands.sending_identities import Own
from commands.top_up_purchases import Shop
from ledger.catalogue import Catalogue, CatalogueUnusable, catalogue_from
from ledger.journal import Connections, Journal, Reader, Vault
from projections.follow import Views
from web.database import Database, check_current, check_service_role
from web.settings import Settings, SettingsTrouble, master_key

TEST_KEY = "sk_test_stand_in"
TEST_WEBHOOK_SECRET = "whsec_stand_in"  # noqa: S105 - the stand-in's, on loopback

RESOLVERS_MIN = 2
"""Away from loopback: one alone may be wrong, or lied to."""
STRIPE_PAGES = (
    "https://checkout.stripe.com https://billing.stripe.com https://invoice.stripe.com"
)
"""Where one pays, changes the card, and pays what is overdue."""

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the instant of now: the service's one clock."""
    return datetime.now(UTC)


@dataclass
class Service:
    """All parts of one process; a context manager that opens and closes them."""

    settings: Settings
    connections: Connections
    vault: Vault
    catalogue: Catalogue
    seller: dict[str, Any]
    payments: Payments
    lookups: Lookups
    clock: Clock = utc_now
    journal: Journal = field(init=False)
    reader: Reader = field(init=False)
    views: Views = field(init=False)

    def __post_init__(self) -> None:
        self.journal = Journal(self.connections, self.vault)
        self.reader = Reader(self.connections, self.journal.facts)
        self.views = Views(self.connections, self.vault)

    def __enter__(self) -> Self:
        self.connections.open()
        try:
            self._check()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _check(self) -> None:
        with self.connections.direct() as connection:
            check_current(connection)
            check_service_role(connection)
        check_master_key(self.vault)

    def __exit__(self, *_: object) -> None:
        self.journal.close()
        self.connections.close()

    @property
    def eyes(self) -> Eyes:
        """Whom to ask for customers' records, and where these lead."""
        return Eyes(lookups=self.lookups, zone=self.settings.dns_zone)

    @property
    def own(self) -> Own:
        """Where mail comes from that no customer's domain is good for."""
        settings = self.settings
        return Own(domain=settings.from_domain, names=own_names(settings))

    @property
    def processor_origins(self) -> str:
        """Where forms may lead to: the pages of the payment processor."""
        return self.settings.daybook_payments_url or STRIPE_PAGES

    @property
    def shop(self) -> Shop:
        """What is bought without its holder, and where he comes back to."""
        base = self.settings.daybook_base_url.rstrip("/")
        return Shop(
            catalogue=self.catalogue,
            zone=ZoneInfo(self.seller["time_zone"]),
            success_url=f"{base}/purchases/{{purchase_id}}/returned",
            cancel_url=f"{base}/purchases/{{purchase_id}}",
        )

    @property
    def is_test(self) -> bool:
        """Whether payments are only tests."""
        key = self.settings.stripe_secret_key or TEST_KEY
        return not key.startswith(("sk_live_", "rk_live_"))


def build(
    settings: Settings,
    database: Database,
    clock: Clock = utc_now,
    payments: Payments | None = None,
) -> Service:
    """Put a service together; raises SettingsTrouble for what cannot work.

    `payments` stands in the place of what the settings name.
    """
    settings.check()
    connections = Connections(
        database.service,
        direct=database.direct,
        size_max=settings.daybook_web_threads + 2,
    )
    return Service(
        settings=settings,
        connections=connections,
        vault=Vault(connections.for_account, master_key(settings)),
        catalogue=load_catalogue(settings.daybook_catalogue),
        seller=load_toml(settings.daybook_seller, "seller.toml"),
        payments=payments or payments_of(settings),
        lookups=lookups_of(settings),
        clock=clock,
    )


def check_master_key(vault: Vault) -> None:
    """Raise SettingsTrouble for a key that nothing in the database was sealed with."""
    if not vault.fits():
        raise SettingsTrouble(
            "the master key is not this database's: bring back the one that its data"
            " were written with"
        )


def payments_of(settings: Settings) -> Payments:
    """Return Stripe, or the stand-in where the settings name one."""
    stand_in = settings.daybook_payments_url
    key = settings.stripe_secret_key
    if stand_in and key and not key.startswith("sk_test_"):
        raise SettingsTrouble("a stand-in for payments refuses a live key")
    if not stand_in and not key:
        raise SettingsTrouble("STRIPE_SECRET_KEY is missing; 'make run' needs none")
    return StripePayments(
        key or TEST_KEY,
        settings.stripe_webhook_secret or TEST_WEBHOOK_SECRET,
        base_address=stand_in,
    )


def lookups_of(settings: Settings) -> Lookups:
    """Return the resolvers of the settings; raises SettingsTrouble.

    Without any, which only loopback may be, nobody is asked and nothing is found.
    """
    resolvers = resolvers_of(settings)
    if len(set(resolvers)) < RESOLVERS_MIN and not settings.is_local:
        raise SettingsTrouble("DAYBOOK_RESOLVERS must name two that can disagree")
    return Resolvers(resolvers)


def resolvers_of(settings: Settings) -> list[Resolver]:
    """Return where the settings say that resolvers are; raises SettingsTrouble."""
    told = (settings.daybook_resolvers or "").split(",")
    return [_resolver(one.strip()) for one in told if one.strip()]


def own_names(settings: Settings) -> frozenset[str]:
    """Return the names that no customer can have: our zones and hosts, our sender's."""
    host = urlsplit(settings.daybook_base_url).hostname or ""
    sender = parseaddr(settings.mail_from)[1].rpartition("@")[2]
    zones = {settings.dns_zone, settings.from_domain}
    zones |= {settings.tracking_host, settings.bounce_host}
    return frozenset({*zones, host, sender.lower()} - {""})


def _resolver(text: str) -> Resolver:
    """Return the resolver of `192.0.2.1`, `192.0.2.1:53`, `2001:db8::1`, `[…]:53`."""
    with suppress(ValueError):
        return Resolver(str(ip_address(text)))
    with suppress(ValueError):
        parts = urlsplit(f"//{text}")
        return Resolver(str(ip_address(parts.hostname or "")), parts.port or PORT)
    raise SettingsTrouble(
        f"DAYBOOK_RESOLVERS must be addresses, each with a port or not, not {text!r}"
    )


def mailer_of(settings: Settings) -> Mailer | None:
    """Return the way out for mail; raises SettingsTrouble for an address of no kind.

    None without SMTP_URL: mails then wait in the outbox.
    """
    if settings.smtp_url is None:
        return None
    url = urlsplit(settings.smtp_url)
    if url.scheme not in ("smtp", "smtps", "smtp+starttls") or not url.hostname:
        raise SettingsTrouble(
            "SMTP_URL must be smtp://, smtp+starttls:// or smtps://[user:password@]host"
        )
    tls = {"smtp": "none", "smtps": "tls", "smtp+starttls": "starttls"}[url.scheme]
    return SmtpMailer(
        url.hostname,
        url.port or (465 if tls == "tls" else 587 if tls == "starttls" else 25),
        unquote(url.username) if url.username else None,
        unquote(url.password) if url.password else None,
        cast("Literal['none', 'starttls', 'tls']", tls),
        settings.mail_from,
    )


def database_of(settings: Settings) -> Database:
    """Return the roles' conninfo from the environment; raises SettingsTrouble."""
    url = settings.database_url
    if url is None:
        raise SettingsTrouble("DATABASE_URL is missing; 'daybook run' brings its own")
    return Database(
        service=url,
        direct=settings.database_direct_url or url,
        owner=settings.database_owner_url or url,
        auditor=settings.database_auditor_url or url,
    )


def load_catalogue(path: Path | None) -> Catalogue:
    """Return the catalogue; raises SettingsTrouble that lists every mistake."""
    try:
        return catalogue_from(load_toml(path, "catalogue.toml"))
    except CatalogueUnusable as trouble:
        raise SettingsTrouble(str(trouble)) from trouble


def load_toml(path: Path | None, default: str) -> dict[str, Any]:
    """Return a TOML file, or the one that comes with us."""
    file = path or resources.files("web").joinpath(default)
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as trouble:
        raise SettingsTrouble(f"{file}: {trouble}") from trouble
