"""Who may have a mail signed, with which key, and when no longer."""

from __future__ import annotations

import base64
import hashlib

import pytest
from Crypto.Hash import SHA256
from Crypto.PublicKey import RSA
from Crypto.Signature import pkcs1_15

from commands.closing import CloseAccount, close_account
from commands.signatures import Signature, active_key_of, sign_header
from ledger.refusals import (
    AccountClosed,
    DomainNotVerified,
    NoActiveKey,
    NoSuchAccount,
    SelectorNotActive,
)
from tests.commands.keyholders import DAY, KeyHolder
from tests.conftest import NOON, context_at
from tests.web.service import an_account
from web.wiring import Service

TEXT = b"from:ann@hollis.com"
HASH = hashlib.sha256(TEXT).digest()


@pytest.fixture
def holder(service: Service) -> KeyHolder:
    holder = KeyHolder(service, an_account(service))
    holder.hold("hollis.com")
    return holder


def signed(
    holder: KeyHolder, domain: str = "hollis.com", selector: str | None = None
) -> Signature:
    journal = holder.service.journal
    return sign_header(journal, holder.account_id, domain, HASH, selector)


def test_the_active_key_signs(holder: KeyHolder) -> None:
    holder.sign_from()
    made = signed(holder, "Hollis.com.", "dm1")
    key = holder.keys.keys["dm1"]
    public = RSA.import_key(base64.b64decode(key.public_key))
    pkcs1_15.new(public).verify(SHA256.new(TEXT), made.data)
    assert (made.selector, made.algorithm) == ("dm1", "rsa-sha256")


def test_after_a_rotation_the_other_one_does(holder: KeyHolder) -> None:
    holder.rotate(holder.sign_from())
    assert signed(holder).selector == "dm2"
    with pytest.raises(SelectorNotActive) as caught:
        signed(holder, selector="dm1")
    assert caught.value.active == "dm2"


def test_a_key_that_waits_or_was_revoked_never_signs(holder: KeyHolder) -> None:
    with pytest.raises(NoActiveKey):
        signed(holder)
    holder.begin()
    with pytest.raises(NoActiveKey):
        signed(holder)
    holder.stop(holder.sign_from(NOON + DAY))
    with pytest.raises(NoActiveKey):
        signed(holder)


def test_only_a_name_that_this_account_holds_is_signed_for(holder: KeyHolder) -> None:
    holder.sign_from()
    other = KeyHolder(holder.service, an_account(holder.service))
    for who, domain in ((other, "hollis.com"), (holder, "mail.hollis.com")):
        with pytest.raises(DomainNotVerified):
            signed(who, domain)
    holder.let_go()
    with pytest.raises(DomainNotVerified):
        signed(holder)


def test_a_closed_or_unknown_account_signs_nothing(holder: KeyHolder) -> None:
    holder.sign_from()
    with pytest.raises(NoSuchAccount):
        signed(KeyHolder(holder.service))
    command = CloseAccount(account_id=holder.account_id)
    close_account(holder.service.journal, command, context_at(NOON))
    with pytest.raises(AccountClosed):
        signed(holder)


def test_a_secret_that_is_gone_signs_nothing(holder: KeyHolder) -> None:
    holder.sign_from()
    keys = active_key_of(holder.service.journal, holder.account_id, "hollis.com")
    assert keys.require_active()[0] == "dm1"
    with holder.service.connections.for_account(holder.account_id) as connection:
        connection.execute("DELETE FROM secrets WHERE kind = 'signing_key'")
    with pytest.raises(NoActiveKey):
        signed(holder)
