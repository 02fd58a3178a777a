"""What stands between two answers: found by its token, tried five times, used once."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from commands import challenges
from commands.challenges import TIMED, UNBOUND, drop_due, due, pose, posed, tried, used
from commands.gateways.tokens import AccountToken, token_from
from commands.limits import CHALLENGE_TRIES_MAX
from ledger.journal import Journal
from ledger.refusals import TokenGone
from tests.commands.people import rows_of
from tests.commands.signed import at_once
from tests.conftest import NOON

KIND, CANARY = "enrol:totp", "a seed that nobody else may read"
UNTIL, INSTANT = timedelta(minutes=10), timedelta(microseconds=1)


def a_challenge(
    journal: Journal, account_id: UUID | None = None, kind: str = KIND
) -> AccountToken:
    data = {"seed": CANARY}
    return pose(journal, account_id or uuid4(), kind, 7, data, NOON)


def put(journal: Journal, account_id: UUID, row: dict[str, object]) -> None:
    """Write a row as somebody would who reaches the table."""
    names = ("digest", "kind", "credential_epoch", "sealed", "key_id", "expires_at")
    with journal.connections.for_account(account_id) as connection:
        values = (account_id, *(row[name] for name in names))
        connection.execute(challenges.POSE_SQL, values)


def test_a_token_finds_what_was_posed_and_changes_nothing(journal: Journal) -> None:
    token = a_challenge(journal)
    for _ in range(CHALLENGE_TRIES_MAX + 1):
        found = posed(journal, token.text, KIND, NOON)
        assert found is not None
        assert (found.account_id, found.epoch) == (token.account_id, 7)
        assert (found.data, found.tries) == ({"seed": CANARY}, 0)
        assert found.expires_at == NOON + UNTIL


def test_another_kind_another_account_or_another_text_finds_nothing(
    journal: Journal,
) -> None:
    token, other = a_challenge(journal), a_challenge(journal)
    secret = token.text.split(".")[1]
    texts = ("", "x", token.text[:-1], f"{other.account_id}.{secret}")
    for text, kind in (*((text, KIND) for text in texts), (token.text, "reset")):
        assert posed(journal, text, kind, NOON) is None
        with pytest.raises(TokenGone):
            tried(journal, text, kind, NOON)
    assert rows_of(journal, "challenges", token.account_id)[0]["tries"] == 0


def test_a_challenge_is_good_for_ten_minutes_to_the_instant(journal: Journal) -> None:
    token = a_challenge(journal)
    last = NOON + UNTIL - INSTANT
    assert posed(journal, token.text, KIND, last) is not None
    assert tried(journal, token.text, KIND, last).tries == 1
    assert posed(journal, token.text, KIND, NOON + UNTIL) is None
    with pytest.raises(TokenGone):
        tried(journal, token.text, KIND, NOON + UNTIL)


def test_a_challenge_bears_five_tries(journal: Journal) -> None:
    token = a_challenge(journal)
    counts = [
        tried(journal, token.text, KIND, NOON).tries for _ in range(CHALLENGE_TRIES_MAX)
    ]
    assert counts == [1, 2, 3, 4, 5]
    assert posed(journal, token.text, KIND, NOON) is None
    with pytest.raises(TokenGone):
        tried(journal, token.text, KIND, NOON)


def test_of_24_tries_at_once_five_get_through(journal: Journal) -> None:
    token = a_challenge(journal)
    won, lost = at_once(lambda: tried(journal, token.text, KIND, NOON), TokenGone)
    assert (won, len(lost)) == (CHALLENGE_TRIES_MAX, 19)


def test_one_change_alone_uses_it_and_then_nothing_finds_it(journal: Journal) -> None:
    token = a_challenge(journal)
    found = posed(journal, token.text, KIND, NOON)
    assert found is not None
    change = used(found, NOON)
    assert isinstance(change.refusal, TokenGone)
    with journal.connections.for_account(token.account_id) as connection:
        hits = [connection.execute(change.sql, change.params).rowcount for _ in "ab"]
    assert hits == [1, 0]
    assert posed(journal, token.text, KIND, NOON) is None
    with pytest.raises(TokenGone):
        tried(journal, token.text, KIND, NOON)


def test_neither_secret_nor_content_is_in_the_row(journal: Journal) -> None:
    token = a_challenge(journal)
    (row,) = rows_of(journal, "challenges", token.account_id)
    parts = [bytes(row["sealed"]), bytes(row["digest"]), str(row).encode()]
    for secret in (CANARY.encode(), token.secret, token.text.split(".")[1].encode()):
        assert not any(secret in part for part in parts)
    parsed = token_from(token.text)
    assert parsed is not None
    assert bytes(row["digest"]) == parsed.digest


def test_a_row_that_was_put_elsewhere_opens_nothing(journal: Journal) -> None:
    token, eve = a_challenge(journal), uuid4()
    (row,) = rows_of(journal, "challenges", token.account_id)
    put(journal, eve, row)
    with pytest.raises(ValueError, match="do not fit"):
        posed(journal, AccountToken(eve, token.secret).text, KIND, NOON)
    with journal.connections.for_account(token.account_id) as connection:
        connection.execute(
            "UPDATE challenges SET kind = 'reset' WHERE account_id = %s",
            (token.account_id,),
        )
    with pytest.raises(ValueError, match="do not fit"):
        posed(journal, token.text, "reset", NOON)


def test_what_time_brings_is_due_from_its_instant_on(empty_journal: Journal) -> None:
    account, later = uuid4(), timedelta(hours=72)
    for kind in (*TIMED, KIND):
        for _ in range(2):
            pose(empty_journal, account, kind, UNBOUND, {}, NOON, 72 * 3600)
    for kind in TIMED:
        assert due(empty_journal, kind, NOON + later - INSTANT) == []
        assert due(empty_journal, kind, NOON + later) == [account]
    drop_due(empty_journal, account, TIMED[0], NOON + later - INSTANT)
    drop_due(empty_journal, uuid4(), TIMED[1], NOON + later)
    assert due(empty_journal, TIMED[0], NOON + later) == [account]
    drop_due(empty_journal, account, TIMED[0], NOON + later)
    assert due(empty_journal, TIMED[0], NOON + later) == []
    assert due(empty_journal, TIMED[1], NOON + later) == [account]


def test_due_accounts_come_a_hundred_at_a_time(empty_journal: Journal) -> None:
    for _ in range(101):
        pose(empty_journal, uuid4(), TIMED[0], UNBOUND, {}, NOON, seconds=1)
    found = due(empty_journal, TIMED[0], NOON + UNTIL)
    assert len(set(found)) == len(found) == 100


def test_what_is_over_is_purged_but_for_what_asks_for_a_deed(
    empty_journal: Journal,
) -> None:
    account = uuid4()
    for kind in (KIND, "reset", *TIMED):
        a_challenge(empty_journal, account, kind)
    for now, kinds in (
        (NOON + UNTIL, {KIND, "reset", *TIMED}),
        (NOON + UNTIL + INSTANT, set(TIMED)),
    ):
        challenges.purge(empty_journal, now)
        rows = rows_of(empty_journal, "challenges", account)
        assert {row["kind"] for row in rows} == kinds
