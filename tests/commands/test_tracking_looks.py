"""A tracking host's record looked at: exact, twice before anything is taken back."""

from __future__ import annotations

import pytest

from commands.tracking_looks import check_tracking_now, latest_look
from ledger.dns_records import DIFFERENT, FOUND, TIMED_OUT, WAITING
from ledger.refusals import NoTrackingDomain, TooManyAttempts
from ledger.tracking_domains import SECOND_LOOK
from tests.commands.linking import DAY, HOUR, MINUTE, ZONE, Linker
from tests.conftest import NOON
from web.wiring import Service

LINKS = "links.hollis.com"


@pytest.fixture
def linker(service: Service) -> Linker:
    return Linker(service)


def test_a_record_that_appears_is_noticed(linker: Linker) -> None:
    linker.choose()
    linker.look(NOON)
    assert linker.used is None
    assert linker.due_at() == NOON + MINUTE
    linker.publish()
    linker.look(NOON + MINUTE)
    assert linker.used == LINKS
    assert linker.due_at() == NOON + MINUTE + DAY


def test_capitals_and_a_final_dot_do_not_matter(linker: Linker) -> None:
    linker.choose()
    linker.publish(value=f"{linker.current.target}.trk.{ZONE}")
    linker.look(NOON)
    assert linker.used == LINKS


@pytest.mark.parametrize(
    "value",
    [
        "{t}.trk.{z}.attacker.net",
        "x{t}.trk.{z}",
        "trk.{z}",
        "{t}.bounce.{z}",
        "{t}.{z}",
    ],
)
def test_only_exactly_its_own_target_counts(linker: Linker, value: str) -> None:
    linker.choose()
    linker.publish(value=value.format(t=linker.current.target, z=ZONE))
    linker.look(NOON)
    assert linker.used is None
    seen = latest_look(linker.journal, linker.account_id, linker.current.host_id)
    assert seen is not None
    assert seen.finding.state == DIFFERENT


def test_another_accounts_target_is_worth_nothing(service: Service) -> None:
    first, second = Linker(service), Linker(service, "bakery.com")
    first.verified()
    second.choose("links.bakery.com")
    second.publish(value=f"{first.current.target}.trk.{ZONE}")
    second.look(NOON)
    assert second.used is None


def test_a_chain_counts_by_its_first_step_alone(linker: Linker) -> None:
    linker.choose()
    target = f"{linker.current.target}.trk.{ZONE}"
    linker.names.publish("other.hollis.com", "CNAME", target)
    linker.publish(value="other.hollis.com")
    linker.look(NOON)
    assert linker.used is None


def test_a_record_that_vanishes_is_looked_for_again_and_then_given_up(
    linker: Linker,
) -> None:
    linker.verified()
    linker.unpublish()
    linker.look(NOON + DAY)
    assert linker.used == LINKS
    assert linker.due_at() == NOON + DAY + SECOND_LOOK
    linker.look(NOON + DAY + SECOND_LOOK)
    assert linker.used is None
    assert linker.current.state == "lost"
    linker.publish()
    linker.look(NOON + DAY + SECOND_LOOK + MINUTE)
    assert linker.used == LINKS


@pytest.mark.parametrize("trouble", ["timeout", "server_failure"])
def test_an_answer_that_does_not_come_takes_nothing_back(
    linker: Linker, trouble: str
) -> None:
    linker.verified()
    linker.names.trouble[LINKS] = trouble
    for hours in range(24, 96):
        linker.look(NOON + hours * HOUR)
    assert linker.used == LINKS


def test_a_miss_is_forgotten_once_the_record_is_seen_again(linker: Linker) -> None:
    linker.verified()
    linker.unpublish()
    linker.look(NOON + DAY)
    linker.names.publish(LINKS, "CNAME", f"{linker.current.target}.trk.{ZONE}")
    linker.look(NOON + DAY + SECOND_LOOK)
    linker.unpublish()
    linker.look(NOON + 3 * DAY)
    assert linker.used == LINKS


def test_without_its_domain_a_host_is_used_no_more(linker: Linker) -> None:
    linker.verified()
    linker.sender.remove(linker.domain_id)
    linker.look(NOON + DAY)
    assert linker.used is None


def test_check_now_answers_at_once_and_not_too_often(linker: Linker) -> None:
    asked = (linker.journal, linker.eyes, linker.account_id)
    with pytest.raises(NoTrackingDomain):
        check_tracking_now(*asked, NOON)
    linker.choose()
    linker.publish()
    assert check_tracking_now(*asked, NOON).used is not None
    with pytest.raises(TooManyAttempts):
        check_tracking_now(*asked, NOON)


@pytest.mark.parametrize(
    ("trouble", "state"), [("timeout", TIMED_OUT), ("", WAITING), ("found", FOUND)]
)
def test_what_was_seen_last_is_remembered(
    linker: Linker, trouble: str, state: str
) -> None:
    linker.choose()
    host_id = linker.current.host_id
    assert latest_look(linker.journal, linker.account_id, host_id) is None
    if trouble == "found":
        linker.publish()
    elif trouble:
        linker.names.trouble[LINKS] = trouble
    linker.look(NOON)
    seen = latest_look(linker.journal, linker.account_id, host_id)
    assert seen is not None
    assert (seen.finding.state, seen.looked_at) == (state, NOON)


def test_trouble_with_one_host_holds_up_no_other(service: Service) -> None:
    first, second = Linker(service), Linker(service, "bakery.com")
    first.choose()
    second.choose("links.bakery.com")
    second.publish()
    first.journal.vault.destroy(first.account_id, "profile")
    assert second.look(NOON) == 2
    assert second.used == "links.bakery.com"
    assert first.rows("SELECT host_id FROM watched_tracking") == []
