"""What an API key records or refuses."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ledger.aggregate import SYSTEM
from ledger.api_keys import ApiKey
from ledger.refusals import ScopeUnknown
from tests.specification import fact, given
from tests.strategies import INSTANT, NOON

SECRET, MAC_KEY = UUID(int=8), UUID(int=9)


def issued(
    scopes: tuple[str, ...] = ("credits:hold",), expires_at: datetime | None = None
) -> ApiKey:
    return ApiKey.issue(
        UUID(int=6),
        name="Sender",
        scopes=scopes,
        secret_id=SECRET,
        secret_mac="00",
        secret_mac_key_id=MAC_KEY,
        expires_at=expires_at,
    )


def test_a_service_key_belongs_to_no_account_and_names_each_scope_once() -> None:
    scopes = ("credits:hold", "accounts:read", "credits:hold")
    given(None).when(lambda _: issued(scopes)).then(
        fact(
            ApiKey.Issued,
            account_id=SYSTEM,
            name="Sender",
            scopes=["accounts:read", "credits:hold"],
            secret_id=SECRET,
            secret_mac="00",
            secret_mac_key_id=MAC_KEY,
            expires_at=None,
            for_service=True,
        )
    )


def test_a_scope_that_guards_accounts_does_not_exist() -> None:
    given(None).when(lambda _: issued(("keys:write",))).then_refused(
        ScopeUnknown, scope="keys:write"
    )


def test_a_key_is_good_until_the_instant_it_expires() -> None:
    key = issued(expires_at=NOON)
    assert key.is_good(NOON - INSTANT)
    assert not key.is_good(NOON)
    assert issued().is_good(NOON)


def test_a_revoked_key_stays_revoked() -> None:
    key = issued()
    given(key).when(lambda k: k.revoke("leaked")).then(
        fact(ApiKey.Revoked, why="leaked")
    )
    given(key).when(lambda k: k.revoke("withdrawn")).then()
    assert not key.is_good(NOON)
