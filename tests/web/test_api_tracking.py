"""Which host links carry, and whose they are, over HTTP."""

from __future__ import annotations

from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from commands.api_keys import SCOPES
from commands.customer_keys import IssueCustomerKey, issue_customer_key
from ledger.api_keys import CUSTOMER_SCOPES
from tests.commands.conftest import clock, service
from tests.commands.linking import DAY, Linker
from tests.conftest import NOON, context_at
from tests.web.askers import basic
from tests.web.service import a_key
from web import create_app
from web.wiring import Service

__all__ = ["clock", "service"]

SERVICE_HOST = "links.localhost"


class Asking(Linker):
    """A linker, and another system of ours that asks about him."""

    def __init__(self, service: Service) -> None:
        super().__init__(service)
        self.client: FlaskClient = create_app(service).test_client()
        self.key = a_key(service)

    def ask(self, rest: str) -> TestResponse:
        where = f"/api/v1/accounts/{self.account_id}{rest}"
        return self.client.get(where, headers=self.key)

    def tell(self, rest: str, body: dict[str, str] | None = None) -> TestResponse:
        where = f"/api/v1/accounts/{self.account_id}/tracking-domain{rest}"
        headers = self.key | {"Idempotency-Key": uuid4().hex}
        return self.client.post(where, json=body or {}, headers=headers)

    def as_customer(self) -> None:
        """Ask with a key of the customer's own from now on."""
        command = IssueCustomerKey(
            account_id=self.account_id, name="Zapier", scopes=CUSTOMER_SCOPES
        )
        issued = issue_customer_key(self.journal, command, context_at(NOON))
        self.key = basic(str(issued.key_id), issued.secret)

    def whose(self, host: str) -> TestResponse:
        where = f"/api/v1/tracking-hosts/{host}"
        return self.client.get(where, headers=self.key)


@pytest.fixture
def asking(service: Service) -> Asking:
    return Asking(service)


def test_links_carry_the_services_name_until_the_host_is_verified(
    asking: Asking,
) -> None:
    fallback = {"host": SERVICE_HOST, "own": False}
    assert asking.ask("/tracking-host").get_json() == fallback
    asking.choose()
    assert asking.ask("/tracking-host").get_json() == fallback
    asking.verified()
    own = {"host": "links.hollis.com", "own": True}
    assert asking.ask("/tracking-host").get_json() == own
    asking.clear()
    assert asking.ask("/tracking-host").get_json() == fallback


def test_they_fall_back_when_the_record_vanishes(asking: Asking) -> None:
    asking.verified()
    asking.unpublish()
    asking.look(NOON + DAY)
    asking.look(NOON + 2 * DAY)
    assert asking.ask("/tracking-host").get_json()["host"] == SERVICE_HOST
    assert asking.whose("links.hollis.com").status_code == 404


def test_whose_links_are_answered_under_a_host(asking: Asking) -> None:
    asking.verified()
    for host in ("links.hollis.com", "LINKS.HOLLIS.COM."):
        assert asking.whose(host).get_json() == {
            "host": "links.hollis.com",
            "account_id": str(asking.account_id),
        }


@pytest.mark.parametrize(
    "host", ["hollis.com", "links.hollis.com.attacker.net", "%00", "x" * 300, "é.com"]
)
def test_no_other_name_is_answered(asking: Asking, host: str) -> None:
    asking.verified()
    answer = asking.whose(host)
    assert answer.status_code == 404
    assert answer.get_json()["type"] == "/problems/no-such-tracking-host"


def test_a_host_that_is_only_chosen_is_not_answered(asking: Asking) -> None:
    asking.choose()
    assert asking.whose("links.hollis.com").status_code == 404


def test_a_customer_reads_his_own_and_never_whose_a_host_is(asking: Asking) -> None:
    asking.verified()
    asking.as_customer()
    assert asking.ask("/tracking-domain").status_code == 200
    assert asking.ask("/tracking-host").status_code == 200
    assert asking.whose("links.hollis.com").status_code == 403


def test_the_record_and_how_it_stands_are_told(asking: Asking) -> None:
    missing = asking.ask("/tracking-domain")
    assert missing.get_json()["type"] == "/problems/no-tracking-domain"
    asking.choose()
    told = asking.ask("/tracking-domain").get_json()
    zone = asking.service.settings.dns_zone
    assert told["record"]["value"] == f"{asking.current.target}.trk.{zone}"
    assert told["record"]["relative_host"] == "links"
    assert (told["state"], told["record"]["state"]) == ("pending", None)
    asking.verified()
    told = asking.ask("/tracking-domain").get_json()
    assert (told["state"], told["record"]["state"]) == ("verified", "found")
    assert told["host"] == "links.hollis.com"


def test_a_program_of_the_customers_chooses_checks_and_clears(asking: Asking) -> None:
    asking.as_customer()
    chosen = asking.tell("", {"host": "Links.Hollis.com"})
    assert chosen.status_code == 200
    record = chosen.get_json()["record"]
    assert (record["type"], record["host"]) == ("CNAME", "links.hollis.com")
    asking.service.lookups = asking.names
    asking.names.publish(record["host"], "CNAME", record["value"])
    checked = asking.tell("/check")
    assert checked.get_json()["state"] == "verified"
    assert asking.tell("/check").status_code == 429
    assert asking.tell("/clear").status_code == 200
    assert asking.ask("/tracking-domain").status_code == 404


@pytest.mark.parametrize(
    ("host", "status", "kind"),
    [
        ("hollis.com", 422, "tracking-host-is-domain"),
        ("links.other.com", 422, "tracking-host-elsewhere"),
        ("not a name", 422, "domain-malformed"),
    ],
)
def test_a_host_that_cannot_be_is_refused_with_its_reason(
    asking: Asking, host: str, status: int, kind: str
) -> None:
    asking.as_customer()
    answer = asking.tell("", {"host": host})
    assert answer.status_code == status
    assert answer.get_json()["type"] == f"/problems/{kind}"


def test_the_scope_for_all_of_it_is_one_of_another_system() -> None:
    assert "accounts:read" in SCOPES
    assert "accounts:read" not in CUSTOMER_SCOPES
