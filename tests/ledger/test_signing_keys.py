"""The life of the keys that sign a domain's mail."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given as hypothesis_given
from hypothesis import settings
from hypothesis import strategies as st

from ledger.factors import Binding
from ledger.signing_keys import (
    RETIRING,
    REVOKED,
    ROTATED_AFTER,
    SEEN_FOR,
    SELECTORS,
    NewKey,
    SigningKeys,
)
from ledger.signing_refusals import KeyNotSeen, NoActiveKey, NoSigningKey
from tests.specification import fact, given, replayed
from tests.strategies import NOON

ANN, DOMAIN, LABEL = UUID(int=1), UUID(int=2), "k" * 26
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
BOTH = {"dm1": True, "dm2": True}
READY = NOON + SEEN_FOR


def new_key(number: int) -> NewKey:
    binding = Binding(UUID(int=100 + number), "ab", UUID(int=3))
    return NewKey(key_id=UUID(int=number), public_key=f"MII{number}", binding=binding)


def begun() -> SigningKeys:
    return SigningKeys(account_id=ANN, domain_id=DOMAIN, label=LABEL)


def staged() -> SigningKeys:
    it = begun()
    it.stage({"dm1": new_key(1), "dm2": new_key(2)}, NOON)
    return it


def seen() -> SigningKeys:
    it = staged()
    it.look(BOTH, NOON)
    return it


def signing() -> SigningKeys:
    """The first signs, the second waits; both were seen."""
    it = seen()
    it.advance(BOTH, READY)
    return it


def named(number: int, selector: str = "", **more: Any) -> dict[str, Any]:
    return {"selector": selector or f"dm{number}", "key_id": UUID(int=number), **more}


def states(it: SigningKeys) -> list[str]:
    return [it.keys[selector].state for selector in SELECTORS]


def test_the_stream_follows_from_the_domain() -> None:
    assert begun().id == SigningKeys.create_id(DOMAIN)
    assert begun().free == ["dm1", "dm2"]


def test_a_new_key_is_published_and_signs_nothing() -> None:
    key = new_key(1)
    given(begun()).when(lambda k: k.stage({"dm1": key}, NOON)).then(
        fact(
            SigningKeys.Staged,
            **named(1),
            public_key="MII1",
            **key.binding._asdict(),
            staged_at=NOON,
        )
    )
    assert staged().active is None
    assert staged().free == []


def test_what_is_seen_and_what_is_missed_is_recorded_where_it_is_news() -> None:
    given(staged()).when(lambda k: k.look({"dm2": False, "dm1": True}, NOON)).then(
        fact(SigningKeys.Seen, **named(1), seen_at=NOON)
    )
    given(seen()).when(lambda k: k.look({"dm1": True, "dm2": False}, READY)).then(
        fact(SigningKeys.Missed, **named(2))
    )


@pytest.mark.parametrize(
    ("looked", "now"),
    [
        (BOTH, READY - timedelta(microseconds=1)),
        ({}, READY),
        ({"dm1": False}, READY),
    ],
)
def test_a_key_never_signs_before_it_was_seen_for_long_enough_and_is_seen_now(
    looked: dict[str, bool], now: datetime
) -> None:
    it = seen()
    it.advance(looked, now)
    assert it.active is None
    with pytest.raises(NoActiveKey):
        it.require_active()


def test_a_key_that_was_missed_has_to_be_seen_for_as_long_again() -> None:
    it = seen()
    it.look({"dm1": False, "dm2": False}, READY - MINUTE)
    it.advance(BOTH, READY)
    assert it.active is None
    it.advance(BOTH, READY + SEEN_FOR)
    assert it.require_active()[0] == "dm1"


def test_the_first_key_comes_to_sign_and_the_other_waits() -> None:
    given(seen()).when(lambda k: k.advance(BOTH, READY)).then(
        fact(SigningKeys.Activated, **named(1), activated_at=READY)
    )
    assert states(signing()) == ["active", "staged"]


def test_after_five_months_the_other_key_signs() -> None:
    due = READY + ROTATED_AFTER
    given(signing()).when(lambda k: k.advance(BOTH, due - MINUTE)).then()
    given(signing()).when(lambda k: k.advance(BOTH, due)).then(
        fact(SigningKeys.Retired, **named(1), retired_at=due),
        fact(SigningKeys.Activated, **named(2), activated_at=due),
    )
    assert timedelta(days=182) > ROTATED_AFTER


def test_the_old_key_signs_on_where_the_other_is_not_seen() -> None:
    due = READY + ROTATED_AFTER
    given(signing()).when(lambda k: k.advance({"dm1": True}, due)).then()
    it = signing()
    it.look({"dm2": False}, due)
    given(it).when(lambda k: k.rotate(due)).then_refused(KeyNotSeen)
    given(seen()).when(lambda k: k.rotate(due)).then_refused(NoActiveKey)


def rotated() -> SigningKeys:
    it = signing()
    it.rotate(READY)
    return it


def test_a_retired_key_stays_published_then_revoked_then_is_gone() -> None:
    it, revoked_at = rotated(), READY + RETIRING
    assert timedelta(days=7) <= RETIRING
    given(it).when(lambda k: k.advance({}, revoked_at - MINUTE)).then()
    given(it).when(lambda k: k.advance({}, revoked_at)).then(
        fact(SigningKeys.Revoked, **named(1), why="retired", revoked_at=revoked_at)
    )
    given(it).when(lambda k: k.advance({}, revoked_at + REVOKED - MINUTE)).then()
    given(it).when(lambda k: k.advance({}, revoked_at + REVOKED)).then(
        fact(SigningKeys.Removed, **named(1))
    )
    assert it.free == ["dm1"]
    it.stage({"dm1": new_key(3)}, revoked_at + REVOKED)
    assert states(it) == ["staged", "active"]


def test_a_key_that_leaked_is_revoked_at_once_and_the_other_signs() -> None:
    given(signing()).when(lambda k: k.revoke("dm1", READY)).then(
        fact(SigningKeys.Revoked, **named(1), why="compromised", revoked_at=READY),
        fact(SigningKeys.Activated, **named(2), activated_at=READY),
    )


def test_one_that_is_retiring_signs_again_rather_than_none() -> None:
    it = rotated()
    it.revoke("dm2", READY + DAY)
    assert states(it) == ["active", "revoked"]


def test_an_unseen_key_does_not_sign_in_an_emergency_either() -> None:
    it = signing()
    it.look({"dm2": False}, READY)
    it.revoke("dm1", READY)
    assert states(it) == ["revoked", "staged"]


def test_with_both_revoked_a_selector_is_free_at_once() -> None:
    it = signing()
    it.revoke("dm1", READY)
    it.revoke("dm2", READY + MINUTE)
    assert states(it) == ["removed", "revoked"]
    given(it).when(lambda k: k.revoke("dm2", READY + DAY)).then()


def test_there_is_nothing_to_revoke_under_an_unknown_selector() -> None:
    given(begun()).when(lambda k: k.revoke("dm1", NOON)).then_refused(
        NoSigningKey, domain_id=DOMAIN
    )


def test_a_domain_that_may_not_sign_has_all_its_keys_revoked() -> None:
    given(signing()).when(lambda k: k.stop("failed", READY)).then(
        fact(SigningKeys.Stopped, why="failed"),
        fact(SigningKeys.Revoked, **named(1), why="stopped", revoked_at=READY),
        fact(SigningKeys.Revoked, **named(2), why="stopped", revoked_at=READY),
    )
    it = signing()
    it.stop("failed", READY)
    given(it).when(lambda k: k.stop("removed", READY)).then()
    it.advance(BOTH, READY + REVOKED)
    assert states(it) == ["removed", "removed"]


def test_it_may_sign_again_with_a_new_key() -> None:
    it = signing()
    given(it).when(lambda k: k.resume()).then()
    it.stop("failed", READY)
    given(it).when(lambda k: k.resume()).then(
        fact(SigningKeys.Resumed), fact(SigningKeys.Removed, **named(1))
    )
    assert it.free == ["dm1"]


DEEDS = st.sampled_from(
    ["see", "miss", "wait", "rotate", "dm1", "dm2", "stop", "resume", "stage"]
)


def do(it: SigningKeys, deed: str, now: datetime, number: int) -> None:
    if deed in SELECTORS:
        it.revoke(deed, now)
    elif deed == "stop":
        it.stop("failed", now)
    elif deed == "resume":
        it.resume()
    elif deed == "stage" and not it.stopped:
        it.stage({one: new_key(number + int(one[2])) for one in it.free}, now)
    elif deed == "rotate" and it.active is not None:
        try:
            it.rotate(now)
        except KeyNotSeen:
            assert it.active is not None
    else:
        looked = {"see": BOTH, "miss": dict.fromkeys(SELECTORS, False)}.get(deed, {})
        it.advance(looked, now)


@settings(max_examples=300, deadline=None)
@hypothesis_given(st.lists(st.tuples(DEEDS, st.sampled_from([0, 1, 30, 151]))))
def test_whatever_happens_one_key_signs_at_most_and_it_was_seen(
    history: list[tuple[str, int]],
) -> None:
    it, now = staged(), NOON
    for number, (deed, days) in enumerate(history, 1):
        now += days * DAY
        do(it, deed, now, 10 * number)
        active = [key for key in it.keys.values() if key.state == "active"]
        assert len(active) <= 1 - it.stopped
        assert all(key.seen_at and now >= key.seen_at + SEEN_FOR for key in active)
    assert vars(replayed(it.pending_events))["keys"] == it.keys
