"""What the worker does with keys that sign mail, over days and months."""

from __future__ import annotations

from datetime import timedelta

import pytest

from commands.signing_rounds import AGAIN, SOON, tend_keys
from ledger.signing_keys import RETIRING, REVOKED, ROTATED_AFTER, SEEN_FOR
from tests.commands.keyholders import DAY, HOUR, KeyHolder
from tests.conftest import NOON
from web.wiring import Service


@pytest.fixture
def holder(service: Service) -> KeyHolder:
    return KeyHolder(service)


def test_new_keys_are_looked_for_in_our_zone_and_the_first_one_signs(
    holder: KeyHolder,
) -> None:
    holder.begin()
    assert holder.tend(NOON) == 1
    key = holder.keys.keys["dm1"]
    name = f"dm1.{holder.label}.dkim"
    assert holder.asked[0] == (name, key.public_key)
    assert holder.tend(NOON + SEEN_FOR - timedelta(seconds=1)) == 0
    assert holder.tend(NOON + SEEN_FOR) == 1
    assert holder.table == ["active", "staged"]


@pytest.mark.parametrize("shown", [False, None])
def test_what_is_not_seen_never_signs_and_is_looked_for_again(
    holder: KeyHolder, shown: bool | None
) -> None:
    holder.shown = shown
    holder.begin()
    holder.tend(NOON)
    assert holder.due_at() == NOON + SOON
    holder.tend(NOON + 2 * DAY)
    assert holder.due_at() == NOON + 2 * DAY + AGAIN
    assert holder.table == ["staged", "staged"]


def test_a_resolver_that_is_silent_takes_nothing_back(holder: KeyHolder) -> None:
    holder.begin()
    holder.tend(NOON)
    holder.shown = None
    holder.tend(NOON + SEEN_FOR)
    assert holder.keys.keys["dm1"].seen_at == NOON
    assert holder.table == ["staged", "staged"]


def test_a_year_of_keys_needs_nobody(holder: KeyHolder) -> None:
    now, signers = holder.sign_from(), set()
    for _ in range(400):
        now += DAY
        holder.tend(now)
        selector, key = holder.keys.require_active()
        assert now - key.since <= ROTATED_AFTER + DAY
        assert sum(state == "active" for state in holder.table) == 1
        signers.add((selector, key.key_id))
    assert len(signers) == 3
    assert holder.table == holder.states
    assert holder.secrets == sum(one.has_secret for one in holder.keys.keys.values())


def test_a_retired_key_goes_step_by_step_and_makes_room_for_the_next(
    holder: KeyHolder,
) -> None:
    ready = holder.sign_from()
    holder.rotate(ready)
    old = holder.keys.keys["dm1"].key_id
    for after, state in (
        (RETIRING - HOUR, "retiring"),
        (RETIRING, "revoked"),
        (RETIRING + REVOKED - HOUR, "revoked"),
        (RETIRING + REVOKED, "staged"),
    ):
        holder.tend(ready + after)
        assert holder.table == [state, "active"]
    assert holder.keys.keys["dm1"].key_id != old


def test_the_old_key_signs_on_while_the_next_is_not_in_the_zone(
    holder: KeyHolder,
) -> None:
    ready = holder.sign_from()
    holder.shown = False
    due = ready + ROTATED_AFTER
    holder.tend(due)
    assert holder.table == ["active", "staged"]
    holder.shown = True
    holder.tend(due + AGAIN)
    holder.tend(due + AGAIN + SEEN_FOR + HOUR)
    assert holder.table == ["retiring", "active"]


def test_after_an_emergency_a_new_key_is_made_at_once(holder: KeyHolder) -> None:
    ready = holder.sign_from()
    holder.revoke("dm1", ready)
    holder.revoke("dm2", ready)
    assert holder.table == ["removed", "revoked"]
    holder.tend(ready)
    holder.tend(ready + SOON)
    holder.tend(ready + SOON + SEEN_FOR)
    assert holder.table == ["active", "revoked"]


def test_a_domain_without_keys_is_looked_after_no_more(holder: KeyHolder) -> None:
    ready = holder.sign_from()
    holder.stop(ready)
    holder.tend(ready)
    assert holder.due_at() == ready + REVOKED
    holder.tend(ready + REVOKED)
    assert holder.table == ["removed", "removed"]
    assert holder.due_at() is None


def test_trouble_with_one_domain_holds_up_no_other(service: Service) -> None:
    first, second = KeyHolder(service), KeyHolder(service)
    first.begin()
    second.begin()

    def sight(name: str, value: str) -> bool | None:
        if first.label in name:
            raise OSError("the network is away")
        return True

    with pytest.raises(OSError, match="network"):
        tend_keys(service.journal, sight, NOON)
    assert second.keys.keys["dm1"].seen_at == NOON
    assert first.due_at() == NOON + AGAIN
