"""How a mail from an address is sent: signed, or from our own domain."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from commands.domain_checks import Seen, note_look
from commands.sending_identities import (
    Own,
    SendingIdentity,
    active_selector,
    sending_identity,
)
from ledger.addresses import address_from
from ledger.dns_records import FOUND, RETURN_PATH, TIMED_OUT, WAITING, Finding
from ledger.refusals import DomainMalformed, DomainMissing, NoSuchAccount
from tests.commands.keyholders import KeyHolder
from tests.commands.sending import Sender, new_name
from web.wiring import Service

OWN = Own(domain="from.daybook.net", names=frozenset({"daybook.net"}))
HOUR = timedelta(hours=1)


class Asker(Sender):
    """Somebody who asks how his mail is sent."""

    def __init__(self, service: Service) -> None:
        super().__init__(service.journal)
        self.service = service

    def ask(self, domain: str, local: str = "ann.miller") -> SendingIdentity:
        return sending_identity(self.journal, self.account_id, domain, local, OWN)

    def signing(self, name: str) -> UUID:
        domain_id = self.verified(name)
        KeyHolder(self.service, self.account_id, domain_id).sign_from(self.now)
        return domain_id


@pytest.fixture
def ann(service: Service) -> Asker:
    return Asker(service)


def test_a_verified_domain_signs_with_its_active_key(ann: Asker) -> None:
    name = new_name()
    domain_id = ann.signing(name)
    found = ann.ask(f" {name.upper()}. ")
    assert (found.domain, found.why, found.from_address) == (name, None, None)
    assert found.signing is not None
    assert found.signing.domain_id == domain_id
    assert (found.signing.name, found.signing.selector) == (name, "dm1")
    assert active_selector(ann.journal, ann.account_id, domain_id) == "dm1"


def test_a_verified_domain_whose_key_is_not_seen_yet_is_replaced(ann: Asker) -> None:
    name = new_name()
    ann.verified(name)
    found = ann.ask(name)
    assert (found.signing, found.why) == (None, "without_key")


def test_a_degraded_domain_still_signs_and_a_failed_one_does_not(ann: Asker) -> None:
    name = new_name()
    it = ann.signing(name)
    assert ann.looks(it, "missing", 24 * HOUR, HOUR) == "degraded"
    assert ann.ask(name).signing is not None
    ann.looks(it, "missing", 72 * HOUR)
    assert ann.ask(name).why == "unverified"


@pytest.mark.parametrize(
    ("domain", "why"),
    [
        ("gmail.com", "unverifiable"),
        ("daybook.net", "unverifiable"),
        ("co.uk", "unverifiable"),
        ("mail.local", "unverifiable"),
        ("hollis-and-lee.com", "unknown"),
    ],
)
def test_what_is_not_verified_is_not_blocked_but_replaced(
    ann: Asker, domain: str, why: str
) -> None:
    found = ann.ask(domain)
    assert (found.signing, found.why) == (None, why)
    assert found.from_address is not None
    assert found.from_address.startswith("ann.miller.")
    assert found.from_address.endswith("@from.daybook.net")
    assert address_from(found.from_address).shown == found.from_address


def test_a_replaced_address_stays_and_is_nobody_elses(ann: Asker) -> None:
    bob, name = Asker(ann.service), new_name()
    ann.add(name)
    assert ann.ask(name).why == "unverified"
    asked = [
        (ann, name, "ann"),
        (bob, name, "ann"),
        (ann, new_name(), "ann"),
        (ann, name, "bea"),
    ]
    addresses = [who.ask(domain, local).from_address for who, domain, local in asked]
    assert len(set(addresses)) == 4
    assert ann.ask(name, "ann").from_address == addresses[0]


def test_a_name_below_a_verified_one_is_signed_with_it(ann: Asker) -> None:
    name = new_name()
    ann.signing(name)
    found = ann.ask(f"a.news.{name}")
    assert found.signing is not None
    assert (found.domain, found.signing.name) == (f"a.news.{name}", name)


def test_a_nearer_name_of_another_account_is_not_signed_from_above(ann: Asker) -> None:
    bob, name = Asker(ann.service), new_name()
    ann.signing(name)
    bob.signing(f"news.{name}")
    assert ann.ask(f"news.{name}").why == "unknown"
    assert ann.ask(f"a.news.{name}").why == "unknown"
    assert ann.ask(f"shop.{name}").signing is not None
    assert bob.ask(name).why == "unknown"


def test_bounces_go_to_the_domain_while_its_record_is_found(ann: Asker) -> None:
    name = new_name()
    it = ann.signing(name)
    expected = {FOUND: f"bounce.{name}", TIMED_OUT: f"bounce.{name}", WAITING: None}
    for state, host in expected.items():
        ann.now += HOUR
        finding = Finding(kind=RETURN_PATH, state=state, found=[])
        seen = Seen(findings=[finding])
        note_look(ann.journal, ann.domain(it), "found", seen, ann.now)
        signing = ann.ask(name).signing
        assert signing is not None
        assert signing.return_path == host


@pytest.mark.parametrize(
    ("domain", "refusal"), [("", DomainMissing), ("a b.com", DomainMalformed)]
)
def test_what_is_no_domain_is_refused(
    ann: Asker, domain: str, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        ann.ask(domain)


def test_an_account_that_there_is_not_is_told_nothing(ann: Asker) -> None:
    with pytest.raises(NoSuchAccount):
        sending_identity(ann.journal, UUID(int=5), "hollis.com", "ann", OWN)
