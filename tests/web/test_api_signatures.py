"""A mail signed through the API is one that a verifier of others takes."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from typing import Any

import dkim  # type: ignore[import-untyped]
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from commands.zone import ZoneHosts, zone_records
from tests.commands.conftest import clock, service
from tests.commands.keyholders import KeyHolder
from tests.dkim_mails import signed_mail
from tests.web.service import a_key, an_account
from web import create_app
from web.metrics import SIGNATURES
from web.wiring import Service

__all__ = ["clock", "service"]

DOMAIN = "hollis.com"
HASH = base64.b64encode(bytes(32)).decode()


class Sender:
    """The sending service: it makes the header, and asks for the signature."""

    def __init__(self, service: Service) -> None:
        self.holder = KeyHolder(service, an_account(service))
        self.holder.hold(DOMAIN)
        self.client: FlaskClient = create_app(service).test_client()
        self.key = a_key(service)

    def ask(self, **body: Any) -> TestResponse:
        where = f"/api/v1/accounts/{self.holder.account_id}/signatures"
        asked = {"domain": DOMAIN, "header_hash": HASH} | body
        return self.client.post(where, json=asked, headers=self.key)

    def mail(self, selector: str) -> bytes:
        """A mail that the service signs."""

        def sign(header: bytes) -> bytes:
            digest = base64.b64encode(hashlib.sha256(header).digest()).decode()
            answer = self.ask(header_hash=digest, selector=selector)
            assert answer.status_code == 200
            return str(answer.get_json()["signature"]).encode()

        return signed_mail(DOMAIN, selector, sign)

    def txt(self, name: bytes, timeout: int = 5) -> bytes | None:
        """What a resolver says that follows the customer's CNAME into our zone."""
        selector, _, domain = name.decode().rstrip(".").partition("._domainkey.")
        assert domain == DOMAIN
        for record_name, value in self._zone():
            if record_name == f"{selector}.{self.holder.label}.dkim":
                return value.encode()
        return None

    def _zone(self) -> Iterator[tuple[str, str]]:
        hosts = ZoneHosts(bounce="mx.example.net", tracking="t.example.net")
        connection = self.holder.service.connections.direct()
        with connection, connection.transaction():
            for record in zone_records(connection, hosts):
                yield record.name, record.value or ""


@pytest.fixture
def sender(service: Service) -> Sender:
    return Sender(service)


def test_a_mail_verifies_with_the_key_of_our_zone(sender: Sender) -> None:
    ready = sender.holder.sign_from()
    mail = sender.mail("dm1")
    assert dkim.verify(mail, dnsfunc=sender.txt)
    assert not dkim.verify(mail.replace(b"Come by", b"Go away"), dnsfunc=sender.txt)
    sender.holder.rotate(ready)
    assert dkim.verify(sender.mail("dm2"), dnsfunc=sender.txt)
    assert dkim.verify(mail, dnsfunc=sender.txt)


def test_a_revoked_key_verifies_nothing_any_more(sender: Sender) -> None:
    ready = sender.holder.sign_from()
    mail = sender.mail("dm1")
    sender.holder.revoke("dm1", ready)
    assert not dkim.verify(mail, dnsfunc=sender.txt)


def test_each_answer_says_what_it_was_signed_with_and_is_counted(
    sender: Sender,
) -> None:
    sender.holder.sign_from()
    before = counted("signed")
    told = sender.ask().get_json()
    assert (told["selector"], told["algorithm"]) == ("dm1", "rsa-sha256")
    assert len(base64.b64decode(told["signature"])) == 256
    assert set(told) == {"selector", "algorithm", "signature"}
    assert counted("signed") == before + 1


def counted(outcome: str) -> float:
    return float(SIGNATURES.labels(outcome)._value.get())


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({"domain": "other.com"}, "domain-not-verified"),
        ({"selector": "dm2"}, "selector-not-active"),
    ],
)
def test_what_cannot_be_signed_is_a_conflict(
    sender: Sender, changed: dict[str, str], kind: str
) -> None:
    sender.holder.sign_from()
    before = counted(kind)
    answer = sender.ask(**changed)
    assert answer.status_code == 409
    assert answer.get_json()["type"] == f"/problems/{kind}"
    assert counted(kind) == before + 1


def test_without_an_active_key_the_answer_says_so(sender: Sender) -> None:
    answer = sender.ask()
    assert answer.get_json()["type"] == "/problems/no-active-key"


@pytest.mark.parametrize(
    "value", ["", "AAAA", HASH[:-1], HASH + "AAAA", f" {HASH}", None, 7, "é" * 44]
)
def test_what_is_no_hash_is_refused(sender: Sender, value: object) -> None:
    answer = sender.ask(header_hash=value)
    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["pointer"] == "/header_hash"


def test_another_scope_may_not_sign(sender: Sender) -> None:
    sender.key = a_key(sender.holder.service, ("accounts:read", "credits:hold"))
    assert sender.ask().status_code == 403


def test_a_signature_is_no_fact(sender: Sender) -> None:
    sender.holder.sign_from()
    before = sender.holder.rows("SELECT count(*) FROM journal")
    for _ in range(5):
        assert sender.ask().status_code == 200
    assert sender.holder.rows("SELECT count(*) FROM journal") == before
