"""An account over the API: told from its stream, at once."""

from __future__ import annotations

from flask.testing import FlaskClient

from commands.accounts import ChangeLanguage, change_language
from tests.conftest import context_at
from tests.web.service import a_key, an_account
from web.wiring import Service


def test_an_account_tells_who_it_is_at_once(
    client: FlaskClient, service: Service
) -> None:
    ann, key = an_account(service, "Ann Lee"), a_key(service)
    first = client.get(f"/api/v1/accounts/{ann}", headers=key)
    assert (first.get_json()["name"], first.get_json()["language"]) == ("Ann Lee", "en")
    command = ChangeLanguage(account_id=ann, language="fr")
    change_language(service.journal, command, context_at(service.clock()))
    tag = {"If-None-Match": first.headers["ETag"]}
    second = client.get(f"/api/v1/accounts/{ann}", headers=key | tag)
    assert (second.status_code, second.get_json()["language"]) == (200, "fr")
    tag = {"If-None-Match": second.headers["ETag"]}
    third = client.get(f"/api/v1/accounts/{ann}", headers=key | tag)
    assert third.status_code == 304
