"""Records what the recordings lack, by driving the service on a real database.

`python -m tests.replay.record` is run once a new topic or version is in the code.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from commands.accounts import ChangeBillingDetails, change_billing_details
from commands.api_keys import IssueApiKey, issue_api_key
from commands.gateways.passwords import Passwords
from commands.key_revocations import RevokeApiKey, revoke_api_key
from commands.purchases import (
    CancelPurchase,
    DeclinePurchase,
    ExpirePurchase,
    OpenCheckout,
    StartPurchase,
    cancel_purchase,
    decline_purchase,
    expire_purchase,
    open_checkout,
    start_purchase,
)
from commands.session_begins import BegunSession
from commands.session_ends import EndSession, end_session
from commands.sessions import BeginSession, begin_session
from ledger.accounts import Account
from ledger.aggregate import SYSTEM, Aggregate
from ledger.api_keys import SERVICE_SCOPES
from ledger.journal.records import place
from tests.commands.people import PHRASE, member
from tests.conftest import NOON, Cluster, context_at
from tests.desk import Desk, Purse
from tests.places import roomy_folder
from tests.replay import guarding, moving, naming, sending
from tests.replay.recordings import RECORDED, Recording, add
from tests.web.service import Clock, a_purchase, a_receipt, service_on
from web.embedded import EmbeddedServer
from web.wiring import Service

CHEAP = Passwords(memory_kib=64, passes=1, at_once=4)
ROWS = (
    "SELECT topic, topic_version, account_id, stream_id, version, happened_at, payload,"
    " sealed, sealed_key_id FROM journal ORDER BY position"
)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def live(service: Service) -> None:
    """Let everything happen once that can be recorded."""
    person = member(service.journal, website="hollis.example")
    details = ChangeBillingDetails(
        account_id=person.account_id,
        name="Ann Lee",
        company="Hollis & Lee",
        address_lines=("4 Mill Lane", "Studio 2"),
        postcode="2011 AB",
        city="Haarlem",
        country="NL",
        vat_number="NL123456789B01",
        language="fr",
    )
    change_billing_details(service.journal, details, context_at(NOON))
    purchase_id = a_purchase(service, person.account_id)
    a_receipt(service, person.account_id, purchase_id)
    _buy_in_vain(service, person.account_id)
    _sign_in_and_out(service, person.email)
    _spend(service)
    issue = IssueApiKey(name="Sending service", scopes=SERVICE_SCOPES)
    key_id = issue_api_key(service.journal, issue, context_at(NOON)).key_id
    revoke = RevokeApiKey(account_id=SYSTEM, key_id=key_id)
    revoke_api_key(service.journal, revoke, context_at(NOON))
    _guard(service, person.account_id)
    _give_back(service, person.account_id)
    for domain in sending.domains(person.account_id):
        Desk(service.journal).record(person.account_id, partial(_itself, domain))
    letters = sending.it_letters(person.account_id)
    Desk(service.journal).record(person.account_id, lambda: letters)


def _guard(service: Service, account_id: UUID) -> None:
    desk = Desk(service.journal)
    for aggregate in guarding.guarded(account_id):
        desk.record(account_id, partial(_itself, aggregate))
    member_of_staff = guarding.staff()
    desk.record(member_of_staff.id, lambda: member_of_staff)
    account = service.journal.fresh(Account, account_id)
    desk.record(account_id, lambda: guarding.ended(account))


def _give_back(service: Service, account_id: UUID) -> None:
    desk = Desk(service.journal)
    purchase = moving.purchase(account_id, 900_000)
    desk.record(account_id, lambda: purchase)
    subscription = moving.subscription(account_id)
    desk.record(account_id, lambda: subscription)
    usage, campaigns = moving.usage(account_id), moving.campaigns(account_id)
    keys, hosts = naming.signing_keys(account_id), naming.tracking_domain(account_id)
    desk.record(account_id, lambda: hosts)
    desk.record(account_id, lambda: keys)
    desk.record(account_id, lambda: usage)
    desk.record(account_id, lambda: campaigns)
    desk.record(account_id, lambda: moving.top_up(account_id))
    purse = Purse(desk)
    for deed in moving.taken():
        purse.do(deed, NOON)


def _itself(aggregate: Aggregate) -> Aggregate:
    return aggregate


def _buy_in_vain(service: Service, account_id: UUID) -> None:
    journal = service.journal
    sku = service.catalogue.packs[0].sku
    start = StartPurchase(account_id=account_id, sku=sku, language="fr")
    for checkout_id in ("cs_declined_and_expired", None):
        started = start_purchase(journal, start, context_at(NOON), service.catalogue)
        which: dict[str, Any] = {
            "account_id": account_id,
            "purchase_id": UUID(started.ids["purchase"]),
        }
        if checkout_id is None:
            cancel_purchase(journal, CancelPurchase(**which), context_at(NOON))
            continue
        opened = OpenCheckout(**which, checkout_id=checkout_id, expires_at=NOON + DAY)
        open_checkout(journal, opened, context_at(NOON))
        declined = DeclinePurchase(**which, attempt_id="ch_1", code="card_declined")
        decline_purchase(journal, declined, context_at(NOON))
        expired = ExpirePurchase(**which, checkout_id=checkout_id)
        expire_purchase(journal, expired, context_at(NOON + DAY))


def _sign_in_and_out(service: Service, email: str) -> None:
    asked = BeginSession(email=email, password=PHRASE)
    begun = begin_session(service.journal, asked, context_at(NOON), CHEAP)
    assert isinstance(begun, BegunSession)
    session_id = UUID(begun.recorded.ids["session"])
    end = EndSession(account_id=begun.account_id, session_id=session_id)
    end_session(service.journal, end, context_at(NOON + HOUR))


def _spend(service: Service) -> None:
    purse = Purse(Desk(service.journal))
    held, lapsed = uuid4(), uuid4()
    purse.grant(7, net_minor=100, tax_minor=20)
    purse.grant(5, expires_at=NOON + 9 * DAY, note="a gift")
    steps: tuple[tuple[Callable[[Any], None], timedelta], ...] = (
        (lambda b: b.set_threshold(3), HOUR),
        (lambda b: b.hold(held, 4, "spring", NOON + HOUR), HOUR),
        (lambda b: b.hold(lapsed, 2, "summer", NOON + HOUR), HOUR),
        (lambda b: b.extend(held, NOON + 2 * HOUR), 2 * HOUR),
        (lambda b: b.capture(held, 1, NOON + DAY), DAY),
        (lambda b: b.release(held, NOON + 2 * DAY), 2 * DAY),
        (lambda b: b.capture(lapsed, 1, NOON + 8 * DAY), 8 * DAY),
        (lambda b: b.hold(uuid4(), 1, "autumn", NOON + 10 * DAY), 10 * DAY),
    )
    for decide, after in steps:
        purse.do(decide, NOON + after)


def recorded(service: Service) -> list[Recording]:
    """Every row of the journal, what is sealed in clear."""
    with service.connections.for_account(SYSTEM) as connection:
        rows = connection.execute(ROWS).fetchall()
    found = []
    for *head, happened_at, payload, sealed, key_id in rows:
        topic, topic_version, account_id, stream_id, version = head
        aad = place(stream_id, version, topic)
        clear = sealed and service.vault.open(account_id, key_id, bytes(sealed), aad)
        found.append(
            Recording(
                topic,
                topic_version,
                str(account_id),
                str(stream_id),
                version,
                happened_at.isoformat(),
                bytes(payload).decode(),
                clear.decode() if clear else None,
            )
        )
    return found


def main() -> int:
    """Live once on a scratch cluster, and add what was never recorded before."""
    RECORDED.mkdir(exist_ok=True)
    with (
        roomy_folder() as folder,
        EmbeddedServer(folder / "pg", durable=False) as server,
    ):
        database = Cluster(server, folder).new_database()
        with service_on(database, Clock()) as service:
            live(service)
            added = add(recorded(service))
    sys.stdout.write("\n".join(added or ["nothing was missing"]) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
