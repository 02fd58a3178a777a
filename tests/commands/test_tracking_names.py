"""Under which host whose links are answered, and under which nobody's."""

from __future__ import annotations

import pytest

from commands.staff_acts import DisableAccount, disable_account
from commands.tracking_names import answered_host
from ledger.refusals import NoSuchTrackingHost
from tests.commands.linking import DAY, Linker
from tests.conftest import NOON, context_at
from web.wiring import Service


@pytest.fixture
def linker(service: Service) -> Linker:
    return Linker(service)


def is_answered(linker: Linker, host: str = "links.hollis.com") -> bool:
    try:
        account_id, known = answered_host(linker.journal, host)
    except NoSuchTrackingHost:
        return False
    assert account_id == linker.account_id
    assert known.host == host.lower().removesuffix(".")
    return True


def test_a_verified_host_is_answered_however_it_is_written(linker: Linker) -> None:
    linker.verified()
    assert is_answered(linker)
    assert is_answered(linker, "LINKS.hollis.COM.")


@pytest.mark.parametrize(
    "host",
    [
        "links.hollis.com.attacker.net", "attacker-links.hollis.com", "hollis.com",
        "inks.hollis.com", "", ".", "links.hollis.com..", "links.hollis.com\0",
    ],
)  # fmt: skip
def test_no_other_name_is_answered(linker: Linker, host: str) -> None:
    linker.verified()
    assert not is_answered(linker, host)


def test_a_host_that_was_never_verified_is_not_answered(linker: Linker) -> None:
    linker.choose()
    assert not is_answered(linker)


def test_a_cleared_host_is_answered_while_its_record_is_there(linker: Linker) -> None:
    linker.verified()
    linker.unpublish()
    linker.clear()
    linker.look(NOON + DAY)
    assert is_answered(linker)
    linker.look(NOON + 2 * DAY)
    assert not is_answered(linker)


def test_links_of_a_disabled_account_are_not_followed(linker: Linker) -> None:
    linker.verified()
    command = DisableAccount(account_id=linker.account_id, reason="abuse")
    disable_account(linker.journal, command, context_at(NOON))
    assert not is_answered(linker)
