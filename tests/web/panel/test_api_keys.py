"""API access: a secret is shown once, and a key does no more than it was given."""

from __future__ import annotations

import re
from base64 import b64encode
from datetime import timedelta

import pytest

from tests.web.browsing import words_of
from tests.web.service import BASE
from tests.web.signed_in import Inhabitant

SECRET = re.compile(r"\bdms_[A-Za-z0-9_]{20,}")
KEY = re.compile(r'href="/api-keys/([0-9a-f-]{36})"')


def create(ida: Inhabitant, **typed: str) -> tuple[str, str]:
    """Create a key; its id and its secret."""
    form = {"name": "Zapier", "scope": "account:read", "expires": "year"} | typed
    answer = ida.send("/api-keys", **form)
    assert answer.status_code == 200, words_of(answer.text)
    return KEY.findall(answer.text)[0], secret_on(answer.text)


def secret_on(page: str) -> str:
    found = SECRET.search(words_of(page)) or SECRET.search(page)
    assert found is not None, words_of(page)
    return found[0]


def call(ida: Inhabitant, key_id: str, secret: str) -> int:
    pair = b64encode(f"{key_id}:{secret}".encode()).decode()
    headers = {"Authorization": f"Basic {pair}"}
    client = ida.app.test_client()
    answer = client.get("/api/v1/account", base_url=BASE, headers=headers)
    return answer.status_code


def test_a_key_opens_the_api_and_its_secret_is_shown_once(ida: Inhabitant) -> None:
    key_id, secret = create(ida)
    assert call(ida, key_id, secret) == 200
    assert secret not in ida.browser.get("/api-keys").text


def test_a_key_needs_the_password_a_name_and_a_scope(ida: Inhabitant) -> None:
    form = {"name": "Zapier", "scope": "account:read"}
    answer = ida.send("/api-keys", **form, current_password="wrong")
    assert answer.status_code == 422
    assert "not the account’s password" in words_of(answer.text)
    answer = ida.send("/api-keys", name="Zapier")
    assert "Choose at least one scope" in words_of(answer.text)
    assert ida.send("/api-keys", **form | {"name": "\0"}).status_code == 422


def test_a_form_that_is_sent_twice_shows_no_secret_again(ida: Inhabitant) -> None:
    form = {"name": "Zapier", "scope": "account:read", "command_id": "same-form-twice"}
    first = ida.send("/api-keys", **form)
    again = ida.send("/api-keys", **form)
    assert again.status_code == 303
    assert len(set(KEY.findall(ida.browser.get("/api-keys").text))) == 1
    assert secret_on(first.text)


def test_a_revoked_key_opens_nothing_from_then_on(ida: Inhabitant) -> None:
    key_id, secret = create(ida)
    ida.browser.send(f"/api-keys/{key_id}/revoke", "/api-keys")
    assert call(ida, key_id, secret) == 401


def test_a_rotated_key_has_both_secrets_until_the_overlap_ends(ida: Inhabitant) -> None:
    key_id, old = create(ida)
    path = f"/api-keys/{key_id}"
    answer = ida.send(f"{path}/rotate", path, overlap="24")
    new = secret_on(answer.text)
    assert [call(ida, key_id, one) for one in (old, new)] == [200, 200]
    ida.clock.move(timedelta(hours=24))
    assert [call(ida, key_id, one) for one in (old, new)] == [401, 200]


def test_scopes_can_only_be_taken_away(ida: Inhabitant) -> None:
    key_id, _ = create(ida)
    path = f"/api-keys/{key_id}"
    answer = ida.browser.send(path, path, name="Zapier", scope="credits:read")
    assert answer.status_code == 422
    assert "never added" in words_of(answer.text)


@pytest.mark.parametrize(
    ("term", "days"), [("year", 365), ("quarter", 90), ("never", None)]
)
def test_a_key_ends_when_it_was_asked_to(
    ida: Inhabitant, term: str, days: int | None
) -> None:
    key_id, secret = create(ida, expires=term)
    ida.clock.move(timedelta(days=days or 4000, seconds=-1))
    assert call(ida, key_id, secret) == 200
    ida.clock.move(timedelta(seconds=1))
    assert call(ida, key_id, secret) == (401 if days else 200)


def test_another_accounts_key_is_not_found(ida: Inhabitant) -> None:
    path = "/api-keys/00000000-0000-4000-8000-000000000005"
    assert ida.browser.get(path).status_code == 404
