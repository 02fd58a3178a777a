"""What an API key records or refuses."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from ledger.aggregate import SYSTEM
from ledger.api_keys import CUSTOMER_SCOPES, ApiKey
from ledger.factors import Binding
from ledger.refusals import NoSuchKey, ScopesOnlyNarrow, ScopeUnknown
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


def customers(scopes: tuple[str, ...] = CUSTOMER_SCOPES) -> ApiKey:
    return ApiKey.issue(
        UUID(int=6),
        name="Zapier",
        scopes=scopes,
        secret_id=SECRET,
        secret_mac="00",
        secret_mac_key_id=MAC_KEY,
        expires_at=None,
        account_id=UUID(int=1),
    )


def test_a_customers_key_never_has_a_scope_of_the_companys_systems() -> None:
    assert not customers().for_service
    given(None).when(lambda _: customers(("credits:hold",))).then_refused(
        ScopeUnknown, scope="credits:hold"
    )


def test_scopes_are_taken_away_and_never_added() -> None:
    given(customers()).when(lambda k: k.narrow(["account:read"])).then(
        fact(ApiKey.ScopesNarrowed, scopes=["account:read"])
    )
    narrow = customers(("account:read",))
    given(narrow).when(lambda k: k.narrow(["credits:read"])).then_refused(
        ScopesOnlyNarrow, scope="credits:read"
    )
    given(narrow).when(lambda k: k.narrow(["account:read"])).then()


def test_both_secrets_are_good_until_the_overlap_ends() -> None:
    key, end = customers(), NOON + timedelta(days=7)
    old, new = key.binding, Binding(UUID(int=3), "33", MAC_KEY)
    key.rotate(new, end, NOON)
    assert key.bindings(end - INSTANT) == [new, old]
    assert key.bindings(end) == [new]
    key.revoke("withdrawn")
    assert key.bindings(NOON) == []


def test_a_revoked_key_is_neither_renamed_nor_narrowed_nor_rotated() -> None:
    key = customers()
    key.revoke("leaked")
    for act in (
        lambda k: k.rename("other"),
        lambda k: k.narrow([]),
        lambda k: k.rotate(key.binding, NOON, NOON),
    ):
        given(key).when(act).then_refused(NoSuchKey, key_id=key.id)
