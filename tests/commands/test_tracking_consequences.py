"""Who is told of a tracking domain, and what ends with domain and person."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands.closing import CloseAccount, close_account
from commands.erasure import Erasures, erase_account, system_context
from commands.tracking_consequences import tracking_reactions
from commands.tracking_names import answered_host
from ledger.refusals import NoSuchTrackingHost
from tests.commands.linking import DAY, Linker
from tests.commands.people import mails_of
from tests.conftest import NOON, context_at
from web.wiring import Service

LATER = NOON + 9 * DAY


class Told(Linker):
    """A linker whose facts have their consequences, nine days later."""

    after = 0

    def react(self) -> None:
        """Let the facts since the last time have their consequences, twice."""
        found = tracking_reactions(self.journal, lambda: LATER)
        with self.service.connections.for_account(self.account_id) as connection:
            facts = list(
                self.service.reader.stream(
                    connection, account_id=self.account_id, after=self.after
                )
            )
        for fact in facts + facts:
            self.after = max(self.after, fact.position)
            for one in found:
                if one.topic == fact.topic:
                    one.react(fact)

    @property
    def mails(self) -> list[str]:
        self.react()
        found = [mail["template"] for mail in mails_of(self.journal, self.account_id)]
        return [one for one in found if one.startswith("tracking")]


@pytest.fixture
def told(service: Service) -> Told:
    return Told(service)


def test_the_holder_is_told_when_links_carry_the_host_and_when_no_more(
    told: Told,
) -> None:
    told.verified()
    assert told.mails == ["tracking_verified"]
    told.unpublish()
    told.look(LATER)
    told.look(LATER + DAY)
    assert told.mails == ["tracking_verified", "tracking_lost"]
    last = mails_of(told.journal, told.account_id)[-1]["values"]
    assert (last["host"], last["why"]) == ("links.hollis.com", "missing")
    assert last["target"] == told.current.target


def test_nobody_is_told_of_a_host_that_was_cleared(told: Told) -> None:
    told.verified()
    told.unpublish()
    told.clear()
    told.look(NOON + DAY)
    told.look(NOON + 2 * DAY)
    assert told.mails == ["tracking_verified"]


def test_a_domain_that_goes_has_its_hosts_looked_at_at_once(told: Told) -> None:
    told.verified()
    told.sender.remove(told.domain_id)
    told.react()
    assert told.due_at() == LATER
    told.look(LATER)
    assert told.used is None
    assert told.mails == ["tracking_verified", "tracking_lost"]


def test_a_domain_that_is_back_brings_its_hosts_back(told: Told) -> None:
    told.verified()
    told.sender.remove(told.domain_id)
    told.look(NOON + DAY)
    told.sender.verified("hollis.com")
    told.react()
    told.look(LATER)
    assert told.used == "links.hollis.com"


def test_a_closed_account_is_not_told_what_everybody_knows(told: Told) -> None:
    told.verified()
    told.react()
    command = CloseAccount(account_id=told.account_id)
    close_account(told.journal, command, context_at(NOON))
    told.react()
    told.look(LATER)
    assert told.used is None
    assert "tracking_lost" not in told.mails


def test_an_erased_persons_hosts_are_free_and_their_targets_leave_the_zone(
    told: Told, tmp_path: Path
) -> None:
    told.verified()
    erasures = Erasures.of(tmp_path / "erased", told.service.seller)
    context = system_context(told.account_id, NOON)
    erase_account(told.journal, erasures, told.account_id, context)
    told.react()
    assert told.rows("SELECT published FROM tracking_targets") == [(False,)]
    with pytest.raises(NoSuchTrackingHost):
        answered_host(told.journal, "links.hollis.com")
    other = Linker(told.service)
    assert other.verified().host == "links.hollis.com"
