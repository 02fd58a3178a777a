"""The whole OpenAPI document, asked with everything that it allows and does not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi import checks as of_openapi

from tests.conftest import THOROUGH
from tests.web.service import (
    Clock,
    a_key,
    a_purchase,
    a_receipt,
    an_account,
    followed,
    service_on,
)
from web import access, create_app
from web.api import install_document
from web.database import Database
from web.wiring import Service

CHECKS = [
    schemathesis.checks.not_a_server_error,
    of_openapi.status_code_conformance,
    of_openapi.content_type_conformance,
    of_openapi.response_headers_conformance,
    of_openapi.response_schema_conformance,
    of_openapi.unsupported_method,
]
"""What must hold of every answer; refusing what looks fine is the ledger's right."""
EXAMPLES = 300 if THOROUGH else 12


class Late:
    """An app that is there only once the tests run, for a document that is now."""

    app: Flask

    def __call__(self, environ: Any, start_response: Any) -> Any:
        return self.app(environ, start_response)


LATE = Late()
schema = schemathesis.openapi.from_dict(install_document(Flask("document")))
schema.app = LATE


@dataclass
class Stage:
    """An account with credits, a purchase and a receipt; and a program with a key."""

    service: Service
    key: dict[str, str]
    ids: dict[str, str]

    def hold(self) -> str:
        """Make a hold that no case has closed yet."""
        answer = LATE.app.test_client().post(
            f"/api/v1/accounts/{self.ids['account_id']}/holds",
            json={"campaign_id": "spring", "recipients": 3, "kind": "credits"},
            headers=self.key | {"Idempotency-Key": uuid4().hex},
        )
        return str(answer.get_json()["hold_id"])


@pytest.fixture(scope="module")
def stage(database: Database) -> Iterator[Stage]:
    with service_on(database, Clock()) as service:
        account_id = an_account(service)
        purchase_id = a_purchase(service, account_id, "credits-100000")
        receipt_id = a_receipt(service, account_id, purchase_id)
        followed(service)
        ids = {
            "account_id": str(account_id),
            "purchase_id": str(purchase_id),
            "receipt_id": str(receipt_id),
        }
        LATE.app = create_app(service)
        access.buckets(LATE.app).clear()
        yield Stage(service, a_key(service), ids)


@pytest.mark.thorough
@schema.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_answer_is_a_failure_or_undeclared(
    case: schemathesis.Case[Any], stage: Stage
) -> None:
    asked = case.path_parameters
    known = stage.ids | ({"hold_id": stage.hold()} if "hold_id" in asked else {})
    for name in known.keys() & asked.keys():
        if is_uuid(str(asked[name])):
            asked[name] = known[name]
    case.call_and_validate(headers=stage.key, checks=CHECKS)


def is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
