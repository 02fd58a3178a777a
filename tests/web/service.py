"""A whole service on the test database, and accounts, keys and purchases in it."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from commands.api_keys import IssueApiKey, issue_api_key
from commands.credentials import Secret
from commands.gateways import tokens
from commands.purchases import (
    SettlePurchase,
    StartPurchase,
    settle_purchase,
    start_purchase,
)
from commands.receipts import IssueReceipt, issue_receipt
from commands.sign_ups import AskForAccount, OpenAccount, ask_for_account, open_account
from ledger.api_keys import SERVICE_SCOPES
from ledger.journal import Connections, Vault, consumers
from ledger.purchases import Purchase
from projections.follow import Views
from tests.conftest import MASTER, NOON, context_at
from tests.fakes import Names
from web.database import Database
from web.receipt_writer import write_receipt
from web.settings import Settings
from web.wiring import Service, load_catalogue, load_toml, payments_of

BASE = "http://localhost:8000"


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, step: timedelta) -> None:
        """Let so much time pass."""
        self.now += step


@contextmanager
def service_on(
    database: Database, clock: Clock, payments_url: str = "http://127.0.0.1:9"
) -> Iterator[Service]:
    """Open a service on the database; nothing listens for payments unless told."""
    settings = Settings(daybook_base_url=BASE, daybook_payments_url=payments_url)
    connections = Connections(database.service, size_max=8)
    service = Service(
        settings=settings,
        connections=connections,
        vault=Vault(connections.for_account, MASTER),
        catalogue=load_catalogue(None),
        seller=load_toml(None, "seller.toml"),
        payments=payments_of(settings),
        lookups=Names(),
        clock=clock,
    )
    with service:
        with service.connections.for_account(UUID(int=0)) as connection:
            # A clock that stands still never ends a window of the limits.
            connection.execute("DELETE FROM attempt_limits")
        yield service


def an_account(service: Service, name: str = "Ann Lee") -> UUID:
    """Open a verified account, past forms and mail."""
    account_id, journal = uuid4(), service.journal
    token = tokens.new_token(account_id)
    ask = AskForAccount(
        account_id=account_id,
        name=name,
        email=f"{account_id.hex}@example.org",
        company=None,
        website=None,
        language="en",
        secret=Secret(tokens.new_constant(), "no hash that any password has"),
        token=token,
        mails_link=False,
    )
    ask_for_account(journal, ask, context_at(service.clock()))
    command = OpenAccount(account_id=account_id, digest=token.digest)
    open_account(journal, command, context_at(service.clock()))
    return account_id


def a_key(service: Service, scopes: tuple[str, ...] = SERVICE_SCOPES) -> dict[str, str]:
    """Issue a service key; return the header that signs in with it."""
    command = IssueApiKey(name="sending service", scopes=scopes)
    issued = issue_api_key(service.journal, command, context_at(service.clock()))
    pair = f"{issued.key_id}:{issued.secret}".encode()
    return {"Authorization": f"Basic {b64encode(pair).decode()}"}


def a_purchase(service: Service, account_id: UUID, sku: str | None = None) -> UUID:
    """Buy a pack, the smallest unless told, and pay it; credits are granted."""
    pack = min(service.catalogue.packs, key=lambda pack: pack.credits)
    start = StartPurchase(
        account_id=account_id, sku=sku or pack.sku, language="en", currency="EUR"
    )
    now, journal = service.clock(), service.journal
    started = start_purchase(journal, start, context_at(now), service.catalogue)
    purchase_id = UUID(started.ids["purchase"])
    purchase = journal.fresh(Purchase, purchase_id)
    mark = hashlib.sha256(purchase_id.bytes).hexdigest()[:16]
    paid = SettlePurchase(
        account_id=account_id,
        purchase_id=purchase_id,
        customer_id=f"cus_{mark}",
        checkout_id=f"cs_{mark}",
        payment_intent_id=f"pi_{mark}",
        charge_id=f"ch_{mark}",
        amount_minor=sum(i["net_minor"] + i["tax_minor"] for i in purchase.items),
        currency=purchase.currency,
        payment_label="Visa •••• 4242",
        paid_at=now,
    )
    settle_purchase(journal, paid, context_at(now))
    return purchase_id


def a_receipt(service: Service, account_id: UUID, purchase_id: UUID) -> UUID:
    """Issue the receipt of a paid purchase."""
    command = IssueReceipt(account_id=account_id, purchase_id=purchase_id)
    context = context_at(service.clock())
    issued = issue_receipt(
        service.journal, command, context, service.seller, write_receipt
    )
    return UUID(issued.ids["receipt"])


def followed(service: Service) -> None:
    """Bring every view up to date."""
    views = Views(service.connections, service.vault)
    follower = views.follower(service.reader)
    with service.connections.direct() as connection:
        consumers.register(connection, list(views.all))
        while follower.step(connection):
            pass


def a_parked_account(service: Service) -> UUID:
    """Let the view of credits lose a row that an account's next fact needs."""
    account_id = an_account(service)
    a_purchase(service, account_id)
    followed(service)
    with service.connections.for_account(account_id) as connection:
        spoilt = "DELETE FROM credit_balances WHERE account_id = %s"
        connection.execute(spoilt, (account_id,))
    a_purchase(service, account_id)
    followed(service)
    return account_id


@contextmanager
def away(service: Service, superuser: str) -> Iterator[None]:
    """Let the service's database take nobody in meanwhile."""
    name = conninfo_to_dict(service.connections.conninfo)["dbname"]
    allow = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute(allow.format(sql.Identifier(str(name)), sql.SQL("false")))
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
            (name,),
        )
        try:
            yield
        finally:
            connection.execute(allow.format(sql.Identifier(str(name)), sql.SQL("true")))
