"""The shapes of tracking domains: what a body may say."""

from __future__ import annotations

from typing import Any

import pytest
from marshmallow import ValidationError

from ledger.domain_names import TYPED_MAX
from web.api.tracking_shapes import NewTrackingDomainSchema, TrackingDomainSchema


def test_a_host_is_taken_as_it_was_typed() -> None:
    typed = {"host": " HTTPS://Links.Hollis.com/ "}
    assert NewTrackingDomainSchema().load(typed) == typed


@pytest.mark.parametrize(
    "body", [{}, {"host": ""}, {"host": 7}, {"host": "x" * (TYPED_MAX + 1)}, {"a": "b"}]
)
def test_anything_else_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        NewTrackingDomainSchema().load(body)


def test_the_record_is_told_as_a_domains_records_are() -> None:
    record = {"kind": "tracking", "type": "CNAME", "host": "links.hollis.com"}
    told: Any = TrackingDomainSchema().dump({"record": record, "state": "pending"})
    assert told == {"record": record, "state": "pending"}
