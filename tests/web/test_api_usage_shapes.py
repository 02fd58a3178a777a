"""A report's contacts are read as a whole, and a wrong one is pointed at."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from marshmallow import ValidationError

from ledger.usage import BATCH_CONTACTS_MAX
from web.api.usage_shapes import UsageReportSchema


def body(contacts: Any) -> dict[str, Any]:
    return {
        "account_id": str(uuid4()),
        "period_id": str(uuid4()),
        "campaign_id": "spring",
        "batch_id": "1",
        "sent_at": "2026-11-23T13:00:00+01:00",
        "contacts": contacts,
    }


def test_contacts_become_bytes_and_the_moment_is_utc() -> None:
    found = UsageReportSchema().load(body(["0A" * 16, "0b" * 16]))
    assert found["contacts"] == b"\x0a" * 16 + b"\x0b" * 16
    assert found["sent_at"].isoformat() == "2026-11-23T12:00:00+00:00"


def test_the_first_wrong_contact_is_pointed_at() -> None:
    with pytest.raises(ValidationError) as refused:
        UsageReportSchema().load(body(["00" * 16, "00"]))
    assert list(refused.value.messages["contacts"]) == ["1"]  # type: ignore[call-overload]


def test_a_batch_has_fifty_thousand_at_most() -> None:
    UsageReportSchema().load(body(["00" * 16] * BATCH_CONTACTS_MAX))
    with pytest.raises(ValidationError):
        UsageReportSchema().load(body(["00" * 16] * (BATCH_CONTACTS_MAX + 1)))
