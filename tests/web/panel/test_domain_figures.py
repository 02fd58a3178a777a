"""What the pages of sending domains are given."""

from __future__ import annotations

from datetime import timedelta

import pytest

from commands.domains import AddDomain, add_domain
from tests.commands.keyholders import KeyHolder
from tests.conftest import context_at
from tests.web.panel.publishing import NAME, Publisher
from tests.web.signed_in import Inhabitant

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def her(ida: Inhabitant) -> Publisher:
    return Publisher(ida)


def test_the_newest_domain_is_listed_first_with_its_state(her: Publisher) -> None:
    command = AddDomain(account_id=her.ida.account_id, name="the-second.com")
    now = her.ida.clock() + MINUTE
    add_domain(her.ida.service.journal, command, context_at(now), ())
    page = her.ida.reads("/domains").partition("Checked")[2]
    assert page.index("the-second.com Waiting Not yet") < page.index(NAME)
    her.publish("dkim1")
    her.checked()
    assert f"{NAME} 1 of 2 found 23 Nov 2026, 12:07" in her.ida.reads("/domains")


def test_a_domain_that_was_never_found_says_so_and_is_looked_for_when_asked(
    her: Publisher,
) -> None:
    page = her.looked(*(HOUR for _ in range(80)))
    assert "were not found within three days. Publish them, then ask" in page
    assert "Failed The records were not found within three days." in page
    page = her.checked()
    assert "Publish the two needed records" in page
    assert "Looked for again" in page
    assert "The next check is" in page


def test_a_long_history_has_pages(her: Publisher) -> None:
    for _ in range(7):
        her.publish("dkim1", "dkim2")
        her.looked(DAY)
        her.remove("dkim1")
        her.looked(DAY, 15 * MINUTE)
    page = her.ida.browser.get(her.path).text
    assert "before=" in page
    older = page.partition(f'href="{her.path}?')[2].partition('"')[0]
    assert "Added" in her.ida.reads(f"{her.path}?{older}")


def test_keys_are_told_once_there_are_some(her: Publisher) -> None:
    assert "Signing keys" not in her.looked()
    KeyHolder(her.ida.service, her.ida.account_id, her.domain_id).begin()
    page = her.looked()
    assert "Key 1 has been published since 23 Nov 2026" in page
    assert "your records stay as they are" in page
