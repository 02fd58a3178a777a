"""Whose mailboxes anybody may have."""

from __future__ import annotations

import pytest

from ledger.free_mail import NAMES, is_free_mail
from ledger.host_names import host_from
from ledger.public_suffixes import registrable


@pytest.mark.parametrize(
    "name",
    ["gmail.com", "yahoo.co.uk", "yahoo.com.br", "live.nl", "gmx.net", "x.web.de"],
)
def test_a_mailbox_provider_is_known_in_every_country(name: str) -> None:
    assert is_free_mail(name)


@pytest.mark.parametrize(
    "name",
    [
        "gmail.example.com",
        "mail.example.com",
        "yahoo.engineering",
        "live.tv",
        "mail.ai",
    ],
)
def test_a_name_that_only_sounds_like_one_is_somebodys_own(name: str) -> None:
    assert not is_free_mail(name)


def test_every_name_of_the_list_can_be_met() -> None:
    assert [name for name in NAMES if host_from(name) != name] == []
    assert [name for name in NAMES if registrable(name) is None] == []
