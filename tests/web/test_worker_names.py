"""The worker's loops for names: domains, keys that sign for them, tracking hosts."""

from __future__ import annotations

import threading
from datetime import timedelta
from uuid import UUID

from commands.signing_keys import keys_of_domain
from commands.tracking_domains import (
    ChooseTrackingHost,
    choose_tracking_host,
    tracking_of,
)
from commands.tracking_looks import wanted_of
from ledger.dns_records import wanted_records
from ledger.refusals import NoSigningKey
from ledger.signing_keys import SigningKey
from ledger.zone import key_name, key_value
from tests.commands.sending import Sender
from tests.conftest import context_at
from tests.fakes import Names
from tests.web.standing_in import wait_until
from tests.web.test_worker import Postman, service, started, stop
from web.wiring import Service, utc_now

__all__ = ["service", "started", "stop"]

Started = tuple[Postman, list[threading.Thread]]


def test_a_domain_is_looked_at_and_its_holder_told_by_itself(
    service: Service, started: Started
) -> None:
    postman, _ = started
    service.lookups = names = Names()
    sender = Sender(service.journal, utc_now() - timedelta(hours=1))
    domain = sender.domain(sender.add("hollis.com"))
    for one in wanted_records("hollis.com", domain.label, service.settings.dns_zone):
        names.publish(one.host, one.type, one.value)
    wait_until(lambda: sender.domain(domain.id).state == "verified")
    wait_until(lambda: any("hollis.com" in mail.subject for mail in postman.mails))


def test_keys_are_made_and_looked_for_in_our_zone_by_itself(
    service: Service, started: Started
) -> None:
    service.lookups = names = Names()
    sender = Sender(service.journal, utc_now() - timedelta(hours=1))
    domain_id = sender.add("hollis.com")
    label = sender.domain(domain_id).label

    def keys() -> dict[str, SigningKey]:
        try:
            return keys_of_domain(service.journal, sender.account_id, domain_id).keys
        except NoSigningKey:
            return {}

    wait_until(lambda: len(keys()) == 2)
    for selector, key in keys().items():
        host = f"{key_name(selector, label)}.{service.settings.dns_zone}"
        names.publish(host, "TXT", key_value(key.public_key))
    with service.connections.for_account(UUID(int=0)) as connection:
        connection.execute("UPDATE watched_signing_keys SET due_at = now()")
    wait_until(lambda: all(key.seen_at for key in keys().values()))


def test_a_tracking_host_is_looked_at_and_its_holder_told_by_itself(
    service: Service, started: Started
) -> None:
    postman, _ = started
    service.lookups = names = Names()
    sender = Sender(service.journal, utc_now())
    sender.verified("hollis.com")
    who, host = sender.account_id, "links.hollis.com"
    command = ChooseTrackingHost(account_id=who, host=host)
    choose_tracking_host(service.journal, command, context_at(utc_now()), ())
    current = tracking_of(service.journal, who).require_current()
    target = wanted_of(current, service.settings.dns_zone).value
    names.publish(host, "CNAME", target)
    with service.connections.for_account(who) as connection:
        connection.execute("UPDATE watched_tracking SET due_at = now()")
    wait_until(lambda: tracking_of(service.journal, who).used is not None)
    wait_until(lambda: any(host in mail.subject for mail in postman.mails))
