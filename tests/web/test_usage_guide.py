"""What the guide for the sending service shows is understood as it stands there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ledger.api_keys import SERVICE_SCOPES
from tests.commands.subscribing import Member
from tests.journeys.reading import blocks
from tests.running import ROOT
from tests.web.test_api_subscriptions import member
from tests.web.test_api_usage import Sender, sender

__all__ = ["member", "sender"]

PAGE = "docs/how-to/report-usage.md"


@pytest.fixture
def contact() -> Callable[[str, str], str]:
    """The guide's own function."""
    known: dict[str, Any] = {}
    exec("\n".join(code("python")), known)
    found: Callable[[str, str], str] = known["contact"]
    return found


def code(language: str) -> list[str]:
    (lines,) = (block.lines for block in blocks(PAGE) if block.language == language)
    return lines


def asked() -> Iterator[str]:
    text = (ROOT / PAGE).read_text()
    for scope in ("credits:hold", "usage:report"):
        assert f"`{scope}`" in text
        yield scope


def test_its_scopes_are_those_of_service_keys() -> None:
    assert set(asked()) <= set(SERVICE_SCOPES)


def test_one_person_is_one_contact_however_he_is_written(
    contact: Callable[[str, str], str], sender: Sender
) -> None:
    key = sender.ask("/usage/key").get_json()["key"]
    told = [" Ann@Bücher.example", "ann@xn--bcher-kva.example", "bob@bücher.example"]
    names = [contact(key, address) for address in told]
    answer = sender.tell(names, "1").get_json()
    assert (answer["count"], answer["added"], answer["distinct"]) == (2, 2, 2)
    assert contact("00" * 32, told[0]) != names[0]


def test_the_body_is_taken_as_it_is_shown(sender: Sender, member: Member) -> None:
    body = json.loads("\n".join(code("json")))
    own = sender.batch()
    assert body.keys() == own.keys() | {"contacts"}
    body |= {name: own[name] for name in ("account_id", "period_id", "sent_at")}
    answer = sender.client.post("/api/v1/usage", json=body, headers=sender.key)
    assert (answer.status_code, answer.get_json()["added"]) == (200, 1)
