"""Whoever sits there shows again who he is, and goes on under a new token."""

from __future__ import annotations

from collections.abc import Iterator

import pyotp
import pytest

from ledger.refusals import TokenGone, WrongCode, WrongCredentials
from tests.web.browsing import words_of
from tests.web.service import Clock
from tests.web.signed_in import Inhabitant, inhabitant
from web.database import Database
from web.reauthentication import WRONG, errors_of


@pytest.fixture
def ida(empty_database: Database) -> Iterator[Inhabitant]:
    with inhabitant(empty_database, Clock()) as ida:
        yield ida


def key_form(ida: Inhabitant, **typed: str) -> int:
    form = {"name": "Zapier", "scope": "account:read"} | typed
    return ida.send("/api-keys", **form).status_code


def cookie(ida: Inhabitant) -> str:
    found = ida.browser.client.get_cookie("daybook-session")
    assert found is not None
    return found.value


def test_the_session_goes_on_under_another_token_and_the_old_one_is_dead(
    ida: Inhabitant,
) -> None:
    before = cookie(ida)
    assert key_form(ida) == 200
    after = cookie(ida)
    assert before != after
    assert ida.is_in()
    ida.browser.client.set_cookie("daybook-session", before)
    assert not ida.is_in()


def test_a_wrong_password_renews_nothing(ida: Inhabitant) -> None:
    before = cookie(ida)
    assert key_form(ida, current_password="wrong") == 422
    assert cookie(ida) == before


def test_the_code_is_asked_for_where_two_factor_is_on(ida: Inhabitant) -> None:
    assert 'name="code"' not in ida.browser.get("/api-keys").text
    seed = ida.with_authenticator()
    assert 'name="code"' in ida.browser.get("/api-keys").text
    assert key_form(ida) == 422
    code = ida.code(seed)
    assert key_form(ida, code=code) == 200
    assert key_form(ida, code=code) == 422


def test_a_code_of_another_hour_says_that_the_clock_is_off(ida: Inhabitant) -> None:
    seed = ida.with_authenticator()
    off = pyotp.TOTP(seed).at(int(ida.clock().timestamp()) + 180)
    form = {"name": "Zapier", "scope": "account:read", "code": off}
    told = words_of(ida.send("/api-keys", **form).text)
    assert "the clock of the device is off" in told


def test_each_refusal_stands_by_its_field_with_its_own_words(ida: Inhabitant) -> None:
    with ida.app.test_request_context(base_url="http://localhost:8000"):
        told = [
            errors_of(WrongCredentials()),
            errors_of(WrongCode()),
            errors_of(WrongCode(clock_off=True)),
            errors_of(TokenGone()),
        ]
    assert [list(one) for one in told] == [["current_password"], *[["code"]] * 3]
    assert len({next(iter(one.values())) for one in told}) == 4
    assert {WrongCredentials, WrongCode, TokenGone} == set(WRONG)
